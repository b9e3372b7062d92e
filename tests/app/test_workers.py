"""Child processes: what they raise, how they die, and how few tasks are made ready ahead of time."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.workers import ProcessWorkers
from pipeline.domain.errors import (
    DamagedSource,
    MachineExhausted,
    ReaderCrashed,
    SohoaError,
    SourceTooLarge,
    SourceTooSlow,
)


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessWorkers]:
    with ProcessWorkers(count=2, memory_bytes=1 << 30) as pool:
        yield pool


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
