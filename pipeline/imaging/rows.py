"""Letters of one height side by side become rows; rows are cut where columns part."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.figures import in_code, in_seal
from pipeline.imaging.rules import Boxes, Rules
from pipeline.imaging.strokes import Flags, Numbers, Strokes

Reals = NDArray[np.float64]

_LETTER = 0.5
"""usual letter heights that a letter is high at least; less is a mark, a stop, a dash"""
_TALLEST = 6.0
"""usual letter heights: more is a seal, an autograph, a picture"""
_WIDEST = 60.0
"""usual letter heights: whole lines grow together in bad copies"""
_SPECK = 0.012
"""usual letter heights squared that a speck covers at most"""
_CORE = 0.3
"""part of a letter's height above and below its core; cores of a line overlap, those of two lines do not"""
_REACH = 0.8
"""letter heights between letters of a chunk"""
_BRIDGE = 2.2
"""times the middle height of its chunk: a stroke that is grown together from letters of two lines"""
_LEVEL = 0.5
"""part of the lower chunk's height that chunks of a row share"""
_OVERLAP = 0.6
"""usual letter heights by which chunks of a row may overlap (italics)"""
_BAND = 0.7
"""part of its row's height that a chunk must have to tell where the row goes on; a comma has less"""
_SURE = 0.75
"""usual letter heights from which a lone stroke is surely a letter"""
_FEW = 2
_ROW_GAP = 25.0
"""usual letter heights between chunks that are still compared for one row"""
_ABOVE = 0.85
"""heights of capitals that marks stand above them at most (Ẩ)"""
_BELOW = 0.45
"""heights of capitals that dots and commas reach below the feet of letters at most"""
_BESIDE = 1.4
"""heights of capitals that dashes and stops stand beside their chunk at most"""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Which row every stroke belongs to."""

    row: Numbers
    """for each stroke the number of its row from 0 on, -1 for none"""
    letter: Flags
    """whether a stroke is a letter that tells where its row runs, no mark"""
    bridges: Numbers
    """numbers of strokes that may belong to two rows"""
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class _Chunks:
    """Letters close together: a word or a few."""

    of: Numbers
    """for each stroke its chunk, -1 for none"""
    left: Numbers
    right: Numbers
    top: Reals
    bottom: Reals
    """of its middle letter"""


def rows_of(strokes: Strokes, usual: float, rules: Rules, *, without: Flags) -> Rows:
    """Return the rows of letters; strokes `without` (rules, leaders) belong to none."""
    height, width = strokes.height, strokes.width
    speck = strokes.area < max(3.0, _SPECK * usual * usual)
    large = (height > _TALLEST * usual) | (width > _WIDEST * usual)
    free = ~(without | speck | large | in_seal(strokes, usual) | in_code(strokes))
    letter = free & (height >= _LETTER * usual)
    chunks = _chunks(strokes, letter, usual, rules.upright)
    tall = _bridges(strokes, chunks)
    if len(tall):
        letter[tall] = False
        chunks = _chunks(strokes, letter, usual, rules.upright)
    chunks = _strong(chunks, usual)
    letter &= chunks.of >= 0
    row_of_chunk, count = _joined(chunks, rules, usual)
    row: Numbers = np.where(chunks.of >= 0, row_of_chunk[chunks.of], -1).astype(np.int32)
    marks = np.flatnonzero(free & ~letter & (height < _SURE * usual))
    nearest = _nearest_chunk(strokes, marks, chunks, cap_heights(strokes, Rows(row, letter, tall, count))[row_of_chunk])
    row[marks] = np.where(nearest >= 0, row_of_chunk[nearest], -1)
    return Rows(row, letter, tall, count)


def _chunks(strokes: Strokes, letter: Flags, usual: float, fences: Boxes) -> _Chunks:
    """Paint the cores of letters, lengthened to the right, at half size; what runs together is a chunk."""
    chosen = np.flatnonzero(letter)
    left, top, right, bottom = (side[chosen] for side in (strokes.left, strokes.top, strokes.right, strokes.bottom))
    height = bottom - top
    reach = np.clip(height, usual, 3 * usual) * _REACH
    core_top = ((top + _CORE * height) / 2).astype(np.int32)
    core_bottom = np.maximum(((bottom - _CORE * height) / 2).astype(np.int32), core_top)
    core_left, core_right = left // 2, ((right + reach) / 2).astype(np.int32)
    canvas = np.zeros((strokes.labels.shape[0] // 2 + 1, strokes.labels.shape[1] // 2 + 1), np.uint8)
    for x0, y0, x1, y1 in zip(
        core_left.tolist(), core_top.tolist(), core_right.tolist(), core_bottom.tolist(), strict=True
    ):
        cv2.rectangle(canvas, (x0, y0), (x1, y1), 255, cv2.FILLED)
    for x0, y0, x1, y1 in (fences // 2).tolist():
        cv2.rectangle(canvas, (x0, y0), (x1, y1), 0, cv2.FILLED)
    canvas[core_top, core_left] = 255
    found, labels = cv2.connectedComponents(canvas, connectivity=4, ltype=cv2.CV_16U)
    of = np.full(len(letter), -1, dtype=np.int32)
    of[chosen] = labels[core_top, core_left].astype(np.int32) - 1
    members = of[chosen]
    count = found - 1
    first, last = np.full(count, 1 << 30, dtype=np.int32), np.zeros(count, dtype=np.int32)
    np.minimum.at(first, members, left)
    np.maximum.at(last, members, right)
    # the letter of middle height tells the band: a comma beside its word does not
    order, middle = ranked(height, members, count, 0.5)
    return _Chunks(of, first, last, top[order[middle]].astype(np.float64), bottom[order[middle]].astype(np.float64))


def ranked(values: Numbers | Reals, group: Numbers, count: int, share: float) -> tuple[Numbers, Numbers]:
    """Return an order of all things by group and value, and the places in it below which a `share` of each group lies."""
    order = np.lexsort((values, group))
    sizes = np.bincount(group, minlength=count)
    places = np.cumsum(sizes) - sizes + (sizes * share).astype(np.int64)
    return order.astype(np.int32), np.minimum(places, max(len(order) - 1, 0)).astype(np.int32)


def medians(values: Numbers | Reals, group: Numbers, count: int) -> Reals:
    """Return the (upper) median of the values of each of `count` groups; 0 for an empty one."""
    return quantiles(values, group, count, 0.5)


def quantiles(values: Numbers | Reals, group: Numbers, count: int, share: float) -> Reals:
    """Return the value below which a `share` of each group lies; 0 for an empty one."""
    if not len(group):
        return np.zeros(count, dtype=np.float64)
    order, places = ranked(values, group, count, share)
    some = np.bincount(group, minlength=count) > 0
    return np.where(some, values[order[places]], 0.0).astype(np.float64)


def _strong(chunks: _Chunks, usual: float) -> _Chunks:
    """Return the chunks without those of one or two low strokes, as commas after a gap: they do not tell where a row runs."""
    sizes = np.bincount(chunks.of[chunks.of >= 0], minlength=len(chunks.left))
    kept = (sizes > _FEW) | (chunks.bottom - chunks.top >= _SURE * usual)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    of = np.where(chunks.of >= 0, number[chunks.of], -1).astype(np.int32)
    return _Chunks(of, chunks.left[kept], chunks.right[kept], chunks.top[kept], chunks.bottom[kept])


def _bridges(strokes: Strokes, chunks: _Chunks) -> Numbers:
    """Return letters that are much higher than the others around them."""
    chosen = np.flatnonzero(chunks.of >= 0)
    members, count = chunks.of[chosen], len(chunks.left)
    usual = medians(strokes.height[chosen], members, count)
    many = np.bincount(members, minlength=count) >= 3  # noqa: PLR2004 - two do not tell which of them is odd
    odd = (strokes.height[chosen] > _BRIDGE * usual[members]) & many[members]
    return np.asarray(chosen[odd], dtype=np.int32)


def _joined(chunks: _Chunks, rules: Rules, usual: float) -> tuple[Numbers, int]:
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
        for candidate in np.flatnonzero(fits)[np.argsort(between[fits])].tolist():
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


def _nearest_chunk(strokes: Strokes, marks: Numbers, chunks: _Chunks, cap: Reals) -> Numbers:
    """Return for each mark the chunk that it stands over, under, in or beside; -1 for none."""
    if not len(marks) or not len(chunks.left):
        return np.full(len(marks), -1, dtype=np.int32)
    left, right = strokes.left[marks, None], strokes.right[marks, None]
    top, bottom = strokes.top[marks, None], strokes.bottom[marks, None]
    beside = np.maximum(np.maximum(chunks.left - right, left - chunks.right), 0)
    head = chunks.bottom - cap
    above = np.maximum(head - (top + bottom) / 2, 0)
    below = np.maximum((top + bottom) / 2 - chunks.bottom, 0)
    far = (beside > _BESIDE * cap) | (above > _ABOVE * cap) | (below > _BELOW * cap)
    cost = np.where(far, np.inf, above + 1.5 * below + 0.5 * beside)
    nearest = cost.argmin(axis=1)
    return np.where(np.isinf(cost.min(axis=1)), -1, nearest).astype(np.int32)
