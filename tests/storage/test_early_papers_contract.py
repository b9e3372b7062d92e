"""What is kept of papers that are ready before their batch is, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.early_paper import EarlyPaper, EarlyStretch
from pipeline.domain.errors import LeaseLost, NotFound
from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.page import PageRef
from pipeline.domain.search import Scope, SearchQuery
from pipeline.ports import DocumentFilter
from storage.records import Records
from tests.storage.samples import SCAN, digest, digitized_batch, received_batch

BATCH = received_batch().id


def paper(place: int, *, pages: int = 1) -> EarlyPaper:
    return EarlyPaper(
        id=DocumentId(f"d-{place}"),
        place=place,
        first=PageRef(SCAN, place + 1),
        pages=pages,
        type=TypeCode("quyet_dinh"),
        title="Quyết định số 12/QĐ-UBND",
        copy=Copy(sha256=digest(f"copy {place}"), size=5 << 32, conformance="2u"),
        state=DocumentState.NEEDS_REVIEW,
    )


def stretch(start: int, end: int, *papers: EarlyPaper) -> EarlyStretch:
    return EarlyStretch(start=start, end=end, papers=papers)


def noted(records: Records) -> Sequence[EarlyPaper]:
    return records.intake.watch.early(BATCH, limit=100)


@pytest.fixture
def opened(records: Records) -> Records:
    records.batches.open(received_batch())
    return records


def test_papers_come_back_as_they_were_noted_in_page_order(opened: Records) -> None:
    opened.batches.note(BATCH, early=stretch(2, 5, paper(2), paper(4)))
    opened.batches.note(BATCH, early=stretch(0, 2, paper(0, pages=2)))
    assert noted(opened) == (paper(0, pages=2), paper(2), paper(4))
    assert [each.place for each in opened.intake.watch.early(BATCH, limit=1, after=0)] == [2]
    assert opened.intake.watch.early(BATCH, limit=5, document=DocumentId("d-4")) == (paper(4),)
    counts = opened.intake.watch.counts(BATCH)
    assert counts is not None
    assert (counts.early, counts.documents) == (3, 0)


def test_what_a_run_notes_again_is_noted_once_and_what_it_sees_otherwise_replaces_it(opened: Records) -> None:
    before = stretch(0, 6, paper(0, pages=2), paper(2), paper(3, pages=3))
    for _ in range(2):
        opened.batches.note(BATCH, early=before)
        assert noted(opened) == before.papers
    # now the first three pages are one paper, and what begins at the fourth may not be shown
    opened.batches.note(BATCH, early=stretch(0, 4, paper(0, pages=3)))
    assert noted(opened) == (paper(0, pages=3),)


def test_they_are_no_documents_and_are_forgotten_with_the_end_of_their_batch(opened: Records) -> None:
    opened.batches.note(BATCH, early=stretch(0, 1, paper(0)))
    assert opened.library.documents(DocumentFilter(batch=BATCH)) == ()
    assert opened.library.document(paper(0).id) is None
    assert opened.library.search(SearchQuery(words="quyết định")).hits == ()
    opened.batches.complete(digitized_batch(), texts={})
    assert noted(opened) == ()
    opened.batches.note(BATCH, early=stretch(0, 1, paper(0)))
    assert noted(opened) == ()
    assert opened.batches.load(BATCH) == digitized_batch()


def test_whoever_lost_his_turn_notes_nothing(opened: Records) -> None:
    with opened.batches.lease(BATCH, holder="one", seconds=60) as held:
        held.batches.note(BATCH, early=stretch(0, 1, paper(0)))
        with opened.batches.lease(BATCH, holder="one", seconds=60), pytest.raises(LeaseLost):
            held.batches.note(BATCH, early=stretch(1, 2, paper(1)))
    assert noted(opened) == (paper(0),)


def test_they_are_seen_where_their_batch_is(records: Records) -> None:
    with pytest.raises(NotFound):
        records.batches.note(BATCH, early=stretch(0, 1, paper(0)))
    records.batches.open(replace(received_batch(), agency="H42"))
    records.batches.note(BATCH, early=stretch(0, 1, paper(0)))
    watch = records.intake.watch
    assert watch.early(BATCH, limit=5, scope=Scope(frozenset({"H42"}))) == (paper(0),)
    assert watch.early(BATCH, limit=5, scope=Scope(frozenset({"H43"}))) == ()
