"""Prefect's runs as reconciliation sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
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
from prefect.client.schemas.sorting import FlowRunSort, TaskRunSort
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Crashed

from flows.counter import BULK, hand_over, hand_over_bulk
from flows.processes import PROCESS
from pipeline.domain.errors import OrchestratorUnavailable
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
_PART = " of "
"""in names of runs that help (`flows.part`): what stands behind it is the batch"""
_AT_WORK = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


class PrefectRuns:
    """Implements `pipeline.unfinished_ports.Orchestrator` by Prefect's client."""

    def runs(self, batches: Collection[BatchId]) -> Sequence[Run]:
        """Return runs of these batches, the newest first: both are named after them."""
        names: list[str] = list(batches)
        with _asking() as client:
            flows = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=names)),
                sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            )
            tasks = client.read_task_runs(
                task_run_filter=TaskRunFilter(name=TaskRunFilterName(any_=names)),
                sort=TaskRunSort.EXPECTED_START_TIME_DESC,
            )
        both: list[FlowRun | TaskRun] = [*flows, *tasks]
        newest_first = sorted(both, key=_expected, reverse=True)
        return [_of_flow(run) if isinstance(run, FlowRun) else _of_task(run) for run in newest_first]

    def at_work(self) -> Sequence[Run]:
        """Return all flow runs that Prefect calls running or pending, and such tasks of the counter's."""
        with _asking() as client:
            flows = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_AT_WORK)),
                )
            )
            tasks = client.read_task_runs(
                task_run_filter=TaskRunFilter(
                    name=TaskRunFilterName(like_="b-"),
                    state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_AT_WORK)),
                )
            )
        return [*map(_of_flow, flows), *map(_of_task, tasks)]

    def give_up(self, run: Run) -> None:
        """Set a run to Crashed."""
        state: Any = Crashed(message="Tiến trình đã chết; lượt khác làm tiếp. (Its process died; another run goes on.)")
        with _asking() as client:
            if run.by_task:
                client.set_task_run_state(UUID(run.id), state, force=True)
            else:
                client.set_flow_run_state(run.id, state, force=True)

    def submit(self, batch: UnfinishedBatch, *, key: str) -> None:
        """Hand a batch to its lane."""
        if batch.lane is Lane.COUNTER:
            hand_over(batch.id)
        else:
            hand_over_bulk(batch.id, key=key)


def knows_flows(*, version: str | None = None) -> bool:
    """Say whether the server has our deployments, and of this version where one is named.

    Raises:
        OrchestratorUnavailable
    """
    with _asking() as client:
        try:
            known = client.read_deployment_by_name(BULK)
        except ObjectNotFound:
            return False
    return version is None or known.version == version


@contextlib.contextmanager
def _asking() -> Iterator[SyncPrefectClient]:
    try:
        with get_client(sync_client=True) as client:
            yield client
    except (httpx.HTTPError, PrefectException) as error:
        raise OrchestratorUnavailable(reason=str(error) or type(error).__name__) from error


def _expected(run: FlowRun | TaskRun) -> float:
    return run.expected_start_time.timestamp() if run.expected_start_time else 0.0


def _of_flow(run: FlowRun) -> Run:
    return Run(
        id=str(run.id),
        batch=_batch(run.name.rpartition(_PART)[2]),
        is_part=_PART in run.name,
        state=_STATES[run.state_type] if run.state_type else RunState.PENDING,
        process=str(run.labels.get(PROCESS, "")),
    )


def _of_task(run: TaskRun) -> Run:
    return Run(
        id=str(run.id),
        batch=_batch(run.name),
        state=_STATES[run.state_type] if run.state_type else RunState.PENDING,
        by_task=True,
    )


def _batch(name: str) -> BatchId | None:
    return BatchId(name) if name.startswith("b-") else None
