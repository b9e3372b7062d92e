"""How long each stage takes, heard from its progress: the stages themselves know nothing of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from pipeline.domain.batch import Progress, Stage, StageTime
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import BatchId
from pipeline.ports import ProgressListener
from pipeline.stage_time_ports import StageTimes

_WRITTEN_EVERY = 5.0
"""seconds: so much of the times is lost at most with a process that is killed"""


@contextlib.contextmanager
def timed_stages(
    batch: BatchId, on_progress: ProgressListener, *, times: StageTimes, seconds: Callable[[], float]
) -> Iterator[ProgressListener]:
    """Give a listener that tells `on_progress` and keeps how long each stage of `batch` takes, also of a run that fails.

    `seconds` is a clock that only goes forward; where it begins does not matter.
    """
    watch = _Stopwatch(batch, on_progress, times, seconds)
    try:
        yield watch.listen
    except BaseException:
        with contextlib.suppress(SohoaError):  # what went wrong before is told, not that its time could not be kept
            watch.write()
        raise
    watch.write()


class _Stopwatch:
    """Time until a stage tells of work done is that stage's; until a stage tells that it begins, the one's before it."""

    def __init__(
        self, batch: BatchId, on_progress: ProgressListener, times: StageTimes, seconds: Callable[[], float]
    ) -> None:
        self._batch = batch
        self._on_progress = on_progress
        self._times = times
        self._seconds = seconds
        self._since = self._written = seconds()
        self._stage: Stage | None = None
        self._spent: dict[Stage, tuple[float, int]] = {}

    def listen(self, stage: Stage, progress: Progress) -> None:
        if progress.done or self._stage is None:
            self._stage = stage
        self._add(self._stage, progress.done if stage is self._stage else 0)
        self._stage = stage
        if self._since - self._written >= _WRITTEN_EVERY:
            self._keep()
        self._on_progress(stage, progress)

    def write(self) -> None:
        if self._stage is not None:
            self._add(self._stage, 0)
            self._keep()

    def _add(self, stage: Stage, units: int) -> None:
        now = self._seconds()
        before, most = self._spent.get(stage, (0.0, 0))
        self._spent[stage] = before + now - self._since, max(most, units)
        self._since = now

    def _keep(self) -> None:
        self._times.add(self._batch, [StageTime(stage, *spent) for stage, spent in self._spent.items()])
        self._spent.clear()
        self._written = self._since
