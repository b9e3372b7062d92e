"""What is said to be left to do, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Intake, IntakeId, IntakeState, Lane
from pipeline.unfinished_ports import UnfinishedBatch
from storage.database import connect, reading
from storage.records import Records
from storage.unfinished_sql import _left, _standing
from tests.storage.samples import digitized_batch, received_batch

BATCH = received_batch()
LATER, LATEST = (
    replace(BATCH, id=BatchId(f"b-{number:024x}"), created_at=BATCH.created_at + dt.timedelta(hours=number))
    for number in (1, 2)
)


def test_what_is_not_digitized_is_told_in_the_order_in_which_it_came_in(records: Records) -> None:
    for batch in (LATEST, BATCH, LATER):
        records.batches.open(batch)

    assert [each.id for each in records.unfinished.batches(limit=5)] == [BATCH.id, LATER.id, LATEST.id]
    assert [each.id for each in records.unfinished.batches(limit=1)] == [BATCH.id]
    assert [each.id for each in records.unfinished.batches(limit=5, after=LATER.id)] == [LATEST.id]


def test_what_is_digitized_is_until_its_papers_are_published(records: Records) -> None:
    for batch in (LATEST, BATCH, LATER):
        records.batches.open(batch)
    records.batches.complete(replace(digitized_batch(), id=LATER.id, documents=(), dossiers=()), texts={})
    assert [each.id for each in records.unfinished.batches(limit=5)] == [BATCH.id, LATER.id, LATEST.id]
    assert [each.id for each in records.unfinished.batches(limit=2)] == [BATCH.id, LATER.id]
    assert [each.id for each in records.unfinished.batches(limit=5, after=BATCH.id)] == [LATER.id, LATEST.id]
    assert [each.id for each in records.unfinished.among({LATER.id})] == [LATER.id]

    records.unpublished.settle(LATER.id)

    assert [each.id for each in records.unfinished.batches(limit=5)] == [BATCH.id, LATEST.id]


def test_whose_papers_nobody_publishes_is_told(records: Records) -> None:
    records.batches.open(BATCH)
    with records.batches.lease(BATCH.id, holder="somebody", seconds=60) as held:
        held.batches.complete(digitized_batch(), texts={})
        assert records.unpublished.left() == ()
    assert records.unpublished.left() == (BATCH.id,)
    records.batches.complete(digitized_batch(), texts={})
    assert records.unpublished.left() == (BATCH.id,)

    records.unpublished.settle(BATCH.id)
    records.unpublished.settle(BATCH.id)
    assert records.unpublished.left() == ()

    records.batches.complete(digitized_batch(), texts={})
    assert records.unpublished.left() == ()


def test_some_batches_are_asked_for_by_name(records: Records) -> None:
    for batch in (LATEST, BATCH, LATER):
        records.batches.open(batch)
    records.batches.complete(digitized_batch(), texts={})
    records.unpublished.settle(BATCH.id)

    assert [each.id for each in records.unfinished.among({BATCH.id, LATER.id, BatchId("b-unknown")})] == [LATER.id]


def test_who_holds_a_batch_is_told_while_the_lease_lasts(records: Records) -> None:
    records.batches.open(BATCH)
    (untouched,) = records.unfinished.batches(limit=5)
    with records.batches.lease(BATCH.id, holder="somebody", seconds=60):
        (held,) = records.unfinished.batches(limit=5)
        holders = records.unfinished.holders([BATCH.id, LATER.id])
    (freed,) = records.unfinished.batches(limit=5)

    assert (untouched.holder, untouched.turn) == (None, 0)
    assert held == UnfinishedBatch(id=BATCH.id, agency="", lane=Lane.BULK, turn=1, holder="somebody")
    assert holders == {BATCH.id: "somebody"}
    assert freed.holder is None
    assert freed.turn > held.turn
    assert records.unfinished.holders([BATCH.id]) == {}


def test_how_many_of_its_pages_are_read_is_told(records: Records) -> None:
    records.batches.open(BATCH)
    records.batches.open(LATER)
    pages = digitized_batch().pages
    records.batches.note(BATCH.id, sources=digitized_batch().sources, pages=pages)

    assert [each.pages for each in records.unfinished.batches(limit=5)] == [len(pages), 0]


def test_a_batch_of_the_counter_is_in_its_lane(records: Records) -> None:
    records.batches.open(replace(BATCH, agency="H42.12"))
    records.intake.intakes.open(
        Intake(
            id=IntakeId("01"),
            account="lan",
            agency="H42.12",
            opened_at=BATCH.created_at,
            touched_at=BATCH.created_at,
            lane=Lane.COUNTER,
            state=IntakeState.CLOSED,
            batch=BATCH.id,
        )
    )

    (found,) = records.unfinished.batches(limit=5)

    assert (found.lane, found.agency) == (Lane.COUNTER, "H42.12")


def test_what_came_before_of_the_same_agency_is_counted(records: Records) -> None:
    for batch in (LATEST, BATCH, replace(LATER, agency="H42.12")):
        records.batches.open(batch)

    assert [records.unfinished.ahead(each.id) for each in (BATCH, LATER, LATEST)] == [0, 0, 1]


def test_few_are_found_among_many_without_reading_them(database_url: str, records: Records) -> None:
    engine = connect(database_url)
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole, whatever indexes there are")
    plans = []
    with reading(engine) as connection:
        for reason in _left():
            asked = str(_standing(BATCH.created_at).where(reason).compile(engine))
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (None,) * asked.count("?")).all()
            plans.append([row[3] for row in explained])
    engine.dispose()

    assert any("batches_unfinished" in step for step in plans[0]), plans
    assert not any(step.startswith("SCAN") and "unpublished" not in step for plan in plans[1:] for step in plan), plans
