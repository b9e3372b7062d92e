"""Work from the counter: background tasks that a resident task worker takes within a second or two.

A deployment's run starts a process of its own, which costs ten seconds; that is for bulk work.
"""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.deployments import run_deployment
from prefect.task_worker import serve

from flows.digitize import FLOW_NAME, digitize_batch
from flows.repeating import kept_without_server
from flows.sign import sign_batch


@task(name="digitize-now", cache_policy=NO_CACHE, persist_result=False)
def digitize_now(batch_id: str) -> dict[str, int]:
    """Digitize a batch that a clerk waits for, as a `digitize-batch` flow run."""
    return digitize_batch(batch_id)


@task(name="sign-now", cache_policy=NO_CACHE, persist_result=False)
def sign_now(document_ids: list[str], role: str, level: str, signer: str | None = None) -> dict[str, int]:
    """Sign documents that an official waits for, as a `sign-batch` flow run."""
    return sign_batch(document_ids, role, level, signer)


def hand_over(batch_id: str) -> None:
    """Leave a batch to the task worker.

    Raises:
        OrchestratorUnavailable: the server does not take it.
    """
    with kept_without_server(()):
        digitize_now.delay(batch_id)


def hand_over_bulk(batch_id: str) -> None:
    """Leave a batch to the bulk worker: nobody waits for it, and what came from a counter goes first.

    Raises:
        OrchestratorUnavailable: the server does not take it.
    """
    with kept_without_server(()):
        run_deployment(f"{FLOW_NAME}/bulk", parameters={"batch_id": batch_id}, timeout=0)


def serve_counter() -> None:
    """Run the task worker until it is told to stop; one batch at a time, its pages take all cores anyway."""
    serve(digitize_now, sign_now, limit=1)


if __name__ == "__main__":
    serve_counter()
