"""From a signature value to a finished file, at the level that was asked for or the best that can be had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from pipeline.domain.errors import SohoaError
from pipeline.domain.signature import SignatureLevel
from pipeline.domain.signing_errors import EvidenceMissing, TimestampUnavailable
from pipeline.signing_ports import Signed
from signing.evidence import EvidenceGatherer
from signing.long_term import add_document_timestamp, add_evidence, signature_evidence, stamp_evidence
from signing.pades import PreparedSignature, SignerFacts, complete
from signing.timestamp_client import HttpTimeStamper

_LONG = frozenset({SignatureLevel.B_LT, SignatureLevel.B_LTA})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finisher:
    """What finishing needs; the same for all documents of a batch."""

    facts: SignerFacts
    timestamper: HttpTimeStamper | None
    """none: B-B is the best that can be had"""
    gatherer: EvidenceGatherer
    may_wait: bool
    """whether a lower level is better than none"""

    def finish(
        self, file: BinaryIO, prepared: PreparedSignature, value: bytes, *, level: SignatureLevel, at: dt.datetime
    ) -> Signed:
        """Write signature, time stamps and evidence into the prepared open file; return what was reached.

        Raises:
            TimestampUnavailable, EvidenceMissing: without `may_wait`; the file must be thrown away then.
            KeyUnusable, SigningFailed, ClockWrong
        """
        signature, reached = self._signature(file, prepared, value, level)
        if reached.missing is not None or self.timestamper is None or level not in _LONG:
            return reached
        stamper, archive = self.timestamper, level is SignatureLevel.B_LTA

        def evidence() -> None:
            found = signature_evidence(signature, self.gatherer, at=at)
            if archive:
                found += stamp_evidence(stamper, self.gatherer, at)
            add_evidence(file, found)

        reached = self._step(file, reached, SignatureLevel.B_LT, evidence)
        if archive and reached.missing is None:
            reached = self._step(file, reached, SignatureLevel.B_LTA, lambda: add_document_timestamp(file, stamper))
        return reached

    def _signature(
        self, file: BinaryIO, prepared: PreparedSignature, value: bytes, level: SignatureLevel
    ) -> tuple[bytes, Signed]:
        if level is SignatureLevel.B_B:
            return complete(file, prepared, value, facts=self.facts), Signed(level=level)
        missing: SohoaError = TimestampUnavailable(reason="not_asked")
        if self.timestamper is not None:
            try:
                signature = complete(file, prepared, value, facts=self.facts, timestamper=self.timestamper)
                return signature, Signed(level=SignatureLevel.B_T)
            except TimestampUnavailable as error:  # nothing was written
                if not self.may_wait:
                    raise
                missing = error
        signature = complete(file, prepared, value, facts=self.facts)
        return signature, Signed(level=SignatureLevel.B_B, missing=missing)

    def _step(self, file: BinaryIO, before: Signed, level: SignatureLevel, work: Callable[[], None]) -> Signed:
        """Raise a finished file by one level; what fails is cut off again."""
        end = file.seek(0, 2)
        try:
            work()
        except (TimestampUnavailable, EvidenceMissing) as error:
            if not self.may_wait:
                raise
            file.truncate(end)
            return Signed(level=before.level, missing=error)
        return Signed(level=level)
