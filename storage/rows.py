"""Values of the domain to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import sqlalchemy as sa

from pipeline.domain.document import (
    CheckOutcome,
    Copy,
    DocumentState,
    Field,
    FieldOrigin,
    FieldState,
    FieldValue,
    StoredDocument,
    UnderstoodDocument,
)
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.page import Code, CodeKind, PageOutcome, PageRef, PageState
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState

Row = dict[str, Any]
"""column name to value"""


def received_source_row(batch: BatchId, position: int, source: ReceivedSource) -> Row:
    """Return the row of a source as it came in."""
    return {
        "batch": batch,
        "position": position,
        "name": source.name,
        "sha256": source.sha256,
        "size": source.size,
        "folder": source.folder,
    }


def received_source(row: sa.Row[Any]) -> ReceivedSource:
    """Return the source of a row."""
    return ReceivedSource(name=SourceName(row.name), sha256=ContentHash(row.sha256), size=row.size, folder=row.folder)


def source_row(batch: BatchId, position: int | None, source: SourceOutcome) -> Row:
    """Return the row of a source as it stands."""
    return {
        "batch": batch,
        "position": position,
        "name": source.name,
        "sha256": source.sha256,
        "media_type": source.media_type.value,
        "pages": source.pages,
        "state": source.state.value,
        "error": source.error,
    }


def source_outcome(row: sa.Row[Any]) -> SourceOutcome:
    """Return the source of a row."""
    return SourceOutcome(
        name=SourceName(row.name),
        sha256=ContentHash(row.sha256),
        media_type=MediaType(row.media_type),
        pages=row.pages,
        state=SourceState(row.state),
        error=row.error,
    )


def page_row(batch: BatchId, position: int | None, page: PageOutcome) -> Row:
    """Return the row of a page as it stands."""
    return {
        "batch": batch,
        "position": position,
        "source": page.ref.source,
        "number": page.ref.number,
        "state": page.state.value,
        "reason": page.reason,
        "rotation": page.rotation,
        "skew": page.skew,
        "document": page.document,
        "confidence": page.confidence,
        "codes": [{"kind": code.kind.value, "text": code.text, "box": _sides(code.box)} for code in page.codes],
        "turned": page.turned or None,
    }


def page_outcome(row: sa.Row[Any]) -> PageOutcome:
    """Return the page of a row."""
    return PageOutcome(
        ref=PageRef(SourceName(row.source), row.number),
        state=PageState(row.state),
        reason=row.reason,
        rotation=row.rotation,
        skew=row.skew,
        document=None if row.document is None else DocumentId(row.document),
        confidence=row.confidence,
        codes=tuple(Code(CodeKind(code["kind"]), code["text"], Box(*code["box"])) for code in row.codes),
        turned=bool(row.turned),
    )


def document_row(batch: BatchId, position: int, document: StoredDocument) -> Row:
    """Return the row of a document, without its pages and fields."""
    understood = document.understood
    return {
        "id": understood.id,
        "batch": batch,
        "position": position,
        "dossier": understood.dossier,
        "type": understood.type,
        "type_confidence": understood.type_confidence,
        "state": understood.state.value,
        "copy_sha256": document.copy.sha256,
        "copy_size": document.copy.size,
        "copy_conformance": document.copy.conformance,
        "text_sha256": document.text_sha256,
        "signed_source": document.signed_source,
        "type_by": document.type_by or None,
    }


def document_page_rows(batch: BatchId, document: StoredDocument) -> Iterator[Row]:
    """Yield the rows of a document's pages."""
    for position, ref in enumerate(document.understood.pages):
        yield {
            "document": document.understood.id,
            "position": position,
            "batch": batch,
            "source": ref.source,
            "number": ref.number,
        }


def field_rows(document: StoredDocument) -> Iterator[Row]:
    """Yield the rows of a document's fields."""
    for position, (name, field) in enumerate(document.understood.fields.items()):
        box = (None,) * 4 if field.box is None else _sides(field.box)
        yield {
            "document": document.understood.id,
            "position": position,
            "name": name,
            "value": field.value,
            "raw": field.raw,
            "confidence": field.confidence,
            "page": field.page,
            **dict(zip(("box_left", "box_top", "box_right", "box_bottom"), box, strict=True)),
            "origin": field.origin.value,
            "state": field.state.value,
            "checks": {check: outcome.value for check, outcome in field.checks.items()},
        }


def stored_document(row: sa.Row[Any], pages: Iterable[sa.Row[Any]], fields: Iterable[sa.Row[Any]]) -> StoredDocument:
    """Return the document of a row and of its pages' and fields' rows, in order."""
    understood = UnderstoodDocument(
        id=DocumentId(row.id),
        dossier=None if row.dossier is None else DossierCode(row.dossier),
        pages=tuple(PageRef(SourceName(page.source), page.number) for page in pages),
        type=TypeCode(row.type),
        type_confidence=row.type_confidence,
        fields={FieldName(field.name): _field(field) for field in fields},
        state=DocumentState(row.state),
    )
    return StoredDocument(
        understood=understood,
        copy=Copy(sha256=ContentHash(row.copy_sha256), size=row.copy_size, conformance=row.copy_conformance),
        text_sha256=ContentHash(row.text_sha256),
        signed_source=None if row.signed_source is None else ContentHash(row.signed_source),
        version=row.version or 1,
        type_by=row.type_by or "",
    )


def _field(row: sa.Row[Any]) -> Field:
    value: FieldValue = row.value if isinstance(row.value, str) else tuple(row.value)
    sides = (row.box_left, row.box_top, row.box_right, row.box_bottom)
    return Field(
        value=value,
        raw=row.raw,
        confidence=row.confidence,
        page=row.page,
        box=None if None in sides else Box(*sides),
        origin=FieldOrigin(row.origin),
        state=FieldState(row.state),
        checks={check: CheckOutcome(outcome) for check, outcome in cast("Mapping[str, str]", row.checks).items()},
    )


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
