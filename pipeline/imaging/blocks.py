"""Lines in reading order, and the blocks that they make: paragraphs, table cells, the sides of a head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline.imaging.lines import PixelLine
from pipeline.imaging.order import Piece, reading_order
from pipeline.imaging.rules import Rules
from pipeline.imaging.tables import Table, tables_of

_BLOCK_GAP = 1.6
"""heights of capitals between a line's feet and the next one's heads within a block"""
_UNDER = 0.5
"""part of the narrower line's width that two lines of a block share"""
_RULED = 0.3
"""part of a line's width over which a rule must run to part it from the line above"""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A line, or a table with its lines in order."""

    piece: Piece
    lines: tuple[int, ...]


def in_blocks(lines: Sequence[PixelLine], rules: Rules, *, in_capitals: Sequence[bool]) -> list[tuple[int, int]]:
    """Return (place of the line, number of its block from 1 on) in reading order.

    Tables are read cell by cell, row by row; what a frame holds is read in one go. `in_capitals` says of each line whether
    it is set in capitals, as titles are.
    """
    if not lines:
        return []
    size = median(line.capitals for line in lines)
    pieces = [_piece(line, capitals=capitals) for line, capitals in zip(lines, in_capitals, strict=True)]
    units = [_Unit(piece, (number,)) for number, piece in enumerate(pieces)]
    cell: dict[int, tuple[int, tuple[float, float]]] = {}
    for number, table in enumerate(tables_of(rules, size)):
        units = _with_table(units, table, number, cell)
    ordered = [line for place in reading_order([unit.piece for unit in units]) for line in units[place].lines]
    block, found = 1, [(ordered[0], 1)]
    for before, line in pairwise(ordered):
        same = cell.get(before) == cell.get(line) and _hangs_under(pieces[line], pieces[before], size)
        block += not (same and not _ruled_off(pieces[line], pieces[before], rules))
        found.append((line, block))
    return found


def _piece(line: PixelLine, *, capitals: bool) -> Piece:
    return Piece(
        left=line.left,
        top=line.baseline - line.capitals,
        right=line.right,
        bottom=line.baseline,
        size=line.capitals,
        capitals=capitals,
    )


def _with_table(
    units: list[_Unit], table: Table, number: int, cell: dict[int, tuple[int, tuple[float, float]]]
) -> list[_Unit]:
    """Return the units with those inside a table made one; write down in which cell each line stands."""
    x = np.array([(unit.piece.left + unit.piece.right) / 2 for unit in units])
    y = np.array([(unit.piece.top + unit.piece.bottom) / 2 for unit in units])
    inside = np.flatnonzero(table.holds(x, y))
    if not len(inside):
        return units
    cells: dict[tuple[float, float], list[_Unit]] = {}
    for place, corner in zip(inside.tolist(), table.cells(x[inside], y[inside]), strict=True):
        cells.setdefault(corner, []).append(units[place])
    lines: list[int] = []
    for corner in sorted(cells):
        members = cells[corner]
        for place in reading_order([unit.piece for unit in members]):
            cell.update({line: (number, corner) for line in members[place].lines if line not in cell})
            lines += members[place].lines
    whole = Piece(
        left=table.left, top=table.top, right=table.right, bottom=table.bottom, size=table.size, capitals=False
    )
    taken = set(inside.tolist())
    outside = [unit for place, unit in enumerate(units) if place not in taken]
    return [*outside, _Unit(whole, tuple(lines))]


def _hangs_under(line: Piece, above: Piece, size: float) -> bool:
    """Say whether a line stands close under another."""
    near = -0.5 * above.height <= line.top - above.bottom <= _BLOCK_GAP * size
    shared = min(line.right, above.right) - max(line.left, above.left)
    return near and shared >= _UNDER * min(line.width, above.width)


def _ruled_off(line: Piece, above: Piece, rules: Rules) -> bool:
    """Say whether a level rule runs between a line and the one above it."""
    level = rules.level
    middle = (level[:, 1] + level[:, 3]) / 2
    between = ((above.top + above.bottom) / 2 < middle) & (middle < (line.top + line.bottom) / 2)
    for one in (line, above):
        over = np.minimum(level[:, 2], one.right) - np.maximum(level[:, 0], one.left)
        between &= over >= _RULED * one.width
    return bool(between.any())
