"""The Workers port on child processes: resident, limited in memory, ended when they overrun."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from app.logs import quiet_libraries
from pipeline.domain.errors import NO_ROOM, MachineExhausted, ReaderCrashed, SohoaError, SourceTooLarge, SourceTooSlow

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5
"""after which whoever waits for a task looks whether the workers are still there"""
_LOG = logging.getLogger(__name__)


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
        self._has_ended = threading.Event()
        self._may_go = threading.Event()
        """the children have ended, and so may the thread that started them"""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Give the pool; its processes start with the first task."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all children; a thread that is still at work finds no others."""
        with self._lock:
            self._has_ended.set()
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None
            self._may_go.set()

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Run `function` on each task; see the port."""
        # a short queue: what is scheduled has been pickled already, and an early end leaves little behind
        waiting = enumerate(tasks)
        running: dict[Future[_Result], int] = {}
        try:
            while True:
                for index, task in itertools.islice(waiting, 2 * self._count - len(running)):
                    running[self._opened().schedule(function, args=[task], timeout=seconds)] = index
                if not running:
                    return
                for future in self._done(running):
                    outcome = _outcome(future, seconds)
                    yield running.pop(future), outcome
        finally:
            for future in running:
                future.cancel()

    def _done(self, running: Collection[Future[_Result]]) -> Collection[Future[_Result]]:
        """Wait until one of some tasks is done.

        Raises:
            RuntimeError: the workers ended meanwhile. That says nothing about the tasks, and of some nobody would ever hear.
        """
        while True:
            done, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if self._has_ended.is_set():
                raise RuntimeError("the workers have ended")
            if done:
                return done

    def _opened(self) -> Any:  # noqa: ANN401 - pebble has no types
        with self._lock:
            if self._has_ended.is_set():
                raise RuntimeError("the workers have ended")
            if self._pool is None:
                opened: Future[Any] = Future()
                threading.Thread(target=self._keep_open, args=[opened], name="sohoa-workers", daemon=True).start()
                self._pool = opened.result()
            return self._pool

    def _keep_open(self, opened: Future[Any]) -> None:
        """Start the children and stay until they have ended.

        A child ends with the thread that started it (`PR_SET_PDEATHSIG`), and those that answer requests come and go.
        """
        try:
            pool = ProcessPool(
                max_workers=self._count,
                initializer=_prepare,
                initargs=[self._memory_bytes],
                context=multiprocessing.get_context("spawn"),
            )
            pool.schedule(_start)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the pool is told instead
            opened.set_exception(error)
            return
        opened.set_result(pool)
        self._may_go.wait()


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
        case OSError(errno=number) if number in NO_ROOM:
            known = MachineExhausted(path=str(error.filename or "TMPDIR"), reason=error.strerror or "")
        case _:
            _LOG.warning("a reader raised what it should not", exc_info=error)
            known = ReaderCrashed(problem=f"{type(error).__name__}: {error}")
    return known
