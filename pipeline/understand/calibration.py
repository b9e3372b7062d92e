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
from typing import Any

from pipeline.domain.ids import FieldName

TABLE = Path(__file__).with_name("calibration.json")
OTHERS = FieldName("*")
"""all fields that have no curve of their own"""
_STEPS = tuple(round(0.5 + 0.01 * step, 2) for step in range(50))
"""confidences at which acceptance is counted"""
_WORST = 5
_NOTHING = 1.01
"""a confidence that no value reaches"""


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


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How many of the values that are accepted without a look are wrong, by the confidence from which they are."""

    confidences: tuple[float, ...]
    """rising"""
    wrong: tuple[float, ...]
    """share of wrong values among those of at least each confidence"""

    def threshold(self, error_rate: float) -> float:
        """Return the confidence from which values may be accepted so that at most this share of them is wrong.

        It holds for every stricter threshold too, and no single value that is accepted is more than five times as likely to be
        wrong as that. Above 1 where no confidence is enough: then a person looks at everything.
        """
        lowest = _NOTHING
        for confidence, wrong in zip(reversed(self.confidences), reversed(self.wrong), strict=True):
            if wrong > error_rate:
                break
            lowest = confidence
        return max(lowest, 1 - _WORST * error_rate)


def counted(pairs: Sequence[tuple[float, bool]]) -> Acceptance:
    """Count among pairs of a confidence and whether the value was right."""
    confidences, wrong = [], []
    for step in _STEPS:
        outcomes = [right for confidence, right in pairs if confidence >= step]
        if outcomes:
            confidences.append(step)
            wrong.append(round(outcomes.count(False) / len(outcomes), 5))
    return Acceptance(tuple(confidences), tuple(wrong))


@lru_cache(maxsize=1)
def fitted_curves() -> Curves:
    """Return the curves that come with the product."""
    return {
        FieldName(name): Curve(tuple(knots["scores"]), tuple(knots["chances"]))
        for name, knots in _table()["curves"].items()
    }


@lru_cache(maxsize=1)
def counted_acceptance() -> Acceptance:
    """Return what was counted on generated papers with the curves that come with the product."""
    counts = _table()["acceptance"]
    return Acceptance(tuple(counts["confidences"]), tuple(counts["wrong"]))


def _table() -> Any:  # noqa: ANN401 - whatever JSON holds
    return json.loads(TABLE.read_text(encoding="utf-8"))


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
