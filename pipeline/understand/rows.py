"""Rows of words by geometry: what stands side by side in one column, whatever lines the reader made of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line, RecognisedPage, Word
from pipeline.text.fold import fold_for_search

_WIDE_GAP = 1.3
"""of a line's height: wider than any space between the words of one sentence, narrower than the gutter of two columns"""
_GHOST = 0.3
"""confidence of a word that is there only by mistake"""


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand side by side, left to right; never empty."""

    words: tuple[Word, ...]
    box: Box

    @property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def folded(self) -> str:
        """The text without case and diacritics, for comparing."""
        return folded(self.text)

    @property
    def middle(self) -> float:
        """Horizontal middle, points."""
        return self.box.centre[0]

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences, weighted by their lengths."""
        return mean_confidence(self.words)


def row_of(words: Iterable[Word]) -> Row:
    """Make a row of at least one word."""
    ordered = tuple(sorted(words, key=lambda word: word.box.left))
    return Row(ordered, around(word.box for word in ordered))


def mean_confidence(words: Sequence[Word]) -> float:
    """Return the words' confidence weighted by their lengths, 0 for none."""
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0


def split_rows(page: RecognisedPage) -> tuple[Row, ...]:
    """Return the page's lines cut at wide gaps, from top to bottom, then left to right."""
    pieces = [piece for line in page.lines for piece in _pieces(line)]
    return tuple(sorted(pieces, key=lambda row: (row.box.centre[1], row.box.left)))


def column_rows(page: RecognisedPage, zone: Box) -> tuple[Row, ...]:
    """Return the words whose middles lie in `zone`, gathered into rows, from top to bottom.

    Pieces of lines at one height become one row: `Số:` and `/QĐ-UBND` belong together however wide the gap for the number is.
    """
    pieces = []
    for line in page.lines:
        words = [word for word in _without_ghosts(line.words) if _inside(word.box, zone)]
        if words:
            pieces.append(row_of(words))
    return _joined(pieces)


def chunks(row: Row, *, gap: float) -> tuple[Row, ...]:
    """Cut a row where words are further apart than `gap` points."""
    groups: list[list[Word]] = []
    for word in row.words:
        if groups and word.box.left - groups[-1][-1].box.right <= gap:
            groups[-1].append(word)
        else:
            groups.append([word])
    return tuple(row_of(group) for group in groups)


def likeness(text: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1, case and diacritics aside."""
    return fuzz.ratio(folded(text), folded(other)) / 100


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Return a short text without case and diacritics; the same titles and words are compared over and over."""
    return fold_for_search(text)


def capital_share(text: str) -> float:
    """Return the share of a text's letters that are capitals; 0 without letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isupper() for char in letters) / len(letters) if letters else 0.0


def letter_count(text: str) -> int:
    """Return the number of letters in a text."""
    return sum(char.isalpha() for char in text)


def find_phrase(row: Row, phrase: str, *, at_least: float = 0.85) -> Row | None:
    """Return the words of a row that read `phrase`, case and diacritics aside; None when nothing is that much alike."""
    wanted = folded(phrase)
    count = len(wanted.split())
    best: tuple[float, int, int] | None = None
    for size in {count - 1, count, count + 1} - {0}:
        for start in range(len(row.words) - size + 1):
            candidate = " ".join(folded(word.text) for word in row.words[start : start + size])
            score = fuzz.ratio(candidate, wanted) / 100
            if score >= at_least and (best is None or score > best[0]):
                best = (score, start, start + size)
    return row_of(row.words[best[1] : best[2]]) if best else None


def _pieces(line: Line) -> tuple[Row, ...]:
    if not line.words:
        return ()
    height = statistics.median(word.box.height for word in line.words)
    return chunks(row_of(_without_ghosts(line.words)), gap=_WIDE_GAP * max(height, 6.0))


def _without_ghosts(words: Sequence[Word]) -> tuple[Word, ...]:
    """Drop words that could hardly be read and lie over a well-read one: the reader took its ink twice."""
    return tuple(
        word for word in words if word.confidence >= _GHOST or not any(_covers(other, word) for other in words)
    )


def _covers(other: Word, ghost: Word) -> bool:
    width = min(other.box.right, ghost.box.right) - max(other.box.left, ghost.box.left)
    narrower = min(other.box.width, ghost.box.width)
    return other is not ghost and other.confidence > 2 * _GHOST and width > 0.5 * narrower


def _inside(box: Box, zone: Box) -> bool:
    x, y = box.centre
    return zone.left <= x < zone.right and zone.top <= y < zone.bottom


def _joined(pieces: list[Row]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda row: row.box.centre[1]):
        if rows and _same_height(rows[-1], piece):
            rows[-1] = row_of((*rows[-1].words, *piece.words))
        else:
            rows.append(piece)
    return tuple(rows)


def _same_height(one: Row, other: Row) -> bool:
    apart = abs(one.box.centre[1] - other.box.centre[1])
    side_by_side = one.box.right <= other.box.left or other.box.right <= one.box.left
    return side_by_side and apart < 0.5 * min(one.box.height, other.box.height)
