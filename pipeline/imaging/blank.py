"""Telling the blank backs of sheets from pages with something on them."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels

_DPI = 75.0
"""resolution of the test: letters of 11 points are still 3 to 5 pixels high"""
_MARGIN = 0.035
"""share of each side that is not looked at: shadows of edges, staples, punch holes"""
_CONTRAST = 55
"""grey levels under the paper: print shining through from the other side stays above"""
_SMALLEST = 0.8 / 25.4
"""inches: less is a speck"""
_LARGEST = 60 / 25.4
"""inches: more is a rule, a fold or the shadow of an edge"""
_INK_LENGTH = 30 / 25.4
"""inches of strokes, summed over all marks, that make a page written on: a short line of handwriting, a dozen letters"""
_HOLE = 4 / 25.4
"""inches: a filled mark that is larger is a punch hole, a corner, a sticker"""
_FILLED = 0.7
_FEWEST = 4
"""marks, however long, below which it is a scratch"""


def is_blank(grey: Pixels, *, dpi: float) -> bool:
    """Say whether a grey page holds no writing. Specks, folds, punch holes and show-through do not count."""
    small = _shrunk(grey, dpi)
    height, width = small.shape
    down, across = int(height * _MARGIN), int(width * _MARGIN)
    inner = small[down : height - down, across : width - across]
    if min(inner.shape) < _FEWEST:
        return True
    marks = _marks(inner)
    sizes = marks[:, 2:4].max(axis=1) / _DPI
    written = sizes[(sizes >= _SMALLEST) & (sizes <= _LARGEST)]
    return bool(written.size < _FEWEST or float(written.sum()) < _INK_LENGTH)


def _shrunk(grey: Pixels, dpi: float) -> Pixels:
    if dpi <= _DPI:
        return grey
    size = (max(1, round(grey.shape[1] * _DPI / dpi)), max(1, round(grey.shape[0] * _DPI / dpi)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _marks(small: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Return the connected marks that stand out from the ground: left, top, width, height, area."""
    paper = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8)), 13)
    ink = (paper.astype(np.int16) - small > _CONTRAST).astype(np.uint8)
    _, _, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks = np.asarray(found[1:], dtype=np.int32)
    filled = marks[:, 4] > _FILLED * marks[:, 2] * marks[:, 3]
    hole = filled & (marks[:, 2:4].min(axis=1) > _HOLE * _DPI)
    return np.asarray(marks[~hole], dtype=np.int32)
