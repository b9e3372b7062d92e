"""Reconciliation, decided: who is handed in again, which run is dead, who has to wait. Time and processes are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.errors import OrchestratorUnavailable
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import Run, RunState
from pipeline.usecases.resume_batches import Reconciliation
from tests.usecases.unfinished_office import A, B, Office

ALIVE, DEAD, AWAY = "here:alive", "here:dead", "elsewhere:1"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def reconciliation(office: Office) -> Reconciliation:
    return Reconciliation(
        work=office,
        orchestrator=office,
        lives={ALIVE: True, DEAD: False}.get,
        counter_rests=lambda: office.counter_rests,
        seconds=lambda: office.time,
    )


def test_what_was_begun_and_nobody_knows_of_is_handed_in_at_once(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(A, turn=3)
    office.has(B, lane=Lane.COUNTER)

    found = reconciliation.round()

    assert office.submitted == [(B, Lane.COUNTER, "b-b:1:"), (A, Lane.BULK, "b-a:3:")]
    assert set(found.submitted) == {A, B}


def test_the_counter_does_not_wait_until_a_new_server_knows_the_bulk_lane(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(A)
    office.has(B, lane=Lane.COUNTER)
    office.ran(RunState.RUNNING, batch=None, process=DEAD)
    office.unknown = {Lane.BULK}

    found = reconciliation.round()

    assert (found.submitted, found.waiting, found.given_up) == ((B,), (A,), ("run 0",))
    with pytest.raises(OrchestratorUnavailable):
        reconciliation.round(asked=True)
    office.unknown.clear()
    assert A in reconciliation.round().submitted


def test_what_nobody_ever_held_is_left_to_whoever_took_it_in_for_a_while(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(turn=0)

    reconciliation.round()
    office.time += 19
    assert not reconciliation.round().submitted
    office.time += 2
    assert reconciliation.round().submitted == (A,)


@pytest.mark.parametrize("holder", [ALIVE, AWAY])
def test_what_somebody_holds_is_left_alone(office: Office, reconciliation: Reconciliation, holder: str) -> None:
    office.has(holder=holder)
    office.ran(RunState.RUNNING)

    for _ in range(5):
        office.time += 60
        found = reconciliation.round()

    assert (found.at_work, office.submitted, office.given_up) == (1, [], [])


def test_a_run_whose_process_died_is_given_up_and_its_batch_goes_on_at_once(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(holder=DEAD)
    office.ran(RunState.RUNNING, process=DEAD)

    found = reconciliation.round()

    assert found.given_up == ("run 0",)
    assert found.submitted == (A,)


def test_a_run_on_another_machine_is_given_up_after_a_while(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    office.ran(RunState.RUNNING, process=AWAY)

    assert not reconciliation.round().submitted
    office.time += 14
    assert not reconciliation.round().submitted
    office.time += 2
    assert reconciliation.round().submitted == (A,)
    assert office.given_up == ["run 0"]


def test_a_run_whose_process_lives_is_waited_for(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    office.ran(RunState.RUNNING, process=ALIVE)
    reconciliation.round()
    office.time += 3600

    assert not reconciliation.round().submitted
    assert not office.given_up


def test_a_run_that_waits_for_a_worker_is_waited_for(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    office.ran(RunState.SCHEDULED)
    reconciliation.round()
    office.time += 36000

    assert not reconciliation.round().submitted
    assert not office.given_up


@pytest.mark.parametrize(("rests", "lost"), [(True, True), (False, False)])
def test_a_task_that_a_server_forgot_is_known_by_a_counter_with_nothing_to_do(
    office: Office, reconciliation: Reconciliation, *, rests: bool, lost: bool
) -> None:
    office.has(lane=Lane.COUNTER)
    office.ran(RunState.SCHEDULED, by_task=True)
    office.counter_rests = rests
    reconciliation.round()
    office.time += 6

    assert bool(reconciliation.round().submitted) is lost
    assert bool(office.given_up) is lost


def test_what_was_at_the_counter_goes_on_there(office: Office, reconciliation: Reconciliation) -> None:
    office.has(lane=Lane.BULK, holder=DEAD)
    office.ran(RunState.RUNNING, by_task=True)
    office.ran(RunState.RUNNING, process=DEAD)

    reconciliation.round()

    assert office.submitted == [(A, Lane.COUNTER, "b-a:1:run 1")]


def test_a_batch_whose_runs_fail_waits_longer_and_longer(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    for pause in (15, 30, 60, 120):
        office.ran(RunState.FAILED)
        assert reconciliation.round().waiting == (A,)
        office.time += pause - 1
        assert reconciliation.round().waiting == (A,)
        office.time += 2
        assert reconciliation.round().submitted == (A,)


def test_a_failure_at_the_counter_counts_once(office: Office, reconciliation: Reconciliation) -> None:
    office.has(lane=Lane.COUNTER)
    office.ran(RunState.FAILED, by_task=True)
    office.ran(RunState.FAILED)
    reconciliation.round()
    office.time += 16

    assert reconciliation.round().submitted == (A,)


def test_no_key_comes_again_while_runs_fail_before_the_batch_is_held(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has()
    for number in range(3):
        office.known = [Run(id=f"failed {number}", batch=A, state=RunState.FAILED)]  # older ones the server forgot
        reconciliation.round()
        office.time += 1801
        reconciliation.round()

    assert len({key for _, _, key in office.submitted}) == 3


def test_a_batch_may_fail_any_number_of_times(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    for _ in range(1100):
        office.ran(RunState.FAILED)
    reconciliation.round()
    office.time += 1801

    assert reconciliation.round().submitted == (A,)


def test_a_batch_that_kills_whoever_reads_it_has_to_wait_in_the_end(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has()
    for _ in range(5):
        office.ran(RunState.CRASHED)
        assert reconciliation.round().submitted == (A,)
    office.ran(RunState.CRASHED)

    assert reconciliation.round().waiting == (A,)
    office.time += 16
    assert reconciliation.round().submitted == (A,)


def test_a_batch_that_gets_on_between_crashes_is_not_suspected(office: Office, reconciliation: Reconciliation) -> None:
    for crashes in range(1, 30):
        office.has(pages=4 * (crashes - 5))
        office.ran(RunState.CRASHED)
        assert reconciliation.round().submitted == (A,)
    office.ran(RunState.CRASHED)
    assert reconciliation.round().waiting == (A,)


def test_a_run_of_a_batch_that_gets_on_is_given_up_as_soon_as_the_first(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(pages=8)
    office.ran(RunState.CRASHED)
    office.ran(RunState.CRASHED)
    office.ran(RunState.PENDING)
    reconciliation.round()
    office.time += 21

    assert reconciliation.round().submitted == (A,)


def test_patience_grows_where_runs_were_given_up_before(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    office.ran(RunState.CRASHED)
    office.ran(RunState.CRASHED)
    office.ran(RunState.PENDING)
    reconciliation.round()
    office.time += 79

    assert not reconciliation.round().submitted
    office.time += 2
    assert reconciliation.round().submitted == (A,)


def test_what_a_person_cancelled_is_left_until_a_person_asks(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    office.ran(RunState.CANCELLED)
    for _ in range(3):
        office.time += 3600
        assert reconciliation.round().waiting == (A,)

    assert reconciliation.round(asked=True).submitted == (A,)


def test_runs_that_died_when_their_batch_was_done_are_given_up(office: Office, reconciliation: Reconciliation) -> None:
    office.ran(RunState.RUNNING, process=DEAD)
    office.ran(RunState.RUNNING, process=AWAY)
    office.ran(RunState.RUNNING, process=DEAD, batch=None)
    office.ran(RunState.RUNNING, process=AWAY, batch=None)

    assert set(reconciliation.round().given_up) == {"run 0", "run 2"}
    office.time += 16
    assert set(reconciliation.round().given_up) == {"run 1"}
    assert not office.submitted


def test_a_run_that_was_never_begun_does_not_block_its_schedule(office: Office, reconciliation: Reconciliation) -> None:
    office.ran(RunState.PENDING, batch=None)
    reconciliation.round()
    office.time += 299
    assert not reconciliation.round().given_up
    office.time += 2
    assert reconciliation.round().given_up == ("run 0",)


def test_a_nightly_run_on_another_machine_is_given_up_a_minute_after_its_last_sign_of_life(
    office: Office, reconciliation: Reconciliation
) -> None:
    for number in range(10):
        office.known = [Run(id="fixity", batch=None, state=RunState.RUNNING, process=AWAY, beat=str(number))]
        office.time += 50
        assert not reconciliation.round().given_up
    office.time += 61
    assert reconciliation.round().given_up == ("fixity",)
    assert not office.begun_again


@pytest.mark.parametrize(("before", "again"), [(0, ["order"]), (4, ["order"]), (5, [])])
def test_an_order_whose_run_died_is_begun_anew_a_few_times(
    office: Office, reconciliation: Reconciliation, before: int, again: list[str]
) -> None:
    office.known = [Run(id="order", batch=None, state=RunState.RUNNING, process=DEAD, again=before)]

    assert reconciliation.round().given_up == ("order",)
    assert office.begun_again == again


def test_more_batches_than_one_round_takes_are_gone_through_in_turn(
    office: Office, reconciliation: Reconciliation
) -> None:
    for number in range(250):
        office.has(BatchId(f"b-{number:04}"))

    for _ in range(3):
        reconciliation.round()

    assert len({batch for batch, _, _ in office.submitted}) == 250


def test_a_run_that_helps_is_given_up_when_nobody_has_held_its_batch_for_long(
    office: Office, reconciliation: Reconciliation
) -> None:
    office.has(holder=AWAY)
    office.known.append(Run(id="part", batch=A, state=RunState.RUNNING, process=AWAY, is_part=True))
    for _ in range(3):
        office.time += 3600
        reconciliation.round()
    assert not office.given_up
    office.has()
    reconciliation.round()
    office.time += 119
    assert "part" not in reconciliation.round().given_up
    office.time += 2
    assert "part" in reconciliation.round().given_up


def test_one_agency_leaves_room_for_the_others(office: Office, reconciliation: Reconciliation) -> None:
    reconciliation.most_of_agency = 2
    for number in range(4):
        office.has(BatchId(f"b-{number}"))
    office.unfinished[BatchId("b-0")] = replace(office.unfinished[BatchId("b-0")], holder=AWAY)
    office.has(BatchId("b-8"), lane=Lane.COUNTER)
    office.unfinished[BatchId("b-9")] = replace(office.unfinished[BatchId("b-1")], id=BatchId("b-9"), agency="H42")

    found = reconciliation.round()

    assert set(found.submitted) == {"b-8", "b-1", "b-9"}
    assert set(found.waiting) == {"b-2", "b-3"}
    assert set(reconciliation.round(asked=True).submitted) >= {"b-2", "b-3"}


def test_an_agency_with_many_batches_has_no_more_places(office: Office, reconciliation: Reconciliation) -> None:
    reconciliation.most_of_agency = 4
    for number in range(1000):
        office.has(BatchId(f"b-{number:04}"))

    for _ in range(25):
        for batch in reconciliation.round().submitted:
            office.ran(RunState.SCHEDULED, batch=batch)

    assert len(office.submitted) == 4
    office.unfinished.pop(BatchId("b-0001"))  # it is digitized
    office.known = [run for run in office.known if run.batch != "b-0001"]
    assert len(reconciliation.round().submitted) == 1
