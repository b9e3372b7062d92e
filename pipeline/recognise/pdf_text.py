"""The text that a born-digital PDF page carries, where it can be trusted."""

from __future__ import annotations

import ctypes
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.domain.geometry import POINTS_PER_INCH, Box, around
from pipeline.domain.page import Line, Word
from pipeline.imaging.ground import reading_grey
from pipeline.imaging.pdf_file import pdf_page
from pipeline.imaging.pdf_picture import largest_image
from pipeline.imaging.picture import PagePicture
from pipeline.recognise.frame import Frame
from pipeline.recognise.layout import arranged, joined

_CONFIDENCE = 0.99
"""of a word that the file states itself; the rest is fonts that map their glyphs wrongly"""
_LARGE_IMAGE = 0.3
"""share of the page that one image may cover; above, the page is a scan and its text somebody's OCR"""
_FEWEST_LETTERS = 8
_INVISIBLE_SHARE = 0.1
_FOREIGN_SHARE = 0.02
"""share of letters that no Vietnamese text has; TCVN3 and VNI fonts read as Unicode give some twenty times as many"""
_SPEAKABLE_SHARE = 0.5
"""share of words with a vowel; fonts without a mapping give letters at random"""
_UNTOLD_INK = 0.15
"""share of letter-like ink outside the text that makes the page one to be read by OCR"""
_INK_DPI = 100.0
_FINE = 64
"""steps in a point, for PDFium's conversion, which is in whole numbers"""

_BASE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzđ")
_MARKS = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323")
_VOWELS = frozenset("aeiouy")
_BREAK_HYPHENS = {"\u0002": "-", "\ufffe": "-", "\u00ad": "-"}
"""what PDFium gives for a hyphen at the end of a line"""


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page in reading space, and the turn that makes them upright."""

    lines: tuple[Line, ...]
    rotation: int


@dataclass(frozen=True, slots=True)
class _Sign:
    """One character: where it lies on the page as a viewer shows it (None for a space), in points."""

    text: str
    box: Box | None


def trusted_text(
    document: pdfium.PdfDocument, number: int, picture: PagePicture, *, user_unit: float
) -> PageText | None:
    """Return the text of a page, that of form fields and signature appearances included, or None if OCR should read it.

    It is not trusted where an image covers much of the page, where it is invisible, where it is not Vietnamese in
    Unicode (TCVN3, VNI, fonts without a mapping), or where much of the ink on the page is not in it.

    The page of the opened document is flattened for it; draw it before.
    """
    if largest_image(pdf_page(document, number))[0] > _LARGE_IMAGE:
        return None
    signs = _signs(_flattened(document, number), user_unit=user_unit)
    if signs is None or not _sane("".join(sign.text for sign in signs)):
        return None
    rotation = _rotation(signs)
    words = _words(signs)
    if not words or _untold_ink(picture, [word.box for word in words]) > _UNTOLD_INK:
        return None
    frame = Frame(view_width=picture.width, view_height=picture.height, rotation=rotation)
    upright = [Word(word.text, frame.from_box(word.box), word.confidence) for word in words]
    return PageText(arranged(joined(upright)), rotation)


def words_of_fields(document: pdfium.PdfDocument, number: int, *, user_unit: float) -> tuple[Word, ...]:
    """Return the words that form fields and signature appearances draw, on the page as a viewer shows it.

    The page of the opened document is flattened for it, which puts their text behind the page's own; draw it before,
    and call this before `trusted_text`.
    """
    page = pdf_page(document, number)
    if not pdfium_c.FPDFPage_GetAnnotCount(page):
        return ()
    own = page.get_textpage().count_chars()
    signs = _signs(_flattened(document, number), user_unit=user_unit, first=own)
    if signs is None or _foreign_share("".join(sign.text for sign in signs)) > _FOREIGN_SHARE:
        return ()
    return tuple(_words(signs))


def _flattened(document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
    """Return the page with its fields made part of it; where that fails, its own text is still there."""
    pdfium_c.FPDFPage_Flatten(pdf_page(document, number), pdfium_c.FLAT_NORMALDISPLAY)
    return pdf_page(document, number)


def _signs(page: pdfium.PdfPage, *, user_unit: float, first: int = 0) -> list[_Sign] | None:
    """Return the characters of a page from the `first` on in PDFium's order; None if many are invisible."""
    textpage = page.get_textpage()
    count = textpage.count_chars()
    signs, hidden = [], 0
    for index in range(first, count):
        text = chr(pdfium_c.FPDFText_GetUnicode(textpage, index) or 0xFFFD)
        text = _BREAK_HYPHENS.get(text, text)
        if text.isspace() or pdfium_c.FPDFText_IsGenerated(textpage, index) == 1:
            signs.append(_Sign(text if text == "-" else " ", None))
        elif _is_invisible(textpage, index):
            hidden += 1
        else:
            signs.append(_Sign(text, _box(page, textpage, index, user_unit)))
    return signs if hidden <= _INVISIBLE_SHARE * max(1, count) else None


def _is_invisible(textpage: pdfium.PdfTextPage, index: int) -> bool:
    thing = pdfium_c.FPDFText_GetTextObject(textpage, index)
    mode: int = pdfium_c.FPDFTextObj_GetTextRenderMode(thing) if thing else pdfium_c.FPDF_TEXTRENDERMODE_FILL
    return mode in {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}


def _box(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, index: int, user_unit: float) -> Box | None:
    left, bottom, right, top = textpage.get_charbox(index)
    if right <= left and top <= bottom:
        return None
    x0, y0 = _viewed(page, left, top)
    x1, y1 = _viewed(page, right, bottom)
    xs, ys = sorted((x0 * user_unit, x1 * user_unit)), sorted((y0 * user_unit, y1 * user_unit))
    return Box(xs[0], ys[0], xs[1], ys[1])


def _viewed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """Carry a point of the page's own space onto the page as a viewer shows it (crop box and /Rotate obeyed)."""
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = (round(width * _FINE), round(height * _FINE))
    pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _sane(text: str) -> bool:
    """Say whether a text is made of Vietnamese letters and of words that can be spoken."""
    plain = unicodedata.normalize("NFD", text).lower()
    if sum(sign.isalpha() for sign in plain) < _FEWEST_LETTERS:
        return False
    words = [word for word in plain.split() if len(word) > 1 and word.isalpha()]
    spoken = sum(not _VOWELS.isdisjoint(word) for word in words)
    return _foreign_share(text) <= _FOREIGN_SHARE and spoken >= _SPEAKABLE_SHARE * len(words)


def _foreign_share(text: str) -> float:
    """Return how many signs there are that Vietnamese text has not, for each letter."""
    plain = unicodedata.normalize("NFD", text).lower()
    letters = [sign for sign in plain if sign.isalpha()]
    foreign = sum(sign not in _BASE_LETTERS for sign in letters)
    foreign += sum(unicodedata.combining(sign) > 0 and sign not in _MARKS for sign in plain)
    foreign += sum(unicodedata.category(sign) in {"Co", "Cn", "Cc"} or sign == "\ufffd" for sign in plain)
    return foreign / max(1, len(letters))


def _words(signs: list[_Sign]) -> list[Word]:
    """Join characters into words at spaces, and where the next one stands elsewhere."""
    groups: list[list[_Sign]] = [[]]
    last: Box | None = None
    for sign in signs:
        if sign.text == " ":
            groups.append([])
            last = None
            continue
        if last is not None and sign.box is not None and _apart(last, sign.box):
            groups.append([])
        groups[-1].append(sign)
        last = sign.box or last
    words = []
    for group in groups:
        text = unicodedata.normalize("NFC", "".join(sign.text for sign in group)).strip()
        boxes = [sign.box for sign in group if sign.box is not None]
        if text and boxes:
            words.append(Word(text, around(boxes), _CONFIDENCE))
    return words


def _apart(first: Box, second: Box) -> bool:
    size = max(first.height, first.width, second.height, second.width)
    across = max(second.left - first.right, first.left - second.right)
    down = max(second.top - first.bottom, first.top - second.bottom)
    return max(across, down) > size


def _rotation(signs: list[_Sign]) -> int:
    """Return the clockwise turn that makes most of the text run from left to right."""
    ways: Counter[int] = Counter()
    for first, second in pairwise(signs):
        if first.box is None or second.box is None:
            continue
        across = second.box.centre[0] - first.box.centre[0]
        down = second.box.centre[1] - first.box.centre[1]
        if abs(across) >= abs(down):
            ways[0 if across >= 0 else 180] += 1
        else:
            ways[270 if down >= 0 else 90] += 1
    return ways.most_common(1)[0][0] if ways else 0


def _untold_ink(picture: PagePicture, boxes: list[Box]) -> float:
    """Return the share of letter-like ink on the page that lies outside the words."""
    grey, dpi = reading_grey(picture, dpi=_INK_DPI)
    scale = dpi / picture.dpi * picture.pixels.shape[1] / picture.width
    ink = (grey < 140).astype(np.uint8)  # noqa: PLR2004 - drawn pages are black on white
    _, labels, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    side = dpi / POINTS_PER_INCH * 24
    letters = (found[:, cv2.CC_STAT_HEIGHT] <= side) & (found[:, cv2.CC_STAT_WIDTH] <= 2 * side)
    letters &= found[:, cv2.CC_STAT_HEIGHT] >= dpi / POINTS_PER_INCH * 3
    letters[0] = False
    ink = np.asarray(letters[labels], dtype=np.uint8)
    every = int(ink.sum())
    for box in boxes:
        left, top = max(0, int(box.left * scale) - 2), max(0, int(box.top * scale) - 2)
        ink[top : int(box.bottom * scale) + 3, left : int(box.right * scale) + 3] = 0
    return int(ink.sum()) / every if every else 0.0
