"""Coloured ink on a page: red seals and blue autographs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.domain.page import InkKind
from pipeline.imaging.picture import PagePicture, Pixels

_DPI = 60.0
"""resolution of the search"""
_RED_LEAD = 45
"""levels by which red must lead green and blue"""
_BLUE_LEAD = 35
_JOIN = 2.5 / 25.4
"""inches over which pieces of one seal or stroke belong together"""
_SEAL_SIDES = (14 / 25.4, 75 / 25.4)
"""inches: round seals of Vietnamese bodies measure some 30 to 42 mm; of one across two sheets only a part shows"""
_SEAL_ASPECT = 2.2
_AUTOGRAPH_WIDTH = (12 / 25.4, 110 / 25.4)
_AUTOGRAPH_HEIGHT = (6 / 25.4, 70 / 25.4)
_AUTOGRAPH_ASPECT = 8.0
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
    """Return the red seals and blue autographs of a colour picture, from the top down; none of a grey one."""
    if picture.pixels.ndim == 2:  # noqa: PLR2004 - no colours
        return ()
    factor = min(1.0, _DPI / picture.dpi)
    height, width = picture.pixels.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA).astype(np.int16)
    red, green, blue = small[:, :, 0], small[:, :, 1], small[:, :, 2]
    dpi = picture.dpi * factor
    reddish = (red - np.maximum(green, blue) > _RED_LEAD).astype(np.uint8)
    bluish = ((blue - red > _BLUE_LEAD) & (blue - green > _BLUE_LEAD // 3)).astype(np.uint8)
    found = [(InkKind.RED_SEAL, box) for box in _groups(reddish, dpi) if _is_seal(box, dpi)]
    found += [(InkKind.BLUE_SIGNATURE, box) for box in _groups(bluish, dpi) if _is_autograph(box, dpi)]
    marks = [
        PixelMark(kind, left / factor, top / factor, (left + across) / factor, (top + down) / factor)
        for kind, (left, top, across, down, *_) in found
    ]
    return tuple(sorted(marks, key=lambda mark: (mark.top, mark.left)))


_Group = tuple[int, int, int, int, int, int]
"""left, top, width, height, pixels of ink, long side of the largest single stroke"""


def _groups(ink: Pixels, dpi: float) -> list[_Group]:
    """Join pieces that lie close together, and return the box and the amount of ink of each group."""
    reach = max(1, round(_JOIN * dpi))
    joined = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    count, labels, found, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    amounts = np.bincount(labels[ink > 0], minlength=count)
    strokes_count, stroke_labels, strokes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    group_of = np.zeros(strokes_count, dtype=np.int32)
    group_of[stroke_labels[ink > 0]] = labels[ink > 0]
    longest = np.zeros(count, dtype=np.int32)
    np.maximum.at(longest, group_of[1:], strokes[1:, 2:4].max(axis=1))
    return [
        (int(left), int(top), int(across), int(down), int(amounts[i]), int(longest[i]))
        for i, (left, top, across, down, _) in enumerate(found[1:], start=1)
    ]


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
