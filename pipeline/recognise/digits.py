"""Digits in a cell of a form or letterhead, written or printed: cut apart, each recognised by a small network of this project's own.

The network knows only digits that the project drew (benchmarks/train_digits.py); it takes gradients, has one hidden layer,
and an eleventh answer for what is no digit.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
_WIDE = 0.85
"""width over height from which a piece may be two digits"""
_SPLIT = 0.8
"""what two halves of a piece are worth against the whole of it"""
_RULE_HEIGHT, _RULE_WIDTH = 0.12, 0.3
"""a piece flatter and wider than these shares of the cell is a rule"""
_NARROW = 0.3
"""of the tallest piece: what is narrower at the side of a cell is the rest of a printed letter"""
_GIVEN = 0.5
"""share of the chance of impossible readings that goes to the possible ones"""
_UNLIKELY = 0.02
_BEAM = 40
"""readings of a cell that are followed at a time"""
_RED = 60
"""by which red outshines blue and green in a seal's ink"""
_OTHER_INK = 0.3
"""share of a cell's ink that is not red, where the red is a seal over it"""
_STEP = 0.25
"""from the threshold towards paper, and as far the other way"""


@dataclass(frozen=True, slots=True)
class DigitReading:
    """What a cell says, and the chance that all of it is right."""

    text: str
    confidence: float
    torn: bool = False
    """something as wide as a digit runs out of the cut-out: print, or a digit more"""
    others: Mapping[str, float] = field(default_factory=dict)
    """what else it may say, and the chance of each"""

    def chance_of(self, text: str) -> float:
        """Return the chance that the cell says `text`."""
        return self.confidence if text == self.text else self.others.get(text, 0.0)


def read_digits(
    cell: Pixels, *, inside: tuple[float, float] | None = None, possible: Callable[[str], bool] = str.isdecimal
) -> DigitReading | None:
    """Read the digits in a cut-out, grey or RGB; None where no digits can be made out that are possible there.

    Ink is told from paper in several ways, and their readings vote: a thick pen closes the loops of a 6 at one threshold, a
    thin one breaks at another.

    Args:
        cell: the cut-out; red ink over black is taken away.
        inside: from where to where, in pixels across, the middles of digits lie; what is beyond is the print beside them.
        possible: says which texts can stand in the cell.
    """
    left, right = inside or (0.0, float(cell.shape[1]))
    votes: defaultdict[str, float] = defaultdict(float)
    torn = False
    inks = _inks(cell)
    for ink in inks:
        pieces, torn_here = _pieces(ink, left, right)
        torn |= torn_here
        for text, chance in _joined([_readings(piece) for piece in pieces]).items():
            votes[text] += chance / len(inks)
    fitting = {text: chance for text, chance in votes.items() if text and possible(text)}
    if not fitting:
        return None
    # what cannot be there was read all the same: half of its chance is lost, not given to the others
    given = 1 - _GIVEN * (sum(votes.values()) - sum(fitting.values()))
    chances = {text: chance / given for text, chance in fitting.items()}
    best = max(chances, key=lambda text: chances[text])
    return DigitReading(best, chances.pop(best), torn=torn, others=chances)


def _joined(pieces: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """Return what pieces side by side say together; what is no digit may stand at the ends, where the print begins."""
    whole: dict[tuple[str, bool], float] = {("", False): 1.0}  # text so far, and whether its digits have ended
    for piece in pieces:
        longer: defaultdict[tuple[str, bool], float] = defaultdict(float)
        for (text, ended), chance in whole.items():
            for more, share in piece.items():
                if not (ended and more):
                    longer[text + more, bool(text) and not more] += chance * share
        whole = dict(sorted(longer.items(), key=lambda item: -item[1])[:_BEAM])
    together: defaultdict[str, float] = defaultdict(float)
    for (text, _), chance in whole.items():
        together[text] += chance
    return together


def _inks(cell: Pixels) -> list[Pixels]:
    """Return the ink as 255 on 0, told from the paper at several thresholds.

    Red ink is a seal's and is left out, unless the cell holds no other: people write with red pens too.
    """
    grey = cell if cell.ndim == 2 else np.asarray(cv2.cvtColor(cell, cv2.COLOR_RGB2GRAY), dtype=np.uint8)  # noqa: PLR2004 - grey
    soft = cv2.GaussianBlur(grey, (0, 0), 0.6)
    otsu, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_OTSU)
    dark = grey <= otsu
    red = _red(cell)
    stamped = np.count_nonzero(dark & ~red) > _OTHER_INK * np.count_nonzero(dark)
    kept = ~red if stamped else np.ones_like(dark)
    paper = 255.0 if dark.all() else float(np.median(grey[~dark]))
    levels = (otsu, otsu - _STEP * (paper - otsu), otsu + _STEP * (paper - otsu))
    return [np.where((grey <= level) & kept, 255, 0).astype(np.uint8) for level in levels]


def _red(cell: Pixels) -> NDArray[np.bool_]:
    """Return where a cut-out is red: nowhere, if it is grey."""
    if cell.ndim == 2:  # noqa: PLR2004 - grey
        return np.zeros(cell.shape, dtype=np.bool_)
    red, green, blue = (cell[..., band].astype(np.int16) for band in range(3))
    return np.asarray((red - np.maximum(green, blue)) > _RED)


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


def _readings(piece: Pixels) -> Mapping[str, float]:
    """Return what a piece may say and the chance of each: one digit, two where it is wide, or nothing (the empty text)."""
    chances = dict(_classified(piece))
    height, width = piece.shape
    if width >= _WIDE * height:
        for cut in range(int(0.3 * width), int(0.7 * width) + 1, max(1, width // 24)):
            left, right = _classified(piece[:, :cut]), _classified(piece[:, cut:])
            for one, other in itertools.product(left, right):
                if one and other:
                    chances[one + other] = max(chances.get(one + other, 0.0), _SPLIT * left[one] * right[other])
    total = sum(chances.values())
    return {text: chance / max(1.0, total) for text, chance in chances.items()}


def _classified(piece: Pixels) -> Mapping[str, float]:
    """Return the digits that a piece may be, and the empty text for none, each with its chance; unlikely ones are left out."""
    odds = _odds(features(squared(piece)))
    return {
        "" if digit == _NO_DIGIT else str(digit): float(chance)
        for digit, chance in enumerate(odds)
        if chance >= _UNLIKELY
    }


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
