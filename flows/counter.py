"""Work from the counter: background tasks that a resident task worker takes within a second or two.

A deployment's run starts a process of its own, which costs ten seconds; that is for bulk work.
"""

from __future__ import annotations

import threading
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.deployments import run_deployment
from prefect.runtime import task_run
from prefect.task_worker import serve

from flows.digitize import FLOW_NAME, digitize_batch
from flows.repeating import kept_without_server
from pipeline.domain.ids import BatchId

BULK = f"{FLOW_NAME}/bulk"
"""the deployment of the bulk lane"""
_at_work = threading.Lock()


@task(name="digitize-now", cache_policy=NO_CACHE, persist_result=False)
def digitize_now() -> State[Any]:
    """Digitize the batch that the task's run is named after, for which a clerk waits, as a `digitize-batch` flow run.

    A parameter would lie on the disk of the machine that hands over, where no other machine finds it. It waits for nothing:
    others stand behind it at the counter.
    """
    with _at_work:
        return digitize_batch(task_run.name, waits=False, return_state=True)


def counter_rests() -> bool:
    """Say whether nobody is served in this process."""
    return not _at_work.locked()


def hand_over(batch: BatchId) -> None:
    """Leave a batch to the task worker.

    Raises:
        OrchestratorUnavailable: the server does not take it.
    """
    with kept_without_server(()):
        digitize_now.with_options(name=batch).delay()


def hand_over_bulk(batch: BatchId, *, key: str | None = None) -> None:
    """Leave a batch to the bulk worker: nobody waits for it, and what came from a counter goes first.

    With a `key` that was used before nothing is changed.

    Raises:
        OrchestratorUnavailable: the server does not take it.
    """
    with kept_without_server(()):
        run_deployment(BULK, parameters={"batch_id": batch}, flow_run_name=batch, timeout=0, idempotency_key=key)


def serve_counter() -> None:
    """Run the task worker until it is told to stop; one batch at a time, its pages take all cores anyway."""
    serve(digitize_now, limit=1)
