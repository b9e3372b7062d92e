"""`python -m tests.usecases.part_reader FOLDER BATCH`: a machine that helps to read a batch, as a process of its own.

Everything is real but what is read on a page; each page that is read stands in `reads.log` of the folder.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.domain.ids import BatchId
from pipeline.domain.page import RecognisedPage
from pipeline.ports import Holder
from pipeline.usecases.batch_outcomes import note_page
from pipeline.usecases.read_parts import PartReader, read_parts
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.fakes.workers import InlineWorkers
from tests.usecases.bench import POLICY, FixedClock, read

LEASE_SECONDS = 6


def logging_reader(folder: Path, *, seconds: float) -> Callable[[Any], RecognisedPage]:
    """Return a reader that takes its time and writes down what it read."""

    def read_slowly(task: Any) -> RecognisedPage:  # noqa: ANN401 - a private task of the use case
        time.sleep(seconds)
        with (folder / "reads.log").open("a") as log:
            log.write(f"{os.getpid()} {task.ref.source} {task.ref.number}\n")
        return read(task)

    return read_slowly


def reads(folder: Path) -> list[tuple[int, str, int]]:
    """Return (process, source, page) in the order in which pages were read."""
    log = folder / "reads.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [(int(pid), source, int(number)) for pid, source, number in (line.split() for line in lines)]


def holder(name: str) -> Holder:
    """Return somebody of whom nobody else can tell whether he is dead, as on another machine."""
    return Holder(
        name=name,
        seconds=LEASE_SECONDS,
        is_dead=lambda _: False,
        wait=lambda _: time.sleep(0.05),
        has_room=lambda: True,
    )


def main(folder: Path, batch: BatchId) -> None:
    """Read parts that nobody has."""
    records = open_records(f"sqlite:///{folder / 'records.db'}", clock=FixedClock(), author=CLERK)
    reader = PartReader(
        objects=FolderObjects(folder / "archive"),
        workers=InlineWorkers({"_read": logging_reader(folder, seconds=0.1)}),
        policy=POLICY.read,
        tools=POLICY.tools.read,
        seconds=1,
        holder=holder(f"process {os.getpid()}"),
    )
    done = read_parts(batch, parts=records.parts, reader=reader, on_page=note_page)
    records.close()
    print(*done)  # noqa: T201 - told to the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), BatchId(sys.argv[2]))
