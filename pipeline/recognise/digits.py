"""Digits in a cell of a form or letterhead, written or printed: cut apart, each recognised by a small network of this project's own.

The network knows only digits that the project drew (benchmarks/train_digits.py); it takes gradients, has one hidden layer,
and an eleventh answer for what is no digit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels
from pipeline.recognise.digit_features import features, squared

MODEL = Path(__file__).with_name("digits.npz")

_NO_DIGIT = 10
_LOWEST = 0.45
"""a digit is at least this part of the tallest piece's height"""
_SPECK = 0.012
"""of the cell's area: what has less ink is dirt"""
_WIDE = 1.05
"""width over height from which a piece may be two digits"""
_RULE_HEIGHT, _RULE_WIDTH = 0.12, 0.3
"""a piece flatter and wider than these shares of the cell is a rule"""
_NARROW = 0.3
"""of the tallest piece: what is narrower at the side of a cell is the rest of a printed letter"""
_DROPPED = 0.6
"""what a reading is worth for each piece at its ends that was left out as no digit"""
_RED = 60
"""by which red outshines blue and green in a seal's ink"""


@dataclass(frozen=True, slots=True)
class DigitReading:
    """What a cell says, and the chance that all of it is right."""

    text: str
    confidence: float
    torn: bool = False
    """something as wide as a digit runs out of the cut-out: print, or a digit more"""


def read_digits(cell: Pixels, *, inside: tuple[float, float] | None = None) -> DigitReading | None:
    """Read the digits in a cut-out, grey or RGB; None where no digit can be made out.

    Args:
        cell: the cut-out; red ink in it is taken away.
        inside: from where to where, in pixels across, the middles of digits lie; what is beyond is the print beside them.
    """
    left, right = inside or (0.0, float(cell.shape[1]))
    pieces, torn = _pieces(_ink(cell), left, right)
    if not pieces:
        return None
    read = [_best(piece) for piece in pieces]
    count = len(read)
    while read and read[0] is None:
        read.pop(0)
    while read and read[-1] is None:
        read.pop()
    dropped = count - len(read)
    # what is no digit may stand at the ends, where the print begins, but not between digits
    digits = [one for one in read if one is not None]
    if not digits or len(digits) < len(read):
        return None
    whole = math.prod(chance for _, chance in digits) * _DROPPED**dropped
    return DigitReading("".join(text for text, _ in digits), whole, torn=torn)


def _ink(cell: Pixels) -> Pixels:
    """Return the ink as 255 on 0, stretched so that the darkest is full."""
    if cell.ndim == 3:  # noqa: PLR2004 - colour
        red, green, blue = (cell[..., band].astype(np.int16) for band in range(3))
        seal = (red - np.maximum(green, blue)) > _RED
        grey = np.asarray(cv2.cvtColor(cell, cv2.COLOR_RGB2GRAY), dtype=np.uint8).copy()
        grey[seal] = 255
    else:
        grey = cell
    level, _ = cv2.threshold(cv2.GaussianBlur(grey, (0, 0), 0.6), 0, 255, cv2.THRESH_OTSU)
    return np.where(grey <= level, 255, 0).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    left: int
    top: int
    right: int
    bottom: int
    mask: NDArray[np.bool_]


def _pieces(ink: Pixels, left_end: float, right_end: float) -> tuple[list[Pixels], bool]:
    """Return the ink of what may be digits, from left to right, and whether the cut-out tears one at its side."""
    height, width = ink.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    parts = []
    for index in range(1, count):
        left, top, wide, tall, area = (int(value) for value in stats[index])
        right, bottom = left + wide, top + tall
        rule = tall < _RULE_HEIGHT * height and wide > _RULE_WIDTH * width
        if rule or area < _SPECK * height * height or (top == 0 and tall < 0.25 * height):
            continue
        if bottom == height and tall < 0.3 * height:
            continue
        parts.append(_Part(left, top, right, bottom, labels == index))
    parts = [part for part in _stacked(parts) if left_end <= (part.left + part.right) / 2 <= right_end]
    if not parts:
        return [], False
    tallest = max(part.bottom - part.top for part in parts)
    tall_ones = [
        part for part in sorted(parts, key=lambda part: part.left) if part.bottom - part.top >= _LOWEST * tallest
    ]
    kept = [part for part in tall_ones if part.left > 0 and part.right < width]
    torn = any(part.right - part.left > _NARROW * tallest for part in tall_ones if part not in kept)
    return [
        (part.mask[part.top : part.bottom, part.left : part.right] * np.uint8(255)).astype(np.uint8) for part in kept
    ], torn


def _stacked(parts: list[_Part]) -> list[_Part]:
    """Join parts of one digit that do not touch: one above the other, or the bar of a 5."""
    joined: list[_Part] = []
    for part in sorted(parts, key=lambda part: part.left):
        if joined:
            last = joined[-1]
            common = min(last.right, part.right) - max(last.left, part.left)
            if common > 0.5 * min(last.right - last.left, part.right - part.left):
                joined[-1] = _Part(
                    min(last.left, part.left),
                    min(last.top, part.top),
                    max(last.right, part.right),
                    max(last.bottom, part.bottom),
                    last.mask | part.mask,
                )
                continue
        joined.append(part)
    return joined


def _best(piece: Pixels) -> tuple[str, float] | None:
    """Return the reading of a piece: one digit, or two where it is wide and reads better so."""
    whole = _classified(piece)
    height, width = piece.shape
    if width < _WIDE * height:
        return whole
    readings = [] if whole is None else [whole]
    for cut in range(int(0.3 * width), int(0.7 * width) + 1, max(1, width // 24)):
        left, right = _classified(piece[:, :cut]), _classified(piece[:, cut:])
        if left and right:
            readings.append((left[0] + right[0], left[1] * right[1]))
    return max(readings, key=lambda reading: reading[1], default=None)


def _classified(piece: Pixels) -> tuple[str, float] | None:
    odds = _odds(features(squared(piece)))
    digit = int(odds.argmax())
    return None if digit == _NO_DIGIT else (str(digit), float(odds[digit]))


def _odds(row: NDArray[np.float32]) -> NDArray[np.float32]:
    weights = _weights()
    hidden = np.maximum(0, (row - weights["mean"]) / weights["spread"] @ weights["w0"] + weights["b0"])
    raw = hidden @ weights["w1"] + weights["b1"]
    odds = np.exp(raw - raw.max())
    return np.asarray(odds / odds.sum(), dtype=np.float32)


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, NDArray[np.float32]]:
    with np.load(MODEL) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
