"""Where the characters of a line stand: the frames that show them, made exact by the ink."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[float, float]
"""left and right, in columns"""

_TOUCH = 1.0
"""columns by which the middle of a character's frames may lie beside its ink"""
_REACH = 9.0
"""columns between a character's middle and ink that has no character of its own, within which the ink is counted to it: the
second stroke of a quotation mark, the parts of a broken letter"""


def glyph_spans(middles: Sequence[float], bounds: Sequence[float], inked: NDArray[np.bool_]) -> list[Span]:
    """Return where the glyphs of a line lie, left to right.

    A run of columns with ink belongs to the characters whose middles lie in it; several share it at the bounds between
    them. A character without ink keeps its bounds.

    Args:
        middles: of the characters, columns, ascending; spaces are left out.
        bounds: between the characters: that many and one more.
        inked: for each column whether there is ink in it.
    """
    spans: list[Span | None] = [None] * len(middles)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(np.int8)))
    for left, right in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        owners = _owners(middles, left, right)
        for place in owners:
            start = left if place == owners[0] else bounds[place]
            end = right if place == owners[-1] else bounds[place + 1]
            before = spans[place]
            spans[place] = (min(start, before[0]), max(end, before[1])) if before else (start, end)
    return [span or (bounds[place], bounds[place + 1]) for place, span in enumerate(spans)]


def _owners(middles: Sequence[float], left: float, right: float) -> range:
    """Return the places of the characters that a run of ink belongs to: those over it, else the nearest one."""
    over = range(bisect_left(middles, left - _TOUCH), bisect_right(middles, right + _TOUCH))
    if over:
        return over
    beside = [place for place in (over.start - 1, over.start) if 0 <= place < len(middles)]
    # from the edge of the ink, not from its middle: a bold capital is wider than the reach
    near = {
        place: distance
        for place in beside
        if (distance := max(left - middles[place], middles[place] - right)) <= _REACH
    }
    nearest = min(near, key=lambda place: near[place], default=None)
    return range(0) if nearest is None else range(nearest, nearest + 1)
