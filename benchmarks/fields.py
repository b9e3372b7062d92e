"""What the product understands of generated papers and batches, against the exact truth.

    python -m benchmarks.fields [--first-seed 500] [--seeds 1] [--batches 20]

Prints tables by kind of page, field and type, and writes them to `benchmarks/results/fields-<date>-<machine>.md`; cut-outs of what
was read wrongly go to `.state/benchmark-fields/worst/`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path

from benchmarks.field_batches import judge_batches
from benchmarks.field_report import report
from benchmarks.field_worst import render_worst
from benchmarks.machine import describe_machine, slug
from benchmarks.ocr_engines import policies
from benchmarks.specimen_readings import Specimen, judge, read_specimens
from benchmarks.wear import Wear
from pipeline.specimens.draw import PaperKind

FIRST_SEED = 500
"""nobody tunes on the seeds from here on; calibration uses those from 100 on"""
STATE = Path(__file__).parents[1] / ".state" / "benchmark-fields"
RESULTS = Path(__file__).parent / "results"
WEARS = (Wear.CLEAN, Wear.OFFICE, Wear.BILEVEL, Wear.COPY, Wear.PHONE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=1, help="papers of each kind in each wear (default: 1)")
    parser.add_argument("--batches", type=int, default=20, help="batches of three dossiers to separate (default: 20)")
    given = parser.parse_args()
    shutil.rmtree(STATE / "scans", ignore_errors=True)
    (STATE / "scans").mkdir(parents=True)
    policy, *_ = policies(STATE).values()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    specimens = [Specimen(kind, seed, wear) for kind in PaperKind for seed in seeds for wear in WEARS]
    read = []
    for number, one in enumerate(read_specimens(specimens, policy=policy, folder=STATE / "scans"), 1):
        read.append(one)
        if number % 20 == 0 or number == len(specimens):
            print(f"{number} of {len(specimens)} papers read", flush=True)
    judged = list(judge(read))
    batches = list(
        judge_batches(
            range(given.first_seed, given.first_seed + given.batches), policy=policy, folder=STATE / "batches"
        )
    )
    machine = describe_machine()
    text = report(judged, batches, seeds=seeds, machine=machine)
    print(text)
    own = given.first_seed == FIRST_SEED and given.batches >= 20
    target = (RESULTS if own else STATE) / f"fields-{dt.datetime.now(dt.UTC):%Y-%m-%d}-{slug(machine)}.md"
    target.write_text(text, encoding="utf-8")
    print(f"results: {target}\nwhat was read wrongly: {render_worst(read, judged, STATE / 'worst')}")


if __name__ == "__main__":
    main()
