"""Words as an engine reads them, in the pixels of the picture that was read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_DOUBTFUL = 0.2
"""confidence under which a single sign is taken for a speck"""
_DOUBTFUL_SIGNS = 0.6
"""the same for signs that are neither letter nor digit: edges of seals, rules, folds"""
_ETH = (("ĐÐ", "Đ"), ("Ð", "Đ"), ("đð", "đ"), ("ð", "đ"))
"""the Icelandic letter eth, which `vie` gives for a Vietnamese đ or beside it (`QĐÐ-UBND`); Vietnamese has no eth"""


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word in the pixels of the picture that was read."""

    text: str
    confidence: float
    left: int
    top: int
    right: int
    bottom: int
    others: tuple[tuple[str, float], ...] = ()
    """what else it may say, and the chance of each, best first"""


ReadLine = tuple[ReadWord, ...]


def spelled(text: str) -> str:
    """Return a word as Vietnamese writes it: NFC, without the letters that `vie` takes from elsewhere."""
    text = unicodedata.normalize("NFC", text)
    for wrong, right in _ETH:
        text = text.replace(wrong, right)
    return text


def is_writing(word: ReadWord) -> bool:
    """Say whether a word is more than a speck, the edge of a seal or a rule."""
    if not word.text:
        return False
    if not any(sign.isalnum() for sign in word.text):
        return word.confidence >= _DOUBTFUL_SIGNS
    return len(word.text) > 1 or word.confidence >= _DOUBTFUL


def mean_confidence(lines: Sequence[ReadLine]) -> tuple[float, int]:
    """Return the mean of the words' confidences weighted by their lengths, and the number of letters and digits."""
    words = [word for line in lines for word in line]
    weight = sum(len(word.text) for word in words)
    letters = sum(sign.isalnum() for word in words for sign in word.text)
    if not weight:
        return 0.0, 0
    return sum(word.confidence * len(word.text) for word in words) / weight, letters
