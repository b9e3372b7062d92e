"""Judge the signatures of one file, newest proof of time first (ETSI EN 319 102-1 §5.5 and §5.6).

A document time stamp proves that everything before it existed at its time. So it is judged first, as of the moment that a later
one proves, and what it covers is judged as of its time, with the revocation data that the document carries: in this way a
signature outlives its certificate and its time stamp's, as long as each was renewed in time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import BinaryIO

from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.misc import PdfError
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
from pyhanko_certvalidator import ValidationContext

from pipeline.domain.signature import Coverage
from signing.certificates import Problem, TrustStore, certificate_problem, revocation_problem
from signing.cms_form import (
    binding_problem,
    dictionary_problem,
    form_problem,
    is_document_timestamp,
    is_weak,
    is_weak_imprint,
)
from signing.elliptic import by_the_book
from signing.evidence import Evidence
from signing.revisions import Revisions
from signing.signed_pdf import FORM_CHANGED, Integrity, judge_integrity
from signing.timestamp_client import certificates_in

_FIRST, _LAST = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1990, 2200))
"""when signatures can have been made: the first standards of what is signed here are from about 1990"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about a signature."""

    integrity: Integrity
    reason: str | None
    """None: passed"""
    time: dt.datetime | None
    """when it was made, as far as known"""
    proven: bool = False
    intact: bool = False


@dataclass(slots=True)
class Judge:
    """Judges signatures of one file; a document time stamp must be judged before what it covers."""

    trust: TrustStore
    stream: BinaryIO
    at: dt.datetime
    revisions: Revisions
    store: Evidence
    """the document security store"""
    _proofs: list[tuple[int, dt.datetime]] = field(default_factory=list)
    """(revision, time) of each trusted document time stamp, newest first"""

    def judge(self, signature: EmbeddedPdfSignature) -> Finding:
        """Judge one signature or document time stamp."""
        integrity = judge_integrity(signature, self.revisions, self.stream)
        problem = dictionary_problem(signature)
        if problem is not None:
            return Finding(integrity=integrity, reason=problem, time=None)
        if is_document_timestamp(signature):
            finding = asyncio.run(self._document_timestamp(signature, integrity))
            if finding.proven and finding.reason is None and finding.time:
                self._proofs.append((signature.signed_revision, finding.time))
            return finding
        return asyncio.run(self._signature(signature, integrity))

    def _known_since(self, signature: EmbeddedPdfSignature) -> dt.datetime:
        """Return the earliest moment at which the signature is proven to have existed; without proof the moment of judgement."""
        later = [time for revision, time in self._proofs if revision > signature.signed_revision]
        return min(later, default=self.at)

    async def _signature(self, signature: EmbeddedPdfSignature, integrity: Integrity) -> Finding:
        claimed = claimed_time(signature)
        if integrity.coverage is Coverage.UNKNOWN:
            return Finding(integrity=integrity, reason=integrity.reason, time=claimed)
        reason = _broken(signature)
        if reason:
            return Finding(integrity=integrity, reason=reason, time=claimed)
        since = self._known_since(signature)
        token, proven = await self._signature_timestamp(signature, since)
        if proven is None and since < self.at:
            proven = since
        reason = None if integrity.reason == FORM_CHANGED else integrity.reason  # the mildest doubt comes last
        if reason is None and token is not None and not (token.intact and token.valid):
            reason = "TIMESTAMP_NOT_INTACT"
        if reason is None:
            reason = binding_problem(signature) or await self._certificate_reason(signature, proven)
        if reason is None and is_weak(signature):
            reason = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        reason = reason or integrity.reason
        return Finding(
            integrity=integrity, reason=reason, time=proven or claimed, proven=proven is not None, intact=True
        )

    async def _signature_timestamp(
        self, signature: EmbeddedPdfSignature, since: dt.datetime
    ) -> tuple[TimestampSignatureStatus | None, dt.datetime | None]:
        """Return the time stamp within the signature, the trusted one if there are several, and the time it proves."""
        status = None
        for token in extract_tst_data_iter(signature.signer_info, signed=False):
            embedded = [*certificates_in(token), *self.store.certificates]
            context = self.trust.context(moment=since, timestamps=True, embedded=embedded, known=self.store.revocation)
            found = await validate_tst_signed_data(token, context, message_imprint_checker(signature.signer_info))
            status = TimestampSignatureStatus(**found)
            good = _trusted(status, context) and not is_weak_imprint(token)
            if good and status.timestamp <= since:
                return status, status.timestamp
        return status, None

    async def _certificate_reason(self, signature: EmbeddedPdfSignature, proven: dt.datetime | None) -> str | None:
        embedded = [*signature.other_embedded_certs, *self.store.certificates]
        context = self.trust.context(moment=proven or self.at, embedded=embedded, known=self.store.revocation)
        problem = await certificate_problem(signature.signer_cert, context)
        return _with_time(problem, proven=proven is not None) if problem else None

    async def _document_timestamp(self, signature: EmbeddedPdfSignature, integrity: Integrity) -> Finding:
        if integrity.coverage is Coverage.UNKNOWN:
            return Finding(integrity=integrity, reason=integrity.reason, time=None)
        since = self._known_since(signature)
        embedded = [*signature.other_embedded_certs, *self.store.certificates]
        context = self.trust.context(moment=since, timestamps=True, embedded=embedded, known=self.store.revocation)
        found = await validate_tst_signed_data(signature.signed_data, context, signature.compute_digest)
        status = TimestampSignatureStatus(**found)
        reason = integrity.reason
        if not status.intact or not status.valid:
            reason = "SIG_CRYPTO_FAILURE" if status.intact else "HASH_FAILURE"
        elif reason is None and not status.trusted:
            problem = status.trust_problem_indic
            reason = problem.standard_name if problem else "NO_CERTIFICATE_CHAIN_FOUND"
        elif reason is None and not _trusted(status, context):
            reason = "REVOKED_NO_POE"
        elif reason is None and status.timestamp > since:
            reason = "TIMESTAMP_ORDER_FAILURE"
        elif reason is None and (is_weak(signature) or is_weak_imprint(signature.signed_data)):
            reason = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        return Finding(
            integrity=integrity,
            reason=reason,
            time=_credible(status.timestamp),
            proven=status.trusted and reason is None,
            intact=status.intact and status.valid,
        )


def _trusted(status: TimestampSignatureStatus, context: ValidationContext) -> bool:
    path = status.validation_path
    return bool(status.trusted and path is not None and revocation_problem(path, context) is None)


def claimed_time(signature: EmbeddedPdfSignature) -> dt.datetime | None:
    """Return the signing time by the signer's own word.

    The PDF's, which PAdES wants, comes first: many signers of the older kind write local time into the CMS and call it UTC.
    """
    claimed: dt.datetime | None
    try:
        claimed = parse_pdf_date(str(signature.sig_object["/M"]), strict=False)
    except (KeyError, PdfError, ValueError):
        claimed = extract_self_reported_ts(signature.signer_info)
    return _credible(claimed.replace(tzinfo=dt.UTC) if claimed and claimed.tzinfo is None else claimed)


def _credible(moment: dt.datetime | None) -> dt.datetime | None:
    """Return when something is said to have been signed; a year in which nobody can have done so says nothing."""
    return moment if moment is not None and _FIRST <= moment < _LAST else None


def _broken(signature: EmbeddedPdfSignature) -> str | None:
    """Return why the signature does not fit the bytes it covers, or None."""
    problem = form_problem(signature)
    if problem is not None:
        return problem
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
