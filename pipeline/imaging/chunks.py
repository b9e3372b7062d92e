"""Letters close together as chunks: a word or a few."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.rules import Boxes
from pipeline.imaging.strokes import Flags, Numbers, Strokes, label_type

Reals = NDArray[np.float64]

_CORE = 0.3
"""part of a letter's height above and below its core; cores of a line overlap, those of two lines do not"""
_REACH = 0.8
"""letter heights between letters of a chunk"""
_SURE = 0.75
"""usual letter heights from which a lone stroke is surely a letter"""
_FEW = 2


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """Chunks of letters."""

    of: Numbers
    """for each stroke its chunk, -1 for none"""
    left: Numbers
    right: Numbers
    top: Reals
    bottom: Reals
    """of its letter of middle height"""
    feet: Reals
    """where most of its letters end: the baseline"""


def chunks_of(strokes: Strokes, letter: Flags, usual: float, fences: Boxes) -> Chunks:
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
    found, labels = cv2.connectedComponents(canvas, connectivity=4, ltype=label_type(canvas, connectivity=4))
    of = np.full(len(letter), -1, dtype=np.int32)
    of[chosen] = labels[core_top, core_left].astype(np.int32) - 1
    members = of[chosen]
    count = found - 1
    first, last = np.full(count, 1 << 30, dtype=np.int32), np.zeros(count, dtype=np.int32)
    np.minimum.at(first, members, left)
    np.maximum.at(last, members, right)
    # the letter of middle height tells the band: a comma beside its word does not
    order, middle = ranked(height, members, count, 0.5)
    band = order[middle]
    feet = medians(bottom, members, count)
    return Chunks(of, first, last, top[band].astype(np.float64), bottom[band].astype(np.float64), feet)


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


def strong(chunks: Chunks, usual: float) -> Chunks:
    """Return the chunks without those of one or two low strokes, as commas after a gap: they do not tell where a row runs."""
    if not len(chunks.left):
        return chunks
    sizes = np.bincount(chunks.of[chunks.of >= 0], minlength=len(chunks.left))
    kept = (sizes > _FEW) | (chunks.bottom - chunks.top >= _SURE * usual)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    of = np.where(chunks.of >= 0, number[chunks.of], -1).astype(np.int32)
    return Chunks(of, chunks.left[kept], chunks.right[kept], chunks.top[kept], chunks.bottom[kept], chunks.feet[kept])
