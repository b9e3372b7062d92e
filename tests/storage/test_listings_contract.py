"""What lists promise, on SQLite and PostgreSQL: all of it in parts, each item once, nothing of another agency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.domain.batch import BatchState
from pipeline.domain.document import DocumentState, Dossier
from pipeline.domain.ids import BatchId, DossierCode, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.listing_ports import DossierFilter
from storage.records import Records
from tests.storage.samples import DOSSIER, PICTURE, SCAN, digest, digitized_batch, document, received_batch

ONE = BatchId("b-1")
FIRST = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)


def keep(
    records: Records,
    batch: str,
    dossiers: Sequence[str],
    *,
    agency: str = "",
    state: DocumentState = DocumentState.DIGITIZED,
    hours: int = 0,
) -> None:
    """Keep a batch with a paper of one page for each of some dossiers."""
    at = FIRST + dt.timedelta(hours=hours)
    refs = [PageRef(SCAN, number) for number in range(1, len(dossiers) + 1)]
    papers = tuple(
        document(f"{batch}-{ref.number}", ref, dossier=DossierCode(code), state=state)
        for ref, code in zip(refs, dossiers, strict=True)
    )
    by_code = {
        code: tuple(each.understood.id for each in papers if each.understood.dossier == code) for code in dossiers
    }
    whole = replace(
        digitized_batch(batch),
        created_at=at,
        pages=tuple(PageOutcome(ref=ref, state=PageState.KEPT) for ref in refs),
        documents=papers,
        dossiers=tuple(Dossier(code=DossierCode(code), documents=ids) for code, ids in by_code.items()),
    )
    records.batches.open(replace(received_batch(batch, created_at=at), agency=agency, dossier=None))
    records.batches.complete(whole, texts={each.understood.id: "chữ" for each in papers})


def test_files_of_a_batch_are_listed_by_name_before_and_after_they_are_read(records: Records) -> None:
    records.batches.open(received_batch())
    waiting = records.listings.batches.sources(ONE, limit=9)
    assert {each.outcome.name: each.size for each in waiting} == {SCAN: 5 << 32, PICTURE: 0}
    assert {each.outcome.state for each in waiting} == {SourceState.RECEIVED}
    member = SourceOutcome(
        name=SourceName("kho.zip/trong.pdf"),
        sha256=digest("member"),
        media_type=MediaType.PDF,
        pages=2,
        state=SourceState.DIGITIZED,
    )
    records.batches.note(ONE, sources=(member, replace(member, name=SCAN)))
    found = records.listings.batches.sources(ONE, limit=9)
    assert [each.outcome.name for each in found] == sorted(each.outcome.name for each in found)
    assert {(each.outcome.name, each.outcome.state.value, each.size) for each in found} == {
        (SCAN, "digitized", 5 << 32),
        (PICTURE, "received", 0),
        ("kho.zip/trong.pdf", "digitized", None),
    }
    digitized = records.listings.batches.sources(ONE, state=SourceState.DIGITIZED, limit=9)
    assert {each.outcome.name for each in digitized} == {SCAN, "kho.zip/trong.pdf"}
    assert records.listings.batches.source(ONE, digest("picture")) in found
    assert records.listings.batches.source(ONE, digest("kho.zip")) is None


def test_a_file_with_a_secret_page_is_told_apart_and_so_is_the_archive_it_came_in(records: Records) -> None:
    member = SourceOutcome(
        name=SourceName(f"{SCAN}/thư.pdf"),
        sha256=digest("member"),
        media_type=MediaType.PDF,
        pages=1,
        state=SourceState.REFUSED,
        error="paper.secret",
    )
    records.batches.open(received_batch())
    secret = PageOutcome(ref=PageRef(member.name, 1), state=PageState.FAILED, reason="paper.secret")
    records.batches.note(ONE, sources=(member,), pages=(secret,))
    found = {each.outcome.name: each.is_secret for each in records.listings.batches.sources(ONE, limit=9)}
    assert found == {SCAN: True, member.name: True, PICTURE: False}
    same_bytes = replace(member, name=PICTURE, state=SourceState.DIGITIZED, error=None)
    records.batches.note(ONE, sources=(same_bytes,))
    answered = records.listings.batches.source(ONE, member.sha256)
    assert answered is not None
    assert answered.is_secret, "the same bytes under another name are no less secret"


def test_parts_of_a_list_of_files_make_up_the_whole(records: Records) -> None:
    records.batches.open(received_batch())
    whole = records.listings.batches.sources(ONE, limit=9)
    (first,) = records.listings.batches.sources(ONE, limit=1)
    (second,) = records.listings.batches.sources(ONE, limit=1, after=first.outcome.name)
    assert (first, second) == tuple(whole)
    assert records.listings.batches.sources(ONE, limit=1, after=second.outcome.name) == ()


def test_pages_are_listed_by_file_and_number(records: Records) -> None:
    records.batches.open(received_batch())
    names = (SourceName("a.pdf"), SourceName("b.pdf"))
    numbers = (1, 2, 10)
    refs = [PageRef(name, number) for name in names for number in numbers]
    blank = PageRef(names[0], 10)
    states = [PageState.BLANK if ref == blank else PageState.KEPT for ref in refs]
    records.batches.note(
        ONE, pages=[PageOutcome(ref=ref, state=state) for ref, state in zip(refs, states, strict=True)]
    )
    parts = records.listings.batches
    seen: list[PageRef] = []
    while found := parts.pages(ONE, limit=4, after=seen[-1] if seen else None):
        seen += [each.ref for each in found]
    assert seen == refs, "numbers are no texts, and a part ends in the middle of a file"
    assert [each.ref for each in parts.pages(ONE, source=names[1], limit=9)] == refs[3:]
    assert [each.ref for each in parts.pages(ONE, state=PageState.BLANK, limit=9)] == [blank]


def test_a_batch_is_there_for_its_agency_only(records: Records) -> None:
    keep(records, "b-1", [DOSSIER], agency="H42.12")
    keep(records, "b-2", [DOSSIER])
    there = records.listings.batches.has
    assert there(BatchId("b-1"), scope=Scope(frozenset({"H42.12"})))
    assert there(BatchId("b-2"), scope=Scope(frozenset({""})))
    assert not there(BatchId("b-1"), scope=Scope(frozenset({"", "H42.13"})))
    assert not there(BatchId("b-3"))


def test_dossiers_are_counted_as_far_as_somebody_sees(records: Records) -> None:
    keep(records, "b-1", ["D-1", "D-1", "D-2"], agency="H42.12")
    keep(records, "b-2", ["D-1"], agency="H42.13", state=DocumentState.NEEDS_REVIEW, hours=3)
    rows = records.listings.dossiers.rows(DossierFilter())
    assert [(each.code, each.documents, each.agencies) for each in rows] == [
        ("D-1", 3, ("H42.12", "H42.13")),
        ("D-2", 1, ("H42.12",)),
    ]
    assert rows[0].document_states == {DocumentState.DIGITIZED: 2, DocumentState.NEEDS_REVIEW: 1}
    assert (rows[0].first_received_at, rows[0].last_received_at) == (FIRST, FIRST + dt.timedelta(hours=3))
    narrow = Scope(frozenset({"H42.12"}))
    (mine, _) = records.listings.dossiers.rows(DossierFilter(), scope=narrow)
    assert (mine.documents, mine.agencies, mine.last_received_at) == (2, ("H42.12",), FIRST)
    assert records.listings.dossiers.row(DossierCode("D-1"), scope=narrow) == mine
    assert records.listings.dossiers.row(DossierCode("D-2"), scope=Scope(frozenset({"H42.13"}))) is None


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(frozenset({"H42.12", "H42.13"}))])
def test_parts_of_a_list_of_dossiers_make_up_the_whole(records: Records, scope: Scope) -> None:
    codes = [f"H42.12-26013{day}-000{number}" for day in range(2) for number in range(5)]
    keep(records, "b-1", codes, agency="H42.12")
    seen: list[DossierCode] = []
    while True:
        wanted = DossierFilter(limit=3, after=seen[-1] if seen else None)
        found = records.listings.dossiers.rows(wanted, scope=scope)
        if not found:
            break
        seen += [each.code for each in found]
    assert seen == codes


def test_dossiers_are_found_by_how_their_codes_begin_and_by_what_waits(records: Records) -> None:
    keep(records, "b-1", ["H42.12-1", "H42.12-2", "h42.12-1", "H42%12-1"])
    keep(records, "b-2", ["H42.12-2"], state=DocumentState.NEEDS_REVIEW)
    lists = records.listings.dossiers
    assert [each.code for each in lists.rows(DossierFilter(begins="H42.12-"))] == ["H42.12-1", "H42.12-2"]
    assert [each.code for each in lists.rows(DossierFilter(begins="H42%"))] == ["H42%12-1"]
    (waiting,) = lists.rows(DossierFilter(state=DocumentState.NEEDS_REVIEW))
    assert (waiting.code, waiting.documents) == ("H42.12-2", 2), "all its papers are counted, not only those that wait"


def test_batches_are_narrowed_to_a_dossier_and_to_how_far_they_are(records: Records) -> None:
    keep(records, "b-1", ["D-1"])
    keep(records, "b-2", ["D-2"], hours=1)
    waiting = replace(received_batch("b-3", created_at=FIRST + dt.timedelta(hours=2)), dossier=DossierCode("D-1"))
    records.batches.open(waiting)
    rows = records.intake.watch.rows
    assert [each.id for each in rows(limit=9, dossier=DossierCode("D-1"))] == ["b-3", "b-1"]
    assert [each.id for each in rows(limit=9, state=BatchState.RECEIVED)] == ["b-3"]
    assert [each.id for each in rows(limit=9, state=BatchState.DIGITIZED)] == ["b-2", "b-1"]
    assert [each.id for each in rows(limit=9, dossier=DossierCode("D-1"), after=BatchId("b-3"))] == ["b-1"]
