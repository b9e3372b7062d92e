"""Count how often readings of a score are right on generated papers, print it, and fit the curves that confidences come from.

    python -m benchmarks.calibrate [--first-seed 100] [--seeds 3] [--check]

Writes `pipeline/understand/calibration.json`; with --check only prints how the present curves do on these papers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.ocr_engines import policies
from benchmarks.specimen_readings import Judged, ReadSpecimen, Specimen, judge, read_specimens
from benchmarks.wear import Wear
from pipeline.domain.ids import FieldName
from pipeline.specimens.draw import PaperKind
from pipeline.understand.calibration import OTHERS, TABLE, Acceptance, Curve, counted, counted_acceptance, fit
from pipeline.understand.understand import UnderstandPolicy

_ENOUGH = 60
"""readings of a field that make a curve of its own"""
_BINS = 10
_RATES = (0.01, 0.02, 0.05)
_WORK = Path(__file__).parents[1] / ".state" / "benchmark-fields"
_WEARS = (Wear.CLEAN, Wear.OFFICE, Wear.LOWRES, Wear.WORN, Wear.BILEVEL, Wear.COPY, Wear.PHONE, Wear.SEAL)

Pairs = Mapping[FieldName, Sequence[tuple[float, bool]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    specimens = [Specimen(kind, seed, wear) for kind in PaperKind for seed in seeds for wear in _WEARS]
    with tempfile.TemporaryDirectory() as scans:
        default, *_ = policies(_WORK).values()
        read = list(read_specimens(specimens, policy=default, folder=Path(scans)))
    if not given.check:
        curves = curves_of(pairs_of(judge(read, policy=UnderstandPolicy(curves={}))))
        pairs = pairs_of(judge(read, policy=UnderstandPolicy(curves=curves)))
        write(curves, counted([pair for found in pairs.values() for pair in found]))
    show(read)


def pairs_of(judged: Iterable[Judged]) -> Pairs:
    """Return score and outcome of every value that was given, by field."""
    pairs: defaultdict[FieldName, list[tuple[float, bool]]] = defaultdict(list)
    for one in judged:
        if one.given is not None:
            pairs[one.field].append((one.confidence, one.right))
    return pairs


def curves_of(pairs: Pairs) -> Mapping[FieldName, Curve]:
    """Fit a curve to each field that was read often, and one to all others together."""
    rare = [pair for found in pairs.values() if len(found) < _ENOUGH for pair in found]
    curves = {name: fit(found) for name, found in sorted(pairs.items()) if len(found) >= _ENOUGH}
    return {**curves, OTHERS: fit(rare)}


def write(curves: Mapping[FieldName, Curve], acceptance: Acceptance) -> None:
    table = {
        "schema": "sohoa.calibration/2",
        "acceptance": {"confidences": acceptance.confidences, "wrong": acceptance.wrong},
        "curves": {name: {"scores": curve.scores, "chances": curve.chances} for name, curve in curves.items()},
    }
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def show(read: Sequence[ReadSpecimen]) -> None:
    """Print the reliability of confidences by decile, and how many are right of those that nobody would look at."""
    bins: list[list[Judged]] = [[] for _ in range(_BINS)]
    for one in judge(read):
        if one.given is not None:
            bins[min(_BINS - 1, int(one.confidence * _BINS))].append(one)
    print(f"{'confidence':>12} {'values':>7} {'said':>6} {'right':>6}")
    for index, found in enumerate(bins):
        if found:
            said = sum(one.confidence for one in found) / len(found)
            right = sum(one.right for one in found) / len(found)
            print(f"{index / _BINS:6.1f}–{(index + 1) / _BINS:.1f} {len(found):9} {said:6.3f} {right:6.3f}")
    given = [one for found in bins for one in found]
    for rate in _RATES:
        threshold = counted_acceptance().threshold(rate)
        taken = [one for one in given if one.confidence >= threshold]
        wrong = sum(not one.right for one in taken) / max(1, len(taken))
        share = len(taken) / max(1, len(given))
        print(
            f"at most {rate:.0%} wrong: from {threshold:.2f} on, {share:.1%} of the values, {wrong:.2%} of them wrong"
        )


if __name__ == "__main__":
    main()
