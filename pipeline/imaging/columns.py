"""Cutting rows where columns part: a wide gap that is no blank for writing, or an upright rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.imaging.chunks import Reals, medians
from pipeline.imaging.rows import Rows, cap_heights, fenced
from pipeline.imaging.rules import Rules
from pipeline.imaging.strokes import Numbers, Strokes

_WORD_HEIGHT = 1.2
"""heights of capitals that a word with its marks is high"""
_COLUMN_GAP = 2.0
"""word heights between two words that part columns"""
_WIDEST_BLANK = 4.0
"""times the column gap: `Số:      /QĐ-UBND` stays one line"""
_CAPITALS_GAP = 1.1
"""word heights that part columns in capitals, if they are wide for the line: the two heads of a letterhead"""
_WIDE_FOR_LINE = 2.5
"""times the usual gap of the line"""
_WORD_GAP = 0.22
"""heights of capitals between words at least"""
_EVEN = 0.78
"""part of the height of the higher letters of a side that the lower ones have if it is set in capitals"""
_FEWEST_CAPITALS = 4
_DOT = 0.4
"""heights of capitals that the dots of a colon measure at most"""


def parted(strokes: Strokes, rows: Rows, rules: Rules) -> Rows:
    """Return rows that are cut where columns part."""
    chosen = np.flatnonzero(rows.row >= 0)
    chosen = chosen[np.lexsort((strokes.left[chosen], rows.row[chosen]))]
    if not len(chosen):
        return rows
    of = rows.row[chosen]
    cap = cap_heights(strokes, rows)
    gap = _gaps(strokes, chosen, of)
    wordy = gap > _WORD_GAP * cap[of]
    usual = medians(gap[wordy], of[wordy], rows.count)
    cut = np.zeros(len(chosen), dtype=np.bool_)
    for place in np.flatnonzero(gap > _CAPITALS_GAP * _WORD_HEIGHT * cap[of]).tolist():
        number = int(of[place])
        start, end = int(np.searchsorted(of, number)), int(np.searchsorted(of, number, side="right"))
        sides = chosen[start:place], chosen[place:end]
        size = _WORD_HEIGHT * float(cap[number])
        narrow = gap[place] <= max(_CAPITALS_GAP * size, _WIDE_FOR_LINE * usual[number])
        cut[place] = _parts(strokes, rows, sides, gap=float(gap[place]), size=size, narrow=bool(narrow))
        if not cut[place] and len(rules.upright):
            x0, x1 = int(strokes.right[sides[0]].max()), int(strokes.left[chosen[place]])
            y = float(np.mean((strokes.top[chosen[place]] + strokes.bottom[chosen[place]]) / 2))
            cut[place] = fenced(rules.upright, x0, x1, y)
    starts = cut | (np.diff(of, prepend=-1) != 0)
    row = rows.row.copy()
    row[chosen] = np.cumsum(starts) - 1
    return replace(rows, row=row, count=int(starts.sum()))


def _gaps(strokes: Strokes, chosen: Numbers, of: Numbers) -> Reals:
    """Return the gap before each stroke, the strokes being in order of rows and from left to right."""
    far = 1 << 20
    reached = np.maximum.accumulate(strokes.right[chosen].astype(np.int64) + of.astype(np.int64) * far) - of * far
    gap = np.zeros(len(chosen), dtype=np.float64)
    gap[1:] = strokes.left[chosen][1:] - reached[:-1]
    gap[1:][np.diff(of) != 0] = 0.0
    return gap


def _parts(
    strokes: Strokes, rows: Rows, sides: tuple[Numbers, Numbers], *, gap: float, size: float, narrow: bool
) -> bool:
    """Say whether a gap parts columns; one that is `narrow` for the line does not even in capitals."""
    before, after = sides
    widest = _COLUMN_GAP * size
    cap = size / _WORD_HEIGHT
    if _ends_in_colon(strokes, before, cap) or _begins_with_slash(strokes, after, cap):
        return gap > _WIDEST_BLANK * widest
    if gap > widest:
        return True
    return not narrow and _in_capitals(strokes, rows, before) and _in_capitals(strokes, rows, after)


def _in_capitals(strokes: Strokes, rows: Rows, side: Numbers) -> bool:
    heights = strokes.height[side[rows.letter[side]]]
    if len(heights) < _FEWEST_CAPITALS:
        return False
    low, middle, high, highest = np.percentile(heights, (25, 50, 75, 90))
    return bool(middle >= _EVEN * highest and low >= _EVEN * high)


def _ends_in_colon(strokes: Strokes, side: Numbers, cap: float) -> bool:
    last = side[-2:]
    if len(last) < 2:  # noqa: PLR2004 - the dots of a colon
        return False
    small = (strokes.height[last] <= _DOT * cap) & (strokes.width[last] <= _DOT * cap)
    below = min(strokes.right[last]) - max(strokes.left[last]) > 0
    apart = int(max(strokes.top[last])) - int(min(strokes.bottom[last]))
    return bool(small.all() and below and 0 < apart < cap)


def _begins_with_slash(strokes: Strokes, side: Numbers, cap: float) -> bool:
    first = int(side[0])
    height, width = int(strokes.height[first]), int(strokes.width[first])
    typical = float(np.median(strokes.height[side]))
    if not (typical <= height <= 2 * cap and 0.2 * height <= width <= 0.9 * height):
        return False
    place = np.s_[strokes.top[first] : strokes.bottom[first], strokes.left[first] : strokes.right[first]]
    own = strokes.labels[place] == first + 1
    across = np.arange(width)
    third = max(1, height // 3)
    head, foot = own[:third].sum(axis=0), own[-third:].sum(axis=0)
    lean = (head @ across) / max(1, head.sum()) - (foot @ across) / max(1, foot.sum())
    # a slash leans over most of its width and is one stroke on every row
    return bool(lean > 0.45 * width and own.sum(axis=1).max() < 0.75 * width)
