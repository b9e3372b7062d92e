"""The ink of a page as connected strokes: letters, marks, specks, rules, each with its box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

Numbers = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]

_SHRINK = 8
"""times by which the page is made smaller to see its paper"""
_PAPER_WINDOW = 11
"""shrunk pixels (11 mm at 200 dpi): wider than the strokes of a title, narrower than the shades of a page"""
_SAMPLED = 5
"""rows of which one is looked at for the usual levels"""
_DEPTH = 0.38
"""part of the way from the paper to the ink at which ink begins"""
_LEAST_DEPTH = 30
"""grey levels: paper grain and print showing through stay above"""
_MOST_SHORT_LABELS = 60_000
"""labels that 16 bits can hold, which are three times as fast as 32; beyond 65,535 OpenCV gives up"""
_LEAST_LETTER = 7
"""pixels: the x-height of print of 6 points at 200 dpi"""
_MOST_LETTER = 80
"""pixels: capitals of 36 points"""
_MARK_SHARE = 0.45
"""part of the height of capitals under which a stroke is a mark and no letter"""


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Connected strokes of a page; the arrays run over them, `labels` holds their numbers from 1 on (0 is paper)."""

    labels: Numbers
    left: Numbers
    top: Numbers
    right: Numbers
    """the first column that is no longer part of it"""
    bottom: Numbers
    area: Numbers
    """pixels of ink"""

    @property
    def width(self) -> Numbers:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> Numbers:
        """Pixels down."""
        return self.bottom - self.top


def ink_of(grey: Pixels) -> Pixels:
    """Return a mask (255 = ink) of what is clearly darker than the paper around it."""
    height, width = grey.shape
    size = (max(1, width // _SHRINK), max(1, height // _SHRINK))
    # a whole number of pixels for each shrunk one: five times as fast as the general case
    even = grey[: max(height // _SHRINK * _SHRINK, 1), : max(width // _SHRINK * _SHRINK, 1)]
    small = cv2.resize(even, size, interpolation=cv2.INTER_AREA)
    window = np.ones((_PAPER_WINDOW, _PAPER_WINDOW), np.uint8)
    paper = cv2.blur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, window), (_PAPER_WINDOW, _PAPER_WINDOW))
    depth = max(_LEAST_DEPTH, _DEPTH * (float(np.median(paper)) - _ink_level(grey)))
    limit = np.clip(paper.astype(np.int16) - round(depth), 0, 255).astype(np.uint8)
    full = cv2.resize(limit, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.compare(grey, full, cv2.CMP_LT), dtype=np.uint8)


def _ink_level(grey: Pixels) -> float:
    """Return the usual grey level of the ink: the middle of what lies under the best cut between dark and light."""
    counts = np.bincount(grey[::_SAMPLED].ravel(), minlength=256).astype(np.float64)
    dark = counts[: best_cut(counts) + 1]
    return float(np.searchsorted(np.cumsum(dark), dark.sum() / 2))


def best_cut(counts: NDArray[np.float64]) -> int:
    """Return the highest grey level of the darker class of a histogram of 256 levels.

    N. Otsu, "A threshold selection method from gray-level histograms", 1979.
    """
    below, sums = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    means = sums / np.maximum(below, 1), (sums[-1] - sums) / np.maximum(above, 1)
    return int(np.argmax(below * above * (means[1] - means[0]) ** 2))


def strokes_of(ink: Pixels) -> Strokes:
    """Return the connected strokes of a mask of ink."""
    _, labels, table, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=label_type(ink, connectivity=8))
    left, top, width, height, area = np.ascontiguousarray(table[1:].T)
    return Strokes(np.asarray(labels), left, top, left + width, top + height, area)


def label_type(ink: Pixels, *, connectivity: int) -> int:
    """Return OpenCV's type of labels that holds all that the search in a mask may give away, the fastest such.

    It gives one at most for each pixel with no ink above or to the left; with a `connectivity` of 8 corners count as well.
    """
    before = np.zeros((3, 3), np.uint8)
    before[0, 1] = before[1, 0] = 1
    if connectivity == 8:  # noqa: PLR2004 - neighbours of a pixel, 4 or 8
        before[0] = 1
    most = cv2.countNonZero(cv2.subtract(ink, cv2.dilate(ink, before)))
    return cv2.CV_16U if most < _MOST_SHORT_LABELS else cv2.CV_32S


def usual_height(strokes: Strokes) -> float:
    """Return the height in pixels that most letters have (the x-height of the body); 0 without letters."""
    height, width = strokes.height, strokes.width
    like = (height >= _LEAST_LETTER) & (height <= _MOST_LETTER) & (width * 3 >= height) & (width <= 3 * height)
    if not like.any():
        return 0.0
    tall = float(np.percentile(height[like], 90))
    # marks above and below Vietnamese letters are as many as the letters themselves
    like &= height >= _MARK_SHARE * tall
    counts = np.bincount(height[like], minlength=_MOST_LETTER + 2)
    return float(np.convolve(counts, (0.5, 1.0, 0.5), "same").argmax())
