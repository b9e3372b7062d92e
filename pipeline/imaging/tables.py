"""Ruled tables and frames: which rules make one, and in which cell a point lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.imaging.chunks import Reals
from pipeline.imaging.rules import Rules

_TOUCH = 1.0
"""heights of capitals by which rules of one table miss each other at most: scanned corners are worn"""
_SAME = 0.5
"""heights of capitals by which the parts of a broken rule are off each other at most"""
_FEWEST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A ruled table, or a frame; pixels."""

    left: float
    top: float
    right: float
    bottom: float
    level: Reals
    """its level rules: rows of left, top, right, bottom"""
    upright: Reals
    size: float
    """height of the page's capitals"""

    @property
    def area(self) -> float:
        """Square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def holds(self, x: Reals, y: Reals) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say which points lie inside."""
        return np.asarray((self.left < x) & (x < self.right) & (self.top < y) & (y < self.bottom))

    def cells(self, x: Reals, y: Reals) -> list[tuple[float, float]]:
        """Return top and left of the cell around each point."""
        tops = _last_before(self.level, y, x, self.size)
        lefts = _last_before(self.upright[:, [1, 0, 3, 2]], x, y, self.size)
        return list(zip(_even(tops, self.top, self.size), _even(lefts, self.left, self.size), strict=True))


def tables_of(rules: Rules, size: float) -> list[Table]:
    """Return the tables and frames of a page whose capitals are mostly `size` pixels high, the smallest first.

    Rules belong together where they touch; level ones alone are underlines, upright ones alone part columns.
    """
    level, upright = rules.level.astype(np.float64), rules.upright.astype(np.float64)
    if len(level) < _FEWEST or not len(upright):
        return []
    near = _TOUCH * size
    touch = (level[:, None, 0] - near <= upright[:, 2]) & (level[:, None, 2] + near >= upright[:, 0])
    touch &= (level[:, None, 1] + near >= upright[:, 1]) & (level[:, None, 3] - near <= upright[:, 3])
    table = np.arange(len(level))
    for across in touch.T:
        if across.any():
            joined = table[across]
            table[np.isin(table, joined)] = joined[0]
    found = []
    for number in np.unique(table[touch.any(axis=1)]):
        mine = table == number
        if mine.sum() >= _FEWEST:
            found.append(_table(level[mine], upright[touch[mine].any(axis=0)], size))
    return sorted(found, key=lambda one: one.area)


def _table(level: Reals, upright: Reals, size: float) -> Table:
    edges = np.concatenate([level, upright])
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, 2:].max(axis=0)
    return Table(float(left), float(top), float(right), float(bottom), level, upright, size)


def _last_before(rules: Reals, along: Reals, across: Reals, size: float) -> Reals:
    """Return for each point where the last level rule above it stands that runs over it; -inf for none."""
    middle, near = (rules[:, 1] + rules[:, 3]) / 2, _SAME * size
    over = (rules[:, 0] - near <= across[:, None]) & (across[:, None] <= rules[:, 2] + near)
    return np.asarray(np.where(over & (middle < along[:, None]), middle, -np.inf).max(axis=1))


def _even(places: Reals, first: float, size: float) -> list[float]:
    """Return the same place for those hardly apart: a rule is never quite level, and broken ones have several."""
    places = np.maximum(places, first)
    order = np.argsort(places)
    group = np.cumsum(np.diff(places[order], prepend=places[order[0]]) > _SAME * size)
    even = np.empty_like(places)
    even[order] = places[order][np.searchsorted(group, group)]
    return [float(place) for place in even]
