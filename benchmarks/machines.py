"""A batch on one, two and four machines: how much faster, and what Prefect costs.

`python -m benchmarks.machines` makes machines by name spaces of the kernel (Linux, as root), has generated scans digitized on
them, each time under other bytes, and writes benchmarks/results/machines.md. PostgreSQL, the S3 gateway, the Prefect server
and the pages are machines of their own, on the same cores as the workers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import psycopg

from benchmarks import process_tree
from benchmarks.machine import describe_machine
from benchmarks.machines_work import DIRECT, LANES
from pipeline.specimens.batch import write_batch
from tests.machines.network import Machine
from tests.machines.province import PAGES, Province, province

_RESULTS = Path(__file__).parent / "results" / "machines.md"
_NAMES = ("one", "two", "three", "four")
_DIFFERENT = 6
"""stacks of papers that are drawn"""
_LOOK_SECONDS = 0.1
_LIMIT_SECONDS = 1800.0
_WARM_PAGES = 4
_CORES = (0, 1)
_STATE = "SELECT state, (SELECT count(*) FROM pages WHERE batch = batches.id) FROM batches WHERE id = %s"
_PAPERS = "SELECT count(*) FROM documents WHERE batch = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a batch is digitized."""

    says: str
    lane: str
    cores: Sequence[Collection[int]]
    """of each machine that works"""


WAYS: Mapping[str, Way] = {
    "direct": Way(says="the use case in one process, without Prefect, 2 cores", lane=DIRECT, cores=[_CORES]),
    "whole": Way(says="one machine with 2 cores", lane="counter", cores=[_CORES]),
    "one": Way(says="one machine, pinned to one core", lane="counter", cores=[[0]]),
    "two": Way(says="two machines, pinned to a core each", lane="counter", cores=[[0], [1]]),
    "four": Way(says="four machines, two on each core", lane="counter", cores=[[0], [1], [0], [1]]),
    "bulk": Way(says="two machines, pinned to a core each, bulk lane", lane="bulk", cores=[[0], [1]]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen of one batch."""

    pages: int
    papers: int
    seconds: float
    """from the moment at which its bytes were safe until it was written down"""
    first: float
    """seconds until a page was read"""
    cpu: Mapping[str, float]
    """seconds, by machine"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="of each batch, about (default: %(default)s)")
    parser.add_argument("--dpi", type=int, default=100, help="of the scans (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="of the generated papers (default: %(default)s)")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["direct", "whole", "one", "two", "four"])
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sohoa-machines-") as name, province(*_NAMES) as whole:
        drawn = _draw(Path(name), seed=options.seed, dpi=options.dpi)
        runs = {}
        for way in options.ways:
            runs[way] = _measure(way, whole, drawn, Path(name), pages=options.pages)
            print(_row(way, runs[way]), flush=True)
    page = _page(runs, options, load)
    _RESULTS.write_text(page, encoding="utf-8")
    print(page)


def _draw(folder: Path, *, seed: int, dpi: int) -> Sequence[tuple[Path, int]]:
    """Draw papers; return PDF files with their numbers of pages."""
    for each in range(_DIFFERENT):
        write_batch(folder / "drawn" / str(each), seed=seed + each, dossiers=2, dpi=dpi)
    found = []
    for file in sorted((folder / "drawn").rglob("*.pdf")):
        with pikepdf.open(file) as pdf:
            found.append((file, len(pdf.pages)))
    return found


def _write(folder: Path, drawn: Sequence[tuple[Path, int]], *, pages: int) -> Path:
    """Write a batch of scans that nobody has seen: the same pages under other bytes."""
    folder.mkdir(parents=True)
    written = number = 0
    while written < pages:
        file, count = drawn[number % len(drawn)]
        with pikepdf.open(file) as pdf:
            pdf.docinfo["/Title"] = f"{folder.name} {number}"
            pdf.save(folder / f"{number:04}.pdf")
        written += count
        number += 1
    return folder


def _measure(name: str, whole: Province, drawn: Sequence[tuple[Path, int]], folder: Path, *, pages: int) -> Run:
    way = WAYS[name]
    batch = _write(folder / name, drawn, pages=pages)
    machines = [whole.machines[each] for each in _NAMES[: len(way.cores)]]
    if way.lane == DIRECT:
        warm = _write(folder / f"{name} warm", drawn, pages=_WARM_PAGES)
        return _watch(whole, machines[0], [DIRECT, str(batch), "--warm", str(warm)], cores=way.cores[0])
    with contextlib.ExitStack() as workers:
        for machine, cores in zip(machines, way.cores, strict=True):
            # where one works before the others are there, it is the first one's turn: all are warm in the end
            workers.enter_context(whole.working(machine, cores=cores))
            warm = _write(folder / f"{name} warm {machine.name}", drawn, pages=_WARM_PAGES)
            _watch(whole, whole.machines[PAGES], [LANES[0], str(warm)])
        return _watch(whole, whole.machines[PAGES], [way.lane, str(batch)])


def _watch(whole: Province, machine: Machine, words: Sequence[str], *, cores: Collection[int] = ()) -> Run:
    """Have a batch digitized and look until it is written down."""
    command = machine.command(sys.executable, "-m", "benchmarks.machines_work", *words, cores=cores)
    with (
        psycopg.connect(whole.database, autocommit=True) as records,
        subprocess.Popen(
            command, env=whole.environment(machine), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        before, first = _cpu(whole), 0.0
        while True:
            state, read = records.execute(_STATE, [told["batch"]]).fetchone() or ("", 0)
            seconds = time.monotonic() - told["began"]
            first = first or (seconds if read else 0.0)
            if state == "digitized":
                break
            if seconds > _LIMIT_SECONDS or process.poll():
                raise RuntimeError(f"{words}: {state}, {read} pages after {seconds:.0f} s")
            time.sleep(_LOOK_SECONDS)
        after = _cpu(whole)
        (papers,) = records.execute(_PAPERS, [told["batch"]]).fetchone() or (0,)
    cpu = {name: after[name] - before[name] for name in after}
    return Run(pages=read, papers=papers, seconds=seconds, first=first, cpu=cpu)


def _cpu(whole: Province) -> dict[str, float]:
    return {name: process_tree.space_cpu_seconds(machine.init) for name, machine in whole.machines.items()}


def _row(way: str, run: Run) -> str:
    workers = sum(seconds for name, seconds in run.cpu.items() if name in _NAMES)
    servers = [f"{run.cpu[name]:.1f}" for name in run.cpu if name not in _NAMES]
    cells = [
        f"{way}: {WAYS[way].says}",
        f"{run.pages}",
        f"{run.papers}",
        f"{run.seconds:.1f}",
        f"{60 * run.pages / run.seconds:.0f}",
        f"{run.first:.1f}",
        f"{workers:.1f}",
        f"{1000 * workers / run.pages:.0f}",
        *servers,
    ]
    return f"| {' | '.join(cells)} |"


def _page(runs: Mapping[str, Run], options: argparse.Namespace, load: float) -> str:
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    columns = ["way", "pages", "papers", "seconds", "pages/min", "first page after s", "workers' CPU s", "ms a page"]
    columns += ["PostgreSQL CPU s", "S3 CPU s", "Prefect CPU s", "pages' CPU s"]
    about = f"A batch at {options.dpi} dpi, seed {options.seed}, each time under other bytes."
    loads = f"Load average before {load:.1f}, at the end {os.getloadavg()[0]:.1f}."
    rows = [
        "# Several machines",
        "",
        f"{about} {loads} {machine}.",
        "",
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *(_row(way, run) for way, run in runs.items()),
        "",
        *_compared(runs),
    ]
    return "\n".join(rows) + "\n"


def _compared(runs: Mapping[str, Run]) -> list[str]:
    """Say what the runs mean; throughput goes by pages, since batches may differ by a few."""
    found = []
    for more in ("two", "four", "bulk"):
        if {"one", more} <= runs.keys():
            ratio = runs["one"].seconds / runs["one"].pages / (runs[more].seconds / runs[more].pages)
            found.append(f"* `{more}` against `one`: {ratio:.2f} times as many pages a minute.")
    for flow in ("whole", "two", "bulk"):
        if {DIRECT, flow} <= runs.keys():
            over = runs[flow].seconds - runs[DIRECT].seconds
            share, each = 100 * over / runs[DIRECT].seconds, 1000 * over / runs[flow].papers
            cpu = sum(runs[flow].cpu.values()) - sum(runs[DIRECT].cpu.values())
            found.append(
                f"* `{flow}` against `direct`: {over:+.1f} s ({share:+.1f} %), {each:+.0f} ms a paper;"
                f" CPU of all machines {cpu:+.1f} s."
            )
    return found


if __name__ == "__main__":
    main()
