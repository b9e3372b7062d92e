"""Live progress on stderr: a bar on a terminal, elsewhere a line every few seconds and one at each stage's end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from app.cli.context import Context
from pipeline.domain import batch
from pipeline.domain.batch import Stage
from pipeline.ports import ProgressListener

_LINE_SECONDS = 5.0


@contextlib.contextmanager
def show_progress(context: Context) -> Iterator[ProgressListener]:
    """Give a listener that shows how far each stage is."""
    if not context.err.is_terminal:
        yield _lines(context)
        return
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=context.err) as bars:
        tasks: dict[Stage, TaskID] = {}

        def listen(stage: Stage, progress: batch.Progress) -> None:
            if not progress.total:
                return
            if stage not in tasks:
                tasks[stage] = bars.add_task(context.say(f"stage.{stage.value}"), total=progress.total)
            bars.update(tasks[stage], completed=progress.done, total=progress.total)

        yield listen


def counting(stage: Stage, listener: ProgressListener) -> Callable[[int, int], None]:
    """Return a callback for (done, total) of one stage."""
    return lambda done, total: listener(stage, batch.Progress(done, total))


def _lines(context: Context) -> ProgressListener:
    last: dict[Stage, float] = {}
    first: dict[Stage, tuple[float, int]] = {}

    def listen(stage: Stage, progress: batch.Progress) -> None:
        now = time.monotonic()
        if not progress.total:
            return
        since, begun = first.setdefault(stage, (now, progress.done))
        # a stage that has only begun says nothing yet: work that is refused at once would leave a lone 0/n behind
        if progress.done < progress.total and now - last.setdefault(stage, now) < _LINE_SECONDS:
            return
        last[stage] = now
        pace = (progress.done - begun) / (now - since) if now > since else 0.0
        details = {"stage": context.say(f"stage.{stage.value}"), "done": progress.done, "total": progress.total}
        if pace and progress.done < progress.total:
            left = f"{(progress.total - progress.done) / pace:.0f}"
            context.note("digitize.progress_pace", **details, pace=f"{pace:.1f}", left=left)
        else:
            context.note("digitize.progress", **details)

    return listen
