"""Reconciliation beside the workers of a machine: every few seconds, and when somebody asks for it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from app.authors import system_at
from app.holding import lives
from app.scratch import remove_left
from app.services import Services, open_services
from app.settings import Settings
from flows.counter import counter_rests
from flows.registry import register_missing
from flows.runs import PrefectRuns
from pipeline.domain.errors import SohoaError
from pipeline.usecases.resume_batches import Reconciliation, Resumed

_log = logging.getLogger(__name__)
_ROUND_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
"""after a round that failed: a server that was just started may answer now"""
_LEFT_SECONDS = 60.0
"""between two looks at what was left behind"""


@contextlib.contextmanager
def reconciling(settings: Settings) -> Iterator[None]:
    """Reconcile in a thread of this process, which serves the counter, as long as the context lasts."""
    stopped = threading.Event()
    thread = threading.Thread(target=_rounds, args=[settings, stopped], name="sohoa-reconcile", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()


def reconcile_once(services: Services) -> Resumed:
    """Look once, for somebody who asks: what was cancelled or has to wait is handed in as well.

    Raises:
        RecordsUnavailable, OrchestratorUnavailable, ToolFailed
    """
    register_missing(services.settings, any_version=False)
    return reconciliation(services, rests=lambda: False).round(asked=True)


def reconciliation(services: Services, *, rests: Callable[[], bool]) -> Reconciliation:
    """Return the reconciliation of this process; `rests` says whether it serves the counter and has nothing to do."""
    return Reconciliation(
        work=services.unfinished,
        orchestrator=PrefectRuns(services.settings.prefect.pool),
        lives=lives,
        counter_rests=rests,
        seconds=time.monotonic,
        most_of_agency=services.settings.prefect.agency_batches,
    )


def _rounds(settings: Settings, stopped: threading.Event) -> None:
    failing = ""
    while not stopped.is_set():
        try:
            with open_services(settings, author=system_at("reconcile")) as services:
                for _ in _each_round(services, stopped):
                    failing = ""
        except Exception as error:  # noqa: BLE001 - the edge of a thread that has to live on
            # told once, not every few seconds while a server is away
            if type(error).__name__ != failing:
                _log.warning("reconciliation: %s", error, exc_info=not isinstance(error, SohoaError))
            failing = type(error).__name__
            stopped.wait(_AGAIN_SECONDS)


def _each_round(services: Services, stopped: threading.Event) -> Iterator[Resumed]:
    here = reconciliation(services, rests=counter_rests)
    look_for_left = 0.0
    while not stopped.is_set():
        if time.monotonic() >= look_for_left:
            remove_left()
            look_for_left = time.monotonic() + _LEFT_SECONDS
        found = here.round()
        _tell(found)
        yield found
        stopped.wait(_ROUND_SECONDS)


def _tell(found: Resumed) -> None:
    if found.submitted or found.given_up:
        _log.warning(
            "%d batches were handed in again (%s), %d dead runs given up",
            len(found.submitted),
            ", ".join(found.submitted),
            len(found.given_up),
        )
