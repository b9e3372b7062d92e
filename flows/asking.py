"""How Prefect's server is asked: what it cannot be asked is an error of ours, and runs, which it gives a page at a time, are all asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, TaskRunFilter
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.client.schemas.sorting import FlowRunSort, TaskRunSort
from prefect.exceptions import PrefectException

from pipeline.domain.errors import OrchestratorUnavailable

_AnyRun = TypeVar("_AnyRun", FlowRun, TaskRun)
_PAGE = 200
"""rows that a server gives at most, unless it is set otherwise: `PREFECT_SERVER_API_DEFAULT_LIMIT`"""


@contextlib.contextmanager
def asking() -> Iterator[SyncPrefectClient]:
    """Give a client of the server.

    Raises:
        OrchestratorUnavailable
    """
    try:
        with get_client(sync_client=True) as client:
            yield client
    except (httpx.HTTPError, PrefectException) as error:
        raise OrchestratorUnavailable(reason=str(error) or type(error).__name__) from error


def all_flow_runs(client: SyncPrefectClient, which: FlowRunFilter) -> list[FlowRun]:
    """Return all flow runs of a kind."""
    return _all(lambda offset: client.read_flow_runs(flow_run_filter=which, sort=FlowRunSort.ID_DESC, offset=offset))


def all_task_runs(client: SyncPrefectClient, which: TaskRunFilter) -> list[TaskRun]:
    """Return all task runs of a kind."""
    return _all(lambda offset: client.read_task_runs(task_run_filter=which, sort=TaskRunSort.ID_DESC, offset=offset))


def _all(page: Callable[[int], Sequence[_AnyRun]]) -> list[_AnyRun]:
    """Return the runs of all pages once each: one that is made meanwhile moves the others a place on."""
    found: dict[UUID, _AnyRun] = {}
    offset = 0
    while runs := page(offset):
        found |= {run.id: run for run in runs}
        offset += len(runs)
        if len(runs) < _PAGE:
            break
    return list(found.values())
