"""Many pages through resident workers: does memory stay flat, and do two workers read twice as much as one?

`uv run python -m benchmarks.endurance` writes benchmarks/results/endurance.md. What is measured is the product's own pool of
workers as it reads a batch, results handed back to the parent and all.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from statistics import median

from app.workers import ProcessWorkers
from benchmarks import process_tree
from benchmarks.machine import describe_machine
from benchmarks.ocr import SEED
from benchmarks.ocr_corpus import write_corpus
from benchmarks.ocr_engines import policies
from benchmarks.ocr_steps import ReadTask
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page

_RESULTS = Path(__file__).parent / "results" / "endurance.md"
_MEMORY_BYTES = 3072 << 20
_SECONDS = 120.0
_EVERY = 50
"""pages between two looks at the memory"""
_MIB = 1 << 20
_BAR_MIB = 8
"""what one sign of the figure stands for"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A page that a worker has read, and when: seconds of the machine's steady clock."""

    worker: int
    """its process"""
    started: float
    ended: float
    cpu: float
    page: RecognisedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """All pages once through some workers."""

    workers: int
    wall: float
    parent_cpu: float
    turns: tuple[Turn, ...]

    @property
    def cpu(self) -> float:
        """CPU seconds a page in the workers."""
        return sum(turn.cpu for turn in self.turns) / len(self.turns)

    @property
    def idle(self) -> float:
        """Share of their time in which workers waited for the next page; the end of the batch counts."""
        busy = sum(turn.ended - turn.started for turn in self.turns)
        return 1 - busy / (self.workers * self.wall)

    @property
    def waits(self) -> float:
        """Seconds between two pages of a worker, the middle one."""
        by_worker: dict[int, list[Turn]] = defaultdict(list)
        for turn in self.turns:
            by_worker[turn.worker].append(turn)
        return median(
            after.started - before.ended
            for turns in by_worker.values()
            for before, after in pairwise(sorted(turns, key=lambda turn: turn.started))
        )


def read(task: ReadTask) -> Turn:
    """Read a page as the product does."""
    started, before = time.monotonic(), time.process_time()
    page = read_page(task.file, MediaType.PDF, PageRef(SourceName(task.file.name), task.number), policy=task.policy)
    return Turn(os.getpid(), started, time.monotonic(), time.process_time() - before, page)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500, help="read in the long run (default: %(default)s)")
    parser.add_argument("--different", type=int, default=63, help="pages that are generated (default: %(default)s)")
    parser.add_argument("--passes", type=int, default=3, help="with one worker and with two (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the generated pages (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sohoa-endurance-") as name:
        tasks = _tasks(Path(name), pages=options.different, seed=options.seed)
        long, memory = _long_run(tasks, pages=options.pages)
        passes = _alternating(tasks, times=options.passes)
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    about = f"{options.different} different pages, seed {options.seed}. Load average at the end {load}. {machine}."
    parts = ("# Endurance of the workers", about, _memory_text(long, memory), _speed_text(passes))
    _RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(_RESULTS.read_text(encoding="utf-8"))


def _tasks(folder: Path, *, pages: int, seed: int) -> list[ReadTask]:
    (policy, *_) = policies(folder / "home").values()
    stacks = write_corpus(folder / "corpus", pages=pages, seed=seed)
    return [ReadTask(stack.file, page.number, policy) for stack in stacks for page in stack.pages]


def _long_run(tasks: Sequence[ReadTask], *, pages: int) -> tuple[Pass, dict[int, Mapping[int, int]]]:
    """Read many pages with two workers; return also the memory of each, in bytes, by the number of pages read."""
    memory: dict[int, Mapping[int, int]] = {}
    with ProcessWorkers(count=2, memory_bytes=_MEMORY_BYTES) as workers:
        turns: list[Turn] = []
        started, before = time.monotonic(), time.process_time()
        for turn in _read_all(workers, list(islice(cycle(tasks), pages))):
            turns.append(turn)
            if len(turns) % _EVERY == 0:
                memory[len(turns)] = {each: process_tree.resident_bytes(each) for each in {one.worker for one in turns}}
        wall = time.monotonic() - started
    return Pass(workers=2, wall=wall, parent_cpu=time.process_time() - before, turns=tuple(turns)), memory


def _alternating(tasks: Sequence[ReadTask], *, times: int) -> list[Pass]:
    """Read all pages with one worker and with two, in turns, so that the machine's moods hit both alike."""
    passes = []
    with (
        ProcessWorkers(count=1, memory_bytes=_MEMORY_BYTES) as one,
        ProcessWorkers(count=2, memory_bytes=_MEMORY_BYTES) as two,
    ):
        pools = {1: one, 2: two}
        for pool in pools.values():
            list(_read_all(pool, tasks[:4]))  # their start is another matter
        for _ in range(times):
            for count, pool in pools.items():
                started, before = time.monotonic(), time.process_time()
                turns = tuple(_read_all(pool, tasks))
                wall = time.monotonic() - started
                passes.append(
                    Pass(workers=count, wall=wall, parent_cpu=time.process_time() - before, turns=turns),
                )
    return passes


def _read_all(workers: ProcessWorkers, tasks: Sequence[ReadTask]) -> Iterator[Turn]:
    for _, turn in workers.map(read, tasks, seconds=_SECONDS):
        if isinstance(turn, SohoaError):
            raise turn
        yield turn


def _memory_text(long: Pass, memory: Mapping[int, Mapping[int, int]]) -> str:
    rows = [
        "## Memory",
        "",
        f"{len(long.turns)} pages with two workers, {60 * len(long.turns) / long.wall:.0f} a minute.",
    ]
    rows += ["Resident memory of each worker, one sign is 8 MiB.", "", "```"]
    for pages, workers in memory.items():
        for worker, size in sorted(workers.items()):
            mib = size / _MIB
            rows.append(
                f"{pages:4} pages, worker {sorted(workers).index(worker) + 1}  {mib:4.0f} MiB  {'█' * round(mib / _BAR_MIB)}"
            )
    return "\n".join([*rows, "```"])


def _speed_text(passes: Sequence[Pass]) -> str:
    by_count = {count: [each for each in passes if each.workers == count] for count in (1, 2)}
    rows = [
        "## One worker and two",
        "",
        "| workers | pages/min | CPU s a page | workers wait | between two pages | parent's CPU ms a page |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for count, runs in by_count.items():
        pages = len(runs[0].turns)
        wall = median(run.wall for run in runs)
        rows.append(
            f"| {count} | {60 * pages / wall:.0f} | {median(run.cpu for run in runs):.3f} |"
            f" {100 * median(run.idle for run in runs):.1f} % | {1000 * median(run.waits for run in runs):.1f} ms |"
            f" {1000 * median(run.parent_cpu for run in runs) / pages:.1f} |"
        )
    one, two = (median(run.wall for run in by_count[count]) for count in (1, 2))
    free, both = (median((1 - run.idle) / run.cpu for run in by_count[count]) for count in (1, 2))
    said = f"Two workers read {one / two:.2f} times as many pages a minute as one (medians)."
    # other work on the machine takes the second core away from two workers and not from one
    own = f"By CPU seconds and waits alone, which other work on the machine hardly touches, it is {2 * both / free:.2f} times."
    return "\n".join([*rows, "", said, own])


if __name__ == "__main__":
    main()
