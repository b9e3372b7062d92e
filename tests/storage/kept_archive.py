"""An archive with something of everything in it: records, and the objects that they name."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, SourceName
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_order import ItemState, KeptOrder, OrderId, OrderState, SigningItem
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area, ObjectStore
from storage.records import Records
from tests.storage.samples import HANOI, digitized_batch, received_batch

AT = dt.datetime(2026, 3, 1, 9, 0, tzinfo=HANOI)
Put = Callable[..., tuple[ContentHash, int]]
MEMBER = SourceName("gói.zip/trang: 1?.pdf")


TEXT = "Về việc cấp giấy phép, cùng một chữ"
_PAGE = """1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>> endobj
"""


def copy_of(document: str) -> str:
    """Return a PDF of one page."""
    head = f"%PDF-1.7\n%copy of {document}\n"
    body = head + _PAGE
    places = [body.index(f"{number} 0 obj") for number in (1, 2, 3)]
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(body)
    return f"{body}xref\n0 4\n0000000000 65535 f \n{table}trailer <</Size 4 /Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"


def keep_archive(records: Records, objects: ObjectStore, *, batches: int = 2) -> None:
    """Fill an empty installation: each batch has sources, a member of an archive, documents, signed copies and an order."""
    for number in range(1, batches + 1):
        keep_batch(records, objects, f"b-{number}")


def keep_batch(records: Records, objects: ObjectStore, name: str) -> None:
    """Keep a batch, its papers and an order that signed one of them."""

    def put(text: str, area: Area = Area.ARCHIVE) -> tuple[ContentHash, int]:
        kept = objects.put(area, io.BytesIO(text.encode()))
        return kept.sha256, kept.size

    received = _received(name, put)
    records.batches.open(received)
    member, _ = put(f"{name} {MEMBER}")
    batch = _digitized(name, received, member, put)
    texts = dict.fromkeys((each.understood.id for each in batch.documents), TEXT)
    records.batches.complete(batch, texts=texts)
    records.unpublished.settle(batch.id)
    signed, size = put(f"{name} signed copy")
    paper = batch.documents[0].understood.id
    version = CopyVersion(
        number=2, sha256=signed, size=size, created_at=AT, role=SignerRole.COPY, level=SignatureLevel.B_T, signer="UBND"
    )
    records.versions.add(paper, version)
    _keep_order(records, name, paper, signed, put)


def _received(name: str, put: Put) -> ReceivedBatch:
    sources = []
    for each in received_batch().sources:
        sha256, size = put(f"{name} {each.name}")
        sources.append(ReceivedSource(name=each.name, sha256=sha256, size=size, folder=each.folder))
    return replace(received_batch(name), sources=tuple(sources))


def _digitized(name: str, received: ReceivedBatch, member: ContentHash, put: Put) -> DigitizedBatch:
    batch = digitized_batch(name)
    known = {each.name: each.sha256 for each in received.sources}
    inside = SourceOutcome(
        name=MEMBER, sha256=member, media_type=MediaType.PDF, pages=0, state=SourceState.REFUSED, error="source.damaged"
    )
    return replace(
        batch,
        id=BatchId(name),
        sources=(*(replace(each, sha256=known[each.name]) for each in batch.sources), inside),
        documents=tuple(_document(name, each, put) for each in batch.documents),
    )


def _document(name: str, document: StoredDocument, put: Put) -> StoredDocument:
    id_ = document.understood.id
    copy, size = put(copy_of(id_))
    signed = None if document.signed_source is None else put(f"{id_} as it came")[0]
    # every paper has the same words on it
    text, _ = put(TEXT, Area.DERIVED)
    return replace(
        document,
        copy=replace(document.copy, sha256=copy, size=size),
        text_sha256=text,
        signed_source=signed,
    )


def _keep_order(records: Records, name: str, paper: DocumentId, signed: ContentHash, put: Put) -> None:
    manifest, _ = put(f"{name} manifest")
    signature, _ = put(f"{name} manifest signature")
    item = SigningItem(document=paper, shown=records.versions.versions(paper)[0].sha256)
    order = KeptOrder(
        id=OrderId(f"o-{name}"),
        created_at=AT,
        role=SignerRole.COPY,
        level=SignatureLevel.B_T,
        organ="UBND",
        items=(item,),
    )
    records.orders.open(order)
    for state in (ItemState.KEEPING, ItemState.SIGNED):
        item = replace(item, state=state, signed=signed, level=SignatureLevel.B_T, at=AT)
        assert records.orders.settle(order.id, item)
    closed = replace(order, items=(item,), state=OrderState.DONE, manifest=manifest, manifest_signature=signature)
    records.orders.close(closed)
