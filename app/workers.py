"""The Workers port on child processes: resident, confined, ended when they overrun, replaced after a while."""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from app.confinement import Confinement, confine, die_with_parent
from app.logs import log_blotted, quiet_libraries
from pipeline.domain.errors import NO_ROOM, MachineExhausted, ReaderCrashed, SohoaError, SourceTooLarge, SourceTooSlow

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

TASKS_OF_A_PROCESS = 500
"""after which it is replaced: what libraries leak goes with it, and its start (2 to 3 s) is a few ms a page"""
_FILE_BYTES = 8 << 30
_LOOK_SECONDS = 0.5
"""after which whoever waits for a task looks whether the workers are still there"""
_STALL_SECONDS = 60.0
"""beyond the limit of the slowest task without any result: a process died at a moment at which nobody was told"""
_TRIES = 3
"""of a task that was not begun, or not finished, when the workers broke down as a whole"""
_LOG = logging.getLogger(__name__)


class _Child(SpawnProcess):
    """A child that takes along what it has started, such as a drawing program that never ends."""

    def terminate(self) -> None:
        """End it and its programs."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.pid is not None and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
                return
        super().terminate()


class _Children(SpawnContext):
    Process = _Child


def _prepare(limits: Confinement) -> None:
    """Run once in each new child: limits, one thread a library, and an end when the parent ends.

    Tesseract's own threads cost more than they bring when every core has a process (measured: 12.3 instead of 1.9
    CPU seconds a page).
    """
    for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpgid(0, 0)
    die_with_parent()
    quiet_libraries()
    log_blotted()
    confine(limits)


@dataclass(slots=True)
class _Opened:
    """A pool at work, and when it was last heard of."""

    pool: Any  # pebble has no types
    may_go: threading.Event
    """its children have ended, and so may the thread that started them"""
    heard: float = 0.0
    waiting: int = 0
    """tasks that somebody waits for"""
    slowest: float = 0.0
    """seconds that a task of it may take"""

    def schedule(self, function: Callable[[_Task], _Result], task: _Task, seconds: float) -> Future[_Result]:
        """Hand a task in.

        Raises:
            RuntimeError: the pool broke down.
        """
        future: Future[_Result] = self.pool.schedule(function, args=[task], timeout=seconds)
        if not self.waiting:
            self.heard = time.monotonic()
        self.waiting += 1
        self.slowest = max(self.slowest, seconds)
        return future

    def is_lost(self) -> bool:
        """Say whether it will never answer again."""
        return not self.pool.active or time.monotonic() - self.heard > self.slowest + _STALL_SECONDS

    def end(self) -> None:
        """End its processes and their thread."""
        self.pool.stop()
        self.pool.join()
        self.may_go.set()


@dataclass(slots=True, eq=False)
class _Scheduled(Generic[_Task]):
    """A task on its way."""

    index: int
    task: _Task
    opened: _Opened
    tries: int


class ProcessWorkers:
    """A pool of child processes that lives as long as this object's `with`. Implements the Workers port."""

    def __init__(
        self, *, count: int, memory_bytes: int, file_bytes: int = _FILE_BYTES, tasks: int = TASKS_OF_A_PROCESS
    ) -> None:
        self._count = count
        self._limits = Confinement(memory_bytes=memory_bytes, file_bytes=file_bytes)
        self._tasks = tasks
        self._opened: _Opened | None = None
        self._has_ended = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Give the pool; its processes start with the first task."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all children; a thread that is still at work finds no others."""
        with self._lock:
            self._has_ended.set()
            if self._opened is not None:
                self._opened.end()
                self._opened = None

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Run `function` on each task; see the port."""
        # a short queue: what is scheduled has been pickled already, and an early end leaves little behind
        waiting = enumerate(tasks)
        running: dict[Future[_Result], _Scheduled[_Task]] = {}
        try:
            while True:
                for index, task in itertools.islice(waiting, 2 * self._count - len(running)):
                    future, opened = self._schedule(function, task, seconds)
                    running[future] = _Scheduled(index, task, opened, 1)
                if not running:
                    return
                for future in self._done(running):
                    each = running.pop(future)
                    with self._lock:
                        each.opened.waiting -= 1
                    if not _was_lost(future):
                        outcome = _outcome(future, seconds)
                        yield each.index, outcome
                    elif each.tries < _TRIES:
                        anew, opened = self._schedule(function, each.task, seconds)
                        running[anew] = _Scheduled(each.index, each.task, opened, each.tries + 1)
                    else:
                        yield each.index, ReaderCrashed(problem="the reading processes broke down")
        finally:
            for future, each in running.items():
                future.cancel()
                with self._lock:
                    each.opened.waiting -= 1

    def _schedule(
        self, function: Callable[[_Task], _Result], task: _Task, seconds: float
    ) -> tuple[Future[_Result], _Opened]:
        with self._lock:
            for _ in range(_TRIES):
                opened = self._at_work()
                with contextlib.suppress(RuntimeError):  # it broke down this moment
                    return opened.schedule(function, task, seconds), opened
        raise MachineExhausted(path="", reason="no process can be started")

    def _done(self, running: Mapping[Future[_Result], _Scheduled[_Task]]) -> Collection[Future[_Result]]:
        """Wait until some tasks are done, or lost: of those nobody would ever hear.

        Raises:
            RuntimeError: the workers ended meanwhile. That says nothing about the tasks.
        """
        while True:
            done, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if self._has_ended.is_set():
                raise RuntimeError("the workers have ended")
            with self._lock:
                if done:
                    for future in done:
                        running[future].opened.heard = time.monotonic()
                    return done
                if self._opened is not None and self._opened.is_lost():
                    self._forget()
                if lost := [future for future, each in running.items() if each.opened is not self._opened]:
                    return lost

    def _at_work(self) -> _Opened:
        """Return the pool; a new one where the last broke down, as pebble's do when a process is killed that waits for work."""
        if self._has_ended.is_set():
            raise RuntimeError("the workers have ended")
        if self._opened is not None and not self._opened.pool.active:
            self._forget()
        if self._opened is None:
            opened: Future[_Opened] = Future()
            threading.Thread(target=self._keep_open, args=[opened], name="sohoa-workers", daemon=True).start()
            self._opened = opened.result()
        return self._opened

    def _forget(self) -> None:
        _LOG.warning("the reading processes broke down as a whole; others are started")
        if self._opened is not None:
            self._opened.end()
            self._opened = None

    def _keep_open(self, opened: Future[_Opened]) -> None:
        """Start the children and stay until they have ended.

        A child ends with the thread that started it (`PR_SET_PDEATHSIG`), and those that answer requests come and go.
        """
        may_go = threading.Event()
        try:
            pool = ProcessPool(
                max_workers=self._count,
                max_tasks=self._tasks,
                initializer=_prepare,
                initargs=[self._limits],
                context=_Children(),
            )
            pool.schedule(_start)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the pool is told instead
            opened.set_exception(error)
            return
        opened.set_result(_Opened(pool, may_go))
        may_go.wait()


def _was_lost(future: Future[Any]) -> bool:
    """Say whether a task went down with the pool, by no fault of its own as far as anybody knows."""
    return not future.done() or (not future.cancelled() and isinstance(future.exception(), BrokenProcessPool))


def _start() -> None:
    """Do nothing: pebble starts its children with the first task."""


def _outcome(future: Future[_Result], seconds: float) -> _Result | SohoaError:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - the edge: whatever a hostile file makes a library raise ends that file only
        return _as_known(error, seconds)


def _as_known(error: Exception, seconds: float) -> SohoaError:
    """Return what an error of a child process means to the pipeline."""
    known: SohoaError
    match error:
        case SohoaError():
            known = error
        case TimeoutError():
            known = SourceTooSlow(limit="seconds", allowed=seconds)
        case ProcessExpired():
            known = ReaderCrashed(exit_code=error.exitcode or 0)
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
