"""Lines, blocks and reading order from words and their places.

Letterheads and signature blocks stand in two columns, which neither Tesseract nor the order of a PDF's text keeps apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line, Word

_SAME_LINE = 0.5
"""part of the lower word's height that two words of a line share"""
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

_Words = tuple[Word, ...]


def joined(words: Iterable[Word]) -> list[_Words]:
    """Join words that stand side by side into lines."""
    words = list(words)
    if not words:
        return []
    gap = _COLUMN_GAP * median(word.box.height for word in words)
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.left):
        reached = [line for line in lines if _continues(line[-1], word, gap)]
        if reached:
            max(reached, key=lambda line: line[-1].box.right).append(word)
        else:
            lines.append([word])
    return [tuple(line) for line in lines]


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
    """Return lines in reading order; columns side by side become blocks of their own, the left one first.

    A line hangs under the block above it where exactly one block and one line belong together.
    """
    placed = sorted(((line, around(word.box for word in line)) for line in lines), key=lambda pair: pair[1].top)
    if not placed:
        return ()
    reach = _BLOCK_GAP * median(word.box.height for line, _ in placed for word in line)
    blocks: list[list[tuple[_Words, Box]]] = []
    for line, box in placed:
        above = [block for block in blocks if _hangs_under(box, block[-1][1], reach)]
        rivals = [
            other
            for _, other in placed
            if above and other is not box and _beside(box, other) and _hangs_under(other, above[0][-1][1], reach)
        ]
        if len(above) == 1 and not rivals:
            above[0].append((line, box))
        else:
            blocks.append([(line, box)])
    return tuple(
        Line(line, box, number) for number, block in enumerate(_in_order(blocks), start=1) for line, box in block
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
    if box is last or not -0.5 * last.height <= box.top - last.bottom <= reach:
        return False
    return min(last.right, box.right) - max(last.left, box.left) >= _UNDER * min(last.width, box.width)


def _beside(first: Box, second: Box) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared >= _SAME_LINE * min(first.height, second.height)


def _in_order(blocks: list[list[tuple[_Words, Box]]]) -> list[list[tuple[_Words, Box]]]:
    """Order blocks for reading: what stands above, or beside on the left, comes first."""
    left = sorted(
        ((around(box for _, box in block), block) for block in blocks), key=lambda pair: (pair[0].top, pair[0].left)
    )
    ordered = []
    while left:
        free = [pair for pair in left if not any(_before(other, pair[0]) for other, _ in left if other is not pair[0])]
        chosen = free[0] if free else left[0]
        ordered.append(chosen[1])
        left.remove(chosen)
    return ordered


def _before(first: Box, second: Box) -> bool:
    over = min(first.right, second.right) - max(first.left, second.left) > 0
    if over:
        return first.top < second.top
    beside = min(first.bottom, second.bottom) - max(first.top, second.top) > 0
    return beside and first.right <= second.left
