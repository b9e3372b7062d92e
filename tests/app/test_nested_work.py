"""Work within work: whoever hears of a finished task may have others done before he asks for the next one."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from app.workers import ProcessWorkers
from pipeline.domain.errors import SohoaError


def double(number: int) -> int:
    time.sleep(0.02)
    return 2 * number


def negative(number: int) -> int:
    return -number


def die_once(flag: str) -> str:
    """End this child the first time."""
    if Path(flag).exists():
        Path(flag).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return flag


@pytest.mark.parametrize("count", [1, 2])
def test_each_task_ends_once_whatever_is_done_between_two_of_them(count: int) -> None:
    outer: dict[int, int | SohoaError] = {}
    inner: dict[int, dict[int, int | SohoaError]] = {}
    with ProcessWorkers(count=count, memory_bytes=1 << 30) as workers:
        for index, result in workers.map(double, range(12), seconds=20):
            outer[index] = result
            inner[index] = dict(workers.map(negative, range(3), seconds=20))
    assert outer == {number: 2 * number for number in range(12)}
    assert list(inner.values()) == [{0: 0, 1: -1, 2: -2}] * 12


def test_a_child_that_dies_within_takes_nothing_along(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    outer: dict[int, int | SohoaError] = {}
    with ProcessWorkers(count=2, memory_bytes=1 << 30) as workers:
        for index, result in workers.map(double, range(6), seconds=20):
            outer[index] = result
            assert dict(workers.map(die_once, [str(flag)], seconds=20)) == {0: str(flag)}
    assert outer == {number: 2 * number for number in range(6)}
    assert not flag.exists()
