"""Which letters the marks of Vietnamese, stops and dashes belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.chunks import Chunks, Reals
from pipeline.imaging.strokes import Numbers, Strokes

_ABOVE = 0.85
"""heights of capitals that marks stand above capitals at most (Ẩ)"""
_BELOW = 0.45
"""heights of capitals that dots and commas reach below the feet of letters at most"""
_BESIDE = 1.4
"""heights of capitals that dashes and stops stand beside their chunk at most"""
_OUTSIDE = 0.1
"""heights of capitals outside the band of its chunk from which a mark is looked at more closely"""
_REACH = 0.8
"""usual letter heights from a mark to its letter at most, another mark between them"""
_DOT = 0.4
"""usual letter heights that a dot measures at most; larger marks stand above letters, never below"""
_CLOSE = 0.35
"""usual letter heights under the feet of its line at which a dot hangs at most"""
_BEYOND = 2
"""pixels"""
_FAR = 1 << 20
_AT_ONCE = 1 << 20
"""pairs of a mark and a chunk that are compared at a time, 8 MiB for each number: noise has 500 million of them"""


def chunks_of_marks(strokes: Strokes, marks: Numbers, chunks: Chunks, cap: Reals, usual: float) -> Numbers:
    """Return for each mark its chunk, -1 for none; `cap` is the height of capitals of each chunk's row.

    A mark within the height of a chunk's letters belongs to it. One between two lines belongs to the letter that it
    stands over or under: marks of capitals reach up to the feet of the line above.
    """
    if not len(marks) or not len(chunks.left):
        return np.full(len(marks), -1, dtype=np.int32)
    few = max(1, _AT_ONCE // len(chunks.left))
    compared = [_by_band(strokes, marks[start : start + few], chunks, cap) for start in range(0, len(marks), few)]
    owner, outside = (np.concatenate(parts) for parts in zip(*compared, strict=True))
    doubtful = np.flatnonzero(outside)
    reach = round(_REACH * usual)
    over, down = _probed(strokes, marks[doubtful], chunks, reach, step=1)
    under, up = _probed(strokes, marks[doubtful], chunks, reach, step=-1)
    dot = np.maximum(strokes.width[marks[doubtful]], strokes.height[marks[doubtful]]) <= _DOT * usual
    # a dot hangs close under the feet of its line; tails of letters reach down to the marks of the next line
    below_feet = strokes.top[marks[doubtful]] - chunks.feet[under]
    hangs = (under >= 0) & dot & (below_feet <= _CLOSE * usual) & (up <= down)
    chosen = np.where(hangs, under, over)
    owner[doubtful] = np.where(chosen >= 0, chosen, owner[doubtful])
    return owner


def _by_band(strokes: Strokes, marks: Numbers, chunks: Chunks, cap: Reals) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return the chunk with the nearest band of letters, -1 for none, and whether the mark stands outside of it."""
    left, right = strokes.left[marks, None], strokes.right[marks, None]
    middle = (strokes.top[marks, None] + strokes.bottom[marks, None]) / 2
    beside = np.maximum(np.maximum(chunks.left - right, left - chunks.right), 0)
    above = np.maximum(chunks.feet - cap - middle, 0)
    below = np.maximum(middle - chunks.feet, 0)
    far = (beside > _BESIDE * cap) | (above > _ABOVE * cap) | (below > _BELOW * cap)
    cost = np.where(far, np.inf, above + 1.5 * below + 0.5 * beside)
    nearest = cost.argmin(axis=1)
    each = np.arange(len(marks))
    none = np.isinf(cost[each, nearest])
    outside = none | ((above + below)[each, nearest] > _OUTSIDE * cap[nearest])
    return np.where(none, -1, nearest).astype(np.int32), np.asarray(outside)


def _probed(
    strokes: Strokes, marks: Numbers, chunks: Chunks, reach: int, *, step: int
) -> tuple[Numbers, NDArray[np.int64]]:
    """Return the chunk of the first letter under (`step` 1) or over (-1) each mark, and how many pixels away it is."""
    chunk_of = np.concatenate(([-1], chunks.of))
    # beyond its ends too: the tilde of Ữ hangs between the arms of its letter
    first, width = strokes.left[marks] - _BEYOND, strokes.width[marks] + 2 * _BEYOND
    columns = np.clip([first + width * part // 4 for part in range(5)], 0, strokes.labels.shape[1] - 1)
    start = strokes.bottom[marks] if step > 0 else strokes.top[marks] - 1
    found = np.full(len(marks), -1, dtype=np.int64)
    distance = np.full(len(marks), _FAR, dtype=np.int64)
    for away in range(reach):
        rows = np.clip(start + step * away, 0, strokes.labels.shape[0] - 1)
        seen = chunk_of[strokes.labels[rows, columns]].max(axis=0)
        new = (seen >= 0) & (found < 0)
        found[new] = seen[new]
        distance[new] = away
    return found, distance
