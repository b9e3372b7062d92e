"""Prefect's runs as reconciliation sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterName,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType, TaskRun
from prefect.states import Crashed

from flows.asking import all_flow_runs, all_task_runs, asking
from flows.counter import hand_over, hand_over_bulk
from flows.part import OF_BATCH, cancel_waiting
from flows.processes import BEAT, PROCESS, process_of
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import Run, RunState, UnfinishedBatch

_STATES = {
    StateType.SCHEDULED: RunState.SCHEDULED,
    StateType.PAUSED: RunState.SCHEDULED,
    StateType.PENDING: RunState.PENDING,
    StateType.RUNNING: RunState.RUNNING,
    StateType.CANCELLING: RunState.RUNNING,
    StateType.COMPLETED: RunState.COMPLETED,
    StateType.FAILED: RunState.FAILED,
    StateType.CRASHED: RunState.CRASHED,
    StateType.CANCELLED: RunState.CANCELLED,
}
AGAIN = "sohoa.again"
"""label of a flow run: how often its work was begun anew"""
_BATCH = "b-"
"""with which the ids of batches begin (`pipeline.domain.ids`), and so the names of their runs"""
_WAITING = [StateType.SCHEDULED, StateType.PAUSED]
_AT_WORK = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


@dataclass(frozen=True, slots=True)
class PrefectRuns:
    """Implements `pipeline.unfinished_ports.Orchestrator` by Prefect's client."""

    pool: str
    """our work pool: the server may have others, whose runs are none of our business"""

    def runs(self, batches: Collection[BatchId]) -> Sequence[Run]:
        """Return runs of these batches, the newest first: both are named after them."""
        names: list[str] = list(batches)
        with asking() as client:
            flows = all_flow_runs(client, FlowRunFilter(name=FlowRunFilterName(any_=names)))
            tasks = all_task_runs(client, TaskRunFilter(name=TaskRunFilterName(any_=names)))
        both: list[FlowRun | TaskRun] = [*flows, *tasks]
        newest_first = sorted(both, key=_expected, reverse=True)
        return [_of_flow(run) if isinstance(run, FlowRun) else _of_task(run) for run in newest_first]

    def at_work(self) -> Sequence[Run]:
        """Return all flow runs that Prefect calls running or pending, and such tasks of the counter's."""
        with asking() as client:
            flows = all_flow_runs(
                client, FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK)))
            )
            tasks = all_task_runs(
                client,
                TaskRunFilter(
                    name=TaskRunFilterName(like_=_BATCH),
                    state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_AT_WORK)),
                ),
            )
        ours = (run for run in flows if run.work_pool_name == self.pool or PROCESS in run.labels or _batch_of(run))
        return [*map(_of_flow, ours), *map(_of_task, tasks)]

    def waiting(self) -> Sequence[Run]:
        """Return the flow runs of batches that wait for a worker."""
        with asking() as client:
            flows = all_flow_runs(
                client,
                FlowRunFilter(
                    name=FlowRunFilterName(like_=_BATCH),
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_WAITING)),
                ),
            )
        return list(map(_of_flow, flows))

    def give_up(self, run: Run) -> None:
        """Set a run to Crashed."""
        state: Any = Crashed(message="Tiến trình đã chết; lượt khác làm tiếp. (Its process died; another run goes on.)")
        with asking() as client:
            if run.by_task:
                client.set_task_run_state(UUID(run.id), state, force=True)
            else:
                client.set_flow_run_state(run.id, state, force=True)

    def begin_again(self, run: Run) -> None:
        """Make a run of the same deployment with the same parameters."""
        with asking() as client:
            died = client.read_flow_run(UUID(run.id))
            if died.deployment_id is not None:
                client.create_flow_run_from_deployment(
                    died.deployment_id,
                    parameters=died.parameters,
                    idempotency_key=f"again:{run.id}",
                    labels={AGAIN: (run.again or 0) + 1},
                )

    def submit(self, batch: UnfinishedBatch, *, key: str) -> None:
        """Hand a batch to its lane. Calls for help of whoever had it before are taken back: they would be answered first."""
        with asking() as client:
            cancel_waiting(batch.id, client)
        if batch.lane is Lane.COUNTER:
            hand_over(batch.id)
        else:
            hand_over_bulk(batch.id, key=key)


def _expected(run: FlowRun | TaskRun) -> float:
    return run.expected_start_time.timestamp() if run.expected_start_time else 0.0


def _of_flow(run: FlowRun) -> Run:
    return Run(
        id=str(run.id),
        batch=_batch_of(run),
        is_part=OF_BATCH in run.name,
        state=_STATES[run.state_type] if run.state_type else RunState.PENDING,
        process=process_of(run),
        beat=str(run.labels.get(BEAT, "")),
        again=_again(run),
    )


def _of_task(run: TaskRun) -> Run:
    return Run(
        id=str(run.id),
        batch=_batch(run.name),
        state=_STATES[run.state_type] if run.state_type else RunState.PENDING,
        by_task=True,
    )


def _batch_of(run: FlowRun) -> BatchId | None:
    return _batch(run.name.rpartition(OF_BATCH)[2])


def _again(run: FlowRun) -> int | None:
    """Return how often a run that somebody asked for was begun anew; a batch is handed in by what the records say of it."""
    if run.deployment_id is None or run.auto_scheduled or _batch_of(run):
        return None
    begun = run.labels.get(AGAIN, 0)
    return begun if isinstance(begun, int) else 0


def _batch(name: str) -> BatchId | None:
    return BatchId(name) if name.startswith(_BATCH) else None
