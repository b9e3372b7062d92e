"""Lines and blocks from words whose places are exact, as a born-digital PDF gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line, Word

_SAME_LINE = 0.5
"""part of the lower word's height that two words of a line share"""
_COLUMN_GAP = 2.0
"""typical word heights between two words that part columns; the blanks left for a number and a date are narrower"""
_BLOCK_GAP = 1.3
"""typical word heights between two lines of a block"""
_UNDER = 0.5
"""part of the narrower line's width that two lines of a block share"""


@dataclass(slots=True)
class _Block:
    lines: list[tuple[Word, ...]] = field(default_factory=list)

    @property
    def box(self) -> Box:
        return around(word.box for line in self.lines for word in line)


def arranged(words: list[Word]) -> tuple[Line, ...]:
    """Return the words as lines in reading order; columns side by side become blocks of their own, the left one first."""
    if not words:
        return ()
    size = median(word.box.height for word in words)
    blocks: list[_Block] = []
    for row in _rows(words):
        _grow(blocks, _parts(row, gap=_COLUMN_GAP * size), reach=_BLOCK_GAP * size)
    return tuple(
        Line(line, around(word.box for word in line), number)
        for number, block in enumerate(_in_order(blocks), start=1)
        for line in block.lines
    )


def _rows(words: list[Word]) -> list[list[Word]]:
    """Group words that stand at the same height, from the top down."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.centre[1]):
        if rows and _shares_height(rows[-1], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _shares_height(row: list[Word], word: Word) -> bool:
    # a row is compared by its typical height, so that one tall sign does not pull in the next line
    top, bottom = median(other.box.top for other in row), median(other.box.bottom for other in row)
    shared = min(bottom, word.box.bottom) - max(top, word.box.top)
    if shared >= _SAME_LINE * min(bottom - top, word.box.height):
        return True
    return top <= word.box.centre[1] <= bottom


def _parts(row: list[Word], *, gap: float) -> list[tuple[Word, ...]]:
    """Cut a row where the words stand far apart."""
    ordered = sorted(row, key=lambda word: word.box.left)
    parts = [[ordered[0]]]
    for word in ordered[1:]:
        if word.box.left - max(other.box.right for other in parts[-1]) > gap:
            parts.append([word])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts]


def _grow(blocks: list[_Block], parts: list[tuple[Word, ...]], *, reach: float) -> None:
    """Hang each part of a row under the block above it, where exactly one block and one part belong together."""
    above = [[block for block in blocks if _hangs_under(part, block, reach)] for part in parts]
    for part, candidates in zip(parts, above, strict=True):
        alone = len(candidates) == 1 and sum(candidates[0] in others for others in above) == 1
        if alone:
            candidates[0].lines.append(part)
        else:
            blocks.append(_Block([part]))


def _hangs_under(part: tuple[Word, ...], block: _Block, reach: float) -> bool:
    last, box = around(word.box for word in block.lines[-1]), around(word.box for word in part)
    if box.top - last.bottom > reach:
        return False
    shared = min(last.right, box.right) - max(last.left, box.left)
    return shared >= _UNDER * min(last.width, box.width)


def _in_order(blocks: list[_Block]) -> list[_Block]:
    """Order blocks for reading: what stands above or beside on the left comes first."""
    boxes = {id(block): block.box for block in blocks}
    left = sorted(blocks, key=lambda block: (boxes[id(block)].top, boxes[id(block)].left))
    ordered = []
    while left:
        free = [a for a in left if not any(_before(boxes[id(b)], boxes[id(a)]) for b in left if b is not a)]
        chosen = free[0] if free else left[0]
        ordered.append(chosen)
        left.remove(chosen)
    return ordered


def _before(first: Box, second: Box) -> bool:
    beside = min(first.bottom, second.bottom) - max(first.top, second.top) > 0
    over = min(first.right, second.right) - max(first.left, second.left) > 0
    if over:
        return first.top < second.top
    return beside and first.right <= second.left
