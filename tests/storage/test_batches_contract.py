"""What `BatchRecords` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.errors import NotFound
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.ports import DocumentFilter
from storage.records import Records, open_records
from storage.tables import metadata
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.samples import SCAN, digitized_batch, digitized_batches, received_batch

BATCH = received_batch().id


def test_a_batch_is_opened_once(records: Records) -> None:
    first = received_batch()
    assert records.batches.load(BATCH) is None
    assert records.batches.open(first) == first
    later = replace(first, created_at=first.created_at + dt.timedelta(days=1))
    assert records.batches.open(later) == first
    assert records.batches.load(BATCH) == first


def test_a_batch_opened_from_many_sides_is_one_batch(records: Records) -> None:
    batch = received_batch()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: records.batches.open(batch), range(8))) == {batch}
    assert len(records.library.batches()) == 1


def test_times_come_back_aware(records: Records) -> None:
    opened = records.batches.open(received_batch())
    assert opened.created_at.isoformat() == "2026-01-31T01:30:00.123456+00:00"


def test_what_was_completed_is_loaded(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    records.batches.complete(batch, texts={})
    assert records.batches.load(BATCH) == batch
    loaded = records.batches.load(BATCH)
    assert isinstance(loaded, DigitizedBatch)
    assert list(loaded.documents[1].understood.fields) == list(batch.documents[1].understood.fields)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(batch=digitized_batches())
def test_any_batch_is_loaded_as_it_was_completed(database_url: str, batch: DigitizedBatch) -> None:
    records = open_records(database_url, clock=SetClock(), author=CLERK)
    try:
        _forget_everything(records)
        records.batches.open(replace(received_batch(), id=batch.id))
        records.batches.complete(batch, texts={})
        assert records.batches.load(batch.id) == batch
    finally:
        records.close()


def test_completing_again_changes_nothing(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    records.batches.complete(batch, texts={})
    records.batches.complete(batch, texts={})
    records.batches.complete(replace(batch, documents=(), dossiers=()), texts={})
    records.batches.note(BATCH, pages=[PageOutcome(ref=PageRef(SCAN, 1), state=PageState.FAILED)])
    assert records.batches.load(BATCH) == batch
    assert len(records.versions.versions(batch.documents[0].understood.id)) == 1


def test_a_batch_that_gave_nothing_may_be_completed_anew(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    records.batches.complete(replace(batch, documents=(), dossiers=()), texts={})
    records.batches.complete(batch, texts={})
    assert records.batches.load(BATCH) == batch


def test_a_batch_that_cannot_be_completed_is_as_before(records: Records) -> None:
    batch = digitized_batch()
    records.batches.open(received_batch())
    twice = (batch.documents[0], *batch.documents)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        records.batches.complete(replace(batch, documents=twice), texts={})
    assert records.batches.load(BATCH) == received_batch()
    assert records.library.documents(DocumentFilter()) == ()
    records.batches.complete(batch, texts={})
    assert records.batches.load(BATCH) == batch


def test_the_last_word_on_a_page_counts(records: Records) -> None:
    records.batches.open(received_batch())
    batch = digitized_batch()
    failed = PageOutcome(ref=PageRef(SCAN, 1), state=PageState.FAILED)
    records.batches.note(BATCH, sources=batch.sources, pages=[failed])
    records.batches.note(BATCH, sources=batch.sources, pages=[failed, *batch.pages])
    (summary,) = records.library.batches()
    assert (summary.progress.done, summary.progress.total) == (3, 3)
    assert records.batches.load(BATCH) == received_batch()
    records.batches.complete(batch, texts={})
    assert records.batches.load(BATCH) == batch


def test_nothing_is_written_about_a_batch_that_is_not_there(records: Records) -> None:
    with pytest.raises(NotFound):
        records.batches.note(BATCH, pages=digitized_batch().pages)
    with pytest.raises(NotFound):
        records.batches.complete(digitized_batch(), texts={})
    with pytest.raises(NotFound), records.batches.lease(BATCH, holder="one", seconds=60):
        pass


def test_a_source_name_is_once_in_a_batch_and_free_in_another(records: Records) -> None:
    twice = received_batch().sources[:1] * 2
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        records.batches.open(replace(received_batch(), sources=twice))
    assert records.batches.load(BATCH) is None
    records.batches.open(received_batch("b-1"))
    records.batches.open(received_batch("b-2"))


def test_what_machines_read_may_hold_what_databases_do_not_take(records: Records) -> None:
    records.batches.open(received_batch())
    batch = digitized_batch()
    odd = replace(batch.pages[2], reason="a\0b\ud800c")
    records.batches.complete(replace(batch, pages=(*batch.pages[:2], odd)), texts={})
    loaded = records.batches.load(BATCH)
    assert isinstance(loaded, DigitizedBatch)
    assert loaded.pages[2].reason == "a\ufffdb\ufffdc"
    assert loaded.pages[1].codes[0].text == "Nguyễn\0|\n'"


def _forget_everything(records: Records) -> None:
    with records.engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        forget_words = "INSERT INTO search_words (search_words) VALUES ('delete-all')"
        connection.exec_driver_sql(forget_words if is_sqlite else "DELETE FROM search_words")
        for table in reversed(metadata.sorted_tables):
            if not table.name.startswith("audit_"):  # which nobody can forget
                connection.execute(table.delete())
