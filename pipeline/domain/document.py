"""Papers, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.domain.geometry import Box
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.page import PageRef

FieldValue = str | tuple[str, ...]
"""A text, or a list of texts for `addressee`, `recipients` and `signer_capacity`."""


class FieldOrigin(StrEnum):
    """Where a value comes from; what a machine wrote for machines wins over what was read from a picture."""

    OCR = "ocr"
    QR = "qr"
    MRZ = "mrz"
    BARCODE = "barcode"
    PDF_TEXT = "pdf_text"
    SIGNATURE = "signature"
    CLERK = "clerk"


class FieldState(StrEnum):
    """Whether a person has to look."""

    READ = "read"
    NEEDS_REVIEW = "needs_review"
    CONFIRMED = "confirmed"


class CheckOutcome(StrEnum):
    """What a check says of a value."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named value with its evidence."""

    value: FieldValue
    """normalised"""
    raw: str
    """as read"""
    confidence: float
    """0 to 1; of the fields at 0.95 and above at least 95 in 100 are right"""
    page: int
    """page of the document, from 1"""
    box: Box | None
    """on the upright page, points from the top left; none where the value has no place (a signature's time)"""
    origin: FieldOrigin
    state: FieldState
    checks: Mapping[str, CheckOutcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError("a confidence lies between 0 and 1")
        if not self.value:
            raise ValueError("a value that is not on the paper is absent, not empty")
        if self.page < 1:
            raise ValueError("pages are counted from 1")


class DocumentState(StrEnum):
    """How far a document has come."""

    NEEDS_REVIEW = "needs_review"
    DIGITIZED = "digitized"
    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    """a person put its pages right: they stand in others now, and it stays as it was for the record"""
    DISPOSED = "disposed"
    """removed by an approved list: only ids, digests and dates are left"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedDocument:
    """Consecutive pages that make up one paper of a dossier (or of none yet)."""

    id: DocumentId
    dossier: DossierCode | None
    pages: tuple[PageRef, ...]

    def __post_init__(self) -> None:
        if not self.pages:
            raise ValueError("a document has at least one page")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodDocument:
    """A paper whose type and fields are known as far as they can be read."""

    id: DocumentId
    dossier: DossierCode | None
    pages: tuple[PageRef, ...]
    type: TypeCode
    type_confidence: float
    fields: Mapping[FieldName, Field]
    state: DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The searchable PDF/A made from a document's pages, safe in the archive."""

    sha256: ContentHash
    size: int
    """bytes"""
    conformance: str
    """PDF/A part and level, such as `2u`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A paper that is understood and kept."""

    understood: UnderstoodDocument
    copy: Copy
    text_sha256: ContentHash
    """the document's text in reading order, pages parted by form feed, UTF-8"""
    signed_source: ContentHash | None = None
    """the signed PDF this document is the searchable twin of"""
    version: int = 1
    """grows with every correction: who corrects an older one is told so"""
    type_by: str = ""
    """account that said what the paper is; empty: its type was found by reading"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All papers of one application."""

    code: DossierCode
    documents: tuple[DocumentId, ...]
