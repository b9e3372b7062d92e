"""Doubtful lines read again by another engine from the same picture; the better reading is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.imaging.lines import PixelLine
from pipeline.imaging.picture import Pixels
from pipeline.recognise.words import ReadLine
from pipeline.text.syllables import is_syllable

LineReader = Callable[[Sequence[Pixels]], Sequence[ReadLine]]
"""reads pictures of single lines, all in one go; words in the pixels of their picture"""

_DOUBTFUL = 0.8
"""confidence of its least sure word under which a line is read again: one line in thirteen of generated papers"""
_PARTS = re.compile(r"[^\W\d_]+|\d+")


def doubtful_again(lines: Sequence[tuple[PixelLine, ReadLine]], second: LineReader) -> list[tuple[PixelLine, ReadLine]]:
    """Return the lines, those in doubt as `second` reads them where that makes more sense; words in the page's pixels."""
    doubtful = [
        place for place, (_, words) in enumerate(lines) if words and min(word.confidence for word in words) < _DOUBTFUL
    ]
    again = list(lines)
    if not doubtful:
        return again
    for place, other in zip(doubtful, second([lines[place][0].picture for place in doubtful]), strict=True):
        line, words = lines[place]
        if _sense(other) > _sense(words):
            again[place] = (line, _moved(other, line))
    return again


def _sense(line: ReadLine) -> int:
    """Return the letters and digits in words that Vietnamese could have: two engines' confidences cannot be compared."""
    words = (part for word in line for part in _PARTS.findall(word.text))
    return sum(len(word) for word in words if word.isdecimal() or (len(word) > 1 and is_syllable(word)))


def _moved(words: ReadLine, line: PixelLine) -> ReadLine:
    return tuple(
        replace(
            word,
            left=word.left + line.left,
            top=word.top + line.top,
            right=word.right + line.left,
            bottom=word.bottom + line.top,
        )
        for word in words
    )
