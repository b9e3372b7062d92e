"""How far lines reach, and their pixels without the ink of others."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.chunks import Reals, medians, quantiles
from pipeline.imaging.picture import Pixels
from pipeline.imaging.rows import Rows
from pipeline.imaging.strokes import Numbers, Strokes

_HIGHEST = 1.8
"""heights of capitals that marks reach above the baseline (Ẩ)"""
_LOWEST = 0.4
"""heights of capitals that tails and dots reach below it; a stroke that goes on has a mark of the next line on it"""
_TAIL = 0.33
"""heights of capitals below the baseline that every line is given, as if it had a tail"""
_NONE, _SHARED = -1, -2
"""owner of strokes that belong to two lines"""
_HEAD = 1.2
"""heights of capitals above the baseline that every line is given"""
_FEW = 2
_MARGIN = 0.12
"""heights of capitals around it"""


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """Where lines stand, in pixels; the arrays run over them."""

    left: Numbers
    top: Numbers
    right: Numbers
    bottom: Numbers
    baseline: Reals
    capitals: Reals


def extents(strokes: Strokes, rows: Rows, *, shape: tuple[int, int]) -> Extents:
    """Return how far each row reaches on a page of `shape` (height, width)."""
    chosen = np.flatnonzero(rows.row >= 0)
    of, count = rows.row[chosen], rows.count
    letters = chosen[rows.letter[chosen]]
    of_letter = rows.row[letters]
    baseline = medians(strokes.bottom[letters], of_letter, count)
    # of two feet the higher one: `a)` stands where its letter stands
    few = np.bincount(of_letter, minlength=count) <= _FEW
    baseline = np.where(few, quantiles(strokes.bottom[letters], of_letter, count, 0.0), baseline)
    capitals = quantiles(baseline[of_letter] - strokes.top[letters], of_letter, count, 0.85)
    capitals = np.maximum(capitals, 1.0)
    left, top = np.full(count, shape[1], dtype=np.int64), np.full(count, shape[0], dtype=np.int64)
    right, bottom = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.minimum.at(left, of, strokes.left[chosen])
    np.minimum.at(top, of, strokes.top[chosen])
    np.maximum.at(right, of, strokes.right[chosen])
    np.maximum.at(bottom, of, strokes.bottom[chosen])
    margin = np.maximum(2, np.rint(_MARGIN * capitals))
    top = np.minimum(np.maximum(top, baseline - _HIGHEST * capitals), baseline - _HEAD * capitals) - margin
    bottom = np.maximum(np.minimum(bottom, baseline + _LOWEST * capitals), baseline + _TAIL * capitals) + margin
    return Extents(
        np.maximum(left - margin, 0).astype(np.int32),
        np.maximum(np.floor(top), 0).astype(np.int32),
        np.minimum(right + margin, shape[1]).astype(np.int32),
        np.minimum(np.ceil(bottom), shape[0]).astype(np.int32),
        baseline,
        capitals,
    )


def cut_out(grey: Pixels, ink: Pixels, strokes: Strokes, rows: Rows, lines: Extents) -> list[Pixels]:
    """Return the pixels of each line; ink of other lines, rules and specks is painted over with paper."""
    row = np.concatenate(([_NONE], rows.row))
    row[rows.bridges + 1] = row[rows.large + 1] = _SHARED
    inside = np.flatnonzero(rows.row >= 0)
    of = rows.row[inside]
    low = strokes.bottom[inside] - lines.baseline[of] > _LOWEST * lines.capitals[of]
    row[inside[low & rows.letter[inside]] + 1] = _SHARED
    around = np.ones((3, 3), np.uint8)
    pictures = []
    for number in range(rows.count):
        place = np.s_[lines.top[number] : lines.bottom[number], lines.left[number] : lines.right[number]]
        piece, inked = grey[place].copy(), ink[place]
        own = np.where((row == number) | (row == _SHARED), 255, 0).astype(np.uint8)[strokes.labels[place]]
        foreign = cv2.subtract(inked, own)
        if cv2.countNonZero(foreign):
            paper = cv2.mean(piece, mask=cv2.bitwise_not(inked))[0]
            piece[cv2.subtract(cv2.dilate(foreign, around), own) > 0] = round(paper)
        pictures.append(piece)
    return pictures
