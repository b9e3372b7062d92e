"""`digitize-part`: reads parts of a large batch on whatever machine is free, by keys: bytes stay in the store.

What a run does stands in the records: it claims its part, then others that nobody has. One that comes too late, because
its part is done or somebody else reads it, ends at once; one that dies leaves a part that is taken up again.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import threading
from collections.abc import Iterator, Sequence
from uuid import UUID

import httpx
from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.runtime import task_run
from prefect.states import Cancelled

from app.following import batch_span
from app.services import open_services
from app.settings import current_settings
from flows.authorship import telling_run, this_run
from flows.processes import note_process
from flows.workshops import workshop_of_run
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId
from pipeline.domain.part import PartState
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.read_parts import read_parts

FLOW_NAME = "digitize-part"
DEPLOYMENT = f"{FLOW_NAME}/bulk"

_NAME = "part {part} of {batch_id}"
_PATIENCE = 5.0
"""seconds that a batch waits at most for a server that is to cancel runs"""
_log = logging.getLogger(__name__)


@flow(name=FLOW_NAME, flow_run_name=_NAME, persist_result=False, on_running=[note_process])
def digitize_part(batch_id: str, part: int) -> dict[str, int]:
    """Read part `part` of the batch `batch_id`, then others; the entry point of the deployment."""
    batch = BatchId(batch_id)
    with telling_run(batch=batch), open_services(current_settings(), author=this_run()) as services:
        is_open = any(each.number == part and each.state is PartState.OPEN for each in services.parts.standing(batch))
        if not is_open:
            return {"parts": 0, "pages": 0}
        about = {"sohoa.part": part}
        with (
            batch_span("read parts", batch, services=services, attributes=about),
            workshop_of_run(services) as workshop,
        ):
            reader = workshop.digitizing.reader(workshop.policy)
            done = read_parts(batch, first=part, parts=services.parts, reader=reader, on_page=note_page)
    for number, pages in done.items():
        get_run_logger().info("part %d: %d pages", number, pages)
    return {"parts": len(done), "pages": sum(done.values())}


@contextlib.contextmanager
def handed_out(hold: Hold, numbers: Sequence[int]) -> Iterator[None]:
    """Have a run on the pool for each part while whoever holds the batch reads, too; those not begun are cancelled at the end.

    A server that does not answer, or does not know the deployment, does no harm: nobody comes, and nobody waits for it.
    """
    # a task that is run again calls anew
    attempt = f"{hold.turn}.{task_run.run_count or 1}"
    over = threading.Event()
    # Prefect's client knows its settings by the context, and asks for a minute where a server is gone
    calling = contextvars.copy_context().run
    caller = threading.Thread(target=calling, args=[_call, hold.batch, numbers, attempt, over], daemon=True)
    caller.start()
    try:
        yield
    finally:
        over.set()
        caller.join(_PATIENCE)


def _call(batch: BatchId, numbers: Sequence[int], attempt: str, over: threading.Event) -> None:
    """Make the runs, wait until all is read, and cancel those that are not begun."""
    runs: list[UUID] = []
    with _forgiving("not all parts of %s were handed out: %s", batch), get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(DEPLOYMENT).id
        for number in numbers:
            if over.is_set():
                break
            run = client.create_flow_run_from_deployment(
                deployment,
                parameters={"batch_id": batch, "part": number},
                name=_NAME.format(part=number, batch_id=batch),
                idempotency_key=f"{batch}/{number}/{attempt}",
            )
            runs.append(run.id)
    over.wait()
    with _forgiving("runs of %s that nobody needs stay: %s", batch), get_client(sync_client=True) as client:
        _cancel_waiting(runs, client)


def _cancel_waiting(runs: Sequence[UUID], client: SyncPrefectClient) -> None:
    if not runs:
        return
    waiting = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            id=FlowRunFilterId(any_=list(runs)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        ),
    )
    for run in waiting:
        client.set_flow_run_state(run.id, Cancelled(message="Đã đọc xong. (All is read.)"))


@contextlib.contextmanager
def _forgiving(words: str, batch: BatchId) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        _log.warning(words, batch, error or type(error).__name__)
