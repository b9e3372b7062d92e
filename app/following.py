"""Follow the work on a batch: whoever does it, how long each stage takes is kept."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from app.services import Services
from pipeline.domain.ids import BatchId
from pipeline.ports import ProgressListener, silent
from pipeline.usecases.time_stages import timed_stages


@contextlib.contextmanager
def followed(services: Services, batch: BatchId, listener: ProgressListener = silent) -> Iterator[ProgressListener]:
    """Give what is to hear the progress of work on `batch`; `listener` hears it too."""
    with timed_stages(batch, listener, times=services.stage_times, seconds=time.monotonic) as heard:
        yield heard
