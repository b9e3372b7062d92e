"""Validate the signatures of any PDF (ETSI EN 319 102-1), offline, and never call valid what cannot be evaluated.

Reasons are sub-indications of the standard, and keys of the product's own for what it does not know: `NO_SIGNATURE`,
`COVERAGE_UNCLEAR`, `SUSPICIOUS_CHANGES`, `FORBIDDEN_CHANGES`, `FORM_CHANGED`, `TRAILING_DATA`, `UNSUPPORTED_SIGNATURE`, `TIMESTAMP_NOT_INTACT`,
`TIMESTAMP_ORDER_FAILURE`, `HYBRID_REFERENCES` (in a later revision: two readers see two documents), `UNREADABLE`, `ENCRYPTED`, `TOO_LARGE`,
`TOO_MANY_SIGNATURES`, `TOO_SLOW`, `LOOKS_DIFFERENT` (pages look different from what was signed), `LOOK_NOT_COMPARED`,
`ONLY_TIME_STAMPS` (nobody signed), `AMBIGUOUS_STRUCTURE` (keys twice, tables that contradict each other: readers differ),
`PERMISSIONS_UNCLEAR` (the catalog calls a signature certifying that is not).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.signature import ActiveContent, Coverage, FileVerdict, SignatureVerdict, Verdict
from signing.certificates import TrustStore, common_name
from signing.contents import contradicts_itself, look_through, permissions_are_unclear
from signing.details import KIND_OF_TIME_STAMP, describe
from signing.hex_strings import read_hex_strings_at_once
from signing.judge import Finding, Judge, claimed_time
from signing.look import Compare, EarlierState, Rectangle, Sameness
from signing.revisions import Revisions
from signing.signed_pdf import FORM_CHANGED, Integrity, UnsupportedSignature, filled_fields, read_signature
from signing.store import read_store
from signing.trust import TrustAnchors
from signing.widgets import places_of_fields

read_hex_strings_at_once()

PASSED = "TOTAL_PASSED"
_FAILED = {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED"}
"""sub-indications that mean TOTAL-FAILED; all others mean INDETERMINATE"""
_BADNESS = {Verdict.VALID: 0, Verdict.INDETERMINATE: 1, Verdict.INVALID: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationLimits:
    """How much one file may ask of us. Run in a child process that is ended from outside: a loop within pyHanko is not seen here."""

    file_bytes: int = 1 << 30
    signatures: int = 200
    seconds: float = 60.0
    """after which no further signature is looked at"""
    look_seconds: float = 30.0
    """for comparing what pages look like; what is not compared by then is indeterminate"""


@lru_cache(maxsize=4)
def _opened(trust: TrustAnchors) -> TrustStore:
    """Parse anchors and lists once in a process: a state authority's revocation list is megabytes long."""
    return TrustStore(trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """A `pipeline.signing_ports.SignatureValidator`; a plain value, so that it can be sent to child processes."""

    trust: TrustAnchors
    limits: ValidationLimits = ValidationLimits()
    compare: Compare | None = None
    """compares what the file looks like now with what was signed, such as `signing.look.compare_states`"""
    stopwatch: Callable[[], float] = time.monotonic
    """seconds from any origin"""

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        """Return the verdict as of `at`; never raises for a bad file, which is simply not valid."""
        try:
            if file.stat().st_size > self.limits.file_bytes:
                return _unsigned("TOO_LARGE")
            with file.open("rb") as stream:
                return self._validate(file, stream, at)
        except OSError:
            return _unsigned("UNREADABLE")
        except Exception:  # noqa: BLE001 -- whatever a hostile file does to the parser, it is not valid
            return FileVerdict(verdict=Verdict.INVALID, reason="FORMAT_FAILURE", signatures=())

    def _validate(self, file: Path, stream: BinaryIO, at: dt.datetime) -> FileVerdict:
        started = self.stopwatch()
        reader = PdfFileReader(stream, strict=False)
        if reader.encrypted and reader.decrypt(b"").status is AuthStatus.FAILED:
            return _unsigned("ENCRYPTED")
        fields = list(filled_fields(reader))
        if not fields:
            return _unsigned("NO_SIGNATURE")
        if len(fields) > self.limits.signatures:
            return _unsigned("TOO_MANY_SIGNATURES")
        found: list[_Found] = []
        for name, value, holder in fields:
            try:
                found.append(_Found(read_signature(reader, name, value, holder)))
            except UnsupportedSignature:
                found.append(_Found(None, _unreadable(Verdict.INDETERMINATE, "UNSUPPORTED_SIGNATURE")))
            except Exception:  # noqa: BLE001 -- whatever a hostile signature does to the parser, it is not valid
                found.append(_Found(None, _unreadable(Verdict.INVALID, "FORMAT_FAILURE")))
        judge = Judge(_opened(self.trust), stream, at, Revisions(reader), read_store(reader))
        for each in sorted(found, key=lambda each: each.revision, reverse=True):  # proofs of time first
            if self.stopwatch() - started > self.limits.seconds:
                return _unsigned("TOO_SLOW")
            each.judge(judge)
        if self.compare is not None:
            _compare_looks(found, reader, file, self.compare, seconds=self.limits.look_seconds)
        contents = look_through(file)
        doubt = _doubt(found, reader, ambiguous=contents.ambiguous)
        if doubt is not None:
            for each in found:
                each.doubt(doubt)
        return _together([each.verdict for each in sorted(found, key=lambda each: each.revision)], contents.active)


@dataclass(slots=True)
class _Found:
    """A field with a signature on its way to a verdict."""

    signature: EmbeddedPdfSignature | None
    verdict: SignatureVerdict = field(default_factory=lambda: _unreadable(Verdict.INVALID, "FORMAT_FAILURE"))

    integrity: Integrity | None = None

    @property
    def revision(self) -> int:
        return self.signature.signed_revision if self.signature else 0

    def judge(self, judge: Judge) -> None:
        if self.signature is None:
            return
        try:
            finding = judge.judge(self.signature)
            self.integrity, self.verdict = finding.integrity, _verdict(self.signature, finding, judge)
        except Exception:  # noqa: BLE001 -- whatever a hostile signature does to the parser, it is not valid
            self.verdict = _unreadable(Verdict.INVALID, "FORMAT_FAILURE")

    def doubt(self, reason: str) -> None:
        """Take back a good verdict for something that concerns the whole file."""
        if self.verdict.verdict is Verdict.VALID:
            self.verdict = replace(self.verdict, verdict=Verdict.INDETERMINATE, reason=reason)


def _doubt(found: Sequence[_Found], reader: PdfFileReader, *, ambiguous: bool) -> str | None:
    if ambiguous or contradicts_itself(reader):
        return "AMBIGUOUS_STRUCTURE"
    read = [each.signature for each in found if each.signature is not None]
    return "PERMISSIONS_UNCLEAR" if permissions_are_unclear(reader, read) else None


def _compare_looks(
    found: Sequence[_Found], reader: PdfFileReader, file: Path, compare: Compare, *, seconds: float
) -> None:
    """Take back verdicts on signatures behind which the document looks different now (shadow attacks)."""
    doubted = [
        each
        for each in found
        if each.integrity and each.integrity.coverage is Coverage.ENTIRE_REVISION and each.integrity.reason is None
    ]
    if not doubted:
        return
    places = places_of_fields(reader)
    states = []
    for each in doubted:
        later = {other.signature.field_name for other in found if other.signature and other.revision > each.revision}
        excepted: dict[int, tuple[Rectangle, ...]] = {}
        for name in later | (each.integrity.fields if each.integrity else set()):
            for page, rectangle in places.get(name, ()):
                excepted[page] = (*excepted.get(page, ()), rectangle)
        states.append(EarlierState(end=each.integrity.end if each.integrity else 0, excepted=excepted))
    for each, sameness in zip(doubted, compare(file, states, seconds), strict=True):
        if sameness is Sameness.DIFFERENT:
            each.verdict = replace(each.verdict, verdict=Verdict.INVALID, reason="LOOKS_DIFFERENT", changes="other")
        elif sameness is Sameness.UNKNOWN:
            each.doubt("LOOK_NOT_COMPARED")


def _unsigned(reason: str) -> FileVerdict:
    return FileVerdict(verdict=Verdict.INDETERMINATE, reason=reason, signatures=())


def _together(verdicts: Sequence[SignatureVerdict], active: tuple[ActiveContent, ...]) -> FileVerdict:
    worst = max(verdicts, key=lambda verdict: _BADNESS[verdict.verdict])
    verdict, reason = worst.verdict, worst.reason
    if verdict is Verdict.VALID and all(each.details and each.details.kind == KIND_OF_TIME_STAMP for each in verdicts):
        verdict, reason = Verdict.INDETERMINATE, "ONLY_TIME_STAMPS"
    return FileVerdict(verdict=verdict, reason=reason, signatures=tuple(verdicts), active=active)


def _verdict(signature: EmbeddedPdfSignature, finding: Finding, judge: Judge) -> SignatureVerdict:
    integrity = finding.integrity
    verdict = Verdict.VALID
    if finding.reason is not None:
        structure = finding.reason == integrity.reason and finding.reason != FORM_CHANGED
        failed = finding.reason in _FAILED or structure or not finding.intact
        verdict = Verdict.INVALID if failed else Verdict.INDETERMINATE
    return SignatureVerdict(
        verdict=verdict,
        reason=finding.reason or PASSED,
        signer=common_name(signature.signer_cert),
        time=finding.time,
        time_proven=finding.proven,
        digest=signature.md_algorithm,
        coverage=integrity.coverage,
        intact=finding.intact,
        changes=integrity.changes,
        details=describe(signature, trust=judge.trust, known=judge.store.certificates, claimed=claimed_time(signature)),
    )


def _unreadable(verdict: Verdict, reason: str) -> SignatureVerdict:
    return SignatureVerdict(
        verdict=verdict,
        reason=reason,
        signer="",
        time=None,
        time_proven=False,
        digest="",
        coverage=Coverage.UNKNOWN,
        intact=False,
        changes="other",
    )
