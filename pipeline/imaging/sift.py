"""Rows that are only the marks of larger letters join them; rows that are no text go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.chunks import medians, quantiles
from pipeline.imaging.rows import Rows
from pipeline.imaging.strokes import Flags, Strokes

_ABOVE = 0.85
"""heights of capitals that marks stand above capitals at most (Ẩ)"""
_BELOW = 0.45
"""heights of capitals that dots stand below the feet of letters at most"""
_MARKS_ROW = 0.62
"""times the height of a row's letters: a row that is lower and close above or below holds its marks"""
_TITLE = 3
"""letters that a row with such marks has at least; fewer high strokes are an autograph"""
_AUTOGRAPH = 3.2
"""usual letter heights: one or two strokes of this height are no text"""
_FEW = 2
_OFF_LINE = 0.35
"""heights of a row's letters by which its letters inside of a seal end above or below the others; tails reach as low"""
_HIGHER = 1.35
"""times that height: letters inside of a seal are as high at most, marks included"""
_BROKEN = 0.2
"""heights of a row's letters from its letters to pieces of broken ones at most"""
_APART = 1.0
"""heights of a row's letters between its letters and others inside of a seal at least"""
_BLOCK = 256
"""rows that are held against all others at once"""


def sifted(strokes: Strokes, rows: Rows, usual: float) -> Rows:
    """Return the rows that are lines of text, numbered anew, each with all of its marks."""
    chosen = np.flatnonzero(rows.letter & (rows.row >= 0))
    of, count = rows.row[chosen], rows.count
    letters = np.bincount(of, minlength=count)
    high = quantiles(strokes.height[chosen], of, count, 0.85)
    owner = _owners(strokes, rows, letters, high)
    autograph = (letters <= _FEW) & (high > _AUTOGRAPH * usual)
    kept = (letters > 0) & (owner < 0) & ~autograph
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    number = np.where(owner >= 0, number[owner], number)
    row = np.where(rows.row >= 0, number[rows.row], -1).astype(np.int32)
    # marks do not tell where the row runs
    marks = (rows.row >= 0) & (owner[rows.row] >= 0)
    return replace(rows, row=row, letter=rows.letter & ~marks, count=int(kept.sum()))


def without_seal_writing(strokes: Strokes, rows: Rows, inside: Flags) -> Rows:
    """Return the rows without the writing of seals, given which strokes stand `inside` of one.

    A row that stands mostly outside goes on into a seal as long as letters of its size follow on its baseline: the name of
    the signer, over which the seal is pressed.
    """
    of, letter = rows.row, rows.letter & (rows.row >= 0)
    within, without = np.flatnonzero(letter & inside), np.flatnonzero(letter & ~inside)
    if not len(within):
        return rows
    count = rows.count
    mostly = np.bincount(of[without], minlength=count) >= np.maximum(np.bincount(of[within], minlength=count), 1)
    feet = medians(strokes.bottom[without], of[without], count)
    high = quantiles(strokes.height[without], of[without], count, 0.85)
    sunk = np.abs(strokes.bottom[within] - feet[of[within]])
    fits = mostly[of[within]] & (sunk <= _OFF_LINE * high[of[within]])
    fits &= strokes.height[within] <= _HIGHER * high[of[within]]
    row = of.copy()
    row[inside & (of >= 0) & ~mostly[of]] = -1
    row[within[~fits]] = -1
    for piece in within[mostly[of[within]] & ~fits].tolist():
        number = int(of[piece])
        sure = np.flatnonzero(letter & (row == number))
        apart = np.maximum(strokes.left[sure] - strokes.right[piece], strokes.left[piece] - strokes.right[sure])
        near = (apart <= _BROKEN * high[number]).any()
        # a letter that the ring ran through is in pieces
        if near and feet[number] - _HIGHER * high[number] <= strokes.top[piece] < strokes.bottom[piece] <= feet[number]:
            row[piece] = number
    # what is left of the writing of a seal stands apart from the row
    for number in np.unique(of[within[fits]]).tolist():
        members = np.flatnonzero(letter & (row == number))
        members = members[np.argsort(strokes.left[members])]
        gaps = strokes.left[members][1:] - np.maximum.accumulate(strokes.right[members])[:-1]
        parts = np.split(members, np.flatnonzero(gaps > _APART * high[number]) + 1)
        for part in parts:
            if inside[part].all():
                row[part] = -1
    return replace(rows, row=row, letter=rows.letter & (row >= 0))


def _owners(strokes: Strokes, rows: Rows, letters: NDArray[np.int64], high: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each row the number of the row whose marks it holds, -1 for none."""
    chosen = np.flatnonzero(rows.letter & (rows.row >= 0))
    of, count = rows.row[chosen], rows.count
    if not count:
        return np.zeros(0, dtype=np.int64)
    top, bottom = medians(strokes.top[chosen], of, count), medians(strokes.bottom[chosen], of, count)
    left, right = np.full(count, 1 << 30), np.zeros(count, dtype=np.int64)
    np.minimum.at(left, of, strokes.left[chosen])
    np.maximum.at(right, of, strokes.right[chosen])
    middle = (top + bottom) / 2
    owner = np.full(count, -1, dtype=np.int64)
    # some rows at a time: all pairs at once would fill the memory on a page of noise
    for first in range(0, count, _BLOCK):
        some = np.arange(first, min(first + _BLOCK, count))
        low = high[some, None] < _MARKS_ROW * high
        near = (middle[some, None] >= bottom - (1 + _ABOVE) * high) & (middle[some, None] <= bottom + _BELOW * high)
        within = (left[some, None] >= left - high / 2) & (right[some, None] <= right + high / 2)
        fewer = (letters[some, None] <= letters) & (letters >= _TITLE)
        belongs = low & near & within & fewer
        belongs[np.arange(len(some)), some] = False
        owner[some] = np.where(belongs.any(axis=1), belongs.argmax(axis=1), -1)
    # the marks of marks are none
    owner[(owner >= 0) & (owner[owner] >= 0)] = -1
    return owner
