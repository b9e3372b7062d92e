"""Databases that earlier versions filled are brought up to date with nothing lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.ids import BatchId, DocumentId, DossierCode
from pipeline.domain.page import PageState
from pipeline.domain.result import ResultState
from pipeline.domain.search import SearchQuery
from pipeline.domain.signing_order import OrderId, OrderState
from pipeline.ports import DocumentFilter
from pipeline.usecases.prove_records import unproven_records
from storage.database import connect
from storage.every_table import metadata
from storage.migrations import versions
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.earlier import BATCH, DOSSIER, LETTER, OTHER, PAPER, bring_to, fill_at_0003

STEPS = sorted(each.name[:4] for each in Path(versions.__file__).parent.glob("[0-9]*.py"))
"""of all versions there ever were"""
MOMENT = dt.datetime(2026, 1, 31, 1, 30, 0, 123456, tzinfo=dt.UTC)
KEPT = {
    "batches": 2,
    "received_sources": 2,
    "sources": 1,
    "pages": 3,
    "documents": 2,
    "document_pages": 2,
    "fields": 2,
    "dossiers": 1,
    "dossier_documents": 1,
    "copy_versions": 3,
    "ledger": 1,
    "search_entries": 2,
    "signing_orders": 1,
    "signing_items": 1,
    "tickets": 1,
    "results": 1,
}
"""rows of step 0003 that must still be there"""


@pytest.fixture
def old(database_url: str) -> str:
    engine = connect(database_url)
    bring_to(engine, "0003")
    fill_at_0003(engine)
    engine.dispose()
    return database_url


@pytest.fixture
def upgraded(old: str, clock: SetClock) -> Iterator[Records]:
    records = open_records(old, clock=clock, author=CLERK)
    yield records
    records.close()


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in KEPT}


def test_no_row_is_lost(upgraded: Records) -> None:
    assert counts(upgraded.engine) == KEPT


def test_the_frame_fills_every_table_of_its_step(old: str) -> None:
    engine = connect(old)
    tables = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    left = {name for name in tables if not name.startswith(("search_words", "sqlite_"))} - {"alembic_version", "leases"}
    assert left == set(KEPT)


def test_batches_and_documents_read_as_they_were_written(upgraded: Records) -> None:
    batch = upgraded.batches.load(BatchId(BATCH))
    assert isinstance(batch, DigitizedBatch)
    assert batch.created_at == MOMENT
    assert [page.state for page in batch.pages] == [PageState.KEPT, PageState.KEPT, PageState.BLANK]
    assert (batch.pages[0].rotation, batch.pages[0].skew, batch.pages[0].codes[0].text) == (90, 0.7, "Nguyễn|")
    paper, letter = batch.documents
    assert paper.understood.fields["subject"].value == "Về việc cấp phép"  # type: ignore[index]
    assert paper.understood.fields["recipients"].value == ("Như Điều 3", "Lưu: VT")  # type: ignore[index]
    assert paper.signed_source == "a" * 64
    assert (letter.understood.type_confidence, letter.copy.size) == (0.5, 5)
    assert [each.documents for each in batch.dossiers] == [(PAPER,)]
    received = upgraded.batches.load(BatchId(OTHER))
    assert isinstance(received, ReceivedBatch)
    assert received.sources[0].name == "ảnh.jpg"
    assert [each.understood.id for each in upgraded.library.documents(DocumentFilter())] == [PAPER, LETTER]


def test_versions_orders_results_and_ledger_read_as_they_were_written(upgraded: Records) -> None:
    versions = upgraded.versions.versions(DocumentId(PAPER))
    assert [(each.number, each.signer) for each in versions] == [(1, None), (2, "Lê Thị Thử")]
    assert versions[1].outlook is not None
    assert versions[1].outlook.until == MOMENT
    order = upgraded.orders.load(OrderId("o-1"))
    assert order is not None
    assert (order.state, order.signer, order.items[0].signed) == (OrderState.DONE, "an", "1" * 64)
    (result,) = upgraded.results.of(DossierCode(DOSSIER))
    assert (result.state, result.reason, result.changed_at) == (ResultState.REVOKED, "nhầm", MOMENT)
    assert upgraded.ledger.find("read/1") == "2" * 64


@pytest.mark.parametrize("words", ["Nguyễn Văn An", "nguyen van an", '"giấy phép"'])
def test_what_was_findable_is_found(upgraded: Records, words: str) -> None:
    assert [hit.document.understood.id for hit in upgraded.library.search(SearchQuery(words=words)).hits] == [PAPER]


def test_records_of_before_the_trail_are_taken_into_it(upgraded: Records, clock: SetClock) -> None:
    entries = [each for each in upgraded.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    assert {each.deed.action for each in entries} == {Action.TRAIL_BEGUN}
    assert sorted((each.deed.subject.kind.value, each.deed.subject.id) for each in entries) == [
        ("batch", BATCH),
        ("batch", OTHER),
        ("copies", PAPER),
        ("copies", LETTER),
        ("document", PAPER),
        ("document", LETTER),
        ("order", "o-1"),
        ("result", PAPER),
        ("signing", PAPER),
    ]
    assert {each.at for each in entries} == {clock.time}
    assert list(unproven_records(upgraded.proofs)) == []


def test_the_trail_begins_once(upgraded: Records, old: str, clock: SetClock) -> None:
    before = upgraded.trail.last()
    with upgraded.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO batches (id, created_at, state) VALUES ('b-x', '2026-01-31 01:30:00', 'received')")
        )
    again = open_records(old, clock=clock, author=CLERK)
    assert again.trail.last() == before
    assert [each.subject.id for each in unproven_records(again.proofs)] == ["b-x"]
    again.close()


def test_work_goes_on_where_it_was(upgraded: Records, clock: SetClock) -> None:
    batch = upgraded.batches.load(BatchId(BATCH))
    assert isinstance(batch, DigitizedBatch)
    upgraded.batches.complete(batch, texts={})  # complete already: nothing changes
    second = upgraded.results.issue(DossierCode(DOSSIER), DocumentId(LETTER), at=clock.now())
    assert second.code == f"{DOSSIER}-KQ2"
    assert list(unproven_records(upgraded.proofs)) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_database_of_any_step_is_brought_up_to_date(database_url: str, step: str, clock: SetClock) -> None:
    engine = connect(database_url)
    bring_to(engine, step)
    engine.dispose()
    records = open_records(database_url, clock=clock, author=CLERK)
    names = set(sa.inspect(records.engine).get_table_names())
    records.close()
    assert {each.name for each in metadata.sorted_tables} <= names


@pytest.mark.parametrize("step", [each for each in STEPS if each > "0003"])
def test_rows_survive_from_whichever_step_is_upgraded(old: str, step: str, clock: SetClock) -> None:
    engine = connect(old)
    bring_to(engine, step)
    engine.dispose()
    records = open_records(old, clock=clock, author=CLERK)
    found = counts(records.engine)
    batch = records.batches.load(BatchId(BATCH))
    hits = records.library.search(SearchQuery(words="nguyen van an")).hits
    records.close()
    assert found == KEPT
    assert isinstance(batch, DigitizedBatch)
    assert [page.state for page in batch.pages] == [PageState.KEPT, PageState.KEPT, PageState.BLANK]
    assert [hit.document.understood.id for hit in hits] == [PAPER]
