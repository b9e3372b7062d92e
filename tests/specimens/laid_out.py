"""Drawn papers as a reader without faults would give them: the words of every printed line in their places."""

from __future__ import annotations

from pipeline.domain.document import SeparatedDocument, UnderstoodDocument
from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.ids import DocumentId, SourceName
from pipeline.domain.page import Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.specimens.paper import DrawnPage, DrawnPaper, PrintedLine
from pipeline.understand.catalogue import load_types
from pipeline.understand.understand import UnderstandPolicy, understand

_SURE = 0.97
_SPACE = 0.5
"""letters that a space is broad"""
_AIR = 0.12
"""of a line's height above its capitals"""


def understood(paper: DrawnPaper) -> UnderstoodDocument:
    """Understand a paper whose lines were all read without a mistake."""
    pages = tuple(_page(page, number) for number, page in enumerate(paper.pages, 1))
    document = SeparatedDocument(id=DocumentId("d"), dossier=None, pages=tuple(page.ref for page in pages))
    return understand(document, pages, catalogue=load_types(), policy=UnderstandPolicy())


def _page(page: DrawnPage, number: int) -> RecognisedPage:
    width, height = (side * POINTS_PER_INCH / page.dpi for side in page.picture.size)
    return RecognisedPage(
        ref=PageRef(SourceName("scan.pdf"), number),
        width=width,
        height=height,
        rotation=0,
        skew=0.0,
        dpi=200,
        blank=False,
        lines=tuple(Line(_words(line), line.box, block) for block, line in enumerate(page.lines)),
        confidence=_SURE,
        origin=TextOrigin.OCR,
        codes=page.codes,
    )


def _words(line: PrintedLine) -> tuple[Word, ...]:
    parts = line.text.split()
    letter = line.box.width / (sum(map(len, parts)) + _SPACE * (len(parts) - 1))
    words, left = [], line.box.left
    for part in parts:
        box = Box(left, line.box.top + _AIR * line.box.height, left + letter * len(part), line.box.bottom)
        words.append(Word(part, box, _SURE))
        left = box.right + letter * _SPACE
    return tuple(words)
