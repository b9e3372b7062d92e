"""Coloured ink on a page: red seals and blue autographs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.domain.page import InkKind
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.red_writing import red_writing

_DPI = 60.0
"""resolution of the search at least"""
_CLOSE_DPI = 100.0
"""resolution at which letters of titles stay apart"""
_SAMPLED = 40.0
"""dpi at which a page is looked through for colour at all"""
_RED_LEAD = 45
"""levels by which red must lead green and blue"""
_BLUE_LEAD = 35
_JOIN = 2.5 / 25.4
"""inches over which pieces of one seal or stroke belong together"""
_SEAL_SIDES = (12 / 25.4, 73 / 25.4)
"""inches: round seals of Vietnamese bodies measure some 30 to 42 mm; of one across two sheets only a part shows"""
_SEAL_ASPECT = 2.2
_AUTOGRAPH_WIDTH = (10 / 25.4, 108 / 25.4)
_AUTOGRAPH_HEIGHT = (4 / 25.4, 68 / 25.4)
_AUTOGRAPH_ASPECT = 9.0
_STROKE = 0.3
"""part of an autograph's width that one stroke of it spans; lines of blue print have none such"""
_LEAST_INK = 0.02
"""share of its box that a mark must cover"""
_MOST_BLUE = 0.5
"""a box that is covered by more than this is a coloured field, not handwriting"""


@dataclass(frozen=True, slots=True)
class PixelMark:
    """A seal or an autograph in a page's picture: sides in its pixels."""

    kind: InkKind
    left: float
    top: float
    right: float
    bottom: float


def ink_marks(picture: PagePicture) -> tuple[PixelMark, ...]:
    """Return the red seals and blue autographs of a colour picture, from the top down; none of a grey one.

    Red titles are writing and no seals.
    """
    if picture.pixels.ndim == 2 or not _is_coloured(picture):  # noqa: PLR2004 - no colours
        return ()
    shrink = max(1, int(picture.dpi / _DPI))
    height, width = (max(1, side // shrink) for side in picture.pixels.shape[:2])
    # a whole number of pixels for each shrunk one: four times as fast as the general case
    even = picture.pixels[: height * shrink, : width * shrink]
    small = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    dpi = picture.dpi / shrink
    reddish, bluish = _red_and_blue(small)
    seals = _outermost([box for box in _groups(reddish, dpi) if _is_seal(box, dpi)])
    found = [(InkKind.RED_SEAL, box) for box in seals if not _is_title(picture, box, shrink)]
    found += [(InkKind.BLUE_SIGNATURE, box) for box in _groups(bluish, dpi) if _is_autograph(box, dpi)]
    marks = [
        PixelMark(kind, left * shrink, top * shrink, (left + across) * shrink, (top + down) * shrink)
        for kind, (left, top, across, down, *_) in found
    ]
    return tuple(sorted(marks, key=lambda mark: (mark.top, mark.left)))


def _is_coloured(picture: PagePicture) -> bool:
    """Say from a sample of its pixels whether a picture shows enough red or blue for the smallest mark."""
    step = max(1, round(picture.dpi / _SAMPLED))
    red, blue = _red_and_blue(np.ascontiguousarray(picture.pixels[::step, ::step]))
    area = min(_SEAL_SIDES[0] ** 2, _AUTOGRAPH_WIDTH[0] * _AUTOGRAPH_HEIGHT[0]) * (picture.dpi / step) ** 2
    # the sample hits thin strokes by chance: half of what there should be is enough to look closer
    return max(cv2.countNonZero(red), cv2.countNonZero(blue)) >= _LEAST_INK * area / 2


def _red_and_blue(rgb: Pixels) -> tuple[Pixels, Pixels]:
    """Return masks (1) of what is clearly red and clearly blue."""
    red, green, blue = cv2.split(rgb)
    reddish = np.asarray(cv2.subtract(red, cv2.max(green, blue)), dtype=np.uint8) > _RED_LEAD
    bluish = np.asarray(cv2.subtract(blue, red), dtype=np.uint8) > _BLUE_LEAD
    bluish &= np.asarray(cv2.subtract(blue, green), dtype=np.uint8) > _BLUE_LEAD // 3
    return reddish.astype(np.uint8), bluish.astype(np.uint8)


_Group = tuple[int, int, int, int, int, int]
"""left, top, width, height, pixels of ink, long side of the largest single stroke"""


def _groups(ink: Pixels, dpi: float) -> list[_Group]:
    """Join pieces that lie close together, and return the box and the amount of ink of each group."""
    reach = max(1, round(_JOIN * dpi))
    joined = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    amounts = np.bincount(labels[ink > 0], minlength=count)
    strokes_count, stroke_labels, strokes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    group_of = np.zeros(strokes_count, dtype=np.int32)
    group_of[stroke_labels[ink > 0]] = labels[ink > 0]
    of, left, top, across, down = group_of[1:], *strokes[1:, :4].T
    longest, right, bottom = (np.zeros(count, dtype=np.int32) for _ in range(3))
    first_column, first_row = (np.full(count, max(ink.shape), dtype=np.int32) for _ in range(2))
    np.maximum.at(longest, of, strokes[1:, 2:4].max(axis=1))
    np.minimum.at(first_column, of, left)
    np.minimum.at(first_row, of, top)
    np.maximum.at(right, of, left + across)
    np.maximum.at(bottom, of, top + down)
    boxes = np.stack([first_column, first_row, right - first_column, bottom - first_row, amounts, longest], axis=1)
    return [(box[0], box[1], box[2], box[3], box[4], box[5]) for box in boxes[1:].tolist()]


def _outermost(groups: list[_Group]) -> list[_Group]:
    """Leave out what lies inside another: the emblem in the ring of a seal. Of groups in one box the first stays."""
    if not groups:
        return []
    left, top, across, down = np.array(groups, dtype=np.int64)[:, :4].T
    right, bottom, area, place = left + across, top + down, across * down, np.arange(len(groups))
    kept = []
    # a group at a time: all pairs at once would fill the memory on a page of slanted strokes
    for number, group in enumerate(groups):
        around = (left <= left[number]) & (top <= top[number]) & (right >= right[number]) & (bottom >= bottom[number])
        if not (around & ((area > area[number]) | (place < number))).any():
            kept.append(group)
    return kept


def _is_title(picture: PagePicture, group: _Group, shrink: int) -> bool:
    """Say whether most of a group, found on a picture made smaller by `shrink`, is lines of writing; looks more closely."""
    left, top, across, down = (side * shrink for side in group[:4])
    step = max(1, int(picture.dpi / _CLOSE_DPI))
    height, width = max(1, down // step), max(1, across // step)
    window = picture.pixels[top : top + height * step, left : left + width * step]
    closer = cv2.resize(window, (width, height), interpolation=cv2.INTER_AREA)
    reddish, _ = _red_and_blue(np.asarray(closer, dtype=np.uint8))
    writing = red_writing(reddish, per_millimetre=picture.dpi / step / 25.4)
    return bool(2 * cv2.countNonZero(writing) > cv2.countNonZero(reddish))


def _is_seal(group: _Group, dpi: float) -> bool:
    _, _, across, down, amount, _ = group
    short, long = sorted((across, down))
    fits = _SEAL_SIDES[0] * dpi <= short and long <= _SEAL_SIDES[1] * dpi and long <= _SEAL_ASPECT * short
    return fits and amount >= _LEAST_INK * across * down


def _is_autograph(group: _Group, dpi: float) -> bool:
    _, _, across, down, amount, longest = group
    fits = (
        longest >= _STROKE * across
        and _AUTOGRAPH_WIDTH[0] * dpi <= across <= _AUTOGRAPH_WIDTH[1] * dpi
        and _AUTOGRAPH_HEIGHT[0] * dpi <= down <= _AUTOGRAPH_HEIGHT[1] * dpi
        and across <= _AUTOGRAPH_ASPECT * down
    )
    return fits and _LEAST_INK * across * down <= amount <= _MOST_BLUE * across * down
