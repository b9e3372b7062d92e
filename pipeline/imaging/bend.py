"""A photographed sheet that does not lie flat: its sides are seen as curves, and what is between them bends with them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

Reals = NDArray[np.float64]

_DEGREE = 3
"""of the curve of a side: a sheet that bulges, or whose corner is lifted; more follows tears and fingers"""
_REACH = 0.06
"""part of a side's length within which its outline lies: 18 mm of a long side"""
_INNER = 0.02
"""part of a side at its ends that belongs to the rounded corners of the outline"""
_FEWEST = 40
"""points of an outline that a curve is drawn through"""
_STRAY = 1.5
"""pixels by which a point may be off the curve at a second look"""
_BENT = 0.008
"""part of the side's length by which it must be off straight: 2.4 mm of a long side. Lines that bow by 2 mm are read almost as well as
level ones, with 4 mm four times as much is wrong; the outline itself is known to a quarter of a millimetre"""

_BENT_SIDES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """How far points of a sheet are from where they would be if its sides were straight."""

    sides: tuple[Reals, Reals, Reals, Reals]
    """top, right, bottom, left: coefficients (degree + 1 rows for powers of the way along it, columns x and y)"""

    def at(self, across: Reals, down: Reals) -> tuple[Reals, Reals]:
        """Return the distances in x and y at all `down` x `across`, both parts (0 to 1) of the flat sheet.

        The sides are blended into one another (S. A. Coons, 1967), which is what a sheet does that bends and does not stretch.
        """
        top, right, bottom, left = self.sides
        fields = []
        for axis in (0, 1):
            along_top, along_bottom = _along(top, across, axis), _along(bottom, 1 - across, axis)
            along_left, along_right = _along(left, 1 - down, axis), _along(right, down, axis)
            field = (1 - down)[:, None] * along_top + down[:, None] * along_bottom
            field += (1 - across) * along_left[:, None] + across * along_right[:, None]
            fields.append(field)
        return fields[0], fields[1]

    def scaled(self, across: float, down: float) -> Bend:
        """Return the same bend in other units."""
        factor = np.array((across, down))
        top, right, bottom, left = (side * factor for side in self.sides)
        return Bend((top, right, bottom, left))


def bend_of(outline: Reals, corners: Reals) -> Bend | None:
    """Return how a sheet is bent, None if its sides are as good as straight.

    Args:
        outline: points (x, y) around the sheet as it is seen.
        corners: where its straightened sides meet, clockwise from the top left.
    """
    curves = [_curve(outline, corners[i], corners[(i + 1) % 4]) for i in range(4)]
    # paper that bends shows it at two sides at least; a single one is eaten into by a shadow or a finger
    if sorted(share for _, share in curves)[-_BENT_SIDES] < _BENT:
        return None
    top, right, bottom, left = (curve for curve, _ in curves)
    return Bend((top, right, bottom, left))


def unbent(grey: Pixels, homography: Reals, bend: Bend, size: tuple[int, int]) -> Pixels:
    """Return the flat sheet of `size` pixels (across, down); `homography` and `bend` lead from it into `grey`."""
    width, height = size
    x, y = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)[:, None]
    scale = homography[2, 0] * x + homography[2, 1] * y + homography[2, 2]
    off_x, off_y = bend.at(x / width, y[:, 0] / height)
    map_x = (homography[0, 0] * x + homography[0, 1] * y + homography[0, 2]) / scale + off_x
    map_y = (homography[1, 0] * x + homography[1, 1] * y + homography[1, 2]) / scale + off_y
    flat = cv2.remap(
        grey, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, dtype=np.uint8)


def _along(side: Reals, way: Reals, axis: int) -> Reals:
    return np.asarray(np.polynomial.polynomial.polyval(way, side[:, axis]), dtype=np.float64)


def _curve(outline: Reals, start: Reals, end: Reals) -> tuple[Reals, float]:
    """Return the curve of a side as distances from the straight line, and the largest as a share of its length."""
    length = max(float(np.linalg.norm(end - start)), 1e-6)
    along = (end - start) / length
    normal = np.array((-along[1], along[0]))
    way, off = (outline - start) @ along / length, (outline - start) @ normal
    # the corners are drawn in from the outline by a hair; that much is no bend
    near = (way > _INNER) & (way < 1 - _INNER) & (np.abs(off) < _REACH * length)
    way, off = way[near], off[near]
    flat = np.zeros((_DEGREE + 1, 2))
    if len(way) < _FEWEST:
        return flat, 0.0
    off = off - np.median(off)
    for _ in range(2):
        curve = np.polynomial.polynomial.polyfit(way, off, _DEGREE)
        close = np.abs(np.polynomial.polynomial.polyval(way, curve) - off) <= _STRAY
        if close.sum() < _FEWEST:
            return flat, 0.0
        way, off = way[close], off[close]
    shape = np.polynomial.polynomial.polyval(np.linspace(0.0, 1.0, 21), curve)
    return np.outer(curve, normal), float(np.ptp(shape)) / length
