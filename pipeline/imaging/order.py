"""Reading order of the pieces of a page from where they stand.

What stands below one another is read downwards. Where pieces stand side by side, one question decides: are they columns,
each of which runs down by itself (the two heads of a letterhead, a list of recipients beside a signature, an article in
two columns), or rows of cells (`Ngày cấp: … Nơi cấp: …`, a table without rules)? Cells of a row share its baseline and
begin where the cells above them begin; columns are centred, or filled with running text, or have a leading of their own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

_SIDE = 0.3
"""part of the lower piece's height from which two pieces stand side by side"""
_GUTTER = 0.8
"""heights of capitals between two columns at least"""
_HANGS = 1.8
"""heights of capitals below a piece of its column within which a piece with nothing beside it belongs to the column"""
_BASE = 0.35
"""heights of capitals by which the feet of a row's cells differ at most"""
_SAME = 0.6
"""heights of capitals by which beginnings, or middles, that are the same differ at most"""
_INDENTED = 2.0
"""heights of capitals by which the beginnings of centred pieces differ: less may be a speck at the beginning of a cell"""
_MOST = 0.75
"""share of a column's pieces that begin, or have their middles, at the same place if the column is set so"""
_CROSSED = 0.3
"""share of the pieces side by side that stand on different baselines if each column has a leading of its own"""
_RUNNING = 4
"""lines that running text in columns has at least"""
_FILLED = 0.85
"""part of its column that the middle line of running text fills"""
_TEXT_WIDTH = 12.0
"""heights of capitals that a column of running text is wide at least"""
_SIGN_WIDTH = 4.0
"""heights of capitals that the numbers and letters before items are wide at most"""
_TABLE_ROWS = 3
_EVEN_ROWS = 2.2
"""times the usual distance of its rows that two rows of a table are apart at most; for a signature there is more room"""
_TIGHT = 1.1
"""heights of capitals between the lines of one cell at most"""
_NOTE_WIDTH, _NOTE_LINES = 0.4, 0.6
"""of the width and the number of lines of the running text beside it: less is a note in the margin"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line of text, or what is read in one go like a table; all in one unit, the page's top left is the origin."""

    left: float
    top: float
    """of its capitals"""
    right: float
    bottom: float
    """its baseline"""
    size: float
    """height of its capitals"""
    capitals: bool
    """whether it is set in capitals, as the titles of agencies and signers"""

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top


Pieces = Sequence[Piece]
_Numbers = list[int]
_Span = tuple[float, float]
_Columns = list[_Numbers]
"""the pieces of each column from the top down, the left column first"""
_WHOLE: _Span = (-inf, inf)


def reading_order(pieces: Pieces) -> list[int]:
    """Return the places of the pieces in reading order."""
    return _ordered(pieces, sorted(range(len(pieces)), key=lambda number: (pieces[number].top, pieces[number].left)))


def _ordered(pieces: Pieces, numbers: _Numbers) -> list[int]:
    """Order some pieces, given from the top down."""
    ordered: list[int] = []
    for stretch, spans in _stretches(pieces, numbers):
        columns = [[number for number in stretch if _within(pieces[number], span)] for span in spans]
        if len(columns) == 1:
            ordered += stretch
        elif _are_rows(pieces, columns):
            ordered += _by_rows(pieces, columns)
        else:
            for column in _notes_last(pieces, columns):
                ordered += _ordered(pieces, column)
    return ordered


def _within(piece: Piece, span: _Span) -> bool:
    return span[0] <= piece.left and piece.right <= span[1]


def _stretches(pieces: Pieces, numbers: _Numbers) -> Iterator[tuple[_Numbers, list[_Span]]]:
    """Cut pieces into stretches through the whole of which the same columns run; a stretch of one column has one span."""
    start = place = 0
    farthest = _HANGS * max((pieces[number].size for number in numbers), default=0.0)
    while place < len(numbers):
        end, spans = _reach(pieces, numbers, place, farthest=farthest)
        if len(spans) == 1:
            place += 1
            continue
        first = place
        while first > start:
            above, below = pieces[numbers[first - 1]], pieces[numbers[first]]
            wider = _with(spans, above)
            if len(wider) != len(spans) or below.top - above.bottom > _HANGS * max(above.size, below.size):
                break
            first, spans = first - 1, wider
        if first > start:
            yield numbers[start:first], [_WHOLE]
        yield numbers[first:end], spans
        start = place = end
    if start < len(numbers):
        yield numbers[start:], [_WHOLE]


def _reach(pieces: Pieces, numbers: _Numbers, place: int, *, farthest: float) -> tuple[int, list[_Span]]:
    """Return where the stretch that begins with the piece at a place ends, and its columns: one if nothing is beside it.

    No piece hangs more than `farthest` below another.
    """
    first = pieces[numbers[place]]
    spans, near = [(first.left, first.right)], [first]
    end = place + 1
    while end < len(numbers):
        piece = pieces[numbers[end]]
        # pieces come from the top down: what ends far above this one is beside or above none that follow
        near = [other for other in near if piece.top - other.bottom <= farthest]
        wider = _with(spans, piece)
        if len(wider) == 1:
            break
        # what stands alone continues a column; a title between two columns belongs to neither of them
        alone = not any(_beside(piece, other) for other in reversed(near))
        if alone and (len(wider) > len(spans) or not any(_hangs(piece, other) for other in reversed(near))):
            break
        near.append(piece)
        spans, end = wider, end + 1
    return end, spans


def _with(spans: list[_Span], piece: Piece) -> list[_Span]:
    """Return the columns with a further piece, from the left; those that it leaves no gutter between are one."""
    left, right, gutter = piece.left, piece.right, _GUTTER * piece.size
    others = []
    for span in spans:
        if span[1] + gutter > left and span[0] - gutter < right:
            left, right = min(left, span[0]), max(right, span[1])
        else:
            others.append(span)
    return sorted([*others, (left, right)])


def _beside(one: Piece, other: Piece) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    apart = one.right <= other.left or other.right <= one.left
    return apart and shared >= _SIDE * min(one.height, other.height)


def _hangs(piece: Piece, above: Piece) -> bool:
    over = min(above.right, piece.right) > max(above.left, piece.left)
    return over and piece.top - above.bottom <= _HANGS * max(piece.size, above.size)


def _are_rows(pieces: Pieces, columns: _Columns) -> bool:
    """Say whether pieces side by side are cells of rows; if not, each column runs down by itself."""
    level, crossed = 0, 0
    every = sorted((pieces[number] for column in columns for number in column), key=_top)
    highest = max(piece.height for piece in every)
    for piece in (pieces[number] for column in columns[1:] for number in column):
        from_here = bisect_left(every, piece.top - highest, key=_top)
        overlapping = every[from_here : bisect_right(every, piece.bottom, key=_top)]
        beside = [other for other in overlapping if _beside(piece, other)]
        if any(_level(piece, other) for other in beside):
            level += 1
        elif beside:
            crossed += 1
    if crossed > _CROSSED * (level + crossed):
        return False
    members = [[pieces[number] for number in column] for column in columns]
    if all(piece.width <= _SIGN_WIDTH * piece.size for piece in members[0]):
        return True
    if all(_is_running_text(column) for column in members):
        return False
    if _is_table(members):
        return True
    return not (members[-1][0].capitals or any(_is_centred(column) for column in members))


def _top(piece: Piece) -> float:
    return piece.top


def _level(one: Piece, other: Piece) -> bool:
    return abs(one.bottom - other.bottom) <= _BASE * max(one.size, other.size)


def _is_running_text(column: Pieces) -> bool:
    left, right = min(piece.left for piece in column), max(piece.right for piece in column)
    wide = right - left >= _TEXT_WIDTH * median(piece.size for piece in column)
    return len(column) >= _RUNNING and wide and median(p.right for p in column) - left >= _FILLED * (right - left)


def _is_table(columns: Sequence[Pieces]) -> bool:
    """Say whether columns are those of a table: rows at even distances with few cells empty, some column set flush."""
    rows = [piece for piece in columns[0] if any(_level(piece, other) for column in columns[1:] for other in column)]
    if len(rows) < _TABLE_ROWS:
        return False
    between = [piece for piece in columns[0] if rows[0].top <= piece.top <= rows[-1].top]
    steps = [after.bottom - before.bottom for before, after in pairwise(rows)]
    even = max(steps) <= _EVEN_ROWS * median(steps) and len(rows) >= _MOST * len(between)
    return even and any(len(column) >= _TABLE_ROWS and _is_flush(column) for column in columns)


def _is_flush(column: Pieces) -> bool:
    """Say whether most pieces begin at the same place."""
    lefts = sorted(piece.left for piece in column)
    near = _SAME * median(piece.size for piece in column)
    most = max(bisect_right(lefts, left + near) - bisect_left(lefts, left - near) for left in lefts)
    return most >= _MOST * len(column)


def _is_centred(column: Pieces) -> bool:
    """Say whether pieces of different widths have their middles at the same place."""
    size = median(piece.size for piece in column)
    lefts = [piece.left for piece in column]
    if _is_flush(column) or max(lefts) - min(lefts) < _INDENTED * size:
        return False
    middles = [(piece.left + piece.right) / 2 for piece in column]
    near = _SAME * size
    return sum(abs(middle - median(middles)) <= near for middle in middles) >= _MOST * len(column)


def _by_rows(pieces: Pieces, columns: _Columns) -> list[int]:
    """Return the pieces row by row, cells from left to right; further lines of a cell stay with it."""
    column_of = {number: place for place, column in enumerate(columns) for number in column}
    rows: list[_Columns] = []
    for number in sorted(column_of, key=lambda number: pieces[number].bottom):
        piece = pieces[number]
        cells = rows[-1] if rows else []
        under = [
            cell for cell in cells if column_of[cell[0]] == column_of[number] and _is_under(piece, pieces[cell[-1]])
        ]
        if any(_level(piece, pieces[cell[0]]) for cell in cells):
            cells.append([number])
        elif column_of[number] and under:
            under[0].append(number)
        else:
            rows.append([[number]])
    return [number for row in rows for cell in sorted(row, key=lambda cell: pieces[cell[0]].left) for number in cell]


def _is_under(piece: Piece, above: Piece) -> bool:
    return _hangs(piece, above) and piece.top - above.bottom <= _TIGHT * max(piece.size, above.size)


def _notes_last(pieces: Pieces, columns: _Columns) -> _Columns:
    """Return the columns with notes in the margin behind the running text that they stand beside."""
    members = [[pieces[number] for number in column] for column in columns]
    widths = [max(piece.right for piece in column) - min(piece.left for piece in column) for column in members]
    main = widths.index(max(widths))
    if not _is_running_text(members[main]):
        return columns
    note = [
        widths[place] <= _NOTE_WIDTH * widths[main] and len(column) <= _NOTE_LINES * len(columns[main])
        for place, column in enumerate(columns)
    ]
    return [columns[place] for place in sorted(range(len(columns)), key=lambda place: note[place])]
