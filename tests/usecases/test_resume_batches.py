"""Reconciliation, decided: who is handed in again, which run is dead, who has to wait. Time and processes are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import Run, RunState, UnfinishedBatch
from pipeline.usecases.resume_batches import Reconciliation

A, B = BatchId("b-a"), BatchId("b-b")
ALIVE, DEAD, AWAY = "here:alive", "here:dead", "elsewhere:1"


@dataclass
class Office:
    """Records, an orchestrator and a clock that a test sets; what is asked of the orchestrator is kept."""

    unfinished: dict[BatchId, UnfinishedBatch] = field(default_factory=dict)
    known: list[Run] = field(default_factory=list)
    submitted: list[tuple[BatchId, Lane, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    time: float = 1000.0
    counter_rests: bool = False

    def batches(self, *, limit: int, after: BatchId | None = None) -> Sequence[UnfinishedBatch]:
        return [each for each in self.unfinished.values() if after is None or each.id > after][:limit]

    def ahead(self, batch: BatchId) -> int:
        return sum(each < batch for each in self.unfinished)

    def holders(self, batches: Collection[BatchId]) -> Mapping[BatchId, str]:
        return {each.id: each.holder for each in self.unfinished.values() if each.id in batches and each.holder}

    def runs(self, batches: Collection[BatchId]) -> Sequence[Run]:
        return [run for run in self.known if run.batch in batches and not run.is_part]

    def at_work(self) -> Sequence[Run]:
        return [run for run in self.known if run.state in {RunState.RUNNING, RunState.PENDING}]

    def give_up(self, run: Run) -> None:
        self.given_up.append(run.id)
        self.known = [replace(each, state=RunState.CRASHED) if each.id == run.id else each for each in self.known]

    def submit(self, batch: UnfinishedBatch, *, key: str) -> None:
        self.submitted.append((batch.id, batch.lane, key))

    def has(
        self,
        batch: BatchId = A,
        *,
        lane: Lane = Lane.BULK,
        turn: int = 1,
        holder: str | None = None,
        pages: int = 0,
    ) -> None:
        self.unfinished[batch] = UnfinishedBatch(id=batch, agency="", lane=lane, turn=turn, holder=holder, pages=pages)

    def ran(self, state: RunState, *, batch: BatchId | None = A, process: str = "", by_task: bool = False) -> None:
        """Add a run, newer than all before."""
        run = Run(id=f"run {len(self.known)}", batch=batch, state=state, process=process, by_task=by_task)
        self.known.insert(0, run)


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

    assert office.submitted == [(B, Lane.COUNTER, "b-b:1:0"), (A, Lane.BULK, "b-a:3:0")]
    assert set(found.submitted) == {A, B}


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

    assert office.submitted == [(A, Lane.COUNTER, "b-a:1:2")]


def test_a_batch_whose_runs_fail_waits_longer_and_longer(office: Office, reconciliation: Reconciliation) -> None:
    office.has()
    for pause in (15, 30, 60, 120):
        office.ran(RunState.FAILED)
        assert reconciliation.round().waiting == (A,)
        office.time += pause - 1
        assert reconciliation.round().waiting == (A,)
        office.time += 2
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
