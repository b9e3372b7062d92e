"""Child processes that outlast a run: whoever waits at a counter does not wait for libraries to be loaded."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from app.scratch import own_scratch
from app.services import Services
from app.settings import Settings
from app.shortage import wait_for_room
from app.workers import ProcessWorkers
from app.workshop import Workshop, digitize_policy, open_workers, open_workshop
from pipeline.domain.errors import SohoaError
from pipeline.recognise.warm_up import warm_up

_log = logging.getLogger(__name__)
_WARM_SECONDS = 300.0
_resident: list[ProcessWorkers] = []
"""of this process; empty where each run has its own"""


@contextlib.contextmanager
def resident_workers(settings: Settings) -> Iterator[None]:
    """Keep child processes for all runs of this process; they are made ready beside whatever is done meanwhile."""
    count = settings.worker_count
    with own_scratch(), open_workers(settings, count=count) as workers:

        def make_ready() -> None:
            try:
                policy = digitize_policy(settings).read
                for _, outcome in workers.map(warm_up, [policy] * count, seconds=_WARM_SECONDS):
                    if isinstance(outcome, SohoaError):
                        _log.warning("a process is not ready to read: %s", outcome)
            except Exception as error:  # noqa: BLE001 - the edge of a thread; what is missing is told again by the first page
                _log.warning("no process is ready to read: %s", error)

        threading.Thread(target=make_ready, name="sohoa-warm-up", daemon=True).start()
        _resident.append(workers)
        try:
            yield
        finally:
            _resident.remove(workers)


@contextlib.contextmanager
def workshop_of_run(services: Services) -> Iterator[Workshop]:
    """Give a workshop once there is room for new work, with the resident child processes where this process has them.

    Raises:
        SohoaError: see `open_workshop`.
    """
    wait_for_room(services)
    with contextlib.ExitStack() as stack:
        if not _resident:
            stack.enter_context(own_scratch())
        yield stack.enter_context(open_workshop(services, workers=next(iter(_resident), None)))
