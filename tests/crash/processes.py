"""The processes of one installation, found by the home folder in their environment, and what each of them is."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Part(StrEnum):
    """What a process does in the office."""

    WEB = "web"
    """serves the pages"""
    SERVER = "prefect server"
    WORKER = "bulk worker"
    FLOW = "flow run"
    """started by the bulk worker"""
    COUNTER = "counter worker"
    READER = "page reader"
    """a child that reads pages, of any of them"""
    SIGNING = "signing"
    """`sohoa sign`, as an official types it"""
    OFFICE = "sohoa run"
    """starts the others"""


_WORDS: tuple[tuple[str, Part], ...] = (
    ("app.cli.main run", Part.OFFICE),
    ("app.cli.main sign", Part.SIGNING),
    ("web.main", Part.WEB),
    ("flows.server", Part.SERVER),
    ("flows.server", Part.SERVER),
    ("prefect worker start", Part.WORKER),
    ("flows.resident", Part.COUNTER),
    ("prefect.flow_engine", Part.FLOW),
    ("prefect.engine", Part.FLOW),
    ("prefect flow-run execute", Part.FLOW),
    ("multiprocessing.spawn", Part.READER),
)
"""words of command lines, the first that fits"""


@dataclass(frozen=True, slots=True)
class Found:
    """A process that is alive."""

    pid: int
    part: Part


def living(home: Path) -> list[Found]:
    """Return the processes of the office in `home`, youngest last."""
    mark = f"SOHOA_HOME={home}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                part = _part((folder / "cmdline").read_bytes())
                if part is not None:
                    found.append(Found(int(folder.name), part))
    return sorted(found, key=lambda each: each.pid)


def _part(command: bytes) -> Part | None:
    words = command.replace(b"\0", b" ").decode(errors="replace")
    return next((part for needle, part in _WORDS if needle in words), None)


def kill(pid: int) -> bool:
    """End a process without a word to it; say whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def descendants(pid: int) -> Iterator[int]:
    """Give the ids of all processes that a process started, and those that these started."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for each in map(int, task.read_text().split()):
                yield each
                yield from descendants(each)
