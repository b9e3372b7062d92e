"""Letters of one height side by side become rows, columns not parted yet; marks go to the row of their letters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.imaging.chunks import Chunks, Reals, chunks_of, medians, quantiles, strong
from pipeline.imaging.figures import in_code, in_seal
from pipeline.imaging.marks import chunks_of_marks
from pipeline.imaging.rules import Rules
from pipeline.imaging.strokes import Flags, Numbers, Strokes

_LETTER = 0.5
"""usual letter heights that a letter is high at least; less is a mark, a stop, a dash"""
_SMALLEST = 9
"""pixels that a letter is high at least on pages of large print: 8 points at 200 dpi"""
_TALLEST = 6.0
"""usual letter heights: more is a seal, an autograph, a picture"""
_WIDEST = 60.0
"""usual letter heights: whole lines grow together in bad copies"""
_LARGEST = 45.0
"""usual letter heights: more is a frame or a picture"""
_SPECK = 0.012
"""usual letter heights squared that a speck covers at most"""
_BRIDGE = 2.2
"""times the middle height of its chunk: a stroke that is grown together from letters of two lines"""
_TWO_LINES = 1.7
"""middle letter heights by which the feet of letters of one line differ at most"""
_LEVEL = 0.5
"""part of the lower chunk's height that chunks of a row share"""
_OVERLAP = 0.6
"""usual letter heights by which chunks of a row may overlap (italics)"""
_BAND = 0.7
"""part of its row's height that a chunk must have to tell where the row goes on; a comma has less"""
_MARK = 0.75
"""usual letter heights that a mark is high at most"""
_ROW_GAP = 25.0
"""usual letter heights between chunks that are still compared for one row"""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Which row every stroke belongs to."""

    row: Numbers
    """for each stroke the number of its row from 0 on, -1 for none"""
    letter: Flags
    """whether a stroke is a letter that tells where its row runs, no mark"""
    bridges: Numbers
    """numbers of strokes that may belong to two rows"""
    large: Numbers
    """numbers of strokes too large for letters: seals, autographs, what is grown together with them"""
    count: int


def too_large(strokes: Strokes, usual: float, *, most: float = _LARGEST) -> Flags:
    """Say which strokes are too large for letters, but measure no more than `most` usual letter heights."""
    sides = np.maximum(strokes.height, strokes.width)
    large = (strokes.height > _TALLEST * usual) | (strokes.width > _WIDEST * usual)
    return np.asarray(large & (sides <= most * usual))


def rows_of(strokes: Strokes, usual: float, rules: Rules, *, without: Flags) -> Rows:
    """Return the rows of letters; strokes `without` (rules, leaders) belong to none."""
    height = strokes.height
    speck = strokes.area < max(3.0, _SPECK * usual * usual)
    free = ~(without | speck | too_large(strokes, usual, most=np.inf) | in_seal(strokes, usual) | in_code(strokes))
    letter = free & (height >= min(_LETTER * usual, _SMALLEST))
    large = np.flatnonzero(too_large(strokes, usual) & ~without)
    chunks = chunks_of(strokes, letter, usual, rules.upright)
    tall = _bridges(strokes, chunks)
    letter[tall] = False
    if _joins_lines(strokes, chunks, letter, tall):
        chunks = chunks_of(strokes, letter, usual, rules.upright)
    chunks.of[tall] = -1
    chunks = strong(chunks, usual)
    letter &= chunks.of >= 0
    if not letter.any():
        return Rows(np.full(len(height), -1, dtype=np.int32), letter, tall, large, 0)
    row_of_chunk, count = joined(chunks, rules, usual)
    row: Numbers = np.where(chunks.of >= 0, row_of_chunk[chunks.of], -1).astype(np.int32)
    marks = np.flatnonzero(free & ~letter & (height < _MARK * usual))
    cap = cap_heights(strokes, Rows(row, letter, tall, large, count))[row_of_chunk]
    nearest = chunks_of_marks(strokes, marks, chunks, cap, usual)
    row[marks] = np.where(nearest >= 0, row_of_chunk[nearest], -1)
    return Rows(row, letter, tall, large, count)


def _bridges(strokes: Strokes, chunks: Chunks) -> Numbers:
    """Return letters that are much higher than the others around them."""
    chosen = np.flatnonzero(chunks.of >= 0)
    members, count = chunks.of[chosen], len(chunks.left)
    usual = medians(strokes.height[chosen], members, count)
    many = np.bincount(members, minlength=count) >= 3  # noqa: PLR2004 - two do not tell which of them is odd
    odd = (strokes.height[chosen] > _BRIDGE * usual[members]) & many[members]
    return np.asarray(chosen[odd], dtype=np.int32)


def _joins_lines(strokes: Strokes, chunks: Chunks, letter: Flags, tall: Numbers) -> bool:
    """Say whether a chunk with a tall stroke holds letters that stand on two lines."""
    for chunk in np.unique(chunks.of[tall]).tolist():
        others = letter & (chunks.of == chunk)
        feet = strokes.bottom[others]
        if len(feet) and np.ptp(feet) > _TWO_LINES * np.median(strokes.height[others]):
            return True
    return False


def joined(chunks: Chunks, rules: Rules, usual: float) -> tuple[Numbers, int]:
    """Join chunks side by side; return for each chunk the number of its row, and how many rows there are."""
    row = np.zeros(len(chunks.left), dtype=np.int32)
    size = len(chunks.left)
    right, top, bottom = np.zeros(size), np.zeros(size), np.zeros(size)
    count = 0
    fences = rules.upright
    for number in np.argsort(chunks.left, kind="stable").tolist():
        x, y0, y1 = chunks.left[number], chunks.top[number], chunks.bottom[number]
        shared = np.minimum(bottom[:count], y1) - np.maximum(top[:count], y0)
        between = x - right[:count]
        fits = shared >= _LEVEL * np.minimum(bottom[:count] - top[:count], y1 - y0)
        fits &= (between >= -_OVERLAP * usual) & (between <= _ROW_GAP * usual)
        chosen = -1
        # the first of equals: without a stable sort the processor's own instructions decide between them
        for candidate in np.flatnonzero(fits)[np.argsort(between[fits], kind="stable")].tolist():
            if not fenced(fences, right[candidate], x, (y0 + y1) / 2):
                chosen = candidate
                break
        if chosen < 0:
            chosen, count = count, count + 1
        row[number] = chosen
        right[chosen] = max(right[chosen], chunks.right[number])
        if y1 - y0 >= _BAND * (bottom[chosen] - top[chosen]):
            top[chosen], bottom[chosen] = y0, y1
    return row, count


def fenced(fences: Numbers, left: float, right: float, y: float) -> bool:
    """Say whether an upright rule stands between `left` and `right` at height `y`."""
    middle = (fences[:, 0] + fences[:, 2]) / 2
    return bool(((middle > left - 2) & (middle < right + 2) & (fences[:, 1] <= y) & (fences[:, 3] >= y)).any())


def cap_heights(strokes: Strokes, rows: Rows) -> Reals:
    """Return for each row the height of its capitals and high letters."""
    chosen = np.flatnonzero(rows.letter & (rows.row >= 0))
    return quantiles(strokes.height[chosen], rows.row[chosen], rows.count, 0.85)
