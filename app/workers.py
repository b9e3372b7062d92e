"""The Workers port on child processes: resident, confined, ended when they overrun, replaced after a while."""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired

from app.confinement import Confinement
from app.reading_pool import LOOK_SECONDS, ReadingPool
from pipeline.domain.errors import NO_ROOM, MachineExhausted, ReaderCrashed, SohoaError, SourceTooLarge, SourceTooSlow

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

TASKS_OF_A_PROCESS = 500
"""after which it is replaced: what libraries leak goes with it, and its start (2 to 3 s) is a few ms a page"""
_FILE_BYTES = 8 << 30
_TRIES = 3
"""of a task whose process died over it, or that was not begun or finished when the workers broke down as a whole"""
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Scheduled(Generic[_Task]):
    """A task on its way."""

    index: int
    task: _Task
    pool: ReadingPool
    tries: int


class ProcessWorkers:
    """A pool of child processes that lives as long as this object's `with`. Implements the Workers port."""

    def __init__(
        self,
        *,
        count: int,
        memory_bytes: int,
        file_bytes: int = _FILE_BYTES,
        scratch_bytes: int = 0,
        tasks: int = TASKS_OF_A_PROCESS,
    ) -> None:
        """Take limits: `file_bytes` of one file, `scratch_bytes` of all temporary files of one process (0: none)."""
        self._count = count
        self._limits = Confinement(memory_bytes=memory_bytes, file_bytes=file_bytes)
        self._scratch_bytes = scratch_bytes
        self._tasks = tasks
        self._pool: ReadingPool | None = None
        self._has_ended = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Give the pool; its processes start with the first task."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all children; a thread that is still at work finds no others."""
        with self._lock:
            self._has_ended.set()
            if self._pool is not None:
                self._pool.end()
                self._pool = None

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Run `function` on each task; see the port.

        A process that dies says little: a machine short of memory ends whichever it likes. A task that went down with one
        is tried again, with no other beside it that could have been the reason.
        """
        # a short queue: what is scheduled has been pickled already, and an early end leaves little behind
        waiting = enumerate(tasks)
        again: deque[_Scheduled[_Task]] = deque()
        running: dict[Future[_Result], _Scheduled[_Task]] = {}

        def begin(index: int, task: _Task, tries: int) -> None:
            future, pool = self._schedule(function, task, seconds)
            running[future] = _Scheduled(index, task, pool, tries)

        try:
            while True:
                if not again:
                    for index, task in itertools.islice(waiting, 2 * self._count - len(running)):
                        begin(index, task, 1)
                elif not running:
                    lost = again.popleft()
                    begin(lost.index, lost.task, lost.tries + 1)
                if not running:
                    return
                for future in self._done(running):
                    each = running.pop(future)
                    if each.tries < _TRIES and _was_lost(future, each.pool):
                        again.append(each)
                    else:
                        outcome = self._outcome(future, each.pool, seconds)
                        yield each.index, outcome
        finally:
            for future in running:
                future.cancel()

    def _schedule(
        self, function: Callable[[_Task], _Result], task: _Task, seconds: float
    ) -> tuple[Future[_Result], ReadingPool]:
        with self._lock:
            for _ in range(_TRIES):
                try:
                    pool = self._at_work()
                except OSError as error:
                    raise MachineExhausted(path=str(error.filename or ""), reason=error.strerror or "") from error
                with contextlib.suppress(RuntimeError):  # it broke down this moment
                    return pool.schedule(function, task, seconds), pool
        raise MachineExhausted(path="", reason="no process can be started")

    def _done(self, running: Mapping[Future[_Result], _Scheduled[_Task]]) -> Collection[Future[_Result]]:
        """Wait until some tasks are done, or lost: of those nobody would ever hear.

        Raises:
            RuntimeError: the workers ended meanwhile. That says nothing about the tasks.
        """
        while True:
            done, _ = wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if self._has_ended.is_set():
                raise RuntimeError("the workers have ended")
            with self._lock:
                if done:
                    return done
                if self._pool is not None and self._pool.is_lost:
                    self._forget()
                if lost := [future for future, each in running.items() if each.pool is not self._pool]:
                    return lost

    def _at_work(self) -> ReadingPool:
        """Return the pool; a new one where the last broke down, as pebble's do when a process is killed that waits for work."""
        if self._has_ended.is_set():
            raise RuntimeError("the workers have ended")
        if self._pool is not None and self._pool.is_lost:
            self._forget()
        if self._pool is None:
            self._pool = ReadingPool(
                count=self._count, tasks=self._tasks, limits=self._limits, scratch_bytes=self._scratch_bytes
            )
        return self._pool

    def _forget(self) -> None:
        _LOG.warning("the reading processes broke down as a whole; others are started")
        if self._pool is not None:
            self._pool.end()
            self._pool = None

    def _outcome(self, future: Future[_Result], pool: ReadingPool, seconds: float) -> _Result | SohoaError:
        if future.cancelled():
            return SourceTooSlow(limit="seconds", allowed=seconds)
        if not future.done():
            return ReaderCrashed(problem="the reading processes broke down")
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, ProcessExpired) and pool.filled_disk(error.pid):
            return SourceTooLarge(limit="temporary_bytes", allowed=self._scratch_bytes)
        return _as_known(error)


def _was_lost(future: Future[Any], pool: ReadingPool) -> bool:
    """Say whether a task went down with its process or with the pool, by no fault of its own as far as anybody knows."""
    if future.cancelled():
        return False
    if not future.done():
        return True
    match future.exception():
        case ProcessExpired(pid=pid):
            return not pool.filled_disk(pid)
        case error:
            return isinstance(error, BrokenProcessPool)


def _as_known(error: BaseException) -> SohoaError:
    """Return what an error of a child process means to the pipeline: whatever a hostile file makes a library raise ends that file only."""
    known: SohoaError
    match error:
        case SohoaError():
            known = error
        case ProcessExpired():
            known = ReaderCrashed(exit_code=error.exitcode or 0)
        case BrokenProcessPool():
            known = ReaderCrashed(problem="the reading processes broke down")
        case MemoryError():
            known = SourceTooLarge(limit="memory")
        case OSError(errno=errno.EFBIG):
            known = SourceTooLarge(limit="written_bytes")
        case OSError(errno=number) if number in NO_ROOM:
            known = MachineExhausted(path=str(error.filename or "TMPDIR"), reason=error.strerror or "")
        case _:
            _LOG.warning("a reader raised what it should not", exc_info=error)
            known = ReaderCrashed(problem=f"{type(error).__name__}: {error}")
    return known
