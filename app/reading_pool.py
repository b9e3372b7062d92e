"""Child processes that read, and a thread that watches them: how long a task takes, and how much of the disk it fills.

Pebble starts, feeds and replaces them. Its limits of time are not used: it measures them by the wall clock, so that one that
is put forward, as at the first contact with a time server, ends every task that is under way.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessPool

from app.confinement import Confinement, confine, die_with_parent
from app.logs import log_blotted, quiet_libraries

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

LOOK_SECONDS = 0.5
"""between two looks"""
_STALL_SECONDS = 60.0
"""beyond the limit of the slowest task without any result: a process died at a moment at which nobody was told"""
_CHILD = "child-"
_BLOCK = 512
"""bytes of what stat(2) calls a block, on any file system"""
_LOG = logging.getLogger(__name__)


class _Child(SpawnProcess):
    """A child that takes along what it has started, such as a drawing program that never ends."""

    def terminate(self) -> None:
        """End it and its programs."""
        if self.pid is None or not _end_group(self.pid):
            super().terminate()


class _Children(SpawnContext):
    Process = _Child


def _prepare(limits: Confinement, folder: Path) -> None:
    """Run once in each new child: limits, one thread a library, a folder of its own, and an end when the parent ends.

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
    own = folder / f"{_CHILD}{os.getpid()}"
    with contextlib.suppress(OSError):  # a full disk: whoever needs a file says so
        own.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(own)
    confine(limits)


class ReadingPool:
    """Child processes at work. Its tasks are watched from when they begin until they are done."""

    def __init__(self, *, count: int, tasks: int, limits: Confinement, scratch_bytes: int) -> None:
        """Start `count` processes, each for so many tasks.

        `scratch_bytes` is what one may have in temporary files, 0: anything.

        Raises:
            OSError: no folder, pipe or process can be made here.
        """
        self._scratch_bytes = scratch_bytes
        self._lock = threading.Lock()
        self._left: dict[Future[Any], float] = {}
        """seconds that each task which somebody waits for may still take"""
        self._begun: set[Future[Any]] = set()
        """those of them that were under way at the last look"""
        self._slowest = 0.0
        """seconds that a task may take"""
        self._silent = 0.0
        """seconds since anything was heard of the tasks"""
        self._filled: set[int] = set()
        """processes that were ended because they filled the disk"""
        self._may_go = threading.Event()
        """the children have ended, and so may the thread that started them"""
        self._folder = Path(tempfile.mkdtemp(prefix="sohoa-readers-"))
        opened: Future[Any] = Future()
        how = {
            "max_workers": count,
            "max_tasks": tasks,
            "initializer": _prepare,
            "initargs": [limits, self._folder],
            "context": _Children(),
        }
        threading.Thread(target=self._keep_open, args=[opened, how], name="sohoa-workers", daemon=True).start()
        try:
            self._pool = opened.result()  # pebble has no types
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def schedule(self, function: Callable[[_Task], _Result], task: _Task, seconds: float) -> Future[_Result]:
        """Hand a task in. One that takes more than `seconds` is cancelled, and its process ended.

        Raises:
            RuntimeError: the pool broke down.
        """
        future: Future[_Result] = self._pool.schedule(function, args=[task])
        with self._lock:
            if not self._left:
                self._silent = 0.0
            self._left[future] = seconds
            self._slowest = max(self._slowest, seconds)
        # whoever waits for other tasks behind this one hears of it as well
        future.add_done_callback(self._hear)
        return future

    @property
    def is_lost(self) -> bool:
        """Whether it will never answer again."""
        return not self._pool.active or self._silent > self._slowest + _STALL_SECONDS

    def filled_disk(self, pid: int | None) -> bool:
        """Say whether a process was ended because it had too much in temporary files."""
        return pid in self._filled

    def end(self) -> None:
        """End its processes and their thread."""
        self._pool.stop()
        self._pool.join()
        self._may_go.set()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hear(self, future: Future[Any]) -> None:
        with self._lock:
            self._left.pop(future, None)
            self._silent = 0.0

    def _keep_open(self, opened: Future[Any], how: Mapping[str, Any]) -> None:
        """Start the children, and watch them until they have ended.

        A child ends with the thread that started it (`PR_SET_PDEATHSIG`), and those that answer requests come and go.
        """
        try:
            pool = ProcessPool(**how)
            pool.schedule(_start)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the pool is told instead
            opened.set_exception(error)
            return
        opened.set_result(pool)
        last = time.monotonic()
        while not self._may_go.wait(LOOK_SECONDS):
            now = time.monotonic()
            # a machine that stood still, asleep or without a processor, did not read meanwhile
            self._count(min(now - last, 2 * LOOK_SECONDS))
            last = now
            with contextlib.suppress(OSError):  # children come and go while their folders are looked at
                self._look_at_folders()

    def _count(self, seconds: float) -> None:
        """Take time from the tasks that have begun, and cancel those that have none left."""
        with self._lock:
            begun, self._begun = self._begun & self._left.keys(), {each for each in self._left if each.running()}
            for each in begun:
                self._left[each] -= seconds
            self._silent += seconds if self._left else 0.0
            over = [each for each in begun if self._left[each] <= 0]
        for each in over:
            each.cancel()

    def _look_at_folders(self) -> None:
        for folder in self._folder.iterdir():
            pid = int(folder.name.removeprefix(_CHILD))
            if not _runs(pid):
                shutil.rmtree(folder, ignore_errors=True)
            elif 0 < self._scratch_bytes < _used(folder):
                _LOG.warning("a reader has more than %d bytes in temporary files and is ended", self._scratch_bytes)
                self._filled.add(pid)
                _end_group(pid)


def _used(folder: Path) -> int:
    """Return the bytes of disk that files below a folder take; one that goes meanwhile takes none."""
    total = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(inner, name)).st_blocks * _BLOCK  # noqa: PTH118 - twice a second
    return total


def _end_group(pid: int) -> bool:
    """End a child and its programs; False: it leads no group (yet)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
            return True
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another account: the number was given away
        return False
    return True


def _start() -> None:
    """Do nothing: pebble starts its children with the first task."""
