"""Ruled lines of tables and forms and underlines: where they run, and the ink without them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels
from pipeline.imaging.strokes import Flags, Numbers, Strokes, strokes_of

_THIN = 0.45
"""usual letter heights that a rule is thick at most"""
_LONG = 3.6
"""usual letter heights that a level rule is long at least: more than a long dash or the bar of a large T"""
_HIGH = 5.5
"""the same for an upright rule: more than the highest letter"""
_TOUCHED = 5.0
"""a stroke longer than this may be letters and a rule grown together"""

Boxes = Numbers
"""rows of left, top, right, bottom in pixels"""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The straight rules of a page."""

    level: Boxes
    upright: Boxes


NO_RULES = Rules(np.zeros((0, 4), dtype=np.int32), np.zeros((0, 4), dtype=np.int32))


def without_rules(ink: Pixels, strokes: Strokes, usual: float) -> tuple[Pixels, Rules]:
    """Return the ink with rules taken out of what they are grown together with (`ink` itself if nothing was), and all rules.

    Strokes of letters that cross a rule stay whole. Rules that touch nothing stay in the ink; `rule_strokes` tells them.
    """
    lone_level, lone_upright = _lone(strokes, usual)
    grown = ((strokes.width > _TOUCHED * usual) | (strokes.height > _HIGH * usual)) & ~lone_level & ~lone_upright
    levels, uprights, out = [_boxes(strokes, lone_level)], [_boxes(strokes, lone_upright)], ink
    for left, top, right, bottom in _outermost(_boxes(strokes, grown)):
        place = np.s_[top:bottom, left:right]
        level, upright = _straight(ink[place], usual)
        found = _boxes_of_mask(level), _boxes_of_mask(upright)
        if not len(found[0]) and not len(found[1]):
            continue
        out = ink.copy() if out is ink else out
        out[place] &= _crossing(out[place], level, upright, usual)
        corner = np.array((left, top, left, top), dtype=np.int32)
        levels.append(found[0] + corner)
        uprights.append(found[1] + corner)
    return out, Rules(np.concatenate(levels), np.concatenate(uprights))


def rule_strokes(strokes: Strokes, usual: float) -> Flags:
    """Say which strokes are rules that touch nothing."""
    level, upright = _lone(strokes, usual)
    return np.asarray(level | upright)


def _lone(strokes: Strokes, usual: float) -> tuple[Flags, Flags]:
    """Say which strokes are level and which are upright rules, and nothing else."""
    width, height, thin = strokes.width, strokes.height, _THIN * usual
    level = (height <= thin) & (width >= _LONG * usual)
    upright = (width <= thin) & (height >= _HIGH * usual)
    return np.asarray(level), np.asarray(upright)


def _straight(ink: Pixels, usual: float) -> tuple[Pixels, Pixels]:
    """Return masks of the level and of the upright rules in a piece of the ink."""
    long, high = round(_LONG * usual), round(_HIGH * usual)
    thick = round(_THIN * usual) + 1
    masks = []
    for kernel, across in (((1, long), (thick, 1)), ((high, 1), (1, thick))):
        runs = np.zeros_like(ink)
        if ink.shape[0] >= kernel[0] and ink.shape[1] >= kernel[1]:
            opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(kernel, np.uint8))
            # a field of ink is no rule, however straight
            field = cv2.morphologyEx(opened, cv2.MORPH_OPEN, np.ones(across, np.uint8))
            runs = np.asarray(cv2.subtract(opened, field), dtype=np.uint8)
        masks.append(runs)
    return masks[0], masks[1]


def _crossing(ink: Pixels, level: Pixels, upright: Pixels, usual: float) -> Pixels:
    """Return the ink without the masked rules, but with the letters' strokes across them."""
    reach = round(_THIN * usual) + 3
    level_gone = cv2.dilate(level, np.ones((3, 1), np.uint8))
    upright_gone = cv2.dilate(upright, np.ones((1, 3), np.uint8))
    rest = cv2.subtract(ink, cv2.bitwise_or(level_gone, upright_gone))
    down = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((reach, 1), np.uint8))
    along = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    crossing = cv2.bitwise_or(
        cv2.bitwise_and(down, level_gone), cv2.bitwise_and(along, cv2.subtract(upright_gone, level))
    )
    return np.asarray(cv2.bitwise_or(rest, crossing), dtype=np.uint8)


def _boxes(strokes: Strokes, chosen: Flags) -> Boxes:
    table = np.stack([strokes.left, strokes.top, strokes.right, strokes.bottom], axis=1)
    return np.asarray(table[chosen], dtype=np.int32)


def _boxes_of_mask(mask: Pixels) -> Boxes:
    if not mask.any():
        return np.zeros((0, 4), dtype=np.int32)
    found = strokes_of(mask)
    return _boxes(found, np.ones(len(found.left), dtype=np.bool_))


def _outermost(boxes: Boxes) -> Boxes:
    """Return the boxes that lie in no other."""
    left, top, right, bottom = boxes.T[:, :, None]
    inside = (left >= left.T) & (top >= top.T) & (right <= right.T) & (bottom <= bottom.T)
    return boxes[inside.sum(axis=1) == 1] if len(boxes) else boxes
