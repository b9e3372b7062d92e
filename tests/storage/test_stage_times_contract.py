"""What `StageTimes` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.domain.batch import ReceivedBatch, Stage, StageTime
from pipeline.domain.ids import BatchId
from storage.records import Records

NAMES = [BatchId(f"b-{number:024d}") for number in range(6)]


@pytest.fixture
def batches(records: Records) -> list[BatchId]:
    for name in NAMES:
        records.batches.open(ReceivedBatch(id=name, created_at=dt.datetime(2026, 1, 31, tzinfo=dt.UTC), sources=()))
    return NAMES


def test_seconds_of_runs_are_summed_and_units_are_not_counted_twice(records: Records, batches: list[BatchId]) -> None:
    times = records.stage_times
    times.add(batches[0], [StageTime(Stage.READ, 1.5, 120), StageTime(Stage.INSPECT, 0.25, 3)])
    times.add(batches[0], [StageTime(Stage.READ, 2.0, 300)])
    times.add(batches[0], [StageTime(Stage.READ, 0.5, 10)])
    assert times.of(batches) == {batches[0]: (StageTime(Stage.INSPECT, 0.25, 3), StageTime(Stage.READ, 4.0, 300))}
    assert times.totals() == (StageTime(Stage.INSPECT, 0.25, 3), StageTime(Stage.READ, 4.0, 300))


def test_nothing_is_known_of_what_was_not_begun(records: Records, batches: list[BatchId]) -> None:
    records.stage_times.add(batches[0], [])
    assert records.stage_times.of([*batches, BatchId("b-unknown")]) == {}
    assert records.stage_times.totals() == ()


def test_many_that_write_at_once_lose_nothing_of_the_totals(records: Records, batches: list[BatchId]) -> None:
    """Stages come in any order: writers that locked the totals in that order would wait for each other for ever."""
    spent = [StageTime(Stage.READ, 0.5, 2), StageTime(Stage.ASSEMBLE, 0.25, 1)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: records.stage_times.add(batches[at % 6], spent[:: (-1) ** at]), range(24)))
    assert records.stage_times.totals() == (StageTime(Stage.READ, 12.0, 12), StageTime(Stage.ASSEMBLE, 6.0, 6))
