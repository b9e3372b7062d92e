"""Round seals in grey and black and white scans, where no colour tells them from print: their rings are sought and taken out.

Seals of Vietnamese authorities are 34 to 42 mm wide (Thông tư 22/2024/TT-BCA and its forerunners).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.chunks import Reals
from pipeline.imaging.picture import Pixels
from pipeline.imaging.strokes import Flags, Strokes

_RADII_MM = (16.5, 21.5)
_SEARCH_DPI = 24.0
"""at which circles are looked for: a pixel is about 1 mm"""
_LOOK = 0.12
"""by how much more of a circle than of what lies beside it is inked to be looked at closely"""
_MOST = 3
"""circles on a page that are looked at closely"""
_COVERED = 0.6
"""part of a ring that is inked at least; of a circle through lines of text it is a third"""
_ANGLES = 180
_FINE_ANGLES = 1024
_INNERMOST = 0.3
"""part of the radius from which inner rings are sought; within it stands the star"""
_BESIDE = 3
"""pixels beside a ring at which a stroke that crosses it goes on"""
_ARC = 2.5
"""usual letter heights, both ways, of a stroke that may be an arc, and the part of its box that it covers at most"""
_ARC_FILL = 0.3
_WIDEST_MM = 120.0
"""of a seal with the autograph and the lines of text that have grown together with it; more is a frame"""


@dataclass(frozen=True, slots=True)
class Seal:
    """A round seal; pixels."""

    x: float
    y: float
    radius: float
    """to the middle of its outer ring"""

    def holds(self, strokes: Strokes) -> Flags:
        """Say which strokes have their middles inside."""
        across = (strokes.left + strokes.right) / 2 - self.x
        down = (strokes.top + strokes.bottom) / 2 - self.y
        return np.asarray(np.hypot(across, down) <= self.radius)


def find_seals(ink: Pixels, strokes: Strokes, usual: float, *, dpi: float) -> tuple[Seal, ...]:
    """Return the round seals on a page of `dpi` dots per inch whose letters are mostly `usual` pixels high."""
    arcs = _arcs(strokes, usual, most=_WIDEST_MM / 25.4 * dpi)
    if not arcs.any():
        return ()
    # circles are looked for only around what may be a part of one
    reach, scale = round(_RADII_MM[1] / 25.4 * dpi), _SEARCH_DPI / dpi
    left, top = max(0, int(strokes.left[arcs].min()) - reach), max(0, int(strokes.top[arcs].min()) - reach)
    part = ink[top : int(strokes.bottom[arcs].max()) + reach, left : int(strokes.right[arcs].max()) + reach]
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    radii = [mm / 25.4 * _SEARCH_DPI for mm in np.arange(_RADII_MM[0], _RADII_MM[1] + 0.1)]
    answers = np.stack([cv2.filter2D(small, -1, _ring(radius), borderType=cv2.BORDER_CONSTANT) for radius in radii])
    best = answers.max(axis=0)
    found: list[Seal] = []
    for _ in range(_MOST):
        y, x = np.unravel_index(int(best.argmax()), best.shape)
        if best[y, x] < _LOOK:
            break
        radius = radii[int(answers[:, y, x].argmax())]
        seal = _placed(ink, Seal(left + (x + 0.5) / scale, top + (y + 0.5) / scale, radius / scale))
        if seal is not None:
            found.append(seal)
        cv2.circle(best, (int(x), int(y)), round(radius), 0.0, cv2.FILLED)
    return tuple(found)


def _arcs(strokes: Strokes, usual: float, *, most: float) -> Flags:
    """Say which strokes may be a ring, a part of one, or one with what is grown together with it."""
    both = np.minimum(strokes.width, strokes.height) > _ARC * usual
    sparse = strokes.area < _ARC_FILL * strokes.width * strokes.height
    return np.asarray(both & sparse & (np.maximum(strokes.width, strokes.height) < most))


def without_seals(ink: Pixels, seals: tuple[Seal, ...]) -> Pixels:
    """Return the ink without the rings of seals; strokes that cross a ring stay whole."""
    out = ink.copy()
    for seal in seals:
        reach = round(seal.radius) + 3 * _BESIDE
        left, top = max(0, round(seal.x) - reach), max(0, round(seal.y) - reach)
        place = np.s_[top : round(seal.y) + reach, left : round(seal.x) + reach]
        down, across = np.nonzero(ink[place])
        away = np.hypot(across + left - seal.x, down + top - seal.y)
        angle = np.arctan2(down + top - seal.y, across + left - seal.x) / (2 * np.pi) % 1
        at = np.minimum((angle * _FINE_ANGLES).astype(np.int64), _FINE_ANGLES - 1)
        gone = np.zeros(len(away), dtype=np.bool_)
        for inner, outer, crossed in _rings(ink, seal):
            gone |= (away >= inner) & (away <= outer) & ~crossed[at]
        out[place][down[gone], across[gone]] = 0
    return out


def _ring(radius: float) -> NDArray[np.float32]:
    """Return a kernel that answers where more of a circle is inked than of the circles beside it."""
    reach = int(radius + 4)
    across = np.arange(-reach, reach + 1)
    away = np.hypot(across, across[:, None]) - radius
    on, beside = np.abs(away) < 0.8, np.abs(np.abs(away) - 2.4) < 0.8  # noqa: PLR2004 - pixels of 1 mm
    return np.asarray(on / on.sum() - beside / beside.sum(), dtype=np.float32)


def _placed(ink: Pixels, rough: Seal) -> Seal | None:
    """Move a circle to where most of it is inked; None where that is too little for a ring."""
    best, covered = rough, 0.0
    for step in (3, 1):
        middle = best
        for x in range(-2 * step, 2 * step + 1, step):
            for y in range(-2 * step, 2 * step + 1, step):
                radii = middle.radius + np.arange(-2 * step, 2 * step + 1, step, dtype=np.float64)
                inked = _around(ink, Seal(middle.x + x, middle.y + y, 0.0), radii, _ANGLES).mean(axis=1)
                if inked.max() > covered:
                    covered = float(inked.max())
                    best = Seal(middle.x + x, middle.y + y, float(radii[inked.argmax()]))
    return best if covered >= _COVERED else None


def _rings(ink: Pixels, seal: Seal) -> list[tuple[float, float, Flags]]:
    """Return for each ring of a seal its inner and outer edge, and at which angles a stroke crosses it."""
    first = int(_INNERMOST * seal.radius)
    radii = np.arange(first, seal.radius + 2 * _BESIDE, dtype=np.float64)
    inked = _around(ink, seal, radii, _FINE_ANGLES)
    # a thin ring wavers by a pixel
    wide = inked.copy()
    wide[1:] |= inked[:-1]
    wide[:-1] |= inked[1:]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], wide.mean(axis=1) >= _COVERED, [0]))))
    rings = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        low, high = max(0, start - _BESIDE), min(len(radii) - 1, end - 1 + _BESIDE)
        rings.append((radii[start] - 0.5, radii[end - 1] + 0.5, np.asarray(inked[low] & inked[high])))
    return rings


def _around(ink: Pixels, seal: Seal, radii: Reals, angles: int) -> Flags:
    """Say for each radius and each of some angles around the middle of a seal whether there is ink."""
    angle = (np.arange(angles) + 0.5) * (2 * np.pi / angles)
    x = np.clip(np.rint(seal.x + radii[:, None] * np.cos(angle)).astype(np.int64), 0, ink.shape[1] - 1)
    y = np.clip(np.rint(seal.y + radii[:, None] * np.sin(angle)).astype(np.int64), 0, ink.shape[0] - 1)
    return np.asarray(ink[y, x] > 0)
