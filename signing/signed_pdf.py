"""Read the signatures of a PDF that nobody vouches for: none is skipped, and what cannot be read counts as a bad signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from asn1crypto import cms
from pyhanko.pdf_utils.generic import DictionaryObject, PdfObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from pipeline.domain.signature import Coverage
from signing.covered_bytes import (
    gap_is_contents,
    has_hybrid_references,
    has_unlisted_objects,
    is_accounted_for,
    is_only_padding,
)
from signing.revisions import Changes, Revisions

_SUBFILTERS = {member.value for member in SigSeedSubFilter}
_COVERAGE = {
    SignatureCoverageLevel.UNCLEAR: Coverage.UNKNOWN,
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: Coverage.PARTIAL,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.ENTIRE_REVISION,
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.ENTIRE_FILE,
}
FORM_CHANGED = "FORM_CHANGED"
"""Form fields were filled in after the signature. Even where permissions allow that, what is shown is not what was signed: text
fields prepared to lie over the content are a shadow attack (replace by overlay, NDSS 2021)."""
_NO_CHANGES = Changes(level=ModificationLevel.NONE, allowed=True)


class UnsupportedSignature(Exception):
    """A signature of a kind that is not evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What can be said of a signature without asking whom to trust."""

    coverage: Coverage
    changes: str
    """what changed in the file afterwards: `none`, `lta_updates`, `form_filling`, `annotations`, `other`"""
    reason: str | None
    """why coverage or changes are not acceptable, None if they are"""
    fields: frozenset[str] = frozenset()
    """names of the form fields that were filled in afterwards"""
    end: int = 0
    """bytes from the start of the file up to the end of what the signature covers"""


def filled_fields(reader: PdfFileReader) -> Iterator[tuple[str, PdfObject, PdfObject]]:
    """Yield (name, signature dictionary, field) of each field with a signature, in no special order."""
    yield from enumerate_sig_fields(reader, filled_status=True)


def read_signature(reader: PdfFileReader, name: str, value: PdfObject, field: PdfObject) -> EmbeddedPdfSignature:
    """Return a signature for evaluation.

    Raises:
        UnsupportedSignature: its `/SubFilter` is unknown.
        Exception: of any class, if it is malformed.
    """
    dictionary, holder = value.get_object(), field.get_object()
    if not isinstance(dictionary, DictionaryObject) or not isinstance(holder, DictionaryObject):
        raise UnsupportedSignature("not a dictionary")
    subfilter = dictionary.get("/SubFilter")
    if str(subfilter) not in _SUBFILTERS:
        raise UnsupportedSignature(str(subfilter))
    return EmbeddedPdfSignature(reader, holder, name)


def judge_integrity(signature: EmbeddedPdfSignature, revisions: Revisions, file: BinaryIO) -> Integrity:
    """Judge what a signature covers and what was done to the file afterwards (pyHanko's difference analysis)."""
    contents = signature.pkcs7_content
    if not gap_is_contents(file, signature.byte_range, contents):
        return Integrity(coverage=Coverage.UNKNOWN, changes="other", reason="COVERAGE_UNCLEAR")
    coverage = _COVERAGE[signature.evaluate_signature_coverage()]
    if coverage in {Coverage.UNKNOWN, Coverage.PARTIAL}:
        return Integrity(coverage=coverage, changes="other", reason="COVERAGE_UNCLEAR")
    changes = _NO_CHANGES if coverage is Coverage.ENTIRE_FILE else revisions.after(signature)
    level = changes.level
    end = signature.byte_range[2] + signature.byte_range[3]
    later = signature.reader.xrefs.total_revisions - 1 - signature.signed_revision
    reason = None
    if level is ModificationLevel.OTHER:
        reason = "SUSPICIOUS_CHANGES"
    elif not changes.allowed:
        reason = "FORBIDDEN_CHANGES"
    elif has_hybrid_references(file, end):
        reason = "HYBRID_REFERENCES"
    elif not is_accounted_for(file, end, revisions=later) or (
        coverage is not Coverage.ENTIRE_FILE and has_unlisted_objects(file, end, revisions.listed_after(signature))
    ):
        level, reason = ModificationLevel.OTHER, "TRAILING_DATA"
    elif not is_only_padding(contents, len(cms.ContentInfo.load(contents).dump())):
        reason = "FORMAT_FAILURE"
    elif changes.form_changed:
        reason = FORM_CHANGED
    return Integrity(coverage=coverage, changes=level.name.lower(), reason=reason, fields=changes.fields, end=end)
