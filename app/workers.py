"""The Workers port on child processes: resident, limited in memory, ended when they overrun."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from app.logs import quiet_libraries
from pipeline.domain.errors import ReaderCrashed, SohoaError, SourceTooLarge, SourceTooSlow

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_PR_SET_PDEATHSIG = 1


def _prepare(memory_bytes: int) -> None:
    """Run once in each new child: limits, one thread a library, and an end when the parent ends.

    Tesseract's own threads cost more than they bring when every core has a process (measured: 12.3 instead of 1.9
    CPU seconds a page).
    """
    for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the pool's pipe ends the child
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    quiet_libraries()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


class ProcessWorkers:
    """A pool of child processes that lives as long as this object's `with`. Implements the Workers port."""

    def __init__(self, *, count: int, memory_bytes: int) -> None:
        self._count = count
        self._memory_bytes = memory_bytes
        self._pool: Any = None  # pebble has no types

    def __enter__(self) -> Self:
        """Give the pool; its processes start with the first task."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all children."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def map(
        self, function: Callable[[_Task], _Result], tasks: Sequence[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Run `function` on each task; see the port."""
        if not tasks:
            return
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._count,
                initializer=_prepare,
                initargs=[self._memory_bytes],
                context=multiprocessing.get_context("spawn"),
            )
        # a short queue: what is scheduled has been pickled already, and an early end leaves little behind
        waiting = iter(enumerate(tasks))
        running: dict[Future[_Result], int] = {}
        try:
            while True:
                for index, task in itertools.islice(waiting, 2 * self._count - len(running)):
                    running[self._pool.schedule(function, args=[task], timeout=seconds)] = index
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcome = _outcome(future, seconds)
                    yield running.pop(future), outcome
        finally:
            for future in running:
                future.cancel()


def _outcome(future: Future[_Result], seconds: float) -> _Result | SohoaError:
    try:
        return future.result()
    except SohoaError as error:
        return error
    except TimeoutError:
        return SourceTooSlow(limit="seconds", allowed=seconds)
    except ProcessExpired as error:
        return ReaderCrashed(exit_code=error.exitcode or 0)
    except MemoryError:
        return SourceTooLarge(limit="memory")
