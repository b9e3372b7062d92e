"""Straight lines along a whole sheet that nobody printed: streaks of a dirty feeder, and folds; they are taken out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

_BANDS = 24
"""parts of the page's length, 12 mm of A4 each: more than the lines of a paragraph are apart, so that each holds paper"""
_ROWS = 10
"""rows of a band that are looked at"""
_WIDEST = 1.2 / 25.4
"""inches; a hair or a grain of dust on the glass is thinner, the bar beside a sheet is wider"""
_STEP = 8
"""grey levels under the paper beside it: twice the grain of paper; fainter ones do not reach the ink's threshold"""
_LEAST_BANDS = 0.9
"""part of the bands in which a streak shows that is broken by pictures, seals or bars at the ends"""
_LEAST_RUN = 0.5
"""part of the page's length that is enough if it begins at the very edge of the sheet, where no rule of a table begins"""
_BLIND = 0.45
"""part of the light that must come through a streak if the print below it is to be seen"""

_Field = NDArray[np.float32]


def without_streaks(grey: Pixels, *, dpi: float) -> Pixels:
    """Return the page without straight streaks along or across all of it, `grey` itself if it has none.

    Dirt takes the same part of the light from all that passes under it, so that dividing by this part brings back paper and
    print (flat-field correction). Where next to no light came through, the streak is filled from both sides.
    Streaks of a feeder are straight in a page that lies as it was scanned, folds in one that was levelled. Rules of tables
    and frames end before the sheet does, and run off with its skew.
    """
    mended = _mended(grey, dpi)
    turned = mended.T
    across = _mended(turned, dpi)
    return mended if across is turned else across.T


@dataclass(frozen=True, slots=True, eq=False)
class _Paper:
    """Light of the paper by bands and columns."""

    seen: Pixels
    beside: Pixels
    """what it would be without anything narrow"""


def _mended(grey: Pixels, dpi: float) -> Pixels:
    """Return the page without streaks from its top to its bottom, `grey` itself if it has none."""
    if grey.shape[0] < _BANDS * _ROWS:
        return grey
    paper = _paper(grey, dpi)
    streaks = _streaks(paper)
    if not len(streaks):
        return grey
    # a page on its side stays in memory as it is: the streak is a few whole rows then
    out = grey.copy(order="K")
    for left, right in streaks:
        _mend(out, paper, left, right)
    return out


def _paper(grey: Pixels, dpi: float) -> _Paper:
    rows = np.linspace(0, grey.shape[0] - 1, _BANDS * _ROWS).astype(np.intp)
    # the lightest of some rows is paper, whatever is printed
    seen = np.ascontiguousarray(grey[rows].reshape(_BANDS, _ROWS, -1).max(axis=1))
    across = np.ones((1, 2 * round(_WIDEST * dpi / 2) + 1), np.uint8)
    beside = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, across)
    return _Paper(seen, np.asarray(beside, dtype=np.uint8))


def _streaks(paper: _Paper) -> list[tuple[int, int]]:
    """Return first and last column (exclusive) of each streak."""
    dark = cv2.subtract(paper.beside, paper.seen) >= _STEP
    run = np.maximum(_from_start(dark), _from_start(dark[::-1]))
    found = (dark.mean(axis=0) >= _LEAST_BANDS) | (run >= _LEAST_RUN * _BANDS)
    edges = np.flatnonzero(np.diff(found.astype(np.int8), prepend=0, append=0))
    width = paper.seen.shape[1]
    # the lens draws a streak a pixel wider on both sides than it is dark
    return [(max(0, left - 1), min(width, right + 1)) for left, right in edges.reshape(-1, 2).tolist()]


def _from_start(dark: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each column in how many bands it is dark without a break from the first one on."""
    return np.where(dark.all(axis=0), len(dark), (~dark).argmax(axis=0))


def _mend(out: Pixels, paper: _Paper, left: int, right: int) -> None:
    """Take the streak in these columns out of the page."""
    height = out.shape[0]
    seen = paper.seen[:, left:right].astype(np.float32)
    light = np.minimum(seen / np.maximum(paper.beside[:, left:right], 1), 1.0)
    strip = out[:, left:right].astype(np.float32)
    through = cv2.resize(light, (right - left, height), interpolation=cv2.INTER_LINEAR)
    filled = _filled(out, left, right)
    mended = np.where(through >= _BLIND, strip / np.maximum(through, _BLIND), filled)
    out[:, left:right] = np.clip(mended + 0.5, 0, 255).astype(np.uint8)


def _filled(out: Pixels, left: int, right: int) -> _Field:
    """Return what stands beside the columns, drawn on from both sides."""
    before = out[:, max(0, left - 1)].astype(np.float32)
    after = out[:, min(out.shape[1] - 1, right)].astype(np.float32)
    share = (np.arange(left, right, dtype=np.float32) - left + 1) / (right - left + 1)
    return np.asarray(before[:, None] * (1 - share) + after[:, None] * share, dtype=np.float32)
