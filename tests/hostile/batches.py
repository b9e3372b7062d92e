"""Run a batch with hostile files in it, as the command does, and watch its processes meanwhile."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.services import open_services
from app.setting_groups import LimitSettings, ReadingSettings
from app.settings import Settings
from app.workshop import open_workshop
from pipeline.domain.batch import DigitizedBatch
from pipeline.ports import silent
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.receive_batch import receive_batch
from tests.fakes.author import CLERK
from tests.hostile.timing import TimedWorkers

MEMORY_MIB = 2048
PAGE_SECONDS = 40.0
DOCUMENT_SECONDS = 120.0
_KIB = 1024


@dataclass(slots=True)
class Watched:
    """What was seen of the processes that this one started, and theirs."""

    largest: int = 0
    """bytes of memory that one of them had at once"""
    own_before: int = 0
    own: int = 0
    """bytes that this process had at most"""
    seconds: float = 0.0
    left: list[int] = field(default_factory=list)
    """processes that were still there at the end"""


@contextlib.contextmanager
def watching() -> Iterator[Watched]:
    """Watch memory of this process and of all that it starts, every tenth of a second."""
    seen, over = Watched(own_before=_resident(os.getpid())), threading.Event()
    others = set(below(os.getpid()))  # servers that other tests of this process use

    def watch() -> None:
        while not over.wait(0.1):
            seen.own = max(seen.own, _resident(os.getpid()))
            seen.largest = max([seen.largest, *map(_peak, below(os.getpid(), others))])

    thread, began = threading.Thread(target=watch, daemon=True), time.monotonic()
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        seen.seconds = time.monotonic() - began
        seen.left = [pid for pid in below(os.getpid(), others) if not _is_tracker(pid)]


def below(parent: int, but: Collection[int] = ()) -> list[int]:
    """Return the processes that a process started, and those that these started; `but` these and what they started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                state, above = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(above), []).append(int(entry.name))
    found, waiting = [], [parent]
    while waiting:
        inner = [each for each in children.get(waiting.pop(), []) if each not in but]
        found += inner
        waiting += inner
    return found


def _is_tracker(pid: int) -> bool:
    """Say whether it is multiprocessing's own, which stays until this process ends."""
    with contextlib.suppress(OSError):
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True


def _resident(pid: int) -> int:
    return _status(pid, "VmRSS:")


def _peak(pid: int) -> int:
    return _status(pid, "VmHWM:")


def _status(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * _KIB
    return 0


def settings(home: Path) -> Settings:
    """Return settings with limits at which hostile files end soon."""
    return Settings(
        home=home,
        reading=ReadingSettings(
            workers=2, memory_mib=MEMORY_MIB, page_seconds=PAGE_SECONDS, document_seconds=DOCUMENT_SECONDS
        ),
        limits=LimitSettings(source_mib=512),
    )


def digitize(
    paths: Sequence[Path], home: Path, *, timed: Callable[[TimedWorkers], None] | None = None
) -> DigitizedBatch:
    """Digitize files as one batch, as `sohoa digitize` does without a server; `timed` is given what times each task."""
    with open_services(settings(home), author=CLERK) as services:
        received = receive_batch(
            paths, dossier=None, objects=services.objects, batches=services.batches, clock=services.clock
        )
        with open_workshop(services) as workshop:
            work = workshop.digitizing
            if timed is not None:
                workers = TimedWorkers(work.workers)
                timed(workers)
                work = replace(work, workers=workers)
            return digitize_batch(received, services=work, policy=workshop.policy, on_progress=silent)
