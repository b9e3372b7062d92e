"""Validate the signatures of any PDF (ETSI EN 319 102-1), offline, and never call valid what cannot be evaluated.

Reasons are sub-indications of the standard, and keys of the product's own for what it does not know: `NO_SIGNATURE`,
`COVERAGE_UNCLEAR`, `SUSPICIOUS_CHANGES`, `FORBIDDEN_CHANGES`, `TRAILING_DATA`, `UNSUPPORTED_SIGNATURE`, `TIMESTAMP_NOT_INTACT`,
`HYBRID_REFERENCES` (in a later revision: two readers see two documents), `UNREADABLE`, `ENCRYPTED`, `TOO_LARGE`,
`TOO_MANY_SIGNATURES`, `TOO_SLOW`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.generic import PdfObject, parse_pdf_date
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_self_reported_ts,
    extract_tst_data_iter,
    message_imprint_checker,
    validate_sig_integrity,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import TimestampSignatureStatus

from pipeline.domain.signature import Coverage, FileVerdict, SignatureVerdict, Verdict
from signing.certificates import Problem, TrustStore, certificate_problem, common_name
from signing.elliptic import by_the_book
from signing.signed_pdf import Integrity, UnsupportedSignature, filled_fields, judge_integrity, read_signature
from signing.trust import TrustAnchors

PASSED = "TOTAL_PASSED"
_FAILED = {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED"}
"""sub-indications that mean TOTAL-FAILED; all others mean INDETERMINATE"""
_WEAK_DIGESTS = {"md2", "md5", "sha1"}
_LEAST_BITS = {"rsa": 2048, "rsassa_pss": 2048, "ec": 256}
"""by kind of key (TT 15/2025/TT-BKHCN)"""
_BADNESS = {Verdict.VALID: 0, Verdict.INDETERMINATE: 1, Verdict.INVALID: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationLimits:
    """How much one file may ask of us. Run in a child process that is ended from outside: a loop within pyHanko is not seen here."""

    file_bytes: int = 1 << 30
    signatures: int = 200
    seconds: float = 60.0
    """after which no further signature is looked at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """A `pipeline.ports.SignatureValidator`; a plain value, so that it can be sent to child processes."""

    trust: TrustAnchors
    limits: ValidationLimits = ValidationLimits()
    stopwatch: Callable[[], float] = time.monotonic
    """seconds from any origin"""

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        """Return the verdict as of `at`; never raises for a bad file, which is simply not valid."""
        try:
            if file.stat().st_size > self.limits.file_bytes:
                return _unsigned("TOO_LARGE")
            with file.open("rb") as stream:
                return self._validate(stream, at)
        except OSError:
            return _unsigned("UNREADABLE")
        except Exception:  # noqa: BLE001 -- whatever a hostile file does to the parser, it is not valid
            return FileVerdict(verdict=Verdict.INVALID, reason="FORMAT_FAILURE", signatures=())

    def _validate(self, stream: BinaryIO, at: dt.datetime) -> FileVerdict:
        started = self.stopwatch()
        reader = PdfFileReader(stream, strict=False)
        if reader.encrypted and reader.decrypt(b"").status is AuthStatus.FAILED:
            return _unsigned("ENCRYPTED")
        fields = list(filled_fields(reader))
        if not fields:
            return _unsigned("NO_SIGNATURE")
        if len(fields) > self.limits.signatures:
            return _unsigned("TOO_MANY_SIGNATURES")
        judge = _Judge(TrustStore(self.trust), stream, at)
        verdicts: list[tuple[int, SignatureVerdict]] = []
        for name, value, field in fields:
            if self.stopwatch() - started > self.limits.seconds:
                return _unsigned("TOO_SLOW")
            verdicts.append(judge.signature(reader, name, value, field))
        verdicts.sort(key=lambda pair: pair[0])
        return _together([verdict for _, verdict in verdicts])


def _unsigned(reason: str) -> FileVerdict:
    return FileVerdict(verdict=Verdict.INDETERMINATE, reason=reason, signatures=())


def _together(verdicts: Sequence[SignatureVerdict]) -> FileVerdict:
    worst = max(verdicts, key=lambda verdict: _BADNESS[verdict.verdict])
    return FileVerdict(verdict=worst.verdict, reason=worst.reason, signatures=tuple(verdicts))


@dataclass(frozen=True, slots=True)
class _Finding:
    """A signature's reason (None: passed) with the time it was made, as far as known."""

    reason: str | None
    time: dt.datetime | None
    proven: bool
    intact: bool


@dataclass(frozen=True, slots=True)
class _Judge:
    trust: TrustStore
    stream: BinaryIO
    at: dt.datetime

    def signature(
        self, reader: PdfFileReader, name: str, value: PdfObject, field: PdfObject
    ) -> tuple[int, SignatureVerdict]:
        """Return (revision, verdict) of one signature field."""
        try:
            signature = read_signature(reader, name, value, field)
            integrity = judge_integrity(signature, self.stream)
            finding = asyncio.run(self._finding(signature, integrity))
            return signature.signed_revision, _verdict(signature, integrity, finding)
        except UnsupportedSignature:
            return 0, _unreadable(Verdict.INDETERMINATE, "UNSUPPORTED_SIGNATURE")
        except Exception:  # noqa: BLE001 -- whatever a hostile signature does to the parser, it is not valid
            return 0, _unreadable(Verdict.INVALID, "FORMAT_FAILURE")

    async def _finding(self, signature: EmbeddedPdfSignature, integrity: Integrity) -> _Finding:
        if signature.sig_object_type == "/DocTimeStamp":
            return await self._document_timestamp(signature, integrity)
        claimed = _claimed_time(signature)
        if integrity.coverage is Coverage.UNKNOWN:
            return _Finding(integrity.reason, claimed, proven=False, intact=False)
        reason = _broken(signature)
        if reason:
            return _Finding(reason, claimed, proven=False, intact=False)
        token, proven = await self._signature_timestamp(signature)
        reason = integrity.reason
        if reason is None and token is not None and not (token.intact and token.valid):
            reason = "TIMESTAMP_NOT_INTACT"
        if reason is None:
            reason = await self._certificate_reason(signature, proven)
        if reason is None and _is_weak(signature):
            reason = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        return _Finding(reason, proven or claimed, proven=proven is not None, intact=True)

    async def _signature_timestamp(
        self, signature: EmbeddedPdfSignature
    ) -> tuple[TimestampSignatureStatus | None, dt.datetime | None]:
        """Return the time stamp within the signature, the trusted one if there are several, and the time it proves."""
        status = None
        for token in extract_tst_data_iter(signature.signer_info, signed=False):
            context = self.trust.context(moment=self.at, timestamps=True, embedded=_certificates(token))
            found = await validate_tst_signed_data(token, context, message_imprint_checker(signature.signer_info))
            status = TimestampSignatureStatus(**found)
            if status.trusted and status.timestamp <= self.at:
                return status, status.timestamp
        return status, None

    async def _certificate_reason(self, signature: EmbeddedPdfSignature, proven: dt.datetime | None) -> str | None:
        context = self.trust.context(moment=proven or self.at, embedded=signature.other_embedded_certs)
        problem = await certificate_problem(signature.signer_cert, context)
        return _with_time(problem, proven=proven is not None) if problem else None

    async def _document_timestamp(self, signature: EmbeddedPdfSignature, integrity: Integrity) -> _Finding:
        if integrity.coverage is Coverage.UNKNOWN:
            return _Finding(integrity.reason, None, proven=False, intact=False)
        context = self.trust.context(moment=self.at, timestamps=True, embedded=signature.other_embedded_certs)
        found = await validate_tst_signed_data(signature.signed_data, context, signature.compute_digest)
        status = TimestampSignatureStatus(**found)
        reason = integrity.reason
        if not status.intact or not status.valid:
            reason = "SIG_CRYPTO_FAILURE" if status.intact else "HASH_FAILURE"
        elif reason is None and not status.trusted:
            problem = status.trust_problem_indic
            reason = problem.standard_name if problem else "NO_CERTIFICATE_CHAIN_FOUND"
        return _Finding(reason, status.timestamp, proven=status.trusted, intact=status.intact and status.valid)


def _claimed_time(signature: EmbeddedPdfSignature) -> dt.datetime | None:
    """Return the signing time by the signer's own word.

    The PDF's, which PAdES wants, comes first: many signers of the older kind write local time into the CMS and call it UTC.
    """
    claimed: dt.datetime | None
    try:
        claimed = parse_pdf_date(str(signature.sig_object["/M"]), strict=False)
    except (KeyError, PdfError, ValueError):
        claimed = extract_self_reported_ts(signature.signer_info)
    return claimed.replace(tzinfo=dt.UTC) if claimed and claimed.tzinfo is None else claimed


def _broken(signature: EmbeddedPdfSignature) -> str | None:
    """Return why the signature does not fit the bytes it covers, or None."""
    try:
        intact, valid = validate_sig_integrity(
            by_the_book(signature.signer_info, signature.signer_cert),
            signature.signer_cert,
            "data",
            signature.compute_digest(),
        )
    except SignatureValidationError as error:
        return str(getattr(error.ades_subindication, "standard_name", "FORMAT_FAILURE"))
    if not intact:
        return "HASH_FAILURE"
    return None if valid else "SIG_CRYPTO_FAILURE"


def _with_time(problem: Problem, *, proven: bool) -> str:
    """Sharpen a problem by what a proven time says: then revoked is revoked and expired is expired (§5.5.4)."""
    if not proven:
        return problem.reason
    if problem.reason == "OUT_OF_BOUNDS_NO_POE":
        return "NOT_YET_VALID" if problem.too_early else "EXPIRED"
    return "REVOKED" if problem.reason == "REVOKED_NO_POE" else problem.reason


def _is_weak(signature: EmbeddedPdfSignature) -> bool:
    mechanism = signature.signer_info["signature_algorithm"]
    try:
        own_digest = mechanism.hash_algo
    except ValueError:  # the mechanism names none; then the signature's digest counts
        own_digest = signature.md_algorithm
    key = signature.signer_cert.public_key
    return bool({own_digest, signature.md_algorithm} & _WEAK_DIGESTS) or key.bit_size < _LEAST_BITS.get(
        key.algorithm, 0
    )


def _certificates(token: object) -> list[x509.Certificate]:
    certificates = token["certificates"]  # type: ignore[index]
    return [choice.chosen for choice in certificates if choice.name == "certificate"]


def _verdict(signature: EmbeddedPdfSignature, integrity: Integrity, finding: _Finding) -> SignatureVerdict:
    verdict = Verdict.VALID
    if finding.reason is not None:
        failed = finding.reason in _FAILED or finding.reason == integrity.reason or not finding.intact
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
