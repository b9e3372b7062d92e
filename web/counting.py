"""Counting dossiers again for figures: a little within a request, the rest beside the requests."""

from __future__ import annotations

import threading
import time

from app.services import Services
from pipeline.index_ports import KeptFigures, Waiting
from pipeline.usecases.count_dossiers import count_changed
from web.office import Office

_SECONDS = 0.5
"""for which a request counts what changed"""
_alone = threading.Lock()
"""held while this process counts beside the requests"""


def counted(services: Services, office: Office) -> Waiting:
    """Count what changed for a moment; what is left is counted beside the requests, and returned.

    Raises:
        RecordsUnavailable
    """
    enough = time.monotonic() + _SECONDS
    figures = services.officer.figures
    waiting = count_changed(figures, enough=lambda: time.monotonic() > enough)
    if waiting.dossiers:
        keep_counting(figures, office)
    return waiting


def keep_counting(figures: KeptFigures, office: Office) -> None:
    """See to it that what is left is counted beside the requests."""

    def count() -> None:
        if _alone.acquire(blocking=False):
            try:
                count_changed(figures)
            finally:
                _alone.release()

    if not _alone.locked():
        office.jobs.run("counting for indices", count)
