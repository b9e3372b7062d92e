"""Words that a scanned page shows as text already: the appearance of a signature, a stamp put on by a program."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pikepdf
import pypdfium2
from pikepdf import Matrix, Page, Pdf
from rapidfuzz.fuzz import ratio

from pipeline.domain.geometry import around
from pipeline.domain.page import Line, Word
from pipeline.imaging.pdf_file import characters_of

__all__ = ["NativeCharacter", "native_characters", "without_native"]

_SHOWS = frozenset({"Tj", "TJ", "'", '"'})
_ALIKE = 50.0
"""of 100: what was read off a stamp has mistakes, but is not another word; text in a font without a mapping is nothing alike"""


@dataclass(frozen=True, slots=True)
class NativeCharacter:
    """A visible character of the page's own text and the middle of its box, in the page's user space."""

    text: str
    x: float
    y: float


def native_characters(page: Page) -> tuple[NativeCharacter, ...]:
    """Return the visible characters of a page that was cleaned of invisible text; quick where there are none."""
    if not _shows_text(page):
        return ()
    stream = io.BytesIO()
    with Pdf.new() as single:
        single.pages.append(page)
        single.save(stream)
    document = pypdfium2.PdfDocument(stream.getvalue())
    try:
        text_page = document[0].get_textpage()
        found = []
        for index, char in characters_of(text_page):
            left, bottom, right, top = text_page.get_charbox(index)
            if not char.isspace():
                found.append(NativeCharacter(char, (left + right) / 2, (bottom + top) / 2))
        return tuple(found)
    finally:
        document.close()


def without_native(
    lines: Sequence[Line], native: Sequence[NativeCharacter], *, place: Matrix, height: float
) -> list[Line]:
    """Return `lines` without the words that stand on the page as text already.

    Args:
        lines: in reading space.
        native: the page's own characters.
        place: carries reading space (points, origin bottom left) into the page's user space.
        height: of the page in reading space, in points.
    """
    back = place.inverse()
    points = [(each.text, *back.transform((each.x, each.y))) for each in native]
    placed = [(text, x, height - y) for text, x, y in points]
    kept = []
    for line in lines:
        words = tuple(word for word in line.words if not _is_there(word, placed))
        if words == line.words:
            kept.append(line)
        elif words:
            kept.append(replace(line, words=words, box=around(word.box for word in words)))
    return kept


def _shows_text(page: Page) -> bool:
    return any(
        str(instruction.operator) in _SHOWS
        for scope in page.content_scopes(kinds=("page", "form"))
        for instruction in pikepdf.parse_content_stream(scope.content, "Tj TJ ' \"")
    )


def _is_there(word: Word, placed: Sequence[tuple[str, float, float]]) -> bool:
    box = word.box
    under = [text for text, x, y in placed if box.left <= x <= box.right and box.top <= y <= box.bottom]
    return bool(under) and ratio(_folded("".join(under)), _folded(word.text)) >= _ALIKE


def _folded(text: str) -> str:
    """Return the letters of `text` without case and marks: a misread tone does not make another word."""
    return "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char))
