"""Pages read by the network itself: our own line finder, one run of the network over all lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.imaging.blocks import in_blocks
from pipeline.imaging.lines import PixelLine, find_lines
from pipeline.imaging.picture import Pixels
from pipeline.recognise.card_zone import with_card_zone
from pipeline.recognise.layout import set_in_capitals
from pipeline.recognise.network.reader import NetworkReader
from pipeline.recognise.network.reading import NetworkWord, ReadText
from pipeline.recognise.second_reading import LineReader, doubtful_again
from pipeline.recognise.words import ReadLine, ReadWord, is_writing, mean_confidence, spelled

_SAMPLES = (5, 20)
"""lines that are read both ways to tell how a page lies; more where the widest alone do not tell"""
_MARGIN = 0.04
"""mean confidence by which one way must be better: upright lines read at 0.95 and above, upside down at 0.75 to 0.85"""
_LEAST, _LEAST_SHORT, _SHORT = 0.6, 0.8, 2
"""mean confidence under which a line is an autograph, the ring of a seal or noise; the same for lines of up to two signs"""
_OTHER_CHANCE, _MOST_OTHERS = 0.03, 4
"""chance of another reading of a word that is kept with it, and how many are"""
_ASCENT, _DESCENT = 1.15, 0.3
"""heights of capitals above and below the baseline that a word's box takes"""
_PLAINLY_UPRIGHT = (20, 0.93)
"""letters read and their mean confidence at which nobody needs to ask how the page lies"""


class NetworkPages:
    """Reads level pages with a converted network, and doubtful lines with `second` as well. Implements LevelReader."""

    def __init__(self, model: Path, *, second: LineReader | None = None) -> None:
        self._network = loaded_network(model)
        self._second = second

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """Return the lines of an upright, level page in reading order, without what is plainly a speck."""
        page = find_lines(level, dpi=dpi)
        first = self._network.read([line.picture for line in page.lines])
        texts = with_card_zone(page.lines, first, self._network)
        read = [(line, _words(line, text)) for line, text in zip(page.lines, texts, strict=True)]
        if self._second is not None:
            read = doubtful_again(read, self._second)
        # what is no writing has no place in the order
        written = [(line, words) for line, words in read if words]
        order = in_blocks(
            [line for line, _ in written],
            page.rules,
            in_capitals=[set_in_capitals(word.text for word in words) for _, words in written],
        )
        return tuple(written[place][1] for place, _ in order)

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        """Say whether a reading is so good that the page cannot lie upside down."""
        confidence, letters = mean_confidence(lines)
        enough, needed = _PLAINLY_UPRIGHT
        return letters >= enough and confidence >= needed

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        """Read some lines as they lie and upside down; say whether the second reads better, None if that is not clear."""
        widest = sorted(find_lines(level, dpi=dpi).lines, key=lambda line: line.left - line.right)
        for count in _SAMPLES:
            pictures = [line.picture for line in widest[:count]]
            up = _confidence(self._network.read(pictures))
            down = _confidence(self._network.read([np.ascontiguousarray(np.rot90(each, 2)) for each in pictures]))
            if abs(up - down) >= _MARGIN:
                return down > up
            if len(widest) <= count:
                break
        return None


@lru_cache(maxsize=2)
def loaded_network(model: Path) -> NetworkReader:
    """Load a network once a process.

    Raises:
        UnsupportedNetwork: the file is none of `converted_network`.
    """
    return NetworkReader(model)


def _confidence(texts: Sequence[ReadText]) -> float:
    signs = [sign for text in texts for sign in text.signs]
    return sum(sign.confidence for sign in signs) / len(signs) if signs else 0.0


def _words(line: PixelLine, text: ReadText) -> ReadLine:
    if text.confidence < (_LEAST_SHORT if len(text.signs) <= _SHORT else _LEAST):
        return ()
    if not any(sign.text.isalnum() for sign in text.signs):
        # a line of signs alone is a speck, or what is left of a rule or a seal
        return ()
    words = (_word(line, word) for word in text.words)
    return tuple(word for word in words if is_writing(word))


def _word(line: PixelLine, word: NetworkWord) -> ReadWord:
    # the mean says how well a word reads as a whole, the least sure sign whether it can be relied on
    mean = sum(sign.confidence for sign in word.signs) / len(word.signs)
    return ReadWord(
        text=spelled(word.text),
        confidence=math.sqrt(mean * word.confidence),
        left=math.floor(line.left + word.left),
        top=max(line.top, math.floor(line.baseline - _ASCENT * line.capitals)),
        right=math.ceil(line.left + word.right),
        bottom=min(line.bottom, math.ceil(line.baseline + _DESCENT * line.capitals)),
        others=_others(word),
    )


def _others(word: NetworkWord) -> tuple[tuple[str, float], ...]:
    """Return what else a word of letters may say; other numbers are as good as the one that was read."""
    if not any(sign.alternatives for sign in word.signs) or any(sign.text.isdecimal() for sign in word.signs):
        return ()
    found = word.others(at_least=_OTHER_CHANCE, most=_MOST_OTHERS)
    return tuple(
        (spelling, round(chance, 3)) for text, chance in found if (spelling := spelled(text)) != spelled(word.text)
    )
