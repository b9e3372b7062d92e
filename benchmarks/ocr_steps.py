"""What a worker of the product does for a page, with the CPU time of each step."""

from __future__ import annotations

import functools
import inspect
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.assemble.copy import CopyDescription, CopyPage, CopyPolicy, write_copy
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise import page as reading
from pipeline.recognise.policy import ReadPolicy

_WATCHED = ("pipeline.imaging", "pipeline.recognise")


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One page to read."""

    file: Path
    number: int
    policy: ReadPolicy


@dataclass(frozen=True, slots=True)
class CopyTask:
    """Pages to write into one copy."""

    file: Path
    target: Path
    pages: tuple[RecognisedPage, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """A result, and the CPU seconds of the steps on the way."""

    result: Any
    steps: dict[str, float]


def read(task: ReadTask) -> Timed:
    """Read a page as the product does."""
    steps = _watch()
    steps.clear()
    before = _cpu()
    result = reading.read_page(
        task.file, MediaType.PDF, PageRef(SourceName(task.file.name), task.number), policy=task.policy
    )
    steps["everything else"] = _cpu() - before - sum(steps.values())
    return Timed(result, dict(steps))


def copy(task: CopyTask) -> Timed:
    """Write a copy as the product does."""
    pages = [CopyPage(task.file, MediaType.PDF, page.ref.number, page) for page in task.pages]
    before = _cpu()
    level = write_copy(pages, task.target, description=CopyDescription(title="Benchmark"), policy=CopyPolicy())
    return Timed(level, {"copy": _cpu() - before})


@functools.cache
def _watch() -> dict[str, float]:
    """Put a watch before every step that `read_page` calls in other modules; steps are named after their modules.

    The product itself is not slowed down by counters that only a benchmark looks at.
    """
    spent: dict[str, float] = defaultdict(float)
    for name, value in vars(reading).items():
        if inspect.isfunction(value) and value.__module__.startswith(_WATCHED) and value.__module__ != reading.__name__:
            setattr(reading, name, _timed(value, value.__module__.removeprefix("pipeline."), spent))
    return spent


def _timed(step: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(step)
    def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands for any step
        before = _cpu()
        try:
            return step(*args, **kwargs)
        finally:
            spent[name] += _cpu() - before

    return timed


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
