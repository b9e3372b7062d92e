"""What `Library` promises, on SQLite and PostgreSQL: the same hits in the same order of worth."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.domain.batch import Progress
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import Hit, SearchQuery
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.ports import DocumentFilter
from storage.records import Records
from tests.storage.samples import (
    DOSSIER,
    SCAN,
    digest,
    digitized_batch,
    document,
    field,
    received_batch,
)

DECISION = """ỦY BAN NHÂN DÂN HUYỆN ĐỒNG HỶ
Số: 12/QĐ-UBND   Đồng Hỷ, ngày 05 tháng 3 năm 2025
QUYẾT ĐỊNH
Về việc cấp Giấy phép xây dựng cho bà Nguyễn Thị Đào
Căn cứ hồ sơ đề nghị của bà Nguyễn Thị Đào, mã hồ sơ H42.12-220801-0001, CCCD số 019 185 000 123."""
LETTER = """SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG
Số: 345/STNMT-ĐĐ
V/v đất đai
Kính gửi: Ủy ban nhân dân huyện. Thửa đất số 7, ông Trần Văn Đạt. Hồ sơ đo đạc kèm theo."""
FILLING = "trang giấy trắng có nhiều chữ không liên quan gì tới việc tìm kiếm này cả và còn dài nữa "


def keep(records: Records, texts: Sequence[str], *, batch: str = "b-1", **changes: object) -> list[DocumentId]:
    """Keep one document a text and return their ids."""
    refs = [PageRef(SCAN, number) for number in range(1, len(texts) + 1)]
    papers = tuple(document(f"{batch}-{ref.number}", ref, dossier=None, **changes) for ref in refs)
    whole = replace(
        digitized_batch(batch),
        pages=tuple(PageOutcome(ref=ref, state=PageState.KEPT) for ref in refs),
        documents=papers,
        dossiers=(),
    )
    ids = [paper.understood.id for paper in papers]
    records.batches.open(received_batch(batch))
    records.batches.complete(whole, texts=dict(zip(ids, texts, strict=True)))
    return ids


def search(records: Records, query: str, **more: object) -> Sequence[Hit]:
    return records.library.search(SearchQuery(words=query, **more)).hits  # type: ignore[arg-type]


def found(records: Records, query: str) -> list[DocumentId]:
    return [hit.document.understood.id for hit in search(records, query)]


# --- search ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "nguyễn thị đào",
        "nguyen thi dao",
        "NGUYEN Thi ĐÀO",
        unicodedata.normalize("NFD", "Nguyễn Thị Đào"),
        "12/QĐ-UBND",
        "12/qd-ubnd",
        "12 QĐ UBND",
        "12QDUBND",
        "H42.12-220801-0001",
        "H42122208010001",
        "h42 12 220801 0001",
        "220801-0001",
        "019185000123",
        "019 185 000 123",
        '"giấy phép xây dựng"',
        "uỷ ban huyện đồng hỷ",
    ],
)
def test_a_paper_is_found_however_one_writes(records: Records, query: str) -> None:
    decision, _, _ = keep(records, [DECISION, LETTER, FILLING])
    assert found(records, query)[0] == decision


@pytest.mark.parametrize(
    "query", ["không có", "13/QĐ-UBND", '"phép giấy"', "UBND-QĐ", "019185000124", "Nguyễn Văn Đào", "nguye"]
)
def test_what_is_not_there_is_not_found(records: Records, query: str) -> None:
    keep(records, [DECISION, LETTER])
    assert found(records, query) == []


@pytest.mark.parametrize("query", ["", "   ", "/ - .", '""', "…"])
def test_a_query_without_words_finds_nothing(records: Records, query: str) -> None:
    keep(records, [DECISION])
    assert found(records, query) == []


@pytest.mark.parametrize(
    "query", ["đào'; DROP TABLE batches; --", "đào AND (", "đào:*", "NOT đào", 'đào"', "exact : đào"]
)
def test_a_query_is_words_never_a_program(records: Records, query: str) -> None:
    keep(records, [DECISION])
    search(records, query)
    assert len(records.library.batches()) == 1


def test_the_very_diacritics_rank_first(records: Records) -> None:
    dat_name, dat_land, dat_other = keep(records, ["ông Đạt " * 9, FILLING * 3 + "mảnh đất", "dat dat dat dat"])
    assert found(records, "đất")[0] == dat_land
    assert set(found(records, "đất")) == {dat_name, dat_land, dat_other}
    assert found(records, "Đạt")[0] == dat_name
    scores = [hit.score for hit in search(records, "đất")]
    assert scores[0] > 1 > scores[1]
    assert scores == sorted(scores, reverse=True)


def test_the_place_of_a_tone_mark_does_not_count(records: Records) -> None:
    old_way, other_word = keep(records, ["xã Hoà Bình", "xã Hóa Bình"])
    assert found(records, "Hòa Bình") == [old_way, other_word]
    assert [hit.score > 1 for hit in search(records, "hòa bình")] == [True, False]


def test_more_of_the_word_in_less_text_ranks_higher(records: Records) -> None:
    once, often = keep(records, [f"{FILLING * 5} thửa đất", "thửa đất, thửa đất"])
    assert found(records, "thửa") == [often, once]


def test_fields_are_found_number_next_to_notation(records: Records) -> None:
    fields = {FieldName("code_number"): field("77"), FieldName("code_notation"): field("GP-UBND")}
    (paper,) = keep(records, ["chữ viết tay không đọc được"], fields=fields)
    assert found(records, "77/GP-UBND") == [paper]


def test_a_hit_shows_the_words_around(records: Records) -> None:
    text = FILLING * 10 + "cấp cho bà Nguyễn Thị Đào\nthường trú tại xã Hóa Thượng " + FILLING * 10
    keep(records, [text])
    (hit,) = search(records, "nguyen thi dao")
    assert "cấp cho bà Nguyễn Thị Đào thường trú" in hit.snippet.text
    assert hit.snippet.text.startswith("… ")
    assert hit.snippet.text.endswith(" …")
    assert len(hit.snippet.text.split()) <= 26


def test_a_hit_on_a_joined_number_shows_the_number_as_written(records: Records) -> None:
    keep(records, [FILLING * 4 + DECISION])
    assert "H42.12-220801-0001" in search(records, "H42122208010001")[0].snippet.text
    assert "019 185 000 123" in search(records, "019185000123")[0].snippet.text


def test_hits_are_limited(records: Records) -> None:
    keep(records, [LETTER] * 5)
    assert len(search(records, "đất", limit=3)) == 3


def test_a_long_text_full_of_rubbish_is_kept_and_found(records: Records) -> None:
    rubbish = " ".join(f"x{number}y{number * 7919}{'z' * 30}" for number in range(30_000))
    (paper,) = keep(records, [f"Quyết định {rubbish}"])
    assert found(records, "quyết định") == [paper]


def test_text_that_databases_do_not_take_is_kept(records: Records) -> None:
    (paper,) = keep(records, ["a\0b đất\ud800 \\' it's"])
    assert found(records, "đất") == [paper]
    assert found(records, "it's") == [paper]


def test_a_hit_is_the_document_itself(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    records.batches.complete(batch, texts={batch.documents[1].understood.id: "bản đồ"})
    (hit,) = search(records, "bản đồ")
    assert (hit.batch, hit.document) == (batch.id, batch.documents[1])


# --- lists ----------------------------------------------------------------------------------------------------------------


def test_a_document_is_found_by_id(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    records.batches.complete(batch, texts={})
    for paper in batch.documents:
        assert records.library.document(paper.understood.id) == (batch.id, paper)
    assert records.library.document(DocumentId("d-none")) is None


def test_the_newest_batches_come_first_with_their_progress(records: Records) -> None:
    day = dt.timedelta(days=1)
    first = received_batch("b-1")
    records.batches.open(first)
    records.batches.complete(digitized_batch("b-1"), texts={})
    records.batches.open(received_batch("b-2", created_at=first.created_at + day))
    records.batches.open(received_batch("b-0", created_at=first.created_at - day))
    member = SourceOutcome(
        name=SCAN, sha256=digest("scan"), media_type=MediaType.PDF, pages=7, state=SourceState.RECEIVED
    )
    records.batches.note(
        BatchId("b-2"),
        sources=[member, replace(member, name=SourceName("túi.zip/trong.pdf"), pages=2)],
        pages=[PageOutcome(ref=PageRef(SCAN, 1), state=PageState.KEPT)],
    )
    newest, middle, oldest = records.library.batches()
    assert [newest.id, middle.id, oldest.id] == ["b-2", "b-1", "b-0"]
    assert (newest.state, newest.sources, newest.documents, newest.progress) == ("received", 3, 0, Progress(1, 9))
    assert (middle.state, middle.sources, middle.documents, middle.progress) == ("digitized", 2, 2, Progress(3, 3))
    assert (oldest.sources, oldest.progress) == (2, Progress(0, 0))
    assert [each.id for each in records.library.batches(limit=1)] == ["b-2"]


def test_documents_are_listed_in_order_and_by_what_is_wanted(records: Records) -> None:
    day = dt.timedelta(days=1)
    records.batches.open(received_batch("b-9"))
    records.batches.complete(digitized_batch("b-9"), texts={})
    records.batches.open(received_batch("b-1", created_at=received_batch().created_at + day))
    records.batches.complete(digitized_batch("b-1"), texts={})

    def listed(**wanted: object) -> list[str]:
        chosen = records.library.documents(DocumentFilter(**wanted))  # type: ignore[arg-type]
        return [paper.understood.id for paper in chosen]

    everything = ["b-9-letter", "b-9-decision", "b-1-letter", "b-1-decision"]
    assert listed() == everything
    assert listed(batch=BatchId("b-1")) == everything[2:]
    assert listed(type=TypeCode("cong_van")) == ["b-9-letter", "b-1-letter"]
    assert listed(state="needs_review", batch=BatchId("b-9")) == ["b-9-letter"]
    assert listed(dossier=DOSSIER) == everything
    assert listed(dossier=DossierCode("A-1")) == []
    assert listed(limit=3) == everything[:3]
    assert listed(limit=3, after=DocumentId(everything[2])) == everything[3:]
    assert listed(after=DocumentId(everything[0])) == everything[1:]
    with pytest.raises(NotFound):
        listed(after=DocumentId("d-none"))


@pytest.mark.parametrize("query", ["a" * 5000, "từ " * 5000, "/".join(["12"] * 5000), "đ" * 5000, '"' * 5001])
def test_a_monstrous_query_finds_nothing_and_harms_nobody(records: Records, query: str) -> None:
    keep(records, [DECISION, "a" * 5000 + " đất"])
    assert found(records, query) in ([], [DocumentId("b-1-2")])
    assert found(records, "đất") == [DocumentId("b-1-2")]
