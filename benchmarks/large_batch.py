"""One batch of a thousand pages: is time linear, does memory stay flat, when are the first page and the first paper ready?

`uv run python -m benchmarks.large_batch` digitizes generated scans as `sohoa digitize` does without a server and writes
benchmarks/results/large-batch.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pikepdf

from app.authors import system_at
from app.services import Services, open_services
from app.setting_groups import ReadingSettings
from app.settings import Settings
from app.workshop import open_workshop
from benchmarks import process_tree
from benchmarks.machine import describe_machine
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.ids import BatchId
from pipeline.specimens.batch import write_batch
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.receive_batch import receive_batch

_RESULTS = Path(__file__).parent / "results" / "large-batch.md"
_MIB = 1 << 20
_DIFFERENT = 6
"""stacks of papers that are drawn"""
_STEPS = 10
"""looks at time and memory while pages are read"""


@dataclass(frozen=True, slots=True)
class Look:
    """How things stood after some pages."""

    pages: int
    seconds: float
    cpu: float
    """seconds of all processes together"""
    worker: int
    """bytes that the largest child held"""
    parent: int
    """bytes that the process of the batch held"""


@dataclass(slots=True)
class Watch:
    """Looks at the processes whenever a tenth of the pages is read."""

    every: int
    began: float = field(default_factory=time.monotonic)
    looks: list[Look] = field(default_factory=list)
    first: float = 0.0
    """seconds after which a page was read"""
    first_paper: float = 0.0
    """seconds after which the first paper could be seen, its copy in the store"""
    ready: Callable[[], int] = int
    """counts the papers that can be seen"""
    early: int = 0
    """papers that could be seen before the last page was read"""
    stages: dict[str, float] = field(default_factory=dict)

    def heard(self, stage: Stage, progress: Progress) -> None:
        """Hear of a stage."""
        now = time.monotonic() - self.began
        self.stages[stage.value] = now
        if stage is not Stage.READ:
            return
        if not progress.done:
            return
        self.first = self.first or now
        self.early = max(self.early, self.ready())
        if self.early and not self.first_paper:
            self.first_paper = time.monotonic() - self.began
        if progress.done % self.every == 0:
            self.look(progress.done, now)

    def look(self, pages: int, now: float) -> None:
        """Look at all processes."""
        own = os.getpid()
        children = [process_tree.resident_bytes(each) for each in process_tree.tree(own) if each != own]
        cpu = process_tree.cpu_seconds(own)
        self.looks.append(Look(pages, now, cpu, max(children, default=0), process_tree.resident_bytes(own)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000, help="in the batch, about (default: %(default)s)")
    parser.add_argument("--dpi", type=int, default=100, help="of the scans (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="child processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="of the generated papers (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sohoa-large-batch-") as name:
        folder = Path(name)
        pages = _write(folder / "scans", pages=options.pages, dpi=options.dpi, seed=options.seed)
        watch = Watch(every=max(1, pages // _STEPS))
        batch = _digitize(folder, workers=options.workers, watch=watch)
    _RESULTS.write_text(_page(batch, watch, options), encoding="utf-8")
    print(_RESULTS.read_text(encoding="utf-8"))


def _write(folder: Path, *, pages: int, dpi: int, seed: int) -> int:
    """Write scans of invented papers, each again under other bytes, until there are so many pages; return how many there are."""
    drawn = folder.with_name("drawn")
    truths = [write_batch(drawn / str(each), seed=seed + each, dossiers=2, dpi=dpi) for each in range(_DIFFERENT)]
    folder.mkdir()
    written, number = 0, 0
    while written < pages:
        for file in sorted((drawn / str(number % _DIFFERENT)).rglob("*.pdf")):
            with pikepdf.open(file) as pdf:
                pdf.docinfo["/Title"] = f"scan {number}"  # the same bytes would be read once
                pdf.save(folder / f"{number:04} {file.name}")
        written += len(truths[number % _DIFFERENT].pages)
        number += 1
    return written


def _digitize(folder: Path, *, workers: int, watch: Watch) -> DigitizedBatch:
    settings = Settings(home=folder / "home", reading=ReadingSettings(workers=workers))
    with open_services(settings, author=system_at("benchmark")) as services:
        received = receive_batch(
            [folder / "scans"],
            dossier=None,
            objects=services.objects,
            batches=services.batches,
            clock=services.clock,
        )
        with open_workshop(services) as workshop:
            policy = workshop.policy
            watch.ready = partial(_ready, received.id, services)
            watch.began = time.monotonic()
            batch = digitize_batch(received, services=workshop.digitizing, policy=policy, on_progress=watch.heard)
            watch.look(len(batch.pages), time.monotonic() - watch.began)
    return batch


def _ready(batch: BatchId, services: Services) -> int:
    counts = services.intake.watch.counts(batch)
    return 0 if counts is None else counts.early


def _page(batch: DigitizedBatch, watch: Watch, options: argparse.Namespace) -> str:
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    about = (
        f"{len(batch.pages)} pages at {options.dpi} dpi in {len(batch.sources)} files, {len(batch.documents)} papers"
    )
    papers = (
        f"The first paper was ready, its copy in the store, after {watch.first_paper:.1f} s (looked for whenever a page was"
        f" read), and {watch.early} were before the last page was read."
    )
    rows = [
        "# One large batch",
        "",
        f"{about}, {options.workers} workers. Load average at the end {load}. {machine}.",
        "",
        f"The first page was read after {watch.first:.1f} s. {papers}",
        "",
        "The last row is the end, when all copies are made and all is written down.",
        "",
        "| pages | seconds | CPU s | CPU s a page since the row before | largest child MiB | parent MiB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    before = Look(0, 0.0, 0.0, 0, 0)
    for look in watch.looks:
        pages = look.pages - before.pages or look.pages
        each = (look.cpu - before.cpu) / pages
        rows.append(
            f"| {look.pages} | {look.seconds:.0f} | {look.cpu:.0f} | {each:.3f} | {look.worker / _MIB:.0f} |"
            f" {look.parent / _MIB:.0f} |"
        )
        before = look
    ends = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in watch.stages.items())
    return "\n".join([*rows, "", f"Stages ended after: {ends}.", ""])


if __name__ == "__main__":
    main()
