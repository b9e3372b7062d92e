"""A batch on one, two and four machines: how much faster, and what Prefect costs.

`python -m benchmarks.machines` makes machines by name spaces of the kernel (Linux, as root), has the same generated scans
digitized on them, each time under other bytes, and writes benchmarks/results/machines.md. PostgreSQL, the S3 gateway, the
Prefect server and the pages are machines of their own, and run on whichever of the two cores is free: beside one pinned worker
that is the other core, beside two it is theirs. Nearly every way is gone twice, the second time in the opposite order, so that
what grows or warms up meanwhile favours none; `direct`, first and last, tells how far two equal runs lie apart.
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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import psycopg

from benchmarks import process_tree
from benchmarks.machines_report import Gone, Run, as_page, row
from benchmarks.machines_work import DIRECT, LANES
from pipeline.specimens.batch import write_batch
from tests.machines.network import Machine
from tests.machines.province import PAGES, Province, province

__all__ = ["Run", "draw", "watch", "write_scans"]  # other benchmarks use them

_RESULTS = Path(__file__).parent / "results" / "machines.md"
_NAMES = ("one", "two", "three", "four")
_DIFFERENT = 6
"""stacks of papers that are drawn"""
_LOOK_SECONDS = 0.1
_LIMIT_SECONDS = 1800.0
_WARM_PAGES = 4
_CORES = (0, 1)
_REST_SECONDS, _REST_SHARE, _LONGEST_REST_SECONDS = 2.0, 0.25, 90.0
"""workers rest when they took less than a quarter of a core for two seconds"""
_ORDER = ["direct", "whole", "one", "two", "four", "two", "one", "whole", "direct"]
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="of each batch, about (default: %(default)s)")
    parser.add_argument("--dpi", type=int, default=200, help="of the scans; rules ask for 200 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="of the generated papers (default: %(default)s)")
    parser.add_argument(
        "--ways", nargs="+", choices=list(WAYS), default=_ORDER, help="one after the other (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    gone: list[Gone] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-machines-") as name, province(*_NAMES) as whole:
        drawn = draw(Path(name), seed=options.seed, dpi=options.dpi)
        for number, way in enumerate(options.ways, start=1):
            run = _measure(WAYS[way], whole, drawn, Path(name) / str(number), pages=options.pages)
            gone.append(Gone(way, WAYS[way].says, run))
            print(row(gone[-1]), flush=True)
    about = f"Scans at {options.dpi} dpi, seed {options.seed}. Load average before {load:.1f}, at the end {os.getloadavg()[0]:.1f}."
    page = as_page(gone, about)
    _RESULTS.write_text(page, encoding="utf-8")
    print(page)


def draw(folder: Path, *, seed: int, dpi: int) -> Sequence[tuple[Path, int]]:
    """Draw papers; return PDF files with their numbers of pages."""
    for each in range(_DIFFERENT):
        write_batch(folder / "drawn" / str(each), seed=seed + each, dossiers=2, dpi=dpi)
    found = []
    for file in sorted((folder / "drawn").rglob("*.pdf")):
        with pikepdf.open(file) as pdf:
            found.append((file, len(pdf.pages)))
    return found


def write_scans(folder: Path, drawn: Sequence[tuple[Path, int]], *, pages: int) -> Path:
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


def _measure(way: Way, whole: Province, drawn: Sequence[tuple[Path, int]], folder: Path, *, pages: int) -> Run:
    batch = write_scans(folder / "batch", drawn, pages=pages)
    machines = [whole.machines[each] for each in _NAMES[: len(way.cores)]]
    if way.lane == DIRECT:
        warm = write_scans(folder / "warm", drawn, pages=_WARM_PAGES)
        return watch(whole, machines[0], [DIRECT, str(batch), "--warm", str(warm)], cores=way.cores[0])
    with contextlib.ExitStack() as workers:
        for machine, cores in zip(machines, way.cores, strict=True):
            workers.enter_context(whole.working(machine, cores=cores))
        small = [write_scans(folder / f"warm {each.name}", drawn, pages=_WARM_PAGES) for each in machines]
        _warm(whole, machines, small)
        return watch(whole, whole.machines[PAGES], [way.lane, str(batch)])


def _warm(whole: Province, machines: Sequence[Machine], folders: Sequence[Path]) -> None:
    """Hand over as many small batches as there are machines, all at once: each takes one, since it takes one at a time."""
    _until(lambda: whole.knows_flows, _LIMIT_SECONDS, "the Prefect server knows all flows")
    _rest(whole, machines)
    with contextlib.ExitStack() as handed:
        batches = [
            handed.enter_context(_handed(whole, whole.machines[PAGES], [LANES[0], str(each)])) for each in folders
        ]
        _until(
            lambda: all(whole.ask(_STATE, told["batch"])[0][0] == "digitized" for _, told in batches),
            _LIMIT_SECONDS,
            "small batches are digitized",
        )
    _rest(whole, machines)


def _rest(whole: Province, machines: Sequence[Machine]) -> None:
    """Wait until nothing starts, warms up or ends on these machines."""

    def rests() -> bool:
        before = _cpu(whole)
        time.sleep(_REST_SECONDS)
        after = _cpu(whole)
        return sum(after[each.name] - before[each.name] for each in machines) < _REST_SHARE * _REST_SECONDS

    time.sleep(_REST_SECONDS)
    _until(rests, _LONGEST_REST_SECONDS, "workers rest")


def _until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds:.0f} s: {what}")
        time.sleep(_LOOK_SECONDS)


@contextlib.contextmanager
def _handed(
    whole: Province, machine: Machine, words: Sequence[str], *, cores: Collection[int] = ()
) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, Any]]]:
    """Have a batch digitized; give the process that sees to it, and its word that the bytes are safe."""
    command = machine.command(sys.executable, "-m", "benchmarks.machines_work", *words, cores=cores)
    with subprocess.Popen(
        command, env=whole.environment(machine), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())


def watch(whole: Province, machine: Machine, words: Sequence[str], *, cores: Collection[int] = ()) -> Run:
    """Have a batch digitized and look until it is written down."""
    with (
        psycopg.connect(whole.database, autocommit=True) as records,
        _handed(whole, machine, words, cores=cores) as (process, told),
    ):
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


if __name__ == "__main__":
    main()
