"""Child processes: what they raise, how they die, and how few tasks are made ready ahead of time."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.confinement import can_filter
from app.workers import ProcessWorkers
from pipeline.domain.errors import (
    DamagedSource,
    MachineExhausted,
    ReaderCrashed,
    SohoaError,
    SourceTooLarge,
    SourceTooSlow,
)


def act(what: str) -> str:
    """Do in a child process what a hostile file might make a library do."""
    match what:
        case "refuse":
            raise DamagedSource(problem="scripted")
        case "bug":
            raise KeyError("of a library")
        case "full":
            raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")
        case "unreadable":
            raise OSError(errno.EIO, "Input/output error")
        case "hoard":
            return "x" * (2 << 30)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fall":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "sleep":
            time.sleep(30)
    return what


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("refuse", DamagedSource),
        ("bug", ReaderCrashed),
        ("full", MachineExhausted),
        ("unreadable", ReaderCrashed),
        ("hoard", SourceTooLarge),
        ("die", ReaderCrashed),
        ("fall", ReaderCrashed),
        ("sleep", SourceTooSlow),
    ],
)
def test_one_task_ends_as_an_error_and_the_others_go_on(
    workers: ProcessWorkers, what: str, kind: type[SohoaError]
) -> None:
    results = dict(workers.map(act, ["a", what, "b"], seconds=2))

    assert (results[0], results[2]) == ("a", "b")
    assert type(results[1]) is kind


def test_what_was_not_foreseen_is_logged(workers: ProcessWorkers, caplog: pytest.LogCaptureFixture) -> None:
    ((_, error),) = workers.map(act, ["bug"], seconds=5)

    assert isinstance(error, ReaderCrashed)
    assert "KeyError" in str(error.details["problem"])
    assert "of a library" in caplog.text


def test_tasks_are_made_ready_shortly_before_they_run(workers: ProcessWorkers) -> None:
    made = []

    def tasks() -> Iterator[str]:
        for number in range(100):
            made.append(number)
            yield str(number)

    results = workers.map(act, tasks(), seconds=5)
    next(results)

    assert len(made) <= 4
    results.close()  # type: ignore[attr-defined]


def test_no_task_needs_no_process() -> None:
    with ProcessWorkers(count=1, memory_bytes=1 << 30) as pool:
        assert list(pool.map(act, [], seconds=1)) == []


def test_a_thread_that_outlives_the_workers_starts_no_new_ones() -> None:
    with ProcessWorkers(count=1, memory_bytes=1 << 30) as workers:
        pass
    with pytest.raises(RuntimeError):
        list(workers.map(abs, [-1], seconds=10))


def test_threads_that_begin_at_the_same_moment_share_one_pool() -> None:
    with ProcessWorkers(count=1, memory_bytes=1 << 30) as workers, ThreadPoolExecutor(4) as threads:
        pids = list(threads.map(lambda _: next(workers.map(_own_pid, [0], seconds=30))[1], range(4)))
    assert len(set(pids)) == 1


def test_children_outlive_the_thread_that_asked_first() -> None:
    with ProcessWorkers(count=1, memory_bytes=1 << 30) as workers:
        pids = []
        for _ in range(3):
            asking = threading.Thread(target=lambda: pids.append(next(workers.map(_own_pid, [0], seconds=30))[1]))
            asking.start()
            asking.join()
            time.sleep(0.2)
    assert len(set(pids)) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.5])
def test_who_waits_when_the_workers_end_is_told_so_and_no_task_is_called_bad(seconds: float) -> None:
    told: list[Exception] = []

    def ask() -> None:
        try:
            list(ending.map(time.sleep, [60], seconds=60))
        except RuntimeError as error:
            told.append(error)

    with ProcessWorkers(count=1, memory_bytes=1 << 30) as ending:
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for each in asking:
            each.start()
        time.sleep(seconds)
    for each in asking:
        each.join(10)
    assert [each.is_alive() for each in asking] == [False] * 3
    assert len(told) == 3


def _own_pid(_: int) -> int:
    return os.getpid()


def forbidden(what: str) -> str:
    """Try in a child process what no reader of files needs; return what came of it."""
    try:
        match what:
            case "internet":
                socket.socket(socket.AF_INET)
            case "internet 6":
                socket.socket(socket.AF_INET6)
            case "kernel":
                socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
            case "server of this machine":
                socket.socket(socket.AF_UNIX).connect("/run/postgresql/.s.PGSQL.5432")
            case "a program's network":
                return str(subprocess.run([sys.executable, "-c", _CONNECT], check=False).returncode)
            case "other process":
                return str(
                    ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0) == -1 and ctypes.get_errno()
                )
            case "many files":
                with contextlib.ExitStack() as kept:
                    for _ in range(2000):
                        kept.enter_context(Path(os.devnull).open())
            case "large file":
                with tempfile.TemporaryFile() as file:
                    os.posix_fallocate(file.fileno(), 0, 3 << 20)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


_CONNECT = """
import errno, socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=2)
except OSError as error:
    raise SystemExit(error.errno)
"""


@pytest.fixture(scope="module")
def narrow() -> Iterator[ProcessWorkers]:
    with ProcessWorkers(count=1, memory_bytes=1 << 30, file_bytes=2 << 20) as pool:
        yield pool


@pytest.mark.skipif(not can_filter(), reason="this kernel filters no system calls, or nobody wrote down their numbers")
@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("internet", "EACCES"),
        ("internet 6", "EACCES"),
        ("kernel", "EACCES"),
        ("server of this machine", "EACCES"),
        ("a program's network", str(errno.EACCES)),
        ("other process", str(errno.EACCES)),
    ],
)
def test_children_reach_neither_the_network_nor_other_processes(narrow: ProcessWorkers, what: str, answer: str) -> None:
    assert list(narrow.map(forbidden, [what], seconds=10)) == [(0, answer)]


@pytest.mark.parametrize(("what", "answer"), [("many files", "EMFILE"), ("large file", "EFBIG")])
def test_children_open_and_write_only_so_much(narrow: ProcessWorkers, what: str, answer: str) -> None:
    assert list(narrow.map(forbidden, [what], seconds=10)) == [(0, answer)]


def write_much(_: int) -> None:
    """Write more than a child may."""
    with tempfile.TemporaryFile() as file:
        file.write(bytes(3 << 20))


def test_a_file_that_grows_too_large_is_named_so(narrow: ProcessWorkers) -> None:
    ((_, error),) = narrow.map(write_much, [0], seconds=10)
    assert isinstance(error, SourceTooLarge)
    assert error.details == {"limit": "written_bytes"}


def limits_of(_: int) -> tuple[int, int]:
    """Return the largest core dump of this process, and the largest of a program that it starts."""
    inner = subprocess.run(["sh", "-c", "ulimit -c"], check=True, capture_output=True, text=True).stdout
    return resource.getrlimit(resource.RLIMIT_CORE)[1], int(inner)


def test_no_core_is_dumped(narrow: ProcessWorkers) -> None:
    """It would hold the papers that were read."""
    assert list(narrow.map(limits_of, [0], seconds=10)) == [(0, (0, 0))]


def test_a_process_is_replaced_after_some_tasks() -> None:
    with ProcessWorkers(count=1, memory_bytes=1 << 30, tasks=3) as workers:
        pids = [pid for _, pid in workers.map(_own_pid, range(7), seconds=30)]
    # the first task of all, which starts the processes, is pebble's
    assert len(set(pids)) == 3


@pytest.mark.parametrize("when", ["idle", "at work"])
def test_processes_that_are_killed_are_replaced(when: str) -> None:
    with ProcessWorkers(count=2, memory_bytes=1 << 30) as workers:
        known = {pid for _, pid in workers.map(slow_pid, range(6), seconds=30)}
        if when == "idle":
            for pid in known:
                os.kill(int(str(pid)), signal.SIGKILL)
            time.sleep(0.5)
        results = dict(workers.map(act, ["a", "b" if when == "idle" else "die", "c"], seconds=30))
    assert len(known) == 2
    assert (results[0], results[2]) == ("a", "c")


def slow_pid(_: int) -> int:
    """Take long enough for both processes to get tasks."""
    time.sleep(0.3)
    return os.getpid()


def endless_program(file: str) -> None:
    """Start a program that never ends, and wait for it."""
    with subprocess.Popen(["sleep", "1000"]) as program:
        Path(file).write_text(str(program.pid))


def test_programs_end_with_the_task_that_started_them(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with ProcessWorkers(count=1, memory_bytes=1 << 30) as workers:
        ((_, error),) = workers.map(endless_program, [str(told)], seconds=1)
        pid = int(told.read_text())
        ended = time.monotonic() + 5
        while _runs(pid) and time.monotonic() < ended:
            time.sleep(0.05)
        assert not _runs(pid)
    assert isinstance(error, SourceTooSlow)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
