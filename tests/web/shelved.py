"""Papers of agencies on the shelves of an office: real objects in its store, real rows in its records, nothing read."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Mapping

from pipeline.domain.audit import Author
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import (
    Copy,
    DocumentState,
    Dossier,
    Field,
    FieldOrigin,
    FieldState,
    StoredDocument,
    UnderstoodDocument,
)
from pipeline.domain.geometry import Box
from pipeline.domain.ids import (
    BatchId,
    ContentHash,
    DocumentId,
    DossierCode,
    FieldName,
    SourceName,
    TypeCode,
    derived_id,
)
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area
from tests.e2e.papers import paper
from web.office import Office

OURS, THEIRS = "H42.12", "H42.13"
"""the office's own agency, and another one that it works for"""
LONG_AGO = dt.datetime(2015, 3, 2, 2, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def field(value: str, state: FieldState = FieldState.READ, *, box: Box | None = None) -> Field:
    return Field(value=value, raw=value, confidence=0.9, page=1, box=box, origin=FieldOrigin.OCR, state=state)


def shelve(
    office: Office,
    *,
    agency: str = OURS,
    kind: str = "quyet_dinh",
    dossier: str | None = None,
    fields: Mapping[str, str] | None = None,
    text: str = "Quyết định về việc cấp giấy phép xây dựng",
    source: str = "bản quét.pdf",
    state: DocumentState = DocumentState.CONFIRMED,
    received: dt.datetime | None = None,
    signed: ContentHash | None = None,
    box: Box | None = None,
) -> DocumentId:
    """Keep one paper and return its id."""
    services = office.services.acting(Author(name="scanner", role="clerk", origin="tests"))
    number = next(_numbers)
    batch, when = BatchId(derived_id("b", "shelved", str(number))), received or services.clock.now()
    code = None if dossier is None else DossierCode(dossier)
    scan = services.objects.put(Area.ARCHIVE, io.BytesIO(paper(number) + f"% {number}\n".encode()))
    kept = services.objects.put(Area.ARCHIVE, io.BytesIO(paper(number, padding=number)))
    read = services.objects.put(Area.DERIVED, io.BytesIO(f"{text} {number}".encode()))
    name = SourceName(source)
    came = ReceivedSource(name=name, sha256=scan.sha256, size=scan.size)
    services.batches.open(ReceivedBatch(id=batch, created_at=when, sources=(came,), dossier=code, agency=agency))
    document = DocumentId(derived_id("d", batch, "0"))
    understood = UnderstoodDocument(
        id=document,
        dossier=code,
        pages=(PageRef(name, 1),),
        type=TypeCode(kind),
        type_confidence=0.97,
        fields={FieldName(each): field(value, box=box) for each, value in (fields or {}).items()},
        state=state,
    )
    stored = StoredDocument(
        understood=understood,
        copy=Copy(sha256=kept.sha256, size=kept.size, conformance="2b"),
        text_sha256=read.sha256,
        signed_source=signed,
    )
    outcome = SourceOutcome(
        name=name, sha256=scan.sha256, media_type=MediaType.PDF, pages=1, state=SourceState.DIGITIZED
    )
    whole = DigitizedBatch(
        id=batch,
        created_at=when,
        sources=(outcome,),
        pages=(PageOutcome(ref=PageRef(name, 1), state=PageState.KEPT, document=document),),
        dossiers=(Dossier(code=code, documents=(document,)),) if code else (),
        documents=(stored,),
    )
    services.batches.complete(whole, texts={document: text})
    return document
