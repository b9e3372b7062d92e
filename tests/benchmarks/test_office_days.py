"""What comes in on a day, and how many machines are put up for it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.capacity import INGEST_ENTRIES, Assumed, Measured, measured
from benchmarks.ingest import AUTHOR, StillClock, batches
from benchmarks.office_days import Installation, batches_of, day_of, plant_for
from storage.audit_tables import audit_entries
from storage.records import open_records


@pytest.fixture(scope="module")
def costs() -> Measured:
    return measured()


def test_a_day_brings_its_pages_hour_by_hour(costs: Measured) -> None:
    assumed = Assumed()
    found = [*batches_of(20_000, 9, assumed, costs, random.Random(7))]
    assert sum(each.pages for each in found) == pytest.approx(
        20_000 * costs.papers_a_dossier * costs.pages_a_paper, rel=0.05
    )
    assert sum(each.papers for each in found if each.is_bulk) == pytest.approx(
        20_000 * 0.3 * costs.papers_a_dossier, rel=0.1
    )
    for hour, share in enumerate(assumed.hours):
        counter = [each for each in found if not each.is_bulk and hour * 3600 <= each.at < (hour + 1) * 3600]
        assert len(counter) == pytest.approx(20_000 * 0.7 * share, rel=0.15)
    assert all(each.pages >= each.papers >= 1 for each in found)


def test_machines_keep_up_with_the_fullest_hour(costs: Measured) -> None:
    """60,000 dossiers a day: the cores of all machines are not busier than was asked for."""
    assumed = Assumed()
    plant = plant_for(60_000, assumed, costs)
    pages = 60_000 * max(assumed.hours) * costs.papers_a_dossier * costs.pages_a_paper / 3600
    assert pages * costs.page_seconds <= plant.machines * plant.cores * assumed.busy


@pytest.mark.parametrize("share", [1 / 3321, 1 / 340])
def test_no_time_of_a_day_is_negative_and_all_that_comes_in_is_done(share: float, costs: Measured) -> None:
    day = day_of(Installation(name="", share=share, hours=2, server_seconds=0.3), Assumed(), costs, seed=5)
    assert len(day.seen.done) == day.batches > 0
    for each in day.seen.done:
        least = 0.0 if each.batch.is_bulk else Assumed().counter_start
        assert least < each.first <= each.whole


def test_what_the_benchmark_of_writing_leaves_in_the_trail(tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path}/sohoa.db", clock=StillClock(), author=AUTHOR)
    try:
        [(received, digitized, texts)] = batches(100, seed=1)
        count = sa.select(sa.func.count()).select_from(audit_entries)
        with records.engine.connect() as connection:
            before = connection.execute(count).scalar_one()
        records.batches.open(received)
        records.batches.complete(digitized, texts=texts)
        with records.engine.connect() as connection:
            after = connection.execute(count).scalar_one()
    finally:
        records.close()
    assert (after - before) / 100 == INGEST_ENTRIES
