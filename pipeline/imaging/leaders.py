"""Dotted leaders: the rows of dots on which forms are filled in. They are no writing, and Tesseract reads lines wrongly for them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels
from pipeline.imaging.strokes import Flags, Strokes, ink_of, strokes_of, usual_height

_DOT = 0.4
"""usual letter heights that a dot measures at most, either way"""
_LARGEST = 6
"""pixels (0.75 mm) that it measures at most however large the letters are: letters of small print are no dots"""
_SOLID = 0.55
"""part of its box that a dot covers at least"""
_STEP = 1.0
"""usual letter heights from dot to dot at most; full stops and the dots of letters stand farther apart"""
_LEVEL = 0.12
"""usual letter heights by which a dot may stand higher than the one before it"""
_ROW = 0.3
"""the same for dots of one row with writing between them"""
_ALIKE = 0.5
"""part of a dot's size by which the next one may differ; scanned dots of two pixels differ by a pixel"""
_EVEN = 0.35
"""part of the usual step by which a step may differ"""
_MOSTLY = 0.8
"""share of a row's steps that are even; dust fills up and eats up a few"""
_FEWEST = 6
"""dots that make a leader: three are an ellipsis, of which two may meet a full stop"""

_Reals = NDArray[np.float64]


def without_leaders(grey: Pixels) -> Pixels:
    """Return an upright, level page of some 200 dpi without its dotted leaders; `grey` itself if there are none."""
    ink = ink_of(grey)
    strokes = strokes_of(ink)
    usual = usual_height(strokes)
    dots = leader_dots(strokes, usual)
    if not dots.any():
        return grey
    paper = int(np.median(grey[::5, ::5]))
    out = grey.copy()
    # what is left of a dot around its ink reads as a speck
    margin = 2
    for number in np.flatnonzero(dots).tolist():
        top, left = max(0, int(strokes.top[number]) - margin), max(0, int(strokes.left[number]) - margin)
        place = np.s_[top : int(strokes.bottom[number]) + margin, left : int(strokes.right[number]) + margin]
        others = (ink[place] > 0) & (strokes.labels[place] != number + 1)
        near = cv2.dilate(others.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        own = strokes.labels[place] == number + 1
        out[place][own | ~near] = paper
    return out


def leader_dots(strokes: Strokes, usual: float) -> Flags:
    """Say which strokes are dots of leaders, on a page whose letters are mostly `usual` pixels high.

    Dots of a leader are small, alike, level and evenly spaced, and many. Where writing parts them, two are enough if a
    leader of the same step runs on the same level. An ellipsis that runs on into a leader is taken for its beginning.
    """
    found = np.zeros(len(strokes.left), dtype=np.bool_)
    side = min(_LARGEST, _DOT * usual)
    solid = strokes.area >= _SOLID * strokes.width * strokes.height
    small = np.flatnonzero(solid & (strokes.width <= side) & (strokes.height <= side))
    if len(small) < _FEWEST:
        return found
    band = max(3.0, _ROW * usual)
    middle = (strokes.top[small] + strokes.bottom[small]) / 2
    for shift in (0.0, 0.5):
        # a row may lie across the edge of a band: the second cut has its edges elsewhere
        order = np.lexsort((strokes.left[small], np.floor(middle / band + shift)))
        rows = _rows(strokes, small[order], usual)
        measured = _measured(strokes, rows)
        levels, steps, sizes = measured[:, [len(row) >= _FEWEST for row in rows]]
        for row, (level, step, size) in zip(rows, measured.T, strict=True):
            same = (np.abs(levels - level) <= band) & (np.abs(steps - step) <= _EVEN * steps)
            same &= np.abs(sizes - size) <= 1
            if len(row) >= _FEWEST or same.any():
                found[row] = True
    return found


def _rows(strokes: Strokes, dots: NDArray[np.intp], usual: float) -> list[NDArray[np.intp]]:
    """Cut dots in order into rows in which they are alike, level, close and evenly spaced; single ones are left out."""
    across = (strokes.left[dots] + strokes.right[dots]) / 2
    down = (strokes.top[dots] + strokes.bottom[dots]) / 2
    size = np.maximum(strokes.width[dots], strokes.height[dots])
    step = np.diff(across)
    linked = (step > 0) & (step <= _STEP * usual)
    linked &= np.abs(np.diff(down)) <= max(1.5, _LEVEL * usual)
    linked &= np.abs(np.diff(size)) <= np.maximum(1, _ALIKE * np.minimum(size[1:], size[:-1]))
    rows = np.split(np.arange(len(dots)), np.flatnonzero(~linked) + 1)
    return [dots[row] for row in rows if len(row) > 1 and _evenly_spaced(across[row])]


def _evenly_spaced(across: _Reals) -> bool:
    steps = np.diff(across)
    usual = float(np.median(steps))
    even = np.abs(steps - usual) <= max(1.5, _EVEN * usual)
    return float(even.mean()) >= _MOSTLY


def _measured(strokes: Strokes, rows: list[NDArray[np.intp]]) -> _Reals:
    """Return the levels, the steps and the sizes of the dots of each row, in pixels: three rows, a column for each."""
    # the dots of thousands of rows are few against all strokes of a noisy page: measured once
    middle, size = strokes.top + strokes.bottom, np.maximum(strokes.width, strokes.height)
    levels = [float(np.median(middle[row])) / 2 for row in rows]
    steps = [float(np.median(np.diff(strokes.left[row]))) for row in rows]
    sizes = [float(np.median(size[row])) for row in rows]
    return np.array((levels, steps, sizes))
