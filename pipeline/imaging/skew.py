"""How far the lines of a page run off level, and turning it level."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels

MOST = 12.0
"""degrees either way that are looked for: sheets laid on the glass by hand lie up to 10 off"""
LEAST = 0.1
"""degrees; a page that is off by less is left alone"""
_COARSE = 0.25
"""degrees between the directions that are tried first"""
_FINE = 0.05
"""degrees between those that are tried around the best of them"""
_WIDTH = 1000
"""pixels across which the lines are followed"""
_FEWEST = 30
"""letters below which there are no lines to follow"""
_SMALLEST_LETTER = 4
"""pixels of ink on the small picture, of which 120 are an inch of A4: less is a speck"""
_LARGEST_LETTER = (60, 40)
"""pixels across and down on it: more is a rule, a seal, a picture"""
_CLEAR = 1.8
"""times as sharp as most directions the best one must be: specks and seals reach 1.1, pages of text 3 to 15"""


def skew_of(grey: Pixels) -> float:
    """Return by how many degrees clockwise the text lines of an upright page run off level, 0 if that cannot be told.

    The feet of the letters are projected along the line direction; where they pile up most sharply, that is the direction
    (Baird, "The skew angle of printed documents", 1987).
    """
    feet = _feet(grey)
    if feet is None:
        return 0.0
    across, down = feet

    def sharpness(angle: float) -> float:
        levels = down - across * np.tan(np.radians(angle))
        piles = np.bincount((levels - levels.min()).astype(np.int64))
        return float(np.square(piles.astype(np.float64)).sum())

    angles = np.arange(-MOST, MOST + 0.01, _COARSE)
    found = [sharpness(angle) for angle in angles]
    if max(found) < _CLEAR * float(np.median(found)):
        return 0.0
    coarse = angles[int(np.argmax(found))]
    fine = max(np.arange(coarse - _COARSE, coarse + _COARSE + 0.01, _FINE), key=sharpness)
    angle = round(float(fine), 2)
    # at the ends of the range it is no measured value: the page holds something else than level lines
    return angle if LEAST <= abs(angle) < MOST else 0.0


def levelled(grey: Pixels, skew: float) -> Pixels:
    """Return the page turned so that its lines run level, on a canvas of its paper colour that holds all of it.

    The middle of the canvas is the middle of the page.
    """
    height, width = grey.shape
    if not skew:
        return grey
    sine, cosine = abs(np.sin(np.radians(skew))), abs(np.cos(np.radians(skew)))
    canvas_width = int(np.ceil(width * cosine + height * sine))
    canvas_height = int(np.ceil(height * cosine + width * sine))
    # OpenCV turns anticlockwise for positive angles: lines that fall to the right are lifted
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew, 1.0)
    matrix[0, 2] += (canvas_width - width) / 2
    matrix[1, 2] += (canvas_height - height) / 2
    turned = cv2.warpAffine(
        grey,
        matrix,
        (canvas_width, canvas_height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(float(np.percentile(grey[::8, ::8], 90)),),
    )
    return np.asarray(turned, dtype=np.uint8)


def _feet(
    grey: Pixels,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]] | None:
    """Return the middles and bottoms of what looks like letters; None if it is too few."""
    shrink = max(1.0, grey.shape[1] / _WIDTH)
    size = (max(1, int(grey.shape[1] / shrink)), max(1, int(grey.shape[0] / shrink)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 18)
    down, across = int(ink.shape[0] * 0.05), int(ink.shape[1] * 0.06)
    ink = ink[down : ink.shape[0] - down, across : ink.shape[1] - across]
    if ink.size == 0:
        return None
    _, _, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks = np.asarray(found[1:], dtype=np.float64)
    letters = marks[
        (marks[:, 2] < _LARGEST_LETTER[0]) & (marks[:, 3] < _LARGEST_LETTER[1]) & (marks[:, 4] > _SMALLEST_LETTER)
    ]
    if len(letters) < _FEWEST:
        return None
    return letters[:, 0] + letters[:, 2] / 2, letters[:, 1] + letters[:, 3]
