"""What a program and all its children cost: CPU seconds, and memory that is really theirs (Linux)."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICK = 1 / os.sysconf("SC_CLK_TCK")
_EVERY = 0.25
"""seconds between two looks at memory"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one piece of work cost."""

    wall: float
    """seconds"""
    cpu: float
    """seconds of all processes together, user and system"""
    peak_bytes: int
    """most memory of all processes together: proportional set size, so that shared pages count once"""


def tree(root: int) -> list[int]:
    """Return the process and all that live below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time of the processes of a tree so far, with that of children that have ended."""
    return sum(sum(int(ticks) for ticks in _stat(process)[11:15]) for process in tree(root)) * _TICK


def space_cpu_seconds(init: int) -> float:
    """Return the CPU time so far of all processes of a process name space, of which `init` is the first, as seen from here."""
    space = (Path("/proc") / str(init) / "ns" / "pid").readlink()
    processes = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _space(each) == space]
    return sum(sum(int(ticks) for ticks in _stat(process)[11:15]) for process in processes) * _TICK


def _space(process: Path) -> Path | None:
    try:
        return (process / "ns" / "pid").readlink()
    except OSError:  # it has ended
        return None


def memory_bytes(root: int) -> int:
    """Return the proportional set size of a tree."""
    return sum(_memory(process, "Pss") for process in tree(root))


def resident_bytes(process: int) -> int:
    """Return what one process holds in memory, libraries that it shares with others included."""
    return _memory(process, "Rss")


class PeakMemory:
    """Watches a tree of processes in the background; a context."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, memory_bytes(self._root))
            if self._done.wait(_EVERY):
                return


def run(command: Sequence[str], *, environment: Mapping[str, str], limit: float) -> tuple[Cost, int, str]:
    """Run a program to its end; return what it cost, its exit code and what it complained about.

    After `limit` seconds it is killed with all its children.
    """
    started = time.monotonic()
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        before = os.times()
        with PeakMemory(process.pid) as memory:
            try:
                _, complaint = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                complaint = f"killed after {limit:.0f} s"
        after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    cost = Cost(wall=time.monotonic() - started, cpu=cpu, peak_bytes=memory.bytes)
    return cost, process.returncode, complaint


def _stat(process: int) -> list[str]:
    """Return the fields of /proc/<process>/stat behind the program's name (proc(5): the first is the state)."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text[text.rindex(")") + 1 :].split()


def _memory(process: int, kind: str) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended, or belongs to somebody else
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{kind}:"))
