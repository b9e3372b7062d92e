"""What may pass: tasks that are run again after a while, and a server that goes away in the middle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, ParamSpec, TypeVar

import httpx
from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import PrefectException

from pipeline.domain.errors import Kind, LeaseLost, OrchestratorUnavailable, SohoaError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_DELAYS = [10.0, 60.0, 300.0]
"""seconds before the second, third and last try: a server that is started anew, a network that comes back"""


def repeated(task: Task[_Arguments, _Result]) -> Task[_Arguments, _Result]:
    """Return the task so that it is run again where its error may pass. The ledger keeps what was done before.

    A task whose lease was lost is not: another process goes on with the work.
    """
    return task.with_options(retries=len(_DELAYS), retry_delay_seconds=_DELAYS, retry_condition_fn=_may_pass)


def _may_pass(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    del task, run
    error = state.result(raise_on_failure=False)
    return isinstance(error, SohoaError) and error.kind is Kind.TRANSIENT and not isinstance(error, LeaseLost)


@contextlib.contextmanager
def kept_without_server(results: Sequence[object]) -> Iterator[None]:
    """Let a server that stops answering do no harm once `results` holds what the run was for.

    Raises:
        OrchestratorUnavailable: it went away before.
    """
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        if not results:
            raise OrchestratorUnavailable(reason=str(error) or type(error).__name__) from error
