"""The Workers port without processes: tasks run here, one after the other, or end as the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.domain.errors import SohoaError

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass
class InlineWorkers:
    """Implements `pipeline.ports.Workers`.

    `instead` replaces functions by their names; what a replacement raises ends the task as it would in a child process.
    `ran` lists (function, task) in the order of work.
    """

    instead: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    ran: list[tuple[str, Any]] = field(default_factory=list)

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        work = self.instead.get(function.__name__, function)
        for index, task in enumerate(tasks):
            self.ran.append((function.__name__, task))
            try:
                result = work(task)
            except SohoaError as error:
                yield index, error
            else:
                yield index, result

    def count(self, function: str) -> int:
        """Return how many tasks of a function ran."""
        return sum(name == function for name, _ in self.ran)
