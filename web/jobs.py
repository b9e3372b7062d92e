"""Work that is too long for an answer: handed to Prefect's workers where a server answers, else done by this process.

What is to be done stands in the records before it is handed over, so that whoever is killed in the middle goes on.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Protocol

from app.following import batch_span, followed
from app.holding import hold_batch, lives
from app.orchestrator import server_answers
from app.shortage import wait_for_room
from app.workshop import Workshop
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.errors import BatchBusy, LeaseLost, OrchestratorUnavailable, SohoaError
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.ports import silent
from pipeline.usecases.digitize_batch import digitize_batch, publish_settled, settled_batch

_ORDER = {Lane.COUNTER: 0, Lane.BULK: 1}
_log = logging.getLogger(__name__)
_SIDE_BY_SIDE = 2
"""background works of people at once: signing, putting pages right, checking"""
_BATCHES_LOOKED_AT = 1000
_SERVER_SECONDS = 10.0
"""after which a Prefect server that does not answer is taken for none"""
_BUSY_SECONDS = 5.0
"""after which a batch that somebody else holds is tried again"""


class Jobs(Protocol):
    """Takes work and returns at once."""

    def digitize(self, batch: BatchId, *, lane: Lane) -> None:
        """Have a received batch digitized; again changes nothing."""
        ...

    def run(self, name: str, work: Callable[[], None]) -> Future[None]:
        """Run `work` beside the requests; `name` stands in the log if it fails."""
        ...


class LocalJobs:
    """Does the work in this process, one batch after the other: its pages take all cores anyway."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._batches: queue.PriorityQueue[tuple[int, int, Lane, BatchId]] = queue.PriorityQueue()
        self._turn = itertools.count()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="sohoa-job")
        self._thread = threading.Thread(target=self._work, name="sohoa-digitize", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()
        self._take_up_again()

    def stop(self) -> None:
        """Take nothing further; what is in the middle is gone on with at the next start."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def digitize(self, batch: BatchId, *, lane: Lane) -> None:
        """Put a batch into the queue."""
        self._batches.put((_ORDER[lane], next(self._turn), lane, batch))

    def run(self, name: str, work: Callable[[], None]) -> Future[None]:
        """Run work in a thread of its own."""

        def guarded() -> None:
            try:
                work()
            except Exception:
                _log.exception("%s failed", name)
                raise

        return self._pool.submit(guarded)

    def _take_up_again(self) -> None:
        """Put what is unfinished into the queue, but for what somebody works on who is not known to be dead."""
        for batch in self._workshop.services.unfinished.batches(limit=_BATCHES_LOOKED_AT):
            if batch.holder is None or lives(batch.holder) is False:
                LocalJobs.digitize(self, batch.id, lane=batch.lane)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                _, _, lane, batch = self._batches.get(timeout=0.5)
            except queue.Empty:
                continue
            wait_for_room(self._workshop.services, stopped=self._stopped)
            if self._stopped.is_set():
                return
            try:
                self._digitize(batch)
            except (BatchBusy, LeaseLost):
                threading.Timer(_BUSY_SECONDS, self.digitize, [batch], {"lane": lane}).start()
            except Exception:  # noqa: BLE001 - the edge of a thread: the batch stays in the records as received, and is tried again at the next start
                _log.exception("batch %s was not digitized", batch)

    def _digitize(self, batch: BatchId) -> None:
        batches = self._workshop.services.batches
        known = batches.load(batch)
        if known is None:
            return
        settled = settled_batch(batch, batches=batches)
        if settled is not None:
            publish_settled(
                settled, services=self._workshop.digitizing, policy=self._workshop.policy, on_progress=silent
            )
            return
        # of one that has to be tried again, since nothing of it could be used, the sources are known by its id
        received = batches.open(ReceivedBatch(id=batch, created_at=known.created_at, sources=()))
        with hold_batch(batches, batch) as held, followed(self._workshop.services, batch) as heard:
            services = self._workshop.digitizing.under(held)
            digitize_batch(received, services=services, policy=self._workshop.policy, on_progress=heard)


class PrefectJobs(LocalJobs):
    """Leaves batches to Prefect's workers; does them here while no server answers."""

    def __init__(self, workshop: Workshop, *, hand_over: Callable[[BatchId, Lane], None]) -> None:
        super().__init__(workshop)
        self._hand_over = hand_over
        self._api_url = workshop.services.settings.prefect.api_url

    def start(self) -> None:
        """Begin. What an earlier process left is taken up again by reconciliation beside the workers (`flows.reconcile`).

        This process does it only where no server answers; one that is started along with it is given a moment.
        """
        self._thread.start()
        later = threading.Timer(_SERVER_SECONDS, self._without_server)
        later.daemon = True
        later.start()

    def digitize(self, batch: BatchId, *, lane: Lane) -> None:
        """Hand a batch over; nobody waits until a server has answered, or has not."""
        self.run(f"handing over {batch}", partial(self._hand_or_do, batch, lane))

    def _without_server(self) -> None:
        if self._stopped.is_set() or server_answers(self._api_url):
            return
        try:
            self._take_up_again()
        except SohoaError as error:
            _log.warning("what an earlier process left: %s", error)

    def _hand_or_do(self, batch: BatchId, lane: Lane) -> None:
        if server_answers(self._api_url):
            try:
                with batch_span(
                    "hand over", batch, services=self._workshop.services, attributes={"sohoa.lane": lane.value}
                ):
                    self._hand_over(batch, lane)
            except OrchestratorUnavailable:
                _log.warning("the Prefect server went away: batch %s is digitized here", batch)
            else:
                return
        super().digitize(batch, lane=lane)
