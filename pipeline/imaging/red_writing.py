"""Red writing told apart from red seals: titles of certificates and cards are text, the writing in a seal's ring is not."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels
from pipeline.imaging.strokes import Flags, Numbers, label_type

_LETTER_HEIGHTS = (1.0, 9.0)
"""millimetres: lower-case letters of 6 points to capitals of 36"""
_LETTER_ASPECT = 7.0
"""heights that letters of a word are wide together where they touch"""
_SAME_LINE = 0.5
"""part of the lower one's height by which neighbours in a line stand side by side"""
_ALIKE = 2.5
"""how much higher than its neighbour a letter may be"""
_GAP = 0.9
"""letter heights between neighbours at most: words stand 0.4 apart, spaced capitals a little more"""
_LEAST_LETTERS = 3
_ASPECT = 2.5
"""a line is this many times as long as high; the writing along a seal's ring bends away before it is"""
_HEIGHTS = 1.9
"""median letter heights that a line is high at most: marks above capitals, and tails"""
_FRAME_SIDES = (12.0, 90.0)
"""millimetres that seals and stamps measure: what stands inside is theirs"""
_DEGREE_HIGH, _DEGREE_LONG = (5.0, 10.5), (10.0, 50.0)
"""millimetres of the frames around degrees of urgency and secrecy, by rule 8 high and 20, 30 or 40 long: their words are text
(NĐ 30/2020 phụ lục I, cell 10); older stamps are smaller"""
_JOIN = 1.0
"""millimetres over which the pieces of a broken ring are joined; lines of a title stand farther apart"""
_LEAST_ROUND, _ROUND = 16.0, 1.35
"""millimetres that a seal measures at least, and how far from round it may be when the edge of the sheet cuts it"""
_MOST_SHAPES = 2000
"""red shapes of a page with more are the dots of a printed picture"""


def red_writing(ink: Pixels, *, per_millimetre: float) -> Pixels:
    """Return what of a mask of red ink is lines of writing.

    Args:
        ink: 255 where there is red ink; about four pixels to a millimetre, so that letters stay apart. The page may lie on
            its side.
        per_millimetre: pixels in a millimetre.
    """
    kind = label_type(ink, connectivity=8)
    _, labels, table, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)
    boxes = np.asarray(table[1:, :4], dtype=np.int32)
    if not 0 < len(boxes) <= _MOST_SHAPES:
        return np.zeros_like(ink)
    frames, words = _stamped(boxes, per_millimetre)
    free = ~(_framed(ink, boxes, per_millimetre) | frames)
    chosen = _in_lines(boxes, free, per_millimetre) | words
    chosen |= _in_lines(np.ascontiguousarray(boxes[:, (1, 0, 3, 2)]), free, per_millimetre)
    kept = np.where(np.concatenate(([False], chosen)), 255, 0).astype(np.uint8)
    return np.asarray(kept[labels], dtype=np.uint8)


def _framed(ink: Pixels, boxes: Numbers, per_millimetre: float) -> Flags:
    """Say which shapes lie within a frame as large as a seal, or within what is as round as one."""
    reach = max(1, round(_JOIN * per_millimetre))
    joined = np.asarray(cv2.dilate(ink, np.ones((reach, reach), np.uint8)), dtype=np.uint8)
    kind = label_type(joined, connectivity=8)
    _, _, table, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=kind)
    groups = np.asarray(table[1:, :4], dtype=np.int32)
    frames = np.concatenate([boxes[_sized(boxes, per_millimetre)], groups[_round(groups, per_millimetre)]])
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    inside = np.zeros(len(boxes), dtype=np.bool_)
    for x, y, across, down in frames.tolist():
        inside |= (left >= x) & (top >= y) & (right <= x + across) & (bottom <= y + down)
    return inside


def _stamped(boxes: Numbers, per_millimetre: float) -> tuple[Flags, Flags]:
    """Say which shapes are frames around a word or two, and which are those words, letters that touch each other included."""
    frames = np.zeros(len(boxes), dtype=np.bool_)
    words = frames.copy()
    short, long = boxes[:, 2:].min(axis=1) / per_millimetre, boxes[:, 2:].max(axis=1) / per_millimetre
    low = (short >= _DEGREE_HIGH[0]) & (short <= _DEGREE_HIGH[1])
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    for index in np.flatnonzero(low & (long >= _DEGREE_LONG[0]) & (long <= _DEGREE_LONG[1])):
        x, y, across, down = boxes[index]
        inside = (left > x) & (top > y) & (right < x + across) & (bottom < y + down)
        frames[index] = bool(inside.any())
        words |= inside
    return frames, words


def _sized(boxes: Numbers, per_millimetre: float) -> Flags:
    short, long = boxes[:, 2:].min(axis=1) / per_millimetre, boxes[:, 2:].max(axis=1) / per_millimetre
    return np.asarray((short > _DEGREE_HIGH[1]) & (long >= _FRAME_SIDES[0]) & (long <= _FRAME_SIDES[1]))


def _round(groups: Numbers, per_millimetre: float) -> Flags:
    """Say which groups of shapes are as broad as high: seals whose ring is broken."""
    short, long = groups[:, 2:4].min(axis=1) / per_millimetre, groups[:, 2:4].max(axis=1) / per_millimetre
    return np.asarray((short >= _LEAST_ROUND) & (long <= _FRAME_SIDES[1]) & (long <= _ROUND * short))


def _in_lines(boxes: Numbers, free: Flags, per_millimetre: float) -> Flags:
    """Say which shapes, given as left, top, width and height, are letters of level lines or marks over and under them."""
    height = boxes[:, 3] / per_millimetre
    letters = free & (height >= _LETTER_HEIGHTS[0]) & (height <= _LETTER_HEIGHTS[1])
    letters &= boxes[:, 2] <= _LETTER_ASPECT * boxes[:, 3]
    chosen = np.zeros(len(boxes), dtype=np.bool_)
    for line in _chains(boxes, np.flatnonzero(letters)):
        members = boxes[line]
        left, top = members[:, 0].min(), members[:, 1].min()
        right, bottom = (members[:, 0] + members[:, 2]).max(), (members[:, 1] + members[:, 3]).max()
        usual = float(np.median(members[:, 3]))
        if bottom - top > _HEIGHTS * usual or right - left < _ASPECT * (bottom - top):
            continue
        middle_x, middle_y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
        over = (
            (middle_x >= left - usual)
            & (middle_x <= right + usual)
            & (middle_y >= top - usual / 2)
            & (middle_y <= bottom + usual / 2)
        )
        chosen |= free & over & (boxes[:, 3] <= _HEIGHTS * usual)
    return chosen


def _chains(boxes: Numbers, letters: Numbers) -> Iterator[NDArray[np.intp]]:
    """Yield the letters of each line: those that stand side by side, close together and alike in height."""
    if len(letters) < _LEAST_LETTERS:
        return
    left, top, width, height = boxes[letters].T
    shared = np.minimum((top + height)[:, None], top + height) - np.maximum(top[:, None], top)
    apart = np.maximum(left[:, None], left) - np.minimum((left + width)[:, None], left + width)
    low, high = np.minimum(height[:, None], height), np.maximum(height[:, None], height)
    near = (shared >= _SAME_LINE * low) & (apart <= _GAP * high) & (high <= _ALIKE * low)
    todo = np.ones(len(letters), dtype=np.bool_)
    for first in range(len(letters)):
        if not todo[first]:
            continue
        chain = np.zeros(len(letters), dtype=np.bool_)
        fresh = chain.copy()
        fresh[first] = True
        while fresh.any():
            chain |= fresh
            fresh = near[fresh].any(axis=0) & ~chain
        todo &= ~chain
        if int(chain.sum()) >= _LEAST_LETTERS:
            yield np.asarray(letters[chain])
