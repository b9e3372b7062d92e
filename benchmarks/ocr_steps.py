"""What a worker of the product does for a page, with the CPU time of each step."""

from __future__ import annotations

import functools
import inspect
import resource
import sys
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
from pipeline.recognise.page import read_page
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
    watch = _watch()
    watch.spent.clear()
    before = _cpu()
    result = read_page(task.file, MediaType.PDF, PageRef(SourceName(task.file.name), task.number), policy=task.policy)
    everything = _cpu() - before
    return Timed(result, {**watch.spent, "recognise.page": everything - sum(watch.spent.values())})


def copy(task: CopyTask) -> Timed:
    """Write a copy as the product does."""
    pages = [CopyPage(task.file, MediaType.PDF, page.ref.number, page) for page in task.pages]
    before = _cpu()
    level = write_copy(pages, task.target, description=CopyDescription(title="Benchmark"), policy=CopyPolicy())
    return Timed(level, {"copy": _cpu() - before})


@functools.cache
def _watch() -> _Watch:
    """Put a watch before everything that the modules of reading call in one another; steps are named after modules.

    The product itself is not slowed down by counters that only a benchmark looks at.
    """
    watch = _Watch()
    for name, module in list(sys.modules.items()):
        if not name.startswith(_WATCHED):
            continue
        for key, value in list(vars(module).items()):
            home = getattr(value, "__module__", None)
            if inspect.isfunction(value) and home != name and value.__module__.startswith(_WATCHED):
                setattr(module, key, watch.before(value))
            elif inspect.isclass(value) and home == name:
                for method, function in list(vars(value).items()):
                    if inspect.isfunction(function) and not method.startswith("_"):
                        setattr(value, method, watch.before(function))
    return watch


class _Watch:
    """CPU seconds by module; what a step calls in other modules counts there and not here."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = 0.0
        """seconds of the steps that ended within the present one"""

    def before(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """Return the step with a watch before it."""
        name = step.__module__.removeprefix("pipeline.")

        @functools.wraps(step)
        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands for any step
            before, outer, self._inner = _cpu(), self._inner, 0.0
            try:
                return step(*args, **kwargs)
            finally:
                spent = _cpu() - before
                self.spent[name] += spent - self._inner
                self._inner = outer + spent

        return timed


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
