"""Lines, blocks and reading order from words and their places.

Letterheads and signature blocks stand in two columns, which neither Tesseract nor the order of a PDF's text keeps apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line, Word
from pipeline.imaging.order import Piece, reading_order
from pipeline.recognise.words import ReadLine, ReadWord

_SAME_LINE = 0.5
"""part of the lower word's height that two words of a line share"""
_MOST_BANDS = 500
"""into which a page is cut, to find the lines at a word's height"""
_COLUMN_GAP = 2.0
"""typical word heights between two words that part columns"""
_BLOCK_GAP = 1.3
"""typical word heights between two lines of a block"""
_UNDER = 0.5
"""part of the narrower line's width that two lines of a block share"""
_BEFORE_BLANK = re.compile(r"(số|ngày|tháng|năm)\W*$|(?<!nhận):$", re.IGNORECASE)
_AFTER_BLANK = re.compile(r"/|(tháng|năm)\b", re.IGNORECASE)
"""the blanks of `Số:      /QĐ-UBND`, `ngày    tháng    năm` and `Họ tên:    ` part no columns; `Nơi nhận:` heads one"""
_WIDEST_BLANK = 4.0
"""times the column gap"""
_CAPITALS_GAP = 1.1
"""typical word heights that part columns in capitals, if they are wide for the line: the two heads of a letterhead"""
_WIDE_FOR_LINE = 3.0
"""times the usual gap of the line"""

_CAPITALS = 0.7
"""part of a word's height that its capitals are high"""
_FEWEST_CAPITALS = 4
_MOSTLY = 0.8
"""share of capitals among the letters of a line that is set in them; one or two may have been misread"""

_Words = tuple[Word, ...]


def joined(words: Iterable[Word]) -> list[_Words]:
    """Join words that stand side by side into lines."""
    words = list(words)
    if not words:
        return []
    size = median(word.box.height for word in words)
    gap = _COLUMN_GAP * size
    extent = around(word.box for word in words).height
    ends = _Ends(max(size, extent / _MOST_BANDS, 1.0), reach=_WIDEST_BLANK * gap)
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.left):
        reached = [number for number in ends.near(word) if _continues(lines[number][-1], word, gap)]
        if reached:
            number = max(reached, key=lambda number: lines[number][-1].box.right)
            lines[number].append(word)
        else:
            number = len(lines)
            lines.append([word])
        ends.put(number, word)
    return [tuple(line) for line in lines]


class _Ends:
    """Where lines end that words are joined to from the left, by bands across the page: a word asks only those at its height."""

    def __init__(self, height: float, *, reach: float) -> None:
        self._height, self._reach = height, reach
        self._bands: dict[int, dict[int, Word]] = defaultdict(dict)

    def near(self, word: Word) -> list[int]:
        """Return the numbers of the lines, rising, that end at a word's height and not too far to the left of it."""
        found: set[int] = set()
        for band in self._of(word):
            ends = self._bands[band]
            # words come from the left: what ended far to the left of one is done
            for number in [number for number, last in ends.items() if word.box.left - last.box.right > self._reach]:
                del ends[number]
            found.update(ends)
        return sorted(found)

    def put(self, number: int, last: Word) -> None:
        """Say which word a line ends with now."""
        for band in self._of(last):
            self._bands[band][number] = last

    def _of(self, word: Word) -> range:
        return range(int(word.box.top // self._height), int(word.box.bottom // self._height) + 1)


def parted(lines: Iterable[Sequence[Word]]) -> list[_Words]:
    """Cut lines where columns were read across: wherever the gap between two words is wide and no blank for writing."""
    lines = [line for line in lines if line]
    if not lines:
        return []
    size = median(word.box.height for line in lines for word in line)
    parts: list[list[Word]] = []
    for line in lines:
        usual = median([word.box.left - before.box.right for before, word in pairwise(line)] or [0.0])
        parts.append([line[0]])
        for before, word in pairwise(line):
            if _parts_columns(before, word, size=size, usual=usual):
                parts.append([word])
            else:
                parts[-1].append(word)
    return [tuple(part) for part in parts]


def _parts_columns(before: Word, after: Word, *, size: float, usual: float) -> bool:
    between, widest = after.box.left - before.box.right, _COLUMN_GAP * size
    if _is_blank_between(before, after):
        return between > _WIDEST_BLANK * widest
    if before.text.isupper() and after.text.isupper():
        widest = min(widest, max(_CAPITALS_GAP * size, _WIDE_FOR_LINE * usual))
    return between > widest


def arranged(lines: Iterable[_Words]) -> tuple[Line, ...]:
    """Return lines in reading order, see `pipeline.imaging.order`."""
    lines = list(lines)
    return in_blocks(lines[place] for place in reading_order([_piece(line) for line in lines]))


def read_in_order(lines: Iterable[ReadLine]) -> tuple[ReadLine, ...]:
    """Return lines that were read across columns cut where these part, in reading order."""
    read: dict[int, ReadWord] = {}
    placed = []
    for line in lines:
        words = [Word(one.text, Box(one.left, one.top, one.right, one.bottom), one.confidence) for one in line]
        read.update(zip(map(id, words), line, strict=True))
        placed.append(words)
    return tuple(tuple(read[id(word)] for word in line.words) for line in arranged(parted(placed)))


def in_blocks(lines: Iterable[_Words]) -> tuple[Line, ...]:
    """Return lines in the order given; those that stand close under one another are a block."""
    placed = [(line, around(word.box for word in line)) for line in lines]
    if not placed:
        return ()
    reach = _BLOCK_GAP * median(word.box.height for line, _ in placed for word in line)
    number = 1
    found = [Line(*placed[0], number)]
    for (_, above), (line, box) in pairwise(placed):
        number += not _hangs_under(box, above, reach)
        found.append(Line(line, box, number))
    return tuple(found)


def set_in_capitals(words: Iterable[str]) -> bool:
    """Say whether a line is set in capitals, as the titles of agencies and signers are."""
    letters = [sign for word in words for sign in word if sign.isalpha()]
    return len(letters) >= _FEWEST_CAPITALS and sum(sign.isupper() for sign in letters) >= _MOSTLY * len(letters)


def _piece(line: _Words) -> Piece:
    return Piece(
        left=line[0].box.left,
        # tails and marks of some words do not move the others
        top=median(word.box.top for word in line),
        right=max(word.box.right for word in line),
        bottom=median(word.box.bottom for word in line),
        size=_CAPITALS * median(word.box.height for word in line),
        capitals=set_in_capitals(word.text for word in line),
    )


def _continues(last: Word, word: Word, gap: float) -> bool:
    shared = min(last.box.bottom, word.box.bottom) - max(last.box.top, word.box.top)
    level = shared >= _SAME_LINE * min(last.box.height, word.box.height)
    # a comma or a dash stands low or high beside its word
    level = level or last.box.top <= word.box.centre[1] <= last.box.bottom
    between = word.box.left - last.box.right
    return level and (between <= gap or (between <= _WIDEST_BLANK * gap and _is_blank_between(last, word)))


def _is_blank_between(before: Word, after: Word) -> bool:
    return bool(_BEFORE_BLANK.search(before.text) or _AFTER_BLANK.match(after.text))


def _hangs_under(box: Box, last: Box, reach: float) -> bool:
    if not -0.5 * last.height <= box.top - last.bottom <= reach:
        return False
    return min(last.right, box.right) - max(last.left, box.left) >= _UNDER * min(last.width, box.width)
