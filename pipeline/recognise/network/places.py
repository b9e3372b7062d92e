"""Where the characters of a line stand: the frames that show them, made exact by the ink."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Span = tuple[float, float]
"""left and right, in columns"""

_TOUCH = 1.0
"""columns by which the middle of a character's frames may lie beside its ink"""
_REACH = 9.0
"""columns between a character's middle and ink that has no character of its own, within which the ink is counted to it: the
second stroke of a quotation mark, the parts of a broken letter"""
_SHIFT = 4
"""columns by which the cut between two characters that touch may move to where they touch least: a frame and a third"""


def glyph_spans(middles: Sequence[float], bounds: Sequence[float], ink: NDArray[np.float32]) -> list[Span]:
    """Return where the glyphs of a line lie, left to right.

    A run of columns with ink belongs to the characters whose middles lie in it; several share it, cut where there is least
    ink near the bounds between them. Ink without a character goes to the nearest one, which gives up ink that it shares
    with others: the network often shows a full stop while it is still at the letter before. A character without ink keeps
    its bounds.

    Args:
        middles: of the characters, columns, ascending; spaces are left out.
        bounds: between the characters: that many and one more.
        ink: how much there is in each column.
    """
    inked = np.concatenate([[False], ink > 0, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(inked)).tolist()
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    spans: list[Span | None] = [None] * len(middles)
    for (left, right), owners in zip(runs, _owners(middles, runs), strict=True):
        cuts = [_least(ink, bounds[place], left, right) for place in owners[1:]]
        for place, (start, end) in zip(owners, pairwise([left, *cuts, right]), strict=False):
            before = spans[place]
            spans[place] = (min(start, before[0]), max(end, before[1])) if before else (start, end)
    return [span or (bounds[place], bounds[place + 1]) for place, span in enumerate(spans)]


def _owners(middles: Sequence[float], runs: Sequence[tuple[int, int]]) -> list[range]:
    """Return the places of the characters that each run of ink belongs to: those over it, else the nearest one."""
    owners = list(_over(middles, runs))
    for number, ((left, right), over) in enumerate(zip(runs, owners, strict=True)):
        if over:
            continue
        # from the edge of the ink, not from its middle: a bold capital is wider than the reach
        near = {
            place: distance
            for place in (over.start - 1, over.start)
            if 0 <= place < len(middles) and (distance := max(left - middles[place], middles[place] - right)) <= _REACH
        }
        nearest = min(near, key=lambda place: near[place], default=None)
        if nearest is None:
            continue
        owners[number] = range(nearest, nearest + 1)
        if number and len(owners[number - 1]) > 1 and owners[number - 1][-1] == nearest:
            owners[number - 1] = owners[number - 1][:-1]
        elif number + 1 < len(runs) and len(owners[number + 1]) > 1 and owners[number + 1][0] == nearest:
            owners[number + 1] = owners[number + 1][1:]
    return owners


def _over(middles: Sequence[float], runs: Sequence[tuple[int, int]]) -> Iterator[range]:
    """Give the places of the characters over each run of ink, none to two runs."""
    taken = -1.0
    for left, right in runs:
        first = bisect_left(middles, left - _TOUCH) if left - _TOUCH > taken else bisect_right(middles, taken)
        taken = right + _TOUCH
        yield range(first, bisect_right(middles, taken))


def _least(ink: NDArray[np.float32], bound: float, left: int, right: int) -> float:
    """Return the column near a bound between two characters where there is least ink, the nearest of equals."""
    first, last = max(left + 1, round(bound) - _SHIFT), min(right - 1, round(bound) + _SHIFT)
    if first > last:
        return min(max(bound, float(left)), float(right))
    columns = np.arange(first, last + 1)
    order = np.lexsort((np.abs(columns - bound), ink[first : last + 1]))
    return float(columns[order[0]])
