"""Processes that this one starts, ends, and starts again when they end by themselves: a group of its own each, which ends as a whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.domain.errors import ToolFailed

ROOT = Path(__file__).resolve().parent.parent
"""where the program lies: modules are named from here"""
_START_SECONDS = 120.0
_END_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""seconds before a process is started again; each time twice as many"""
_STEADY_SECONDS = 60.0
"""after which a process that ends did not end at once: the pauses begin anew"""


@dataclass(slots=True)
class Child:
    """A process that runs, or waits to be started again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    pause: float = _FIRST_PAUSE
    due: float | None = None
    """when it is started again; None while it runs"""


class Crew:
    """Processes that work together; all of them end with the `with`.

    They end too when the thread that started them is killed, as far as the operating system can see to that.
    """

    def __init__(self, *, log_folder: Path, on_end: Callable[[Child], None]) -> None:
        """`on_end` hears of a process that ended by itself, and of the pause before it is started again."""
        log_folder.mkdir(parents=True, exist_ok=True)
        self.log_folder = log_folder
        self._on_end = on_end
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all, those that were started last first."""
        for child in reversed(self._children):
            _end(child.process)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Run a program in a process group of its own; what it prints goes to `NAME.log`."""
        log = self.log_folder / f"{name}.log"
        child = Child(name, command, environment, log, _run(command, environment, log))
        self._children.append(child)
        return child

    def running(self) -> Mapping[str, bool]:
        """Say of each process, by its name, whether it runs and does not wait to be started again."""
        return {each.name: each.due is None for each in self._children}

    def look(self) -> None:
        """Start again what ended by itself, each after its pause. Called every second or so."""
        for child in self._children:
            if child.due is not None:
                if time.monotonic() >= child.due:
                    child.process = _run(child.command, child.environment, child.log)
                    child.started, child.due = time.monotonic(), None
            elif child.process.poll() is not None:
                # what it had started goes with it, or there would be twice as much at work as is allowed
                _end(child.process)
                lived = time.monotonic() - child.started
                child.pause = _FIRST_PAUSE if lived > _STEADY_SECONDS else min(2 * child.pause, _LONGEST_PAUSE)
                child.due = time.monotonic() + child.pause
                self._on_end(child)


def wait_for(ready: Callable[[], bool], child: Child) -> None:
    """Wait until a process that was just started is ready.

    Raises:
        ToolFailed: it ended, or is not ready in time; details name its log.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if child.process.poll() is not None or time.monotonic() > deadline:
            raise ToolFailed(tool=child.name, reason=f"{child.process.returncode} ({child.log})")
        time.sleep(0.3)


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    bound = shutil.which("setpriv")  # of util-linux
    words = [bound, "--pdeathsig", "TERM", *command] if bound else list(command)
    with log.open("ab") as out:
        return subprocess.Popen(
            words, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group: by asking first, where it still lives."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_END_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
