"""`digitize-batch`: one flow run a batch, two coarse tasks inside.

The ledger and the lease in the records make it safe to run at any time, twice, or after a crash; Prefect's own caching
and retries are not relied on. Arguments and results are ids: bytes stay in the store.
"""

from __future__ import annotations

from collections.abc import Callable

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.holding import hold_batch
from app.services import Services, open_services
from app.settings import current_settings
from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId
from pipeline.usecases.digitize_batch import ProgressListener, ReadBatch, Stage, finish_batch, read_batch

FLOW_NAME = "digitize-batch"


@flow(name=FLOW_NAME, flow_run_name="{batch_id}", persist_result=False)
def digitize_batch(batch_id: str) -> dict[str, int]:
    """Digitize the received batch `batch_id`; the entry point of the deployment. Returns counts for Prefect's pages."""
    logger = get_run_logger()
    with open_services(current_settings()) as services:
        batch = services.batches.load(BatchId(batch_id))
        if batch is None:
            raise NotFound(what="batch", id=batch_id)
        if isinstance(batch, ReceivedBatch):
            batch = _stages(batch, services=services, listener=_to_log(logger.info))
    return {"sources": len(batch.sources), "pages": len(batch.pages), "documents": len(batch.documents)}


def digitize_here(batch: ReceivedBatch, *, services: Services, listener: ProgressListener) -> DigitizedBatch:
    """Digitize in this process, as a flow run that the server shows, with services that are open already."""
    results: list[DigitizedBatch] = []

    @flow(name=FLOW_NAME, flow_run_name=batch.id, persist_result=False)
    def digitize_in_this_process(batch_id: str) -> int:  # noqa: ARG001 - shown by the server
        results.append(_stages(batch, services=services, listener=listener))
        return len(results[0].documents)

    digitize_in_this_process(batch.id)
    return results[0]


def _stages(batch: ReceivedBatch, *, services: Services, listener: ProgressListener) -> DigitizedBatch:
    """Run the two halves as tasks.

    They hand their values to each other here and return counts: Prefect would look into every word of every page.
    """
    halves: list[ReadBatch] = []
    results: list[DigitizedBatch] = []

    @task(name="read-pages", cache_policy=NO_CACHE, persist_result=False)
    def read() -> int:
        halves.append(read_batch(batch, services=services.digitizing, policy=services.policy, on_progress=listener))
        return len(halves[0].readings)

    @task(name="understand-and-store", cache_policy=NO_CACHE, persist_result=False)
    def finish() -> int:
        results.append(
            finish_batch(halves[0], services=services.digitizing, policy=services.policy, on_progress=listener)
        )
        return len(results[0].documents)

    with hold_batch(services.batches, batch.id):
        read()
        finish()
    return results[0]


def _to_log(write: Callable[..., None]) -> ProgressListener:
    """Tell the flow's log about every stage's end and each hundredth unit of work."""

    def listen(stage: Stage, progress: Progress) -> None:
        if progress.done == progress.total or progress.done % 100 == 0:
            write("%s %d/%d", stage.value, progress.done, progress.total)

    return listen
