"""The characters of a PDF page as PDFium gives them: what they say, where they lie, whether they are seen."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Word
from pipeline.imaging.pdf_file import characters_of, viewed_box
from pipeline.text.fold import drawn_text
from pipeline.text.legacy_encoding import LegacyFont, decoded, encoding_in_use

_LONGEST_NAME = 256
"""bytes of a font's name"""
MOST_CHARACTERS = 100_000
"""a page of A4 in the smallest print has some 15,000"""
_LONGEST_WORD = 500
"""characters: a dotted line to write on has some 150; what looks for words in a line may take the square of their length"""
_BREAK_HYPHENS = {"\u0002": "-", "\ufffe": "-", "\u00ad": "-"}
"""what PDFium gives for a hyphen at the end of a line"""
_UNSEEN_MODES = frozenset({pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP})


@dataclass(frozen=True, slots=True)
class Sign:
    """One character."""

    text: str
    box: Box | None
    """where it lies on the page as a viewer shows it, in points; None for a space"""
    font: str = ""
    """PostScript name"""
    unseen: bool = False
    """drawn in a mode that leaves no ink"""
    legacy: LegacyFont | None = None
    """how its font is encoded, if that is from before Unicode"""


def signs_of(page: pdfium.PdfPage, *, user_unit: float, first: int = 0) -> list[Sign]:
    """Return the characters of a page from the `first` on in PDFium's order, without those that lie beside the page.

    Of a page with more than anybody prints none: what can be seen of them is read off its picture.
    """
    textpage = page.get_textpage()
    if textpage.count_chars() > MOST_CHARACTERS:
        return []
    things = _Things()
    width, height = (side * user_unit for side in page.get_size())
    signs: list[Sign] = []
    for index, character in characters_of(textpage, first):
        text = _BREAK_HYPHENS.get(character, character)
        if text.isspace() or pdfium_c.FPDFText_IsGenerated(textpage, index) == 1:
            # the hyphen at the end of a line may be a letter of an old encoding
            signs.append(Sign("-", None, signs[-1].font) if text == "-" and signs else Sign(" ", None))
            continue
        font, unseen = things.look_up(textpage, index)
        box = _box(page, textpage, index, user_unit)
        if box is None or (0 <= box.centre[0] <= width and 0 <= box.centre[1] <= height):
            signs.append(Sign(text, box, font, unseen))
    return _with_encodings(signs)


def words_of(signs: Sequence[Sign], *, confidence: float) -> list[Word]:
    """Join characters into words at spaces, and where the next one stands elsewhere; old encodings become Unicode."""
    groups: list[list[Sign]] = [[]]
    last: Box | None = None
    size = 0.0
    for sign in signs:
        if sign.text == " " or len(groups[-1]) >= _LONGEST_WORD:
            groups.append([])
            last, size = None, 0.0
        if sign.text == " ":
            continue
        if sign.box is not None:
            # a mark that is a character of its own and the comma behind it are small: the letters of the word count
            size = max(size, sign.box.width, sign.box.height)
            if last is not None and _distance(last, sign.box) > size:
                groups.append([])
                size = max(sign.box.width, sign.box.height)
            last = sign.box
        groups[-1].append(sign)
    words = []
    for group in groups:
        text = drawn_text(_read(group)).strip()
        boxes = [sign.box for sign in group if sign.box is not None]
        if text and boxes:
            words.append(Word(text, around(boxes), confidence))
    return words


class _Things:
    """Font and mode of text objects, asked for once each: a line is one object."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, bool]] = {}

    def look_up(self, textpage: pdfium.PdfTextPage, index: int) -> tuple[str, bool]:
        thing = pdfium_c.FPDFText_GetTextObject(textpage, index)
        address = ctypes.cast(thing, ctypes.c_void_p).value
        if address is None:
            return "", False
        if address not in self._known:
            unseen = pdfium_c.FPDFTextObj_GetTextRenderMode(thing) in _UNSEEN_MODES
            self._known[address] = (_font_name(thing), unseen)
        return self._known[address]


def _font_name(thing: pdfium_c.FPDF_PAGEOBJECT) -> str:
    font = pdfium_c.FPDFTextObj_GetFont(thing)
    if not font:
        return ""
    name = ctypes.create_string_buffer(_LONGEST_NAME)
    written = pdfium_c.FPDFFont_GetBaseFontName(font, name, _LONGEST_NAME)
    return name.value.decode("latin-1") if 0 < written <= _LONGEST_NAME else ""


def _with_encodings(signs: list[Sign]) -> list[Sign]:
    """Say of each character how its font is encoded, judged by all text in that font."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for font, run in groupby(signs, key=lambda sign: sign.font):
        texts[font].append("".join(sign.text for sign in run))
    # a word may be shown in pieces, so spaces, which have no font, part words only where they stand
    encodings = {font: encoding_in_use(" ".join(parts), font) for font, parts in texts.items() if font}
    if not any(encodings.values()):
        return signs
    return [replace(sign, legacy=encodings.get(sign.font)) for sign in signs]


def _read(group: Sequence[Sign]) -> str:
    runs = [
        (legacy, "".join(sign.text for sign in run)) for legacy, run in groupby(group, key=lambda sign: sign.legacy)
    ]
    return "".join(
        text if legacy is None else decoded(text, legacy.encoding, capitals=legacy.capitals) for legacy, text in runs
    )


def _box(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, index: int, user_unit: float) -> Box | None:
    left, bottom, right, top = textpage.get_charbox(index)
    if right <= left and top <= bottom:
        return None
    return viewed_box(page, left, bottom, right, top, user_unit=user_unit)


def _distance(first: Box, second: Box) -> float:
    across = max(second.left - first.right, first.left - second.right)
    down = max(second.top - first.bottom, first.top - second.bottom)
    return max(across, down)
