"""What a lease promises, on SQLite and PostgreSQL: one works on a batch, and who lost his turn writes nothing more."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.errors import BatchBusy, LeaseLost, NotFound
from pipeline.domain.ids import BatchId
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.ports import Held
from storage.records import Records, open_records
from storage.tables import leases
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.samples import SCAN, digest, digitized_batch, received_batch

BATCH = received_batch().id
HOUR = dt.timedelta(hours=1)


def test_a_lease_keeps_others_away_until_it_is_freed(records: Records) -> None:
    records.batches.open(received_batch())
    with records.batches.lease(BATCH, holder="one", seconds=60) as held:
        with pytest.raises(BatchBusy) as raised, records.batches.lease(BATCH, holder="other", seconds=60):
            pytest.fail("two hold the batch")
        assert (raised.value.details["batch"], raised.value.details["holder"]) == (BATCH, "one")
    with records.batches.lease(BATCH, holder="other", seconds=60) as later:
        assert later.hold.turn > held.hold.turn


def test_a_lease_is_freed_when_the_work_fails(records: Records) -> None:
    records.batches.open(received_batch())
    with pytest.raises(ZeroDivisionError), records.batches.lease(BATCH, holder="one", seconds=60):
        raise ZeroDivisionError
    with records.batches.lease(BATCH, holder="other", seconds=60):
        pass


def test_nobody_holds_a_batch_that_is_not_there(records: Records) -> None:
    with pytest.raises(NotFound), records.batches.lease(BATCH, holder="one", seconds=60):
        pytest.fail("it is held")


def test_batches_are_leased_apart(records: Records) -> None:
    records.batches.open(received_batch("b-1"))
    records.batches.open(received_batch("b-2"))
    with (
        records.batches.lease(BatchId("b-1"), holder="one", seconds=60) as first,
        records.batches.lease(BatchId("b-2"), holder="other", seconds=60) as second,
    ):
        first.batches.note(BatchId("b-1"), pages=[FAILED])
        second.batches.note(BatchId("b-2"), pages=[FAILED])


def test_a_restarted_worker_takes_its_own_lease_over(records: Records) -> None:
    records.batches.open(received_batch())
    with (
        records.batches.lease(BATCH, holder="worker 1", seconds=600),
        records.batches.lease(BATCH, holder="worker 1", seconds=600),
    ):
        pass


def test_the_lease_of_a_dead_holder_goes_to_the_first_who_asks(records: Records) -> None:
    records.batches.open(received_batch())
    dead = records.batches.lease(BATCH, holder="dead", seconds=600)
    dead.__enter__()
    with records.batches.lease(BATCH, holder="first", seconds=600, instead_of="dead"):
        with (
            pytest.raises(BatchBusy) as raised,
            records.batches.lease(BATCH, holder="second", seconds=600, instead_of="dead"),
        ):
            pytest.fail("two hold the batch")
        dead.__exit__(None, None, None)
        with pytest.raises(BatchBusy), records.batches.lease(BATCH, holder="second", seconds=600):
            pytest.fail("the dead holder freed what it had lost")
    assert raised.value.details["holder"] == "first"


def test_only_one_of_many_gets_the_lease(records: Records) -> None:
    records.batches.open(received_batch())
    wanted = [records.batches.lease(BATCH, holder=f"holder {number}", seconds=600) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(_is_entered, wanted))
    assert got.count(True) == 1
    wanted[got.index(True)].__exit__(None, None, None)


# --- time -----------------------------------------------------------------------------------------------------------------


def test_a_lease_is_renewed_while_the_work_goes_on_and_ends_by_itself_when_it_does_not(records: Records) -> None:
    records.batches.open(received_batch())
    with records.batches.lease(BATCH, holder="one", seconds=2):
        first = _ends(records)
        deadline = time.monotonic() + 30
        while _ends(records) == first:
            assert time.monotonic() < deadline, "nobody renewed it"
            time.sleep(0.05)
        assert _ends(records) - first > dt.timedelta(seconds=0.5)
    _as_if_never_freed(records, seconds=600)
    with pytest.raises(BatchBusy), records.batches.lease(BATCH, holder="other", seconds=60):
        pytest.fail("it is held before its end")
    _let_it_run_out(records)
    with records.batches.lease(BATCH, holder="other", seconds=60):
        pass


@pytest.mark.parametrize("wrong", [-20 * HOUR, 20 * HOUR], ids=["late", "early"])
def test_a_worker_whose_clock_is_wrong_does_no_harm(database_url: str, wrong: dt.timedelta) -> None:
    there = SetClock()
    there.time = dt.datetime.now(dt.UTC) + wrong
    with _another_machine(database_url) as right, _another_machine(database_url, there) as odd:
        right.batches.open(received_batch())
        with right.batches.lease(BATCH, holder="right", seconds=60) as held:
            with pytest.raises(BatchBusy), odd.batches.lease(BATCH, holder="odd", seconds=60):
                pytest.fail("it took over what is held")
            held.batches.note(BATCH, pages=[FAILED])
        with odd.batches.lease(BATCH, holder="odd", seconds=60):
            assert abs(_ends(right) - dt.datetime.now(dt.UTC)) < 2 * dt.timedelta(seconds=60)
            with pytest.raises(BatchBusy), right.batches.lease(BATCH, holder="right", seconds=60):
                pytest.fail("its hold was over before it began")
            counts = right.intake.watch.counts(BATCH)
            assert counts is not None
            assert counts.working
        _let_it_run_out(right)
        with right.batches.lease(BATCH, holder="right", seconds=60):
            pass


# --- fence ----------------------------------------------------------------------------------------------------------------

FAILED = PageOutcome(ref=PageRef(SCAN, 1), state=PageState.FAILED, reason="zombie")


@pytest.fixture
def zombie(records: Records) -> Iterator[Held]:
    """Somebody who slept so long that another one has taken over, and who does not know."""
    records.batches.open(received_batch())
    slept = records.batches.lease(BATCH, holder="zombie", seconds=600)
    held = slept.__enter__()
    held.ledger.record("read-1", digest("before"), about=[])
    _let_it_run_out(records)
    with records.batches.lease(BATCH, holder="other", seconds=600):
        yield held
        slept.__exit__(None, None, None)
        with pytest.raises(BatchBusy), records.batches.lease(BATCH, holder="third", seconds=600):
            pytest.fail("the zombie freed what it had lost")


def test_who_lost_the_lease_notes_nothing(records: Records, zombie: Held) -> None:
    with pytest.raises(LeaseLost) as raised:
        zombie.batches.note(BATCH, sources=digitized_batch().sources, pages=[FAILED])
    assert (raised.value.details["batch"], raised.value.details["turn"]) == (BATCH, zombie.hold.turn)
    counts = records.intake.watch.counts(BATCH)
    assert counts is not None
    assert not counts.page_states


def test_who_lost_the_lease_completes_nothing(records: Records, zombie: Held) -> None:
    with pytest.raises(LeaseLost):
        zombie.batches.complete(digitized_batch(), texts={})
    assert records.batches.load(BATCH) == received_batch()
    told = [entry.deed.action for entry in records.trail.entries(limit=99) if isinstance(entry, AuditEntry)]
    assert told == [Action.BATCH_RECEIVED]


def test_who_lost_the_lease_records_no_result(records: Records, zombie: Held) -> None:
    with pytest.raises(LeaseLost):
        zombie.ledger.record("read-1", digest("after"), about=[])
    with pytest.raises(LeaseLost):
        zombie.ledger.record("read-2", digest("after"), about=[])
    assert records.ledger.find("read-1") == digest("before")
    assert records.ledger.find("read-2") is None


def test_who_gave_the_lease_back_writes_nothing_more(records: Records) -> None:
    records.batches.open(received_batch())
    with records.batches.lease(BATCH, holder="one", seconds=60) as held:
        pass
    with pytest.raises(LeaseLost):
        held.ledger.record("read-1", digest("late"), about=[])
    with pytest.raises(LeaseLost):
        held.batches.note(BATCH, pages=[FAILED])


def test_who_took_over_writes_on(records: Records) -> None:
    records.batches.open(received_batch())
    slept = records.batches.lease(BATCH, holder="zombie", seconds=600)
    zombie = slept.__enter__()
    with records.batches.lease(BATCH, holder="other", seconds=60, instead_of="zombie") as held:
        held.batches.note(BATCH, sources=digitized_batch().sources)
        held.ledger.record("read-1", digest("anew"), about=[])
        with pytest.raises(LeaseLost):
            zombie.batches.note(BATCH, pages=[FAILED])
        held.batches.complete(digitized_batch(), texts={})
    slept.__exit__(None, None, None)
    assert records.batches.load(BATCH) == digitized_batch()


def test_nobody_takes_over_while_something_is_being_written(records: Records) -> None:
    records.batches.open(received_batch())
    with records.batches.lease(BATCH, holder="one", seconds=60) as held, ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(held.ledger.record, f"read-{at}", digest(f"{at}"), about=[]) for at in range(40)]
        renewed = pool.submit(_take_over, records)
        written = [each.exception() is None for each in writing]
    assert renewed.result() is None
    # whatever was written was written before the turn was over
    assert written == [records.ledger.find(f"read-{at}") is not None for at in range(40)]


def _take_over(records: Records) -> None:
    with records.batches.lease(BATCH, holder="other", seconds=60, instead_of="one"):
        pass


@contextlib.contextmanager
def _another_machine(url: str, clock: SetClock | None = None) -> Iterator[Records]:
    opened = open_records(url, clock=clock or SetClock(), author=CLERK)
    yield opened
    opened.close()


def _ends(records: Records) -> dt.datetime:
    with records.engine.connect() as connection:
        ends = connection.scalar(sa.select(leases.c.expires_at))
    assert isinstance(ends, dt.datetime)
    return ends


def _let_it_run_out(records: Records) -> None:
    with records.engine.begin() as connection:
        connection.execute(sa.update(leases).values(expires_at=dt.datetime.now(dt.UTC) - HOUR))


def _as_if_never_freed(records: Records, *, seconds: float) -> None:
    with records.engine.begin() as connection:
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        connection.execute(sa.update(leases).values(expires_at=ends, holder="dead"))


def _is_entered(lease: AbstractContextManager[Held]) -> bool:
    try:
        lease.__enter__()
    except BatchBusy:
        return False
    return True
