"""What `BatchTraces` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt

from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.ids import BatchId
from storage.records import Records

BATCH = BatchId("b-0123456789abcdef01234567")


def test_the_first_word_on_where_a_trace_begins_counts(records: Records) -> None:
    assert records.batch_traces.find(BATCH) is None
    records.batches.open(ReceivedBatch(id=BATCH, created_at=dt.datetime(2026, 1, 31, tzinfo=dt.UTC), sources=()))
    assert records.batch_traces.find(BATCH) is None
    for parent in ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1-2-01"):
        records.batch_traces.keep(BATCH, parent)
    assert records.batch_traces.find(BATCH) == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
