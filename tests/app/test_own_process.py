"""Processes that are started again: whichever ends by itself, after a pause, with all that it had started gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import own_process
from app.own_process import ROOT, Crew

_SLEEPER = ("sleep", "600")
_PARENT = ("sh", "-c", "sleep 600 & echo $! > $CHILD; wait")


@pytest.fixture
def told() -> list[tuple[str, int | None, float]]:
    """What was told of processes that ended: name, code, pause."""
    return []


@pytest.fixture
def crew(tmp_path: Path, told: list[tuple[str, int | None, float]]) -> Iterator[Crew]:
    with Crew(
        log_folder=tmp_path / "log",
        on_end=lambda child: told.append((child.name, child.process.returncode, child.pause)),
    ) as crew:
        yield crew


def test_one_that_is_killed_is_back_and_the_others_run_on(
    crew: Crew, told: list[tuple[str, int | None, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_process, "_FIRST_PAUSE", 0.1)
    first, other = (crew.start(name, _SLEEPER, os.environ) for name in ("first", "other"))
    killed, untouched = first.process.pid, other.process.pid
    os.kill(killed, signal.SIGKILL)

    _until(lambda: _looked(crew) and first.process.pid != killed)

    assert first.process.poll() is None
    assert other.process.pid == untouched
    assert [(name, code) for name, code, _ in told] == [("first", -signal.SIGKILL)]


def test_what_it_had_started_goes_with_it(crew: Crew, tmp_path: Path) -> None:
    child = crew.start("parent", _PARENT, {**os.environ, "CHILD": str(tmp_path / "child")})
    _until(lambda: (tmp_path / "child").exists() and bool((tmp_path / "child").read_text().strip()))
    grandchild = int((tmp_path / "child").read_text())
    os.kill(child.process.pid, signal.SIGKILL)

    _until(lambda: _looked(crew) and not _lives(grandchild))


def test_one_that_keeps_ending_is_started_less_and_less_often(
    crew: Crew, told: list[tuple[str, int | None, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_process, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(own_process, "_LONGEST_PAUSE", 0.05)
    child = crew.start("useless", ("sh", "-c", "echo nothing to do; exit 7"), os.environ)
    child.pause = 0.01

    _until(lambda: _looked(crew) and len(told) == 4)

    assert {(name, code) for name, code, _ in told} == {("useless", 7)}
    assert [pause for _, _, pause in told] == [0.02, 0.04, 0.05, 0.05]
    assert (crew.log_folder / "useless.log").read_text(encoding="utf-8").splitlines() == ["nothing to do"] * 4


def test_one_that_ran_for_long_is_back_soon(
    crew: Crew, told: list[tuple[str, int | None, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_process, "_STEADY_SECONDS", 0.0)
    child = crew.start("old", _SLEEPER, os.environ)
    child.pause = 16.0
    child.process.kill()

    _until(lambda: _looked(crew) and bool(told))

    assert told[0][2] == own_process._FIRST_PAUSE


def test_all_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from pathlib import Path; from app.own_process import Crew\n"
        "crew = Crew(log_folder=Path(sys.argv[1]), on_end=print)\n"
        "print(crew.start('sleeper', ('sleep', '600'), os.environ).process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        sleeper = int(process.stdout.readline())
        # before it is itself, nobody has told the operating system yet whose end is to be its own
        _until(lambda: Path(f"/proc/{sleeper}/comm").read_text(encoding="ascii").strip() == "sleep")
        process.kill()

    _until(lambda: not _lives(sleeper))


def _looked(crew: Crew) -> bool:
    crew.look()
    return True


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
