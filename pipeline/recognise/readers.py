"""Which engine reads: one port, the network run by ourselves, Tesseract, or the first with the second for doubtful pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from pipeline.imaging.picture import Pixels
from pipeline.recognise.network_page import NetworkPages
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.recognise.tesseract_page import TesseractPages
from pipeline.recognise.words import ReadLine, mean_confidence
from pipeline.text.syllables import is_syllable

_DOUBTFUL = 0.85
"""mean confidence of a page under which the other engine reads it too: clean pages read at 0.97, worn ones at 0.9"""

_PARTS = re.compile(r"[^\W\d_]+|\d+")


class LevelReader(Protocol):
    """Reads an upright, level grey page of about 200 dpi whose red ink is faded."""

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """Return the lines in reading order, words in pixels."""
        ...

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        """Say whether a reading is so good that the page cannot lie upside down."""
        ...

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        """Say whether the page reads better upside down; None if that is not clear."""
        ...


def reader_of(policy: ReadPolicy) -> LevelReader:
    """Return the reader that a policy asks for; without a converted network that is Tesseract.

    Raises:
        UnsupportedNetwork: the network's file is not what `converted_network` writes.
    """
    if policy.network is None or policy.engine is Engine.TESSERACT:
        return TesseractPages(policy)
    network = NetworkPages(policy.network)
    return network if policy.engine is Engine.NETWORK else DoubtfulTwice(network, TesseractPages(policy))


class DoubtfulTwice:
    """Lets one engine read all pages and another those that the first is in doubt about; the better reading is kept."""

    def __init__(self, first: LevelReader, second: LevelReader) -> None:
        self._first = first
        self._second = second

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """See LevelReader."""
        lines = self._first.read(level, dpi=dpi)
        confidence, letters = mean_confidence(lines)
        if letters and confidence >= _DOUBTFUL:
            return lines
        others = self._second.read(level, dpi=dpi)
        return others if _worth(others) > _worth(lines) else lines

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        """See LevelReader."""
        return self._first.plainly_upright(lines)

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        """See LevelReader."""
        return self._first.reads_better_turned(level, dpi=dpi)


def _worth(lines: Sequence[ReadLine]) -> int:
    """Return the letters and digits in words that Vietnamese could have: two engines' confidences cannot be compared."""
    words = (part for line in lines for word in line for part in _PARTS.findall(word.text))
    return sum(len(word) for word in words if word.isdecimal() or (len(word) > 1 and is_syllable(word)))
