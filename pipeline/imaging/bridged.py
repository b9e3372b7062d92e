"""Print under an opaque seal, carried on through the gap: grey pictures of a line with its strokes closed again.

A seal that covers the print leaves no black below it in any channel, and strokes that end at its ring read as other letters
(`Tấn` as `zấn`). What lies under the ink is guessed three ways from what stands around it; none of them is right for every
letter, which is why all are read.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

_LEAD = 40
"""levels by which red leads green and blue in ink"""
_LEAST = 0.01
"""share of the picture that must be red ink"""
_PAPER, _INK = 90, 2
"""percentiles of the red channel that are paper and print"""
_REACH = 0.12
"""millimetres over which what is known around the ink is averaged: a third of a thin stroke"""
_FAINT = 1e-3
"""weight of the paper where nothing else is near"""
_PIXELS = 2.0
"""from how far strokes are drawn into the ink along its edges"""
_RING = 1.0
"""millimetres of upright strokes that are closed: the outer ring of a seal is 0.7 mm wide and is crossed at a slant"""
_UPRIGHT = (75, 90, 105)
"""degrees of the strokes that are closed"""


def bridged(rgb: Pixels, *, per_millimetre: float) -> tuple[Pixels, ...]:
    """Return grey pictures of a line in which what red ink covers is filled in; none where there is no red ink.

    Args:
        rgb: a line of print, level, in colour.
        per_millimetre: pixels in a millimetre.
    """
    red = np.asarray(cv2.extractChannel(rgb, 0), dtype=np.uint8)
    others = cv2.max(cv2.extractChannel(rgb, 1), cv2.extractChannel(rgb, 2))
    ink, paper = np.percentile(red, (_INK, _PAPER))
    middle = (ink + paper) / 2
    # JPEG carries the seal's colour onto the print beside it: what is dark is print, whatever its colour
    covered = (np.asarray(cv2.subtract(red, others)) > _LEAD) & (red > middle)
    if covered.mean() < _LEAST:
        return ()
    return (
        _closed(red, covered, middle=float(middle), ink=float(ink), length=_RING * per_millimetre),
        np.asarray(cv2.inpaint(red, covered.astype(np.uint8), _PIXELS, cv2.INPAINT_NS), dtype=np.uint8),
        _averaged(red, covered, paper=float(paper), reach=_REACH * per_millimetre),
    )


def _closed(red: Pixels, covered: NDArray[np.bool_], *, middle: float, ink: float, length: float) -> Pixels:
    """Carry upright strokes on through the ink, where they end on both sides of it."""
    size = max(3, round(length))
    print_ = cv2.copyMakeBorder((red < middle).astype(np.uint8), size, size, size, size, cv2.BORDER_CONSTANT)
    closed = [cv2.morphologyEx(print_, cv2.MORPH_CLOSE, _stroke(size, degrees)) for degrees in _UPRIGHT]
    strokes = np.max(closed, axis=0)
    out = red.copy()
    out[(strokes[size:-size, size:-size] > 0) & covered] = round((ink + middle) / 2)
    return out


def _stroke(size: int, degrees: float) -> Pixels:
    """Return a straight line through the middle of a square."""
    half = size // 2
    across, down = half * np.cos(np.deg2rad(degrees)), half * np.sin(np.deg2rad(degrees))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    cv2.line(kernel, (round(half - across), round(half - down)), (round(half + across), round(half + down)), color=1)
    return kernel


def _averaged(red: Pixels, covered: NDArray[np.bool_], *, paper: float, reach: float) -> Pixels:
    """Fill the ink with the mean of what is known close by."""
    known = (~covered).astype(np.float32)
    greys = cv2.GaussianBlur(red * known, (0, 0), reach) + _FAINT * paper
    filled = greys / (cv2.GaussianBlur(known, (0, 0), reach) + _FAINT)
    return np.where(covered, np.clip(filled, 0, 255), red).astype(np.uint8)
