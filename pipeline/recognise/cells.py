"""A second look at handwritten digits: cells of the letterhead are cut from the page's picture and read by the reader of digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line, RecognisedPage, TextOrigin, Word
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.recognise.digits import DigitReading, read_digits
from pipeline.recognise.frame import Frame
from pipeline.understand.cells import Cell, CellKind, find_cells

_BESIDE = 0.5
"""of a cell's height: how far it reaches into the print on both sides, which the reader of digits leaves out"""
_GLUED, _EXACT = 0.2, 0.04
"""of a cell's height: how far from its ends a digit's middle may lie, where the reader glued it to the print and where not"""
_TORN = 0.3
"""what a reading is worth when there may be one digit more; days have two, and no more"""
CUT_PIXELS = 72
"""height of a cut-out"""
_AGREED = 0.97
"""what two readings are worth that agree"""
_PLAIN = 0.9
"""a reading that was this sure of digits is not overruled"""
_UNHEARD_OF = 0.1
"""chance of such a reading below which it is overruled all the same: people write what the reader of print never saw"""
_OVERRULES = 0.7
"""what a reading must be worth to overrule a sure one: bad copies thin out printed digits, and those are read with 0.2 to 0.6"""
_CONTRADICTED = 0.8
"""what a reading is worth that overrules a sure one"""
_LEAST, _AHEAD = 0.15, 1.25
"""readings of less confidence, or hardly ahead of another, say nothing; those little above are put to a person anyway"""
_FEWEST = 2
_MOST_OTHERS = 5
_LAST_DAY, _LAST_MONTH = 31, 12


def reread_cells(page: RecognisedPage, picture: PagePicture) -> RecognisedPage:
    """Return the page with the digits of its letterhead read again.

    Args:
        page: as recognised; pages with their own text are returned as they are.
        picture: of the page as a viewer shows it, the one that was read.
    """
    if page.origin is not TextOrigin.OCR or page.blank:
        return page
    for kind in CellKind:
        # what was read in one cell parts words that the next cell stands between
        cell = next((one for one in find_cells(page) if one.kind is kind), None)
        reading = _second_reading(cell, page, picture) if cell else None
        if cell and reading:
            page = replace(page, lines=tuple(_with_digits(page.lines, cell, reading)))
    return page


def _second_reading(cell: Cell, page: RecognisedPage, picture: PagePicture) -> DigitReading | None:
    """Return what the cell says after both readings; None where the first one is to stay."""
    found = read_cell(cell, page, picture)
    first = cell.text.strip(" .,:_-")
    if found is None or found.confidence < max(_LEAST, _AHEAD * max(found.others.values(), default=0.0)):
        return None
    if first == found.text:
        return replace(found, confidence=max(_AGREED, cell.sureness))
    sure = first.isdecimal() and cell.sureness >= _PLAIN and _possible(first, cell.kind)
    if sure and (found.chance_of(first) >= _UNHEARD_OF or found.confidence < _OVERRULES):
        return None
    return replace(found, confidence=found.confidence * _CONTRADICTED) if sure else found


def read_cell(cell: Cell, page: RecognisedPage, picture: PagePicture) -> DigitReading | None:
    """Read the digits in a cell of a page's picture; None where none can be made out."""
    cut = cut_out(cell.box, page, picture)
    scale = CUT_PIXELS / cell.box.height
    start = min(cell.box.left, _BESIDE * cell.box.height) * scale
    before, behind = (CUT_PIXELS * (_GLUED if glued else _EXACT) for glued in cell.glued)
    found = read_digits(
        cut,
        inside=(start - before, start + cell.box.width * scale + behind),
        possible=partial(_possible, kind=cell.kind),
    )
    whole = found is None or not found.torn or (cell.kind is CellKind.DAY and len(found.text) == _FEWEST)
    return found if found is None or whole else replace(found, confidence=found.confidence * _TORN)


def _possible(text: str, kind: CellKind) -> bool:
    """Say whether digits can stand in a cell: numbers and days below 10 have a zero before them (NĐ 30/2020, phụ lục I)."""
    value = int(text)
    if kind is not CellKind.MONTH and len(text) < _FEWEST:
        return False
    match kind:
        case CellKind.DAY:
            return 0 < value <= _LAST_DAY and len(text) == _FEWEST
        case CellKind.MONTH:
            return 0 < value <= _LAST_MONTH
        case CellKind.NUMBER:
            return value > 0


def cut_out(box: Box, page: RecognisedPage, picture: PagePicture) -> Pixels:
    """Return the picture of a box in reading space, level, 72 pixels high, with some of what stands beside it."""
    frame = Frame(view_width=picture.width, view_height=picture.height, rotation=page.rotation, skew=page.skew)
    beside = _BESIDE * box.height
    left, right = start_of_cut(box), min(page.width, box.right + beside)
    corners = ((left, box.top), (right, box.top), (left, box.bottom))
    across, down = picture.pixels.shape[1] / picture.width, picture.pixels.shape[0] / picture.height
    source = [(x * across, y * down) for x, y in (frame.to_view(*corner) for corner in corners)]
    width = max(1, round((right - left) * CUT_PIXELS / box.height))
    target = np.array([(0, 0), (width, 0), (0, CUT_PIXELS)], dtype=np.float32)
    matrix = cv2.getAffineTransform(np.array(source, dtype=np.float32), target)
    cut = cv2.warpAffine(
        picture.pixels, matrix, (width, CUT_PIXELS), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, dtype=np.uint8)


def start_of_cut(box: Box) -> float:
    """Return where the picture that `cut_out` makes of a box begins, in points."""
    return max(0.0, box.left - _BESIDE * box.height)


def _with_digits(lines: tuple[Line, ...], cell: Cell, reading: DigitReading) -> Iterator[Line]:
    place = Box(cell.box.left, cell.before.box.top, cell.box.right, cell.before.box.bottom)
    others = sorted(reading.others.items(), key=lambda other: (-other[1], other[0]))[:_MOST_OTHERS]
    digits = Word(reading.text, place, reading.confidence, tuple((text, round(chance, 3)) for text, chance in others))
    for line in lines:
        words = tuple(_words(line, cell, digits))
        yield line if words == line.words else replace(line, words=words, box=around(word.box for word in words))


def _words(line: Line, cell: Cell, digits: Word) -> Iterator[Word]:
    """Yield the words of a line with what was read in the cell replaced by `digits`."""
    middle = cell.box.left
    for word in line.words:
        if word == cell.before:
            yield Word(
                word.text[: cell.before_end],
                Box(word.box.left, word.box.top, max(word.box.left, middle), word.box.bottom),
                word.confidence,
            )
            yield digits
            if word == cell.after:
                yield _rest(word, cell)
        elif word == cell.after:
            yield _rest(word, cell)
        elif word not in cell.between:
            yield word


def _rest(word: Word, cell: Cell) -> Word:
    left = min(word.box.right, cell.box.right)
    return Word(
        word.text[cell.after_start :], Box(left, word.box.top, word.box.right, word.box.bottom), word.confidence
    )
