"""How long child processes were busy with each file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pipeline.domain.errors import SohoaError
from pipeline.ports import Workers

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Timed(Generic[_Task, _Result]):
    """Runs in the child."""

    function: Callable[[_Task], _Result]

    def __call__(self, task: _Task) -> tuple[float, _Result | SohoaError]:
        began = time.monotonic()
        try:
            result: _Result | SohoaError = self.function(task)
        except SohoaError as error:
            result = error
        return time.monotonic() - began, result


@dataclass(frozen=True, slots=True)
class TimedWorkers:
    """A `Workers` port that notes the time of each task."""

    workers: Workers
    times: list[tuple[float, str, str]] = field(default_factory=list)
    """seconds, stage, file"""

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Do as `Workers.map`; what was given up took all the time that it had."""
        names: list[str] = []

        def named() -> Iterator[_Task]:
            for task in tasks:
                names.append(_name(task))
                yield task

        for index, told in self.workers.map(_Timed(function), named(), seconds=seconds):
            spent, result = (seconds, told) if isinstance(told, SohoaError) else told
            self.times.append((spent, function.__name__.strip("_"), names[index]))
            yield index, result


def _name(task: Any) -> str:  # noqa: ANN401 - tasks of all stages
    ref = getattr(task, "ref", None)
    if ref is not None:
        return f"{ref.source} p. {ref.number}"
    source = getattr(task, "source", None)
    return str(source.name if source is not None else getattr(task, "file", type(task).__name__))
