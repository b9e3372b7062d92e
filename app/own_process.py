"""Processes that this one starts and ends: a group of its own each, which ends as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.domain.errors import ToolFailed

ROOT = Path(__file__).resolve().parent.parent
"""where the program lies: modules are named from here"""
_START_SECONDS = 120.0
_END_SECONDS = 10.0


@contextlib.contextmanager
def own_process(
    name: str, command: Sequence[str], environment: Mapping[str, str], log_folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a process group of its own, which ends as a whole with the context."""
    with (log_folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(ready: Callable[[], bool], name: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process that was just started is ready.

    Raises:
        ToolFailed: it ended, or is not ready in time; details name its log.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ToolFailed(tool=name, reason=f"{process.returncode} ({log})")
        time.sleep(0.3)
