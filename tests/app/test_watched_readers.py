"""A machine's trouble is not the page's fault: readers that are killed, clocks that are set, disks that fill."""

from __future__ import annotations

import functools
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from app.workers import ProcessWorkers
from pipeline.domain.errors import (
    ReaderCrashed,
    SourceTooLarge,
    SourceTooSlow,
)


def rest(seconds: float) -> float:
    """Take so long."""
    time.sleep(seconds)
    return seconds


def die_for_a_while(told: str, times: int) -> int:
    """Be killed so many times, as by a machine that is short of memory; return how often this was tried."""
    with Path(told).open("a", encoding="ascii") as file:
        file.write("x")
    tried = Path(told).stat().st_size
    if tried <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return tried


@pytest.mark.parametrize("times", [1, 2])
def test_whose_process_was_killed_is_tried_again(workers: ProcessWorkers, tmp_path: Path, times: int) -> None:
    killed = functools.partial(die_for_a_while, times=times)

    assert list(workers.map(killed, [str(tmp_path / "told")], seconds=30)) == [(0, times + 1)]


def test_a_page_that_always_ends_its_process_is_refused_after_a_few_tries(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    """Such as one that takes all memory there is: it neither ends the batch nor is read for ever."""
    always = functools.partial(die_for_a_while, times=1000)
    ((_, error),) = workers.map(always, [str(tmp_path / "told")], seconds=30)

    assert isinstance(error, ReaderCrashed)
    assert error.details == {"exit_code": -signal.SIGKILL}
    assert (tmp_path / "told").stat().st_size == 3


def kill_neighbours(folder: str, number: int) -> int:
    """Have the machine end all processes that read at this moment, as long as number 0 is among them."""
    mine = Path(folder, str(os.getpid()))
    mine.touch()
    try:
        if number == 0:
            until = time.monotonic() + 3
            while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < until:
                time.sleep(0.05)
            for neighbour in sorted(Path(folder).iterdir(), key=lambda each: int(each.name) == os.getpid()):
                neighbour.unlink(missing_ok=True)
                os.kill(int(neighbour.name), signal.SIGKILL)
        time.sleep(0.5)
        return number
    finally:
        mine.unlink(missing_ok=True)


def test_who_was_killed_beside_a_page_that_takes_all_memory_is_read_without_it(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    results = dict(workers.map(functools.partial(kill_neighbours, str(tmp_path)), range(4), seconds=30))

    assert isinstance(results.pop(0), ReaderCrashed)
    assert results == {1: 1, 2: 2, 3: 3}


def test_a_clock_that_is_put_forward_ends_no_task(workers: ProcessWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the first answer of a time server after a start with an empty battery."""
    list(workers.map(rest, [0.0], seconds=30))
    clock, stepped = time.time, threading.Event()
    monkeypatch.setattr(time, "time", lambda: clock() + 86_400 * stepped.is_set())
    later = threading.Timer(1, stepped.set)
    later.start()

    assert list(workers.map(rest, [2.5], seconds=30)) == [(0, 2.5)]
    assert stepped.is_set()


def test_a_clock_that_is_put_back_keeps_no_task_alive(workers: ProcessWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    list(workers.map(rest, [0.0], seconds=30))
    clock, stepped = time.time, threading.Event()
    monkeypatch.setattr(time, "time", lambda: clock() - 86_400 * stepped.is_set())
    later = threading.Timer(0.5, stepped.set)
    later.start()
    ((_, error),) = workers.map(rest, [30.0], seconds=2)

    assert isinstance(error, SourceTooSlow)


def fill_disk(mebibytes: int) -> str:
    """Write so many temporary files of 1 MiB; return where."""
    folder = tempfile.mkdtemp()
    for number in range(mebibytes):
        Path(folder, str(number)).write_bytes(bytes(1 << 20))
    if mebibytes > 4:
        time.sleep(30)
    return folder


def test_a_process_fills_only_so_much_of_the_disk_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ProcessWorkers(count=1, memory_bytes=1 << 30, scratch_bytes=4 << 20) as workers:
        results = dict(workers.map(fill_disk, [2, 8, 1], seconds=25))
        until = time.monotonic() + 20
        while len(list(tmp_path.glob("*/*"))) > 1:  # that of the process that was ended goes at the next look
            assert time.monotonic() < until
            time.sleep(0.05)
        (left,) = tmp_path.glob("*/*")
        assert results[2] == str(next(left.iterdir()))
    error = results[1]
    assert isinstance(error, SourceTooLarge)
    assert error.details == {"limit": "temporary_bytes", "allowed": 4 << 20}
    assert str(results[0]).startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
