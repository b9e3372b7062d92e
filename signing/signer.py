"""A signer for a batch of documents, whoever holds the key: prepare all, have all digests signed at once, complete all."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import KeyUnusable, SignerUnavailable, SigningFailed, SohoaError
from pipeline.domain.signature import SignatureLevel
from pipeline.ports import SignaturePlan
from signing.certificates import TrustStore, certificate_problem, common_name
from signing.draft import new_draft, not_written, put_in_place
from signing.evidence import EvidenceGatherer, nothing_known
from signing.key_holder import KeyHolder
from signing.long_term import add_levels
from signing.pades import Look, PreparedSignature, SignerFacts, complete, prepare, room_for
from signing.picture import Picture
from signing.revocation import RevocationSource
from signing.stamp_font import StampFont
from signing.timestamp_client import HttpTimeStamper


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningJob:
    """One document of a batch."""

    source: Path
    target: Path
    plan: SignaturePlan


@dataclass(frozen=True, slots=True)
class _Ready:
    """A prepared document; its draft is gone when the batch ends without it."""

    number: int
    job: SigningJob
    draft: Path
    prepared: PreparedSignature


class PadesSigner:
    """A `pipeline.ports.Signer` around any holder of a key."""

    def __init__(
        self,
        holder: KeyHolder,
        *,
        trust: TrustStore,
        font: StampFont,
        timestamper: HttpTimeStamper | None = None,
        remark: str = "",
        picture: Picture | None = None,
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
            revocation: asked about the signer's and the time stamps' certificates, besides the lists among the anchors.
        """
        self._holder = holder
        self._facts = SignerFacts(certificate=holder.certificate, above=holder.above, method=holder.method)
        self._look = Look(name=common_name(holder.certificate), font=font, remark=remark, picture=picture)
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
        (error,) = self.sign_batch([SigningJob(source=source, target=target, plan=plan)])
        if error is not None:
            raise error

    def sign_batch(self, jobs: Sequence[SigningJob]) -> Sequence[SohoaError | None]:
        """Sign documents under one authorisation of the key's owner; return for each why it was not signed, or None.

        A document is signed whole or not at all; one that fails does not stop the others.

        Raises:
            KeyUnusable: the certificate is not good, or the key refuses; nothing is signed.
            SignerUnavailable: the key's holder does not answer; nothing is signed.
        """
        self._check(jobs)
        outcomes: list[SohoaError | None] = [None] * len(jobs)
        ready: list[_Ready] = []
        try:
            for number, job in enumerate(jobs):
                try:
                    ready.append(self._prepare(number, job))
                except SohoaError as error:
                    outcomes[number] = error
            values = self._holder.sign_digests([each.prepared.digest for each in ready]) if ready else ()
            if len(values) != len(ready):
                raise SignerUnavailable(reason="wrong_number_of_signatures")
            for each, value in zip(ready, values, strict=True):
                outcomes[each.number] = self._finish(each, value)
        finally:
            for each in ready:
                each.draft.unlink(missing_ok=True)
        return outcomes

    def _check(self, jobs: Sequence[SigningJob]) -> None:
        """Refuse a certificate that is not good at any of the claimed times, which lie close together."""
        certificate, above = self._facts.certificate, self._facts.above
        for moment in {each(job.plan.at for job in jobs) for each in (min, max)} if jobs else ():
            known = self._gatherer.revocation(certificate, [*above, *self._trust.authorities])
            context = self._trust.context(moment=moment, embedded=above, known=known)
            problem = asyncio.run(certificate_problem(certificate, context))
            if problem:
                raise KeyUnusable(reason=problem.reason, signer=self.name)

    def _room(self, level: SignatureLevel) -> int:
        if not self._plain_room:
            self._plain_room = room_for(self._facts)
        if level is SignatureLevel.B_B:
            return self._plain_room
        if self._timestamper is None:
            raise SigningFailed(reason="no_timestamp_authority")
        return self._plain_room + self._timestamper.room

    def _prepare(self, number: int, job: SigningJob) -> _Ready:
        room = self._room(job.plan.level)
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

    def _finish(self, ready: _Ready, value: bytes) -> SohoaError | None:
        try:
            with ready.draft.open("r+b") as file:
                self._write(file, ready, value)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(ready.draft, ready.job.target)
        except SohoaError as error:
            return error
        except OSError as error:
            return not_written(error, ready.job.target)
        return None

    def _write(self, file: BinaryIO, ready: _Ready, value: bytes) -> None:
        level, at = ready.job.plan.level, ready.job.plan.at
        timestamper = None if level is SignatureLevel.B_B else self._timestamper
        signature = complete(file, ready.prepared, value, facts=self._facts, timestamper=timestamper)
        if timestamper and level in {SignatureLevel.B_LT, SignatureLevel.B_LTA}:
            add_levels(
                file,
                signature,
                archive=level is SignatureLevel.B_LTA,
                timestamper=timestamper,
                gatherer=self._gatherer,
                at=at,
            )
