"""Telling the blank backs of sheets from pages with something on them."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels

_DPI = 100.0
"""resolution of the test: letters of 9 points are still 4 to 6 pixels high"""
_EDGE = 0.01
"""share of each side that is not looked at; marks that reach into it are shadows of edges, staples, torn corners"""
_CONTRAST = 0.2
"""part of the paper's grey by which a mark is darker: print shining through from the other side stays above. On grey or badly
lit paper all contrasts are less in proportion"""
_PALE_CONTRAST = 0.06
"""of pencil, of the last drops of a cartridge, and of print shining through"""
_LEAST_CONTRAST = 15
"""grey levels under which a mark may be the grain of dark paper"""
_SMALLEST = 0.8 / 25.4
"""inches: less is a speck"""
_LARGEST = 60 / 25.4
"""inches: more is a rule, a fold or a shadow"""
_INK_LENGTH = 10 / 25.4
"""inches of strokes, summed over all marks, that make a page written on: a handwritten word, some five letters"""
_FEWEST = 4
"""marks below which it is a scratch, unless one of them is as large both ways as an autograph"""
_AUTOGRAPH = 5 / 25.4
_HOLE = 4 / 25.4
"""inches: a filled mark that is larger is a punch hole, a corner, a sticker"""
_FILLED = 0.7
_STREAK_WIDTH = 2
"""pixels; dirt on the glass of a feeder draws a line along the whole page, which breaks into marks"""
_STREAK_MARKS = 6
"""marks in one line that make a streak"""


_Marks = np.ndarray[tuple[int, int], np.dtype[np.int32]]
"""rows of left, top, width, height, area"""


class Writing(Enum):
    """What a page holds, as far as its marks tell."""

    NONE = "none"
    PALE = "pale"
    """marks as pale as the other side's print shining through: only reading tells one from the other"""
    PLAIN = "plain"


def writing_on(grey: Pixels, *, dpi: float) -> Writing:
    """Say whether a grey page holds writing. Specks, folds, punch holes do not count."""
    small = _shrunk(grey, dpi)
    if _written(small, dpi, contrast=_CONTRAST):
        return Writing.PLAIN
    return Writing.PALE if _written(small, dpi, contrast=_PALE_CONTRAST) else Writing.NONE


def _written(small: Pixels, dpi: float, *, contrast: float) -> bool:
    marks = _without_streaks(_marks(small, contrast))
    sizes = marks[:, 2:4].max(axis=1) / min(_DPI, dpi)
    widths = marks[:, 2:4].min(axis=1) / min(_DPI, dpi)
    written = (sizes >= _SMALLEST) & (sizes <= _LARGEST)
    if np.any(written & (widths >= _AUTOGRAPH)):
        return True
    return bool(written.sum() >= _FEWEST and float(sizes[written].sum()) >= _INK_LENGTH)


def _without_streaks(marks: _Marks) -> _Marks:
    """Leave out thin marks that many others of their kind stand exactly above or below, or beside."""
    for side, extent in ((0, 2), (1, 3)):
        thin = marks[:, extent] <= _STREAK_WIDTH
        counts = np.bincount(marks[thin, side], minlength=int(marks[:, side].max(initial=0)) + 3)
        # a streak may run askew by a pixel
        near = counts + np.pad(counts, (0, 1))[1:] + np.pad(counts, (1, 0))[:-1]
        marks = marks[~thin | (near[marks[:, side]] < _STREAK_MARKS)]
    return marks


def _shrunk(grey: Pixels, dpi: float) -> Pixels:
    if dpi <= _DPI:
        return grey
    size = (max(1, round(grey.shape[1] * _DPI / dpi)), max(1, round(grey.shape[0] * _DPI / dpi)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _marks(small: Pixels, contrast: float) -> _Marks:
    """Return the connected marks that stand out from the paper: left, top, width, height, area."""
    paper = _paper(small)
    least = np.maximum(np.rint(contrast * np.arange(256)), _LEAST_CONTRAST).astype(np.int16)
    ink = (paper.astype(np.int16) - small > least[paper]).astype(np.uint8)
    _, _, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks = np.asarray(found[1:], dtype=np.int32)
    left, top, width, height, area = marks.T
    edge_x, edge_y = small.shape[1] * _EDGE, small.shape[0] * _EDGE
    inside = (left >= edge_x) & (top >= edge_y)
    inside &= (left + width <= small.shape[1] - edge_x) & (top + height <= small.shape[0] - edge_y)
    hole = (area > _FILLED * width * height) & (np.minimum(width, height) > _HOLE * _DPI)
    return np.asarray(marks[inside & ~hole], dtype=np.int32)


def _paper(small: Pixels) -> Pixels:
    """Return the paper without what is on it: a closing wider than punch holes, on a quarter of the resolution."""
    size = (max(1, small.shape[1] // 4), max(1, small.shape[0] // 4))
    coarse = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    closed = cv2.medianBlur(cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8)), 13)
    full = (small.shape[1], small.shape[0])
    return np.asarray(cv2.resize(closed, full, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
