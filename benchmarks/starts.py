"""What it costs to hand a batch over and to start work on it: `python -m benchmarks.starts`, as root.

On machines that are name spaces of the kernel (as in `benchmarks.machines`) small batches are digitized in one process without Prefect,
then each by itself at the counter and in the bulk lane. What lies between them is the cost of orchestration: until the first page, and in
processor seconds of worker, Prefect server and PostgreSQL. What these spend while nothing is handed over goes by the clock; it is
measured beside. All of it goes to results/starts.json, and from there by hand to `Assumed` in `benchmarks/capacity.py`: it needs a quiet
machine, and had none yet.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import process_tree
from benchmarks.machine import describe_machine
from benchmarks.machines import Run, draw, watch, write_scans
from benchmarks.machines_work import DIRECT
from tests.machines.province import FLOWS, PAGES, RECORDS, Province, province

RESULTS = Path(__file__).parent / "results" / "starts.json"
_WORKER = "one"
_WHO = {"worker_cpu": _WORKER, "flows_cpu": FLOWS, "records_cpu": RECORDS}
_REST_SECONDS = 30.0


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=4, help="of each batch, at least")
    parser.add_argument("--times", type=int, default=5, help="batches of each way")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sohoa-starts-") as name, province(_WORKER) as whole:
        bench = _Bench(Path(name), whole, pages=options.pages, seed=options.seed)
        worker = whole.machines[_WORKER]
        warm = str(bench.scans("warm"))
        alone = watch(whole, worker, [DIRECT, str(bench.scans("direct")), "--warm", warm])
        with whole.working(worker):
            bench.by_itself("counter")  # starts what is resident
            rest = bench.rest()
            counter = [bench.by_itself("counter") for _ in range(options.times)]
            bulk = [bench.by_itself("bulk") for _ in range(options.times)]
    machine = describe_machine()
    told = {
        "machine": {each: machine[each] for each in ("processor", "cores", "memory", "commit")},
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "direct": _told([alone]),
        "counter": _told(counter),
        "bulk": _told(bulk),
        "rest": rest,
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def _told(runs: Sequence[Run]) -> dict[str, float]:
    def median(of: Sequence[float]) -> float:
        return round(statistics.median(of), 2)

    return {
        "batches": len(runs),
        "pages": median([each.pages for each in runs]),
        "papers": median([each.papers for each in runs]),
        "first": median([each.first for each in runs]),
        "seconds": median([each.seconds for each in runs]),
    } | {name: median([each.cpu[machine] for each in runs]) for name, machine in _WHO.items()}


class _Bench:
    """Writes batches that nobody has seen and has them digitized."""

    def __init__(self, folder: Path, whole: Province, *, pages: int, seed: int) -> None:
        self._folder = folder
        self._whole = whole
        self._pages = pages
        self._drawn = draw(folder, seed=seed, dpi=100)
        self._numbers = itertools.count()

    def scans(self, name: str) -> Path:
        return write_scans(self._folder / f"{name} {next(self._numbers)}", self._drawn[:1], pages=self._pages)

    def by_itself(self, lane: str) -> Run:
        return watch(self._whole, self._whole.machines[PAGES], [lane, str(self.scans(lane))])

    def rest(self) -> dict[str, float]:
        """Return what a second costs in which nothing is handed over: all of them ask each other for work meanwhile."""
        before, began = self._cpu(), time.monotonic()
        time.sleep(_REST_SECONDS)
        after, seconds = self._cpu(), time.monotonic() - began
        return {name: round((after[machine] - before[machine]) / seconds, 4) for name, machine in _WHO.items()}

    def _cpu(self) -> dict[str, float]:
        machines = self._whole.machines
        return {name: process_tree.space_cpu_seconds(machines[name].init) for name in _WHO.values()}


if __name__ == "__main__":
    main()
