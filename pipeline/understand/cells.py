"""Places of an administrative head that people write into: the number before the notation, day and month of the date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.geometry import Box
from pipeline.domain.page import RecognisedPage, Word
from pipeline.text.fold import fold_for_search
from pipeline.text.notation import read_reference
from pipeline.understand.head import Head, find_head, number_row
from pipeline.understand.rows import Row

_ABOVE, _BELOW = 0.65, 0.4
"""of the row's height: handwriting is taller than print"""
_SIGN = re.compile(r"^\W*s\w\W{0,2}")
_DAY, _MONTH = re.compile(r"n[gq]?a[yv]"), "thang"
"""the g of `ngày` is lost where a handwritten digit runs into the y"""
_YEAR = re.compile(r"\W*n.m\b")
_THIN = "/-.,:;|!lI"
_STROKE, _DIGIT, _CAPITAL = 0.3, 0.5, 0.7
"""ems that letters of Times are broad"""
_NARROWEST = 4.0
"""points; what is narrower holds no digit"""


class CellKind(StrEnum):
    """What is written in a cell."""

    NUMBER = "number"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place where digits stand or should stand, between two printed words; the reader may have glued them to either."""

    kind: CellKind
    box: Box
    """in reading space, from the end of the print before it to the beginning of the print behind it"""
    before: Word
    before_end: int
    """letters of `before` that are print"""
    between: tuple[Word, ...]
    """what was read in the cell"""
    after: Word
    after_start: int
    """index of the first letter of `after` that is print"""

    @property
    def text(self) -> str:
        """What was read in the cell, without spaces."""
        tail = "" if self.before is self.after else self.after.text[: self.after_start]
        end = self.after_start if self.before is self.after else None
        return "".join((self.before.text[self.before_end : end], *(word.text for word in self.between), tail))

    @property
    def glued(self) -> tuple[bool, bool]:
        """Whether the reader glued digits to the print before them, and to the print behind them."""
        if self.before is self.after:
            return True, True
        return self.before_end < len(self.before.text), self.after_start > 0

    @property
    def sureness(self) -> float:
        """How sure the reader was of it, 0 where it read nothing."""
        words = [*self.between]
        if self.before_end < len(self.before.text):
            words.append(self.before)
        if self.after_start:
            words.append(self.after)
        return min((word.confidence for word in words), default=0.0)


def find_cells(page: RecognisedPage) -> tuple[Cell, ...]:
    """Return the cells for digits of a page that has an administrative head, whatever was read in them."""
    head = find_head(page)
    return tuple(cell for cell in (*_number(head), *_date(head)) if cell.box.width >= _NARROWEST)


def _number(head: Head) -> Iterator[Cell]:
    """Yield the space between `Số:` and the stroke before the notation."""
    index = number_row(head.left)
    if index is None:
        return
    row = head.left[index]
    found = read_reference(row.text)
    sign_of_end = found.stroke if found else "/"
    stroke = next((i for i, word in enumerate(row.words) if sign_of_end in word.text), None)
    sign = _SIGN.match(fold_for_search(row.words[0].text))
    if stroke is not None and sign is not None:
        yield from _cell(CellKind.NUMBER, row, (0, sign.end()), (stroke, row.words[stroke].text.index(sign_of_end)))


def _date(head: Head) -> Iterator[Cell]:
    for row in head.right:
        keys = [fold_for_search(word.text) for word in row.words]
        found = next(((i, match) for i, key in enumerate(keys) if (match := _DAY.search(key))), None)
        day = None if found is None else found[0]
        month = None if day is None else next((i for i in range(day, len(keys)) if _MONTH in keys[i]), None)
        if found is None or month is None:
            continue
        yield from _cell(CellKind.DAY, row, (found[0], found[1].end()), (month, keys[month].index(_MONTH)))
        year = next((i for i in range(month + 1, len(keys)) if _YEAR.match(keys[i])), None)
        if year is not None:
            yield from _cell(CellKind.MONTH, row, (month, keys[month].index(_MONTH) + len(_MONTH)), (year, 0))
        return


def _cell(kind: CellKind, row: Row, print_end: tuple[int, int], print_start: tuple[int, int]) -> Iterator[Cell]:
    """Yield the cell between two places of a row, each the index of a word and of a letter in it."""
    (first, end), (last, start) = print_end, print_start
    before, after, height = row.words[first], row.words[last], row.box.height
    left, right = _cut(before, end), _cut(after, start)
    if left < right:
        box = Box(left, max(0.0, row.box.top - _ABOVE * height), right, row.box.bottom + _BELOW * height)
        yield Cell(kind, box, before, end, row.words[first + 1 : last], after, start)


def _cut(word: Word, letters: int) -> float:
    """Return where the first `letters` of a word end: capitals are broader than digits, strokes and dashes narrower."""
    widths = [_breadth(letter) for letter in word.text]
    return word.box.left + word.box.width * min(1.0, sum(widths[:letters]) / max(_DIGIT, sum(widths)))


def _breadth(letter: str) -> float:
    if letter in _THIN:
        return _STROKE
    return _CAPITAL if letter.isupper() else _DIGIT
