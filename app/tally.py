"""How often databases and stores were asked while something was done, and how long that took: numbers, never questions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

_current: ContextVar[Tally | None] = ContextVar("tally", default=None)


@dataclass(slots=True)
class Tally:
    """Calls, and the seconds until they were answered."""

    database_calls: int = 0
    database_seconds: float = 0.0
    store_calls: int = 0
    store_seconds: float = 0.0

    def since(self, before: Tally) -> Tally:
        """Return what came to it since."""
        return Tally(
            self.database_calls - before.database_calls,
            self.database_seconds - before.database_seconds,
            self.store_calls - before.store_calls,
            self.store_seconds - before.store_seconds,
        )


@contextlib.contextmanager
def tallied() -> Iterator[Tally]:
    """Count what is asked in this thread or task until the context ends."""
    tally = Tally()
    token = _current.set(tally)
    try:
        yield tally
    finally:
        _current.reset(token)


def present_tally() -> Tally:
    """Return what counts in this thread or task; one of its own where nothing does."""
    return _current.get() or Tally()


def count_database(seconds: float) -> None:
    """Count a question to the database."""
    tally = _current.get()
    if tally is not None:
        tally.database_calls += 1
        tally.database_seconds += seconds


@contextlib.contextmanager
def counting_store() -> Iterator[None]:
    """Count a call of the store, and how long it takes."""
    tally = _current.get()
    began = time.perf_counter()
    try:
        yield
    finally:
        if tally is not None:
            tally.store_calls += 1
            tally.store_seconds += time.perf_counter() - began
