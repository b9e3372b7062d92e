"""`digitize-part`: reads parts of a large batch on whatever machine is free, by keys: bytes stay in the store.

What a run does stands in the records: it claims parts that nobody has, one after the other. One that comes too late,
because all are done or in other hands, ends at once; one that dies leaves a part that is taken up again.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType, WorkerStatus
from prefect.exceptions import PrefectException
from prefect.runtime import task_run
from prefect.states import Cancelled

from app.following import batch_span
from app.holding import lives, process_name, this_machine
from app.services import open_services
from app.settings import current_settings
from flows.asking import all_flow_runs
from flows.authorship import telling_run, this_run
from flows.processes import note_process
from flows.workshops import workshop_of_run
from pipeline.domain.errors import RecordsUnavailable
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId
from pipeline.domain.part import PartState
from pipeline.ports import Parts
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.read_parts import read_parts

FLOW_NAME = "digitize-part"
DEPLOYMENT = f"{FLOW_NAME}/bulk"

OF_BATCH = " of "
"""in the names of these runs: what stands behind it is the batch"""
_NAME = f"helper {{call}}{OF_BATCH}{{batch_id}}"
_MOST_HELPERS = 32
"""runs for a batch at once: each goes on with parts that nobody has, and more machines are not free at once"""
_LOOK_SECONDS, _AGAIN_SECONDS = 15.0, 60.0
"""between two looks at which workers there are, and between two looks at which helpers have ended, of a sick or full machine"""
_HOLDER_SECONDS = 2.0
"""between two looks at whether somebody on this machine still holds the batch"""
_UNDER_WAY = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)
_PATIENCE = 5.0
"""seconds that a batch waits at most for a server that is to cancel runs"""
_log = logging.getLogger(__name__)


@flow(name=FLOW_NAME, flow_run_name=_NAME, persist_result=False, on_running=[note_process])
def digitize_part(batch_id: str, call: int, holder: str = "") -> dict[str, int]:
    """Read parts of the batch `batch_id` that nobody has; the entry point of the deployment.

    `call` tells the runs apart. On the machine of the process `holder`, which holds the batch, every core reads already: there
    it only waits, so that the worker takes no other call in its place, and reads if that process dies.
    """
    batch = BatchId(batch_id)
    with telling_run(batch=batch), open_services(current_settings(), author=this_run()) as services:
        while lives(holder) and _open_parts(batch, services.parts):
            time.sleep(_HOLDER_SECONDS)
        if not _open_parts(batch, services.parts):
            return {"parts": 0, "pages": 0}
        about = {"sohoa.call": call}
        with (
            batch_span("read parts", batch, services=services, attributes=about),
            workshop_of_run(services) as workshop,
        ):
            reader = workshop.digitizing.reader(workshop.policy)
            done = read_parts(batch, parts=services.parts, reader=reader, on_page=note_page)
    for number, pages in done.items():
        get_run_logger().info("part %d: %d pages", number, pages)
    return {"parts": len(done), "pages": sum(done.values())}


@contextlib.contextmanager
def handed_out(hold: Hold, parts: Parts) -> Iterator[None]:
    """Have helpers on the pool, as many as there are workers, while whoever holds the batch reads, too.

    Where all workers are of this machine nobody is called: every core of it reads already, and a process that helped would
    cost its start. Machines that come later are called, too; now and then others are called in the place of those that ended.

    Those that have not begun are cancelled at the end, and before the first is called those that somebody left who was killed.

    A server that does not answer, or does not know the deployment, does no harm: nobody comes, and nobody waits for it.
    """
    # a task that is run again calls anew
    attempt = f"{hold.turn}.{task_run.run_count or 1}"
    over = threading.Event()
    # Prefect's client knows its settings by the context, and asks for a minute where a server is gone
    calling = contextvars.copy_context().run
    calls = _Calls(hold.batch, parts, attempt)
    caller = threading.Thread(target=calling, args=[_call, calls, over], daemon=True)
    caller.start()
    try:
        yield
    finally:
        over.set()
        caller.join(_PATIENCE)


def cancel_waiting(batch: BatchId, client: SyncPrefectClient) -> None:
    """Cancel the runs that are to help with a batch and have not begun.

    Raises:
        httpx.HTTPError, PrefectException
    """
    for run in all_flow_runs(client, _runs_of(batch, StateType.SCHEDULED)):
        client.set_flow_run_state(run.id, Cancelled(message="Không cần nữa. (Nobody needs it.)"))


def _call(calls: _Calls, over: threading.Event) -> None:
    """Have a run for each worker that is there until all is read, and cancel those that are not begun then."""
    while not over.is_set():
        with _forgiving("no helpers are called for %s: %s", calls.batch), get_client(sync_client=True) as client:
            calls.make(client)
        over.wait(_LOOK_SECONDS)
    with _forgiving("runs of %s that nobody needs stay: %s", calls.batch), get_client(sync_client=True) as client:
        cancel_waiting(calls.batch, client)


def _open_parts(batch: BatchId, parts: Parts, *, free: bool = False) -> int:
    """Return how many parts are not done; `free`: and nobody has them."""
    standing = parts.standing(batch)
    return sum(each.state is PartState.OPEN and not (free and each.holder) for each in standing)


@dataclass(slots=True)
class _Calls:
    """The runs that were made to help with a batch."""

    batch: BatchId
    parts: Parts
    attempt: str
    made: int = 0
    there: int = 0
    """of those made, as many as have not ended, as far as is known"""
    on_their_way: int = 0
    """of those, as many as may have no part yet"""
    looked_at: float = -math.inf

    def make(self, client: SyncPrefectClient) -> None:
        """Make runs until there is one for each worker, or for each part that nobody has.

        Raises:
            httpx.HTTPError, PrefectException, RecordsUnavailable
        """
        if not self.made:
            cancel_waiting(self.batch, client)
        if time.monotonic() - self.looked_at >= _AGAIN_SECONDS:
            self.there, self.on_their_way = len(all_flow_runs(client, _runs_of(self.batch, *_UNDER_WAY))), 0
            self.looked_at = time.monotonic()
        deployment = client.read_deployment_by_name(DEPLOYMENT)
        wanted = min(_helpers(deployment.work_pool_name, client), _MOST_HELPERS)
        free = _open_parts(self.batch, self.parts, free=True)
        while self.there < wanted and self.on_their_way < free:
            call = self.made + 1
            client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"batch_id": self.batch, "call": call, "holder": process_name(os.getpid())},
                name=_NAME.format(call=call, batch_id=self.batch),
                idempotency_key=f"{self.batch}/{call}/{self.attempt}",
            )
            self.made, self.there, self.on_their_way = call, self.there + 1, self.on_their_way + 1


def _helpers(pool: str | None, client: SyncPrefectClient) -> int:
    """Return how many workers serve a pool; none, if there is none but this machine's own.

    That one counts beside others: nobody can say which worker takes a run.
    """
    workers = client.read_workers_for_work_pool(pool) if pool else []
    there = {each.name for each in workers if each.status == WorkerStatus.ONLINE}
    return len(there) if there - {this_machine()} else 0


def _runs_of(batch: BatchId, *states: StateType) -> FlowRunFilter:
    """Return what finds the runs that help with a batch."""
    return FlowRunFilter(
        name=FlowRunFilterName(like_=f"{OF_BATCH}{batch}"),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
    )


@contextlib.contextmanager
def _forgiving(words: str, batch: BatchId) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, PrefectException, RecordsUnavailable) as error:
        _log.warning(words, batch, error or type(error).__name__)
