"""From a reading's score to the chance that it is right, as counted on generated papers (benchmarks/calibrate.py)."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from pipeline.domain.ids import FieldName

TABLE = Path(__file__).with_name("calibration.json")
OTHERS = FieldName("*")
"""all fields that have no curve of their own"""


@dataclass(frozen=True, slots=True)
class Curve:
    """A chance that never falls as the score rises, straight between its knots."""

    scores: tuple[float, ...]
    chances: tuple[float, ...]

    def at(self, score: float) -> float:
        """Return the chance for a score; flat beyond the ends."""
        place = bisect_right(self.scores, score)
        if place == 0:
            return self.chances[0]
        if place == len(self.scores):
            return self.chances[-1]
        left, right = self.scores[place - 1], self.scores[place]
        share = (score - left) / (right - left)
        return self.chances[place - 1] * (1 - share) + self.chances[place] * share


Curves = Mapping[FieldName, Curve]


def calibrated(name: FieldName, score: float, curves: Curves) -> float:
    """Return the chance that a field whose reading has this score is right; the score itself where nothing was counted."""
    curve = curves.get(name) or curves.get(OTHERS)
    return score if curve is None else curve.at(score)


@lru_cache(maxsize=1)
def fitted_curves() -> Curves:
    """Return the curves that come with the product."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        FieldName(name): Curve(tuple(knots["scores"]), tuple(knots["chances"]))
        for name, knots in table["curves"].items()
    }


def fit(pairs: Sequence[tuple[float, bool]]) -> Curve:
    """Fit the rising curve to pairs of a score and whether it was right: pools of adjacent violators (Ayer et al. 1955).

    Each pool counts half a wrong reading more than it saw, so that no finite number of right ones makes a certainty.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing to fit")
    pools: list[tuple[float, int, int]] = []  # sum of scores, right, all
    for score, same in groupby(sorted(pairs), key=itemgetter(0)):
        outcomes = [right for _, right in same]
        pools.append((score * len(outcomes), sum(outcomes), len(outcomes)))
        while len(pools) > 1 and _share(pools[-2]) >= _share(pools[-1]):
            (low, low_right, low_all), (high, high_right, high_all) = pools[-2:]
            pools[-2:] = [(low + high, low_right + high_right, low_all + high_all)]
    scores = tuple(round(total / count, 4) for total, _, count in pools)
    chances = tuple(round(_share(pool), 4) for pool in pools)
    return _strict(scores, chances)


def _share(pool: tuple[float, int, int]) -> float:
    return pool[1] / (pool[2] + 0.5)


def _strict(scores: tuple[float, ...], chances: tuple[float, ...]) -> Curve:
    """Drop knots that rounding made equal, keeping the chances from falling."""
    knots: dict[float, float] = {}
    highest = 0.0
    for score, chance in zip(scores, chances, strict=True):
        highest = max(highest, chance)
        knots[score] = highest
    return Curve(tuple(knots), tuple(knots.values()))
