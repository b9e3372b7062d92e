"""A home with papers that are digitized already: what signing needs, without reading a page."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pikepdf
import pikepdf.pdfa

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import Copy, DocumentState, Dossier, Field, StoredDocument, UnderstoodDocument
from pipeline.domain.ids import (
    BatchId,
    ContentHash,
    DocumentId,
    DossierCode,
    FieldName,
    SourceName,
    TypeCode,
    content_hash,
    derived_id,
)
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area, ObjectStore
from storage.objects_folder import FolderObjects
from storage.records import Records, open_records
from tests.fakes.author import CLERK

WHEN = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)
DOSSIER = DossierCode("H42.12-260131-0001")
SOURCE = SourceName("scan.pdf")


class FixedClock:
    """Always the same moment."""

    def now(self) -> dt.datetime:
        return WHEN


def paper(number: int, *, padding: int = 0) -> bytes:
    """Return a PDF/A-2b of one page with a grey square whose place depends on `number`, and `padding` bytes that show nothing."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        filler = b"%" + random.Random(number).randbytes(padding // 2).hex().encode() + b"\n" if padding else b""
        page.obj.Contents = pdf.make_stream(filler + b"0.5 g %d 100 200 200 re f" % (100 + number))
        out = io.BytesIO()
        pikepdf.pdfa.save(pdf, out, "2b", output_intent="sRGB")
    return out.getvalue()


def keep_papers(
    records: Records,
    objects: ObjectStore,
    number: int,
    *,
    fields: Mapping[FieldName, Field] | None = None,
    dossier: DossierCode | None = DOSSIER,
    kind: str = "quyet_dinh",
    padding: int = 0,
    state: DocumentState = DocumentState.DIGITIZED,
    with_source: bool = False,
) -> Sequence[DocumentId]:
    """Keep one complete batch of `number` papers of one page each; return their ids. `with_source`, its first page can be drawn."""
    batch = BatchId(derived_id("b", str(number), str(dossier), kind))
    sha256 = objects.put(Area.ARCHIVE, io.BytesIO(paper(0))).sha256 if with_source else content_hash(b"scan")
    source = ReceivedSource(name=SOURCE, sha256=sha256, size=4, folder="")
    records.batches.open(ReceivedBatch(id=batch, created_at=WHEN, sources=(source,), dossier=dossier))
    documents = []
    for position in range(number):
        kept = objects.put(Area.ARCHIVE, io.BytesIO(paper(position, padding=padding)))
        text = objects.put(Area.DERIVED, io.BytesIO(b"text"))
        understood = UnderstoodDocument(
            id=DocumentId(derived_id("d", batch, str(position))),
            dossier=dossier,
            pages=(PageRef(SOURCE, position + 1),),
            type=TypeCode(kind),
            type_confidence=0.99,
            fields=fields or {},
            state=state,
        )
        copy = Copy(sha256=kept.sha256, size=kept.size, conformance="2b")
        documents.append(StoredDocument(understood=understood, copy=copy, text_sha256=text.sha256))
    ids = tuple(each.understood.id for each in documents)
    pages = tuple(_page(position + 1, document) for position, document in enumerate(ids))
    outcome = SourceOutcome(
        name=SOURCE,
        sha256=ContentHash(source.sha256),
        media_type=MediaType.PDF,
        pages=number,
        state=SourceState.DIGITIZED,
        error=None,
    )
    digitized = DigitizedBatch(
        id=batch,
        created_at=WHEN,
        sources=(outcome,),
        pages=pages,
        dossiers=(Dossier(code=dossier, documents=ids),) if dossier else (),
        documents=tuple(documents),
    )
    records.batches.complete(digitized, texts=dict.fromkeys(ids, "text"))
    return ids


def _page(number: int, document: DocumentId) -> PageOutcome:
    return PageOutcome(
        ref=PageRef(SOURCE, number),
        state=PageState.KEPT,
        reason=None,
        rotation=0,
        skew=0.0,
        document=document,
        confidence=0.9,
        codes=(),
    )


def home_with_papers(home: Path, number: int) -> Sequence[DocumentId]:
    """Make a home of the embedded default with `number` papers; return their ids."""
    home.mkdir(parents=True)
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    try:
        return keep_papers(records, FolderObjects(home / "archive"), number)
    finally:
        records.close()
