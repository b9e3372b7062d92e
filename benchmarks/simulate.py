"""How far an installation carries: `make simulate`.

A working day of an office, of a province and of the country as one installation is simulated with what was measured
(`benchmarks.office_days`, `benchmarks.capacity`), what the years add up to is counted (`benchmarks.growth`), and both are written to
results/scale.md, with a picture of what is full when, results/scale.svg.
"""

from __future__ import annotations

import argparse

from benchmarks.capacity import RESULTS, Assumed, measured
from benchmarks.office_days import day_of, installations
from benchmarks.scale_picture import picture
from benchmarks.scale_report import page


def main() -> None:
    """Simulate, count, and write both down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    assumed, costs = Assumed(), measured()
    days = [day_of(each, assumed, costs, seed=options.seed) for each in installations(assumed)]
    (RESULTS / "scale.md").write_text(page(days, assumed, costs), encoding="utf-8")
    (RESULTS / "scale.svg").write_text(picture(assumed, costs), encoding="utf-8")
    print((RESULTS / "scale.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
