"""What `Library.search` promises, on SQLite and PostgreSQL: the same papers, in the same order, counted the same way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, TypeCode
from pipeline.domain.search import COUNTED, FacetName, Scope, SearchQuery
from pipeline.ports import DocumentFilter
from storage.database import writing
from storage.records import Records
from storage.search_index import forget_documents
from tests.storage.samples import received_batch
from tests.storage.searching import ask, found, keep

# --- words ----------------------------------------------------------------------------------------------------------------

NAME = "cấp cho bà Nguyễn Thị Đào, người ở phường Thủ Đức, số 019 185 000 123, theo Quyết định 12/QĐ-UBND"


@pytest.mark.parametrize(
    "words",
    [
        "ng*",
        "ngu*",
        "nguy*",
        "nguye*",
        "nguyen*",
        "Nguyễn*",
        "phuong*",
        "thủ đ*",
        "019*",
        "019185*",
        "0191850001*",
        "12/QĐ-UB*",
        "12qdu*",
    ],
)
def test_the_beginning_of_a_word_finds_it(records: Records, words: str) -> None:
    keep(records, "b-1", [NAME, "chẳng liên quan"])
    assert found(records, words) == ["b-1-1"]


@pytest.mark.parametrize("words", ["nguyet*", "guyen*", "nguyenx*", "0192*", "n*", "12/QĐ-UBX*", "*", "12/UB*"])
def test_what_begins_otherwise_is_not_found(records: Records, words: str) -> None:
    keep(records, "b-1", [NAME])
    assert found(records, words) == []


def test_the_last_word_is_a_beginning_while_one_types(records: Records) -> None:
    keep(records, "b-1", [NAME, "nguyen van a"])
    assert found(records, "nguyễn th", as_typed=True) == ["b-1-1"]
    assert found(records, "nguyễn th") == []
    # a space says that the word is complete
    assert found(records, "nguyễn th ", as_typed=True) == []


def test_a_number_is_found_however_it_is_grouped(records: Records) -> None:
    keep(records, "b-1", ["số 019185000123", "số 019 185 000 123", "số 019 185, và 000 123"])
    for written in ("019185000123", "019 185 000 123", "0191 8500 0123", "019185 000123"):
        assert set(found(records, written)) >= {"b-1-1"}
    assert set(found(records, "019185000123")) == {"b-1-1", "b-1-2"}
    assert set(found(records, "019 185 000 123")) == {"b-1-1", "b-1-2"}


def test_words_of_a_phrase_stand_side_by_side_in_their_order(records: Records) -> None:
    texts = [
        "bản sao giấy khai sinh của con",
        "giấy khai, tờ khai sinh",
        "khai sinh giấy",
        "giấy khai tử, khai sinh",
        "GIẤY\nKHAI SINH",
    ]
    keep(records, "b-1", texts)
    assert set(found(records, '"giấy khai sinh"')) == {"b-1-1", "b-1-5"}
    assert set(found(records, '"giay khai"')) == {"b-1-1", "b-1-2", "b-1-4", "b-1-5"}
    assert len(found(records, "giấy khai sinh")) == 5


def test_a_phrase_whose_neighbours_are_common_does_not_have_everything_read(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(records, "b-1", ["một hai ba"] + ["một hai, hai ba"] * 600)
    assert found(records, '"một hai ba"') == ["b-1-1"]
    assert ask(records, '"một hai ba"').is_more is False
    monkeypatch.setattr("storage.search_answer._READ_AT_MOST", 300)
    assert found(records, '"một hai ba"') == []
    assert ask(records, '"một hai ba"').is_more is True


def test_a_number_of_one_paper_and_a_notation_of_another_are_no_reference(records: Records) -> None:
    keep(records, "b-1", ["12/QĐ-STP và 5/QĐ-UBND", "12/QĐ-UBND"])
    assert found(records, "12/QĐ-UBND") == ["b-1-2"]


def test_very_diacritics_then_neighbours_then_the_newest(records: Records) -> None:
    texts = [
        "đào thị nguyễn",  # the very words
        "dao thi nguyen",  # the letters
        "nguyễn thị đào",  # side by side
        "nguyen thi dao",  # side by side, the letters
        "đào thị nguyễn",  # as the first, and newer
    ]
    keep(records, "b-1", texts)
    assert found(records, "nguyễn thị đào") == ["b-1-3", "b-1-5", "b-1-1", "b-1-4", "b-1-2"]
    # letters alone agree with any diacritics
    assert set(found(records, "nguyen thi dao")[:2]) == {"b-1-3", "b-1-4"}


def test_what_was_found_is_marked(records: Records) -> None:
    keep(records, "b-1", ["Bà Nguyễn Thị Đào ở xã; thửa 12/QĐ-UBND"])
    for words, marked in (
        ("nguyen dao", ["Nguyễn", "Đào"]),
        ("12qdubnd", ["12/QĐ-UBND"]),
        ("ng*", ["Nguyễn"]),
    ):
        snippet = ask(records, words).hits[0].snippet
        assert [snippet.text[start:end] for start, end in snippet.marks] == marked


# --- filters, rights, counts ----------------------------------------------------------------------------------------------


@pytest.fixture
def office(records: Records) -> Records:
    """Papers of three agencies, two types, three years."""
    keep(records, "b-1", ["hồ sơ một", "hồ sơ hai"], issued="2024-12-31", type=TypeCode("quyet_dinh"))
    keep(records, "b-2", ["hồ sơ ba"], agency="H42.12", issued="2025-01-01", type=TypeCode("cong_van"))
    keep(
        records,
        "b-3",
        ["hồ sơ bốn", "giấy năm"],
        agency="H42.13",
        # half past midnight of the next day in Vietnam
        received=dt.datetime(2026, 2, 28, 17, 30, tzinfo=dt.UTC),
        issued="2026-02-28",
        state=DocumentState.NEEDS_REVIEW,
        dossier=DossierCode("H42.13-260228-0001"),
    )
    keep(records, "b-4", ["hồ sơ không ngày"], agency="H42.13", issued="không rõ")
    return records


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({}, {"b-1-1", "b-1-2", "b-2-1", "b-3-1", "b-4-1"}),
        ({"type": TypeCode("cong_van")}, {"b-2-1"}),
        ({"state": DocumentState.NEEDS_REVIEW}, {"b-3-1"}),
        ({"batch": BatchId("b-1")}, {"b-1-1", "b-1-2"}),
        ({"dossier": DossierCode("H42.13-260228-0001")}, {"b-3-1"}),
        ({"agency": "H42.13"}, {"b-3-1", "b-4-1"}),
        ({"agency": ""}, {"b-1-1", "b-1-2"}),
        ({"issued_since": dt.date(2025, 1, 1)}, {"b-2-1", "b-3-1"}),
        ({"issued_until": dt.date(2025, 1, 1)}, {"b-1-1", "b-1-2", "b-2-1"}),
        ({"issued_since": dt.date(2024, 12, 31), "issued_until": dt.date(2024, 12, 31)}, {"b-1-1", "b-1-2"}),
        ({"issued_since": dt.date(2025, 1, 2), "issued_until": dt.date(2026, 2, 27)}, set()),
        ({"issued_since": dt.date(2026, 1, 1), "issued_until": dt.date(2025, 1, 1)}, set()),
        ({"received_since": dt.date(2026, 3, 1)}, {"b-3-1"}),
        ({"received_until": dt.date(2026, 1, 31)}, {"b-1-1", "b-1-2", "b-2-1", "b-4-1"}),
        ({"type": TypeCode("quyet_dinh"), "agency": "H42.13"}, {"b-3-1", "b-4-1"}),
        ({"type": TypeCode("no_such")}, set()),
    ],
)
def test_a_search_is_narrowed(office: Records, narrowed: dict[str, Any], expected: set[str]) -> None:
    result = office.library.search(SearchQuery(words="ho so", **narrowed))
    assert {hit.document.understood.id for hit in result.hits} == expected
    assert (result.total, result.is_more) == (len(expected), False)
    assert sum(result.facets[FacetName.TYPE].values()) == len(expected)


def test_filters_alone_list_the_newest_first(office: Records) -> None:
    assert found(office, "", agency="H42.13") == ["b-4-1", "b-3-2", "b-3-1"]


@pytest.mark.parametrize("words", ["", "  ", "- . /", '""', "*"])
def test_nothing_to_look_for_is_named(office: Records, words: str) -> None:
    result = ask(office, words)
    assert result.is_empty_query
    assert (result.hits, result.total, result.is_more, result.next) == ((), 0, False, "")
    assert not ask(office, "hồ").is_empty_query


def test_counts_by_type_state_agency_and_year(office: Records) -> None:
    facets = ask(office, "hồ sơ", limit=1).facets
    assert list(facets[FacetName.TYPE].items()) == [("quyet_dinh", 4), ("cong_van", 1)]
    assert facets[FacetName.STATE] == {"digitized": 4, "needs_review": 1}
    assert facets[FacetName.AGENCY] == {"": 2, "H42.12": 1, "H42.13": 2}
    assert facets[FacetName.YEAR] == {"2024": 2, "2025": 1, "2026": 1}


def test_what_lies_outside_a_scope_is_not_there(office: Records) -> None:
    own, none = Scope(frozenset({"H42.13"})), Scope(frozenset())
    library = office.library

    result = ask(office, "hồ sơ", scope=own)
    assert {hit.agency for hit in result.hits} == {"H42.13"}
    assert result.total == 2
    assert result.facets[FacetName.AGENCY] == {"H42.13": 2}
    assert ask(office, "hồ sơ", scope=Scope(frozenset({"", "H42.12"}))).total == 3
    assert found(office, "", scope=own, agency="H42.12") == found(office, "hồ sơ", scope=none) == []
    assert found(office, "", scope=own, batch=BatchId("b-1")) == []

    assert [each.id for each in library.batches(scope=Scope(frozenset({""})))] == ["b-1"]
    assert library.batches(scope=none) == ()
    assert [each.understood.id for each in library.documents(DocumentFilter(), scope=own)] == [
        "b-4-1",
        "b-3-1",
        "b-3-2",
    ]
    assert library.documents(DocumentFilter(batch=BatchId("b-1")), scope=own) == ()
    with pytest.raises(NotFound):
        library.documents(DocumentFilter(after=DocumentId("b-1-1")), scope=own)
    assert library.document(DocumentId("b-1-1"), scope=own) is None
    assert library.document(DocumentId("b-3-1"), scope=own) is not None
    assert library.document(DocumentId("b-3-1"), scope=none) is None


def test_a_batch_keeps_its_agency(office: Records) -> None:
    received = replace(received_batch("b-9"), agency="H42.99")
    assert office.batches.open(received).agency == "H42.99"
    # the same files again, by whomever: the batch that is there
    assert office.batches.open(replace(received, agency="")).agency == "H42.99"


def test_many_agencies_in_a_scope(office: Records) -> None:
    many = Scope(frozenset({"H42.13", *(f"H43.{number}" for number in range(700))}))
    assert set(found(office, "hồ sơ", scope=many)) == {"b-3-1", "b-4-1"}


# --- pages ----------------------------------------------------------------------------------------------------------------


def test_pages_hold_every_match_once_while_papers_come_in(records: Records) -> None:
    keep(records, "b-1", ["nguyễn thị đào"] * 130 + ["đào nguyễn thị"] * 120 + ["dao thi nguyen"] * 5)
    expected = {f"b-1-{number}" for number in range(1, 256)}
    seen: list[str] = []
    after = ""
    for page in range(20):
        result = ask(records, "nguyễn thị đào", limit=37, after=after)
        seen += [hit.document.understood.id for hit in result.hits]
        after = result.next
        if not after:
            break
        keep(records, f"b-new-{page}", ["nguyễn thị đào"])
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    assert set(seen[-5:]) == {f"b-1-{number}" for number in range(251, 256)}


def test_a_page_that_is_just_full_is_the_last(records: Records) -> None:
    keep(records, "b-1", ["đất"] * 3)
    assert ask(records, "đất", limit=3).next == ""
    assert ask(records, "đất", limit=2).next


@pytest.mark.parametrize(
    "after",
    ["x", "1", "1.2", "1.2.3", "9.9.9.9.9", "5.7.5.0", "1.-1.1.0", "a.b.c.d", "5.0.99999999999999999999.0", "5.0.5.-1"],
)
def test_a_place_that_is_none_is_named(office: Records, after: str) -> None:
    with pytest.raises(NotFound):
        ask(office, "hồ sơ", after=after)


def test_more_than_a_thousand_are_not_counted(records: Records) -> None:
    keep(records, "b-1", ["giấy tờ"] * (COUNTED - 1))
    assert (ask(records, "giấy").total, ask(records, "giấy").is_more) == (COUNTED - 1, False)
    keep(records, "b-2", ["giấy tờ"])
    assert (ask(records, "giấy").total, ask(records, "giấy").is_more) == (COUNTED, False)
    keep(records, "b-3", ["giấy khác"], agency="H42.12")
    result = ask(records, "giấy")
    assert (result.total, result.is_more) == (COUNTED, True)
    # the newest are counted
    assert result.facets[FacetName.AGENCY] == {"": COUNTED - 1, "H42.12": 1}


# --- forgetting -----------------------------------------------------------------------------------------------------------


def test_what_is_forgotten_leaves_no_word_behind(office: Records) -> None:
    with writing(office.engine) as connection:
        forget_documents(connection, [DocumentId("b-1-2"), DocumentId("b-none")])
    assert set(found(office, "hồ sơ")) == {"b-1-1", "b-2-1", "b-3-1", "b-4-1"}
    assert found(office, "hai") == []
    assert ask(office, "", batch=BatchId("b-1")).total == 1
    with office.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # the index itself: the word stood in that paper only
            connection.execute(sa.text("INSERT INTO search_words (search_words) VALUES ('integrity-check')"))
            assert (
                list(connection.execute(sa.text("SELECT rowid FROM search_words WHERE search_words MATCH 'hai'"))) == []
            )
