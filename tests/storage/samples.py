"""Batches to keep: one that shows everything, and a generator of any that the types allow."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import strategies as st

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import (
    CheckOutcome,
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
    content_hash,
)
from pipeline.domain.page import Code, CodeKind, PageOutcome, PageRef, PageState
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState

HANOI = dt.timezone(dt.timedelta(hours=7))
SCAN = SourceName("Hồ sơ chị Lan/bản quét.pdf")
PICTURE = SourceName("ảnh.jpg")
DOSSIER = DossierCode("H42.12-220801-0001")


def digest(name: str) -> ContentHash:
    return content_hash(name.encode())


def received_batch(batch: str = "b-1", *, created_at: dt.datetime | None = None) -> ReceivedBatch:
    return ReceivedBatch(
        id=BatchId(batch),
        created_at=created_at or dt.datetime(2026, 1, 31, 8, 30, 0, 123456, tzinfo=HANOI),
        sources=(
            ReceivedSource(name=SCAN, sha256=digest("scan"), size=5 << 32, folder="/mnt/Hồ sơ chị Lan"),
            ReceivedSource(name=PICTURE, sha256=digest("picture"), size=0),
        ),
        dossier=DOSSIER,
    )


def field(value: str | tuple[str, ...], **changes: object) -> Field:
    plain = Field(
        value=value,
        raw=value if isinstance(value, str) else "\n".join(value),
        confidence=0.98,
        page=1,
        box=Box(90.1, 96.0, 160.4, 108.2),
        origin=FieldOrigin.OCR,
        state=FieldState.READ,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def document(name: str, *pages: PageRef, **changes: object) -> StoredDocument:
    understood = UnderstoodDocument(
        id=DocumentId(name),
        dossier=DOSSIER,
        pages=pages,
        type=TypeCode("quyet_dinh"),
        type_confidence=0.99,
        fields={},
        state=DocumentState.DIGITIZED,
    )
    return StoredDocument(
        understood=replace(understood, **changes),  # type: ignore[arg-type]
        copy=Copy(sha256=digest(f"copy of {name}"), size=81234, conformance="2u"),
        text_sha256=digest(f"text of {name}"),
    )


def digitized_batch(batch: str = "b-1") -> DigitizedBatch:
    """A batch of which every kind of part is there; ids begin with the batch's."""
    decision, letter = DocumentId(f"{batch}-decision"), DocumentId(f"{batch}-letter")
    return DigitizedBatch(
        id=BatchId(batch),
        created_at=received_batch(batch).created_at,
        sources=(
            _source(SCAN, SourceState.DIGITIZED, pages=3),
            _source(PICTURE, SourceState.REFUSED, error="source.damaged"),
        ),
        pages=(
            PageOutcome(ref=PageRef(SCAN, 1), state=PageState.KEPT, rotation=90, skew=0.7, document=letter),
            PageOutcome(
                ref=PageRef(SCAN, 2),
                state=PageState.KEPT,
                document=decision,
                confidence=0.97,
                codes=(Code(CodeKind.QR, "Nguyễn\0|\n'", Box(1, 2.5, 3, 4)),),
            ),
            PageOutcome(ref=PageRef(SCAN, 3), state=PageState.BLANK, reason="no_ink"),
        ),
        # neither by code nor by name: the order has to come from the batch
        dossiers=(Dossier(code=DOSSIER, documents=(letter, decision)), Dossier(code=DossierCode("A-1"), documents=())),
        documents=(
            document(letter, PageRef(SCAN, 1), type=TypeCode("cong_van"), state=DocumentState.NEEDS_REVIEW),
            replace(document(decision, PageRef(SCAN, 2), fields=_fields()), signed_source=digest("signed")),
        ),
    )


def _source(name: SourceName, state: SourceState, *, pages: int = 0, error: str | None = None) -> SourceOutcome:
    return SourceOutcome(
        name=name, sha256=digest(name), media_type=MediaType.PDF, pages=pages, state=state, error=error
    )


def _fields() -> dict[FieldName, Field]:
    return {
        FieldName("subject"): field("Về việc cấp Giấy phép xây dựng"),
        FieldName("code_number"): field("12", checks={"range": CheckOutcome.PASSED, "known": CheckOutcome.FAILED}),
        FieldName("code_notation"): field("QĐ-UBND", state=FieldState.NEEDS_REVIEW),
        FieldName("recipients"): field(("Như Điều 3", "Lưu: VT"), box=None, origin=FieldOrigin.SIGNATURE, page=2),
    }


# --- any batch ------------------------------------------------------------------------------------------------------------

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
_shares = st.floats(0, 1)
_sides = st.floats(-1e6, 1e6)
_boxes = st.tuples(_sides, _sides, _sides, _sides).map(
    lambda s: Box(min(s[0], s[2]), min(s[1], s[3]), max(s[0], s[2]), max(s[1], s[3]))
)
_hashes = st.binary(max_size=4).map(content_hash)
_field_values = st.builds(
    Field,
    value=_texts | st.lists(_texts, min_size=1, max_size=3).map(tuple),
    raw=_texts,
    confidence=_shares,
    page=st.integers(1, 9),
    box=st.none() | _boxes,
    origin=st.sampled_from(FieldOrigin),
    state=st.sampled_from(FieldState),
    checks=st.dictionaries(_texts, st.sampled_from(CheckOutcome), max_size=2),
)
_page_refs = st.builds(PageRef, _texts.map(SourceName), st.integers(1, 9999))


@st.composite
def digitized_batches(draw: st.DrawFn) -> DigitizedBatch:
    """Any batch: the types' own rules, a page and a document once, papers only of pages of the batch."""
    refs = draw(st.lists(_page_refs, unique=True, max_size=6))
    cut = draw(st.integers(0, len(refs)))
    documents = tuple(_any_document(draw, number, refs[at : at + 1]) for number, at in enumerate(range(cut)))
    ids = draw(st.permutations([each.understood.id for each in documents]))
    codes = draw(st.lists(_texts.map(DossierCode), unique=True, max_size=2))
    return DigitizedBatch(
        id=BatchId("b-any"),
        created_at=received_batch().created_at,
        sources=tuple(_any_source(draw, name) for name in draw(st.lists(_texts, unique=True, max_size=3))),
        pages=tuple(_any_page(draw, ref) for ref in draw(st.permutations(refs))),
        dossiers=tuple(Dossier(code=code, documents=tuple(ids) if at == 0 else ()) for at, code in enumerate(codes)),
        documents=documents,
    )


def _any_source(draw: st.DrawFn, name: str) -> SourceOutcome:
    return draw(
        st.builds(
            SourceOutcome,
            name=st.just(SourceName(name)),
            sha256=_hashes,
            media_type=st.sampled_from(MediaType),
            pages=st.integers(0, 9999),
            state=st.sampled_from(SourceState),
            error=st.none() | _texts,
        )
    )


def _any_page(draw: st.DrawFn, ref: PageRef) -> PageOutcome:
    codes = st.lists(st.builds(Code, st.sampled_from(CodeKind), _texts, _boxes), max_size=2).map(tuple)
    return draw(
        st.builds(
            PageOutcome,
            ref=st.just(ref),
            state=st.sampled_from(PageState),
            reason=st.none() | _texts,
            rotation=st.sampled_from([0, 90, 180, 270]),
            skew=st.floats(-45, 45),
            document=st.none() | _texts.map(DocumentId),
            confidence=_shares,
            codes=codes,
        )
    )


def _any_document(draw: st.DrawFn, number: int, pages: list[PageRef]) -> StoredDocument:
    changed = document(
        f"d-{number}",
        *pages,
        dossier=draw(st.none() | _texts),
        type_confidence=draw(_shares),
        fields=draw(st.dictionaries(_texts.map(FieldName), _field_values, max_size=3)),
        # a batch is completed with papers as they are; what replaces them comes later
        state=draw(st.sampled_from([each for each in DocumentState if each is not DocumentState.REPLACED])),
    )
    return replace(changed, signed_source=draw(st.none() | _hashes))
