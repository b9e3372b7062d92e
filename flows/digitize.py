"""`digitize-batch`: one flow run a batch, two coarse tasks inside; of a large one others read parts (`flows.part`).

The ledger and the lease in the records make it safe to run at any time, twice, or after a crash; Prefect's own caching
and retries are not relied on. Arguments and results are ids: bytes stay in the store.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Cancelled

from app.following import followed
from app.holding import hold_batch
from app.services import open_services
from app.settings import current_settings
from app.workshop import Workshop
from flows.authorship import telling_run, this_run
from flows.part import handed_out
from flows.processes import note_process
from flows.repeating import kept_without_server, repeated
from flows.shown import RunCancelled, show_result, shown_progress
from flows.workshops import workshop_of_run
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.errors import BatchBusy, NotFound
from pipeline.domain.ids import BatchId
from pipeline.ports import ProgressListener
from pipeline.usecases.digitize_batch import (
    ReadBatch,
    finish_batch,
    publish_settled,
    read_batch,
    settled_batch,
)
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices
from pipeline.usecases.publish_batch import publish_batch
from pipeline.usecases.read_parts import Sharing

FLOW_NAME = "digitize-batch"


@flow(name=FLOW_NAME, flow_run_name="{batch_id}", persist_result=False, on_running=[note_process])
def digitize_batch(batch_id: str, waits: bool = True) -> dict[str, int] | State[Any]:  # noqa: FBT001, FBT002 - parameters of a deployment are named
    """Digitize the received batch `batch_id`; the entry point of the deployment. Returns counts for Prefect's pages.

    Where an error may pass it `waits` and goes on; else it ends, and reconciliation hands the batch in again after a while.
    A run that finds its batch in other hands ends at once: it was handed in again while nobody seemed to work on it.
    """
    logger = get_run_logger()
    settings = current_settings()
    with telling_run(batch=batch_id), open_services(settings, author=this_run()) as services:
        known = services.batches.load(BatchId(batch_id))
        if known is None:
            raise NotFound(what="batch", id=batch_id)
        batch = settled_batch(known.id, batches=services.batches)
        if batch is None:
            # of a batch that has to be tried again the sources are known by its id
            received = services.batches.open(ReceivedBatch(id=known.id, created_at=known.created_at, sources=()))
            try:
                with workshop_of_run(services) as workshop, shown_progress(received.id, logger.info) as shown:
                    batch = _stages(received, workshop=workshop, listener=shown, repeating=waits)
            except BatchBusy as busy:
                logger.info("%s", busy)
                return {"held": 1}
            except RunCancelled:
                return Cancelled(message="Đã dừng theo yêu cầu. (Cancelled; sohoa resume goes on with it.)")
        else:
            publish_batch(batch, services=services.publishing, codes=settings.codes.templates())
    show_result(batch)
    return {"sources": len(batch.sources), "pages": len(batch.pages), "documents": len(batch.documents)}


def digitize_here(batch: ReceivedBatch, *, workshop: Workshop, listener: ProgressListener) -> DigitizedBatch:
    """Digitize in this process, as a flow run that the server shows, with a workshop that is open already.

    Raises:
        OrchestratorUnavailable: the server stopped answering before the work was done.
        SohoaError: what the use case raises.
    """
    results: list[DigitizedBatch] = []

    @flow(name=FLOW_NAME, flow_run_name=batch.id, persist_result=False, on_running=[note_process])
    def digitize_in_this_process(batch_id: str) -> int:  # noqa: ARG001 - shown by the server
        results.append(_stages(batch, workshop=workshop, listener=listener, repeating=False))
        return len(results[0].documents)

    with kept_without_server(results):
        digitize_in_this_process(batch.id)
    return results[0]


def _stages(batch: ReceivedBatch, *, workshop: Workshop, listener: ProgressListener, repeating: bool) -> DigitizedBatch:
    """Hold the batch and run its stages, or publish what is left to publish of one that is settled."""
    batches, policy = workshop.services.batches, workshop.policy
    with hold_batch(batches, batch.id) as held, followed(workshop.services, batch.id, listener) as heard:
        services = workshop.digitizing.under(held)
        settled = settled_batch(batch.id, batches=batches)
        if settled is not None:
            publish_settled(settled, services=services, policy=policy, on_progress=heard)
            return settled
        share = partial(handed_out, held.hold, held.parts)
        return _halves(batch, services=services, policy=policy, listener=heard, repeating=repeating, share=share)


def _halves(
    batch: ReceivedBatch,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
    listener: ProgressListener,
    repeating: bool,
    share: Sharing,
) -> DigitizedBatch:
    """Run the two halves as tasks; `repeating`: again after a while where an error may pass, since nobody waits.

    They hand their values to each other here and return counts: Prefect would look into every word of every page.
    """
    halves: list[ReadBatch] = []
    results: list[DigitizedBatch] = []

    @task(name="read-pages", cache_policy=NO_CACHE, persist_result=False)
    def read() -> int:
        halves.append(read_batch(batch, services=services, policy=policy, on_progress=listener, share=share))
        return len(halves[0].readings)

    @task(name="understand-and-store", cache_policy=NO_CACHE, persist_result=False)
    def finish() -> int:
        results.append(finish_batch(halves[0], services=services, policy=policy, on_progress=listener))
        return len(results[0].documents)

    for half in (read, finish):
        (repeated(half) if repeating else half)()
    return results[0]
