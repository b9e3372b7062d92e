"""What looks like letters and is none: the ring writing of seals, the modules of QR codes."""

from __future__ import annotations

import numpy as np

from pipeline.imaging.strokes import Flags, Numbers, Strokes

_SEAL_SIDES = (8.0, 28.0)
"""usual letter heights that the ring of a seal measures"""
_SEAL_ASPECT = 1.4
_SQUARE = 0.15
"""part of its side by which a finder pattern of a QR code may miss a square"""
_FINDER = (10, 120)
"""pixels that a finder pattern measures"""
_RING_FILL = (0.35, 0.68)
"""part of its box that the ring of a finder pattern covers: 24 of 49 modules"""
_HEART_FILL = 0.75
_HEART = (0.34, 0.54)
"""size of the heart of a finder pattern as part of its ring: 3 of 7 modules"""
_AT_ONCE = 1 << 20
"""pairs of a ring and a heart that are compared at a time, 8 MiB for each number"""
_FINDERS = 3
"""finder patterns of a QR code (ISO/IEC 18004)"""


def in_seal(strokes: Strokes, usual: float) -> Flags:
    """Say which strokes lie wholly inside the ring of a seal, or inside a picture of that size."""
    width, height = strokes.width, strokes.height
    low, high = (side * usual for side in _SEAL_SIDES)
    ring = (np.minimum(width, height) >= low) & (np.maximum(width, height) <= high)
    ring &= np.maximum(width, height) <= _SEAL_ASPECT * np.minimum(width, height)
    inside = np.zeros(len(width), dtype=np.bool_)
    for number in np.flatnonzero(ring).tolist():
        inside |= _inside(strokes, number, number)
    return inside


def in_code(strokes: Strokes) -> Flags:
    """Say which strokes are part of a QR code: those between its three finder patterns."""
    finders = _finders(strokes)
    if len(finders) < _FINDERS:
        return np.zeros(len(strokes.left), dtype=np.bool_)
    return _inside(strokes, *finders.tolist())


def _inside(strokes: Strokes, *frame: int) -> Flags:
    """Say which strokes lie in the box around the strokes `frame`."""
    left, top = strokes.left[list(frame)].min(), strokes.top[list(frame)].min()
    right, bottom = strokes.right[list(frame)].max(), strokes.bottom[list(frame)].max()
    inside = (strokes.left >= left) & (strokes.right <= right) & (strokes.top >= top) & (strokes.bottom <= bottom)
    return np.asarray(inside)


def _finders(strokes: Strokes) -> Numbers:
    """Return the square rings with a filled square in their middle."""
    width, height = strokes.width, strokes.height
    square = np.abs(width - height) <= np.maximum(1, _SQUARE * np.maximum(width, height))
    fill = strokes.area / (width * height)
    sized = square & (width >= _FINDER[0]) & (width <= _FINDER[1])
    rings = np.flatnonzero(sized & (fill >= _RING_FILL[0]) & (fill <= _RING_FILL[1]))
    sized = square & (width >= _HEART[0] * _FINDER[0]) & (width <= _HEART[1] * _FINDER[1])
    hearts = np.flatnonzero(sized & (fill >= _HEART_FILL))
    if len(rings) < _FINDERS or not len(hearts):
        return rings[:0]
    few = max(1, _AT_ONCE // len(hearts))
    holding = [_hold_a_heart(strokes, rings[start : start + few], hearts) for start in range(0, len(rings), few)]
    return rings[np.concatenate(holding)]


def _hold_a_heart(strokes: Strokes, rings: Numbers, hearts: Numbers) -> Flags:
    """Say which rings have a heart of the right size in their middle."""
    width = strokes.width
    across, down = strokes.left + strokes.right, strokes.top + strokes.bottom
    off = np.maximum(np.abs(across[rings, None] - across[hearts]), np.abs(down[rings, None] - down[hearts]))
    size = width[hearts] / width[rings, None]
    fits = (off <= 4) & (size >= _HEART[0]) & (size <= _HEART[1])  # noqa: PLR2004 - two pixels, in sums of two sides
    return np.asarray(fits.any(axis=1))
