"""A signer for a batch of documents, whoever holds the key: prepare all, have all digests signed at once, complete all."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.domain.errors import SohoaError
from pipeline.domain.signature import SignatureLevel
from pipeline.domain.signing_errors import (
    ClockWrong,
    KeyUnusable,
    SignerUnavailable,
    SigningFailed,
    TimestampUnavailable,
)
from pipeline.ports import silent
from pipeline.signing_ports import JobEnd, SignaturePlan, SigningJob
from signing.appearance import StampTexts
from signing.certificates import TrustStore, certificate_problem, common_name
from signing.detached import sign_beside
from signing.draft import new_draft, not_written, put_in_place
from signing.evidence import EvidenceGatherer, nothing_known
from signing.finish import Finisher
from signing.key_holder import KeyHolder
from signing.pades import Look, PreparedSignature, SignerFacts, prepare, room_for
from signing.picture import Picture
from signing.revocation import RevocationSource
from signing.stamp_font import StampFont
from signing.timestamp_client import HttpTimeStamper


@dataclass(frozen=True, slots=True)
class _Ready:
    """A prepared document; its draft is gone when the batch ends without it."""

    number: int
    job: SigningJob
    draft: Path
    prepared: PreparedSignature


class PadesSigner:
    """A `pipeline.signing_ports.Signer` around any holder of a key."""

    def __init__(
        self,
        holder: KeyHolder,
        *,
        trust: TrustStore,
        font: StampFont,
        timestamper: HttpTimeStamper | None = None,
        remark: str = "",
        picture: Picture | None = None,
        texts: StampTexts | None = None,
        revocation: RevocationSource = nothing_known,
    ) -> None:
        """Take what all documents have in common.

        Args:
            holder: signs the digests.
            trust: before each batch the certificate is checked against these anchors, and refused if it is not good.
            font: of the appearances.
            timestamper: needed from level B-T on.
            remark: added to appearances, empty for none.
            picture: in place of text where an official or a seal signs.
            texts: of appearances; those of the rules by default.
            revocation: asked about the signer's and the time stamps' certificates, besides the lists among the anchors.
        """
        self._holder = holder
        self._facts = SignerFacts(certificate=holder.certificate, above=holder.above, method=holder.method)
        self._look = Look(
            name=common_name(holder.certificate), font=font, remark=remark, picture=picture, texts=texts or StampTexts()
        )
        self._trust = trust
        self._timestamper = timestamper
        self._gatherer = EvidenceGatherer(trust, revocation)
        self._plain_room = 0

    @property
    def name(self) -> str:
        """Common name of the certificate."""
        return self._look.name

    def sign(self, source: Path, target: Path, plan: SignaturePlan) -> None:
        """See `pipeline.ports.Signer.sign`; besides, `AlreadySigned` if the role has signed this file."""
        (end,) = self.sign_batch([SigningJob(source=source, target=target, plan=plan)])
        if isinstance(end, SohoaError):
            raise end

    def sign_batch(
        self,
        jobs: Iterable[SigningJob],
        *,
        may_wait: bool = False,
        on_end: Callable[[SigningJob, JobEnd], None] = silent,
    ) -> Sequence[JobEnd]:
        """See `pipeline.ports.Signer.sign_batch`."""
        batch = _Batch(may_wait=may_wait, stamper=self._timestamper)
        ends: dict[int, JobEnd] = {}
        ready: list[_Ready] = []
        try:
            for number, job in enumerate(jobs):
                self._check(job.plan.at, batch)
                try:
                    ready.append(self._prepare(number, job, batch))
                except ClockWrong:
                    raise
                except SohoaError as error:
                    ends[number] = error
                    on_end(job, error)
            values = self._holder.sign_digests([each.prepared.digest for each in ready]) if ready else ()
            if len(values) != len(ready):
                raise SignerUnavailable(reason="wrong_number_of_signatures")
            for each, value in zip(ready, values, strict=True):
                ends[each.number] = end = self._finish(each, value, batch)
                on_end(each.job, end)
        finally:
            for each in ready:
                each.draft.unlink(missing_ok=True)
        return [ends[number] for number in sorted(ends)]

    def sign_detached(self, data: bytes, *, at: dt.datetime) -> bytes:
        """See `pipeline.ports.Signer.sign_detached`."""
        return sign_beside(data, self._facts, self._holder, at=at)

    def _check(self, at: dt.datetime, batch: _Batch) -> None:
        """Refuse a certificate that is not good at a claimed time; each time is asked about once."""
        if at in batch.checked:
            return
        batch.checked.add(at)
        certificate, above = self._facts.certificate, self._facts.above
        known = self._gatherer.revocation(certificate, [*above, *self._trust.authorities])
        context = self._trust.context(moment=at, embedded=above, known=known)
        problem = asyncio.run(certificate_problem(certificate, context))
        if problem:
            raise KeyUnusable(reason=problem.reason, signer=self.name)

    def _room(self, level: SignatureLevel, batch: _Batch) -> int:
        if not self._plain_room:
            self._plain_room = room_for(self._facts)
        if level is SignatureLevel.B_B:
            return self._plain_room
        if self._timestamper is None:
            raise SigningFailed(reason="no_timestamp_authority")
        if batch.stamper is None:
            return self._plain_room
        try:
            return self._plain_room + batch.stamper.room
        except TimestampUnavailable as error:
            batch.give_up(error)
            return self._plain_room

    def _prepare(self, number: int, job: SigningJob, batch: _Batch) -> _Ready:
        room = self._room(job.plan.level, batch)
        draft: Path | None = None
        try:
            draft = new_draft(job.target)
            shutil.copyfile(job.source, draft)
            with draft.open("r+b") as file:
                prepared = prepare(file, job.plan, facts=self._facts, look=self._look, room=room)
        except (OSError, SohoaError) as error:
            if draft is not None:
                draft.unlink(missing_ok=True)
            if isinstance(error, SohoaError):
                raise
            raise not_written(error, job.target) from error
        return _Ready(number, job, draft, prepared)

    def _finish(self, ready: _Ready, value: bytes, batch: _Batch) -> JobEnd:
        finisher = Finisher(
            facts=self._facts, timestamper=batch.stamper, gatherer=self._gatherer, may_wait=batch.may_wait
        )
        plan = ready.job.plan
        try:
            with ready.draft.open("r+b") as file:
                end = finisher.finish(file, ready.prepared, value, level=plan.level, at=plan.at)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(ready.draft, ready.job.target)
        except SohoaError as error:
            return error
        except OSError as error:
            return not_written(error, ready.job.target)
        if isinstance(end.missing, TimestampUnavailable):
            batch.give_up(end.missing)
        return end


@dataclass(slots=True)
class _Batch:
    """What one batch has found out."""

    may_wait: bool
    stamper: HttpTimeStamper | None
    checked: set[dt.datetime] = field(default_factory=set)

    def give_up(self, error: TimestampUnavailable) -> None:
        """Ask no authority again in this batch: hundreds of documents would each wait for the same silence."""
        if not self.may_wait:
            raise error
        self.stamper = None
