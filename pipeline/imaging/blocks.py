"""Lines in reading order: what hangs together below one another is a block, columns are blocks side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.chunks import Reals
from pipeline.imaging.crops import Extents
from pipeline.imaging.rules import Rules
from pipeline.imaging.strokes import Numbers

_BLOCK_GAP = 1.6
"""heights of capitals between a line's feet and the next one's heads within a block"""
_UNDER = 0.5
"""part of the narrower line's width that two lines of a block share"""
_LEVEL = 0.5
"""part of the lower line's height that lines side by side share"""
_RULED = 0.3
"""part of a line's width over which a rule must run to part it from the line above"""

Relation = NDArray[np.bool_]
"""square: what the row's thing is to the column's"""


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Rectangles as four arrays."""

    left: Reals
    top: Reals
    right: Reals
    bottom: Reals

    @property
    def height(self) -> Reals:
        return self.bottom - self.top

    @property
    def width(self) -> Reals:
        return self.right - self.left


def in_blocks(lines: Extents, rules: Rules) -> list[tuple[int, int]]:
    """Return (number of the line, number of its block from 1 on) in reading order.

    A line hangs under the block above it where exactly one block and one line belong together. Blocks are read from the
    top; of blocks side by side the left one comes first, which takes the cells of a table row by row.
    """
    count = len(lines.left)
    if not count:
        return []
    sides = _Sides(
        lines.left.astype(np.float64),
        lines.baseline - lines.capitals,
        lines.right.astype(np.float64),
        lines.baseline,
    )
    hangs = _hangs_under(sides, float(np.median(lines.capitals))) & ~_ruled_off(sides, rules)
    level = _shared(sides.top, sides.bottom) >= _LEVEL * np.minimum(sides.height, sides.height[:, None])
    np.fill_diagonal(level, val=False)
    block = np.full(count, -1, dtype=np.int64)
    last: list[int] = []
    for line in np.argsort(sides.top, kind="stable").tolist():
        above = [number for number, end in enumerate(last) if hangs[line, end]]
        if len(above) == 1 and not (level[line] & hangs[:, last[above[0]]]).any():
            block[line] = above[0]
            last[above[0]] = line
        else:
            block[line] = len(last)
            last.append(line)
    ordered = []
    for place, number in enumerate(_order(_around(sides, block, len(last))), start=1):
        members = np.flatnonzero(block == number)
        ordered += [(int(line), place) for line in members[np.argsort(sides.top[members], kind="stable")]]
    return ordered


def _shared(start: Reals, end: Reals) -> Reals:
    """Return by how much each two of some stretches overlap; negative where they lie apart."""
    return np.asarray(np.minimum(end, end[:, None]) - np.maximum(start, start[:, None]))


def _hangs_under(sides: _Sides, size: float) -> Relation:
    """Say whether the row's line stands close under the column's."""
    between = sides.top[:, None] - sides.bottom
    narrow = np.minimum(sides.width, sides.width[:, None])
    near = (between >= -0.5 * sides.height) & (between <= _BLOCK_GAP * size)
    near &= _shared(sides.left, sides.right) >= _UNDER * narrow
    np.fill_diagonal(near, val=False)
    return np.asarray(near)


def _ruled_off(sides: _Sides, rules: Rules) -> Relation:
    """Say whether a level rule runs between the row's line and the column's above it."""
    apart = np.zeros((len(sides.top), len(sides.top)), dtype=np.bool_)
    middle = (sides.top + sides.bottom) / 2
    for x0, y0, x1, y1 in rules.level.tolist():
        over = np.minimum(sides.right, x1) - np.maximum(sides.left, x0) >= _RULED * sides.width
        apart |= (over & (middle > (y0 + y1) / 2))[:, None] & (over & (middle < (y0 + y1) / 2))
    return apart


def _around(sides: _Sides, block: Numbers, count: int) -> _Sides:
    """Return the rectangles around the members of each block."""
    left, top, right, bottom = np.full(count, np.inf), np.full(count, np.inf), np.zeros(count), np.zeros(count)
    np.minimum.at(left, block, sides.left)
    np.minimum.at(top, block, sides.top)
    np.maximum.at(right, block, sides.right)
    np.maximum.at(bottom, block, sides.bottom)
    return _Sides(left, top, right, bottom)


def _order(blocks: _Sides) -> list[int]:
    """Order blocks for reading: what stands above, or beside on the left, comes first."""
    over = _shared(blocks.left, blocks.right) > 0
    beside = _shared(blocks.top, blocks.bottom) > 0
    before = np.where(over, blocks.top[:, None] < blocks.top, beside & (blocks.right[:, None] <= blocks.left))
    np.fill_diagonal(before, val=False)
    waiting = before.sum(axis=0)
    left = np.lexsort((blocks.left, blocks.top)).tolist()
    ordered = []
    while left:
        chosen = next((number for number in left if waiting[number] <= 0), left[0])
        ordered.append(chosen)
        left.remove(chosen)
        waiting = waiting - before[chosen]
    return ordered
