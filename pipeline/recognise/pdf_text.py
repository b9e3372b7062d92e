"""The text that a PDF page carries, where it can be trusted."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.page import LayerNote, Line, TextOrigin, Word
from pipeline.imaging.ground import reading_grey
from pipeline.imaging.pdf_file import pdf_page
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.skew import levelled, skew_of
from pipeline.recognise.frame import Frame
from pipeline.recognise.layer_check import SheetReader, agreement, without_unseen
from pipeline.recognise.layout import arranged, joined
from pipeline.recognise.pdf_signs import MOST_CHARACTERS, Sign, signs_of, words_of
from pipeline.text.syllables import plausible_share

_CONFIDENCE = 0.99
"""of a word that the file states itself; the rest is fonts that map their glyphs wrongly"""
_LAYER_CONFIDENCE = 0.95
"""of a word that somebody recognised well under a scan"""
_FEWEST_LETTERS = 8
_UNSEEN_SHARE = 0.1
"""share of the characters without ink above which a page's text is a layer under something else"""
_ELSEWHERE_SHARE = 0.1
"""share of the characters that stand where nothing is to be seen above which a layer is not that of the page"""
_FOREIGN_SHARE = 0.02
"""share of letters that no Vietnamese text has; TCVN3 and VNI fonts read as Unicode give some twenty times as many"""
_SPEAKABLE_SHARE = 0.5
"""share of words with a vowel; fonts without a mapping give letters at random"""
_UNTOLD_INK = 0.15
"""share of letter-like ink outside the text that makes the page one to be read by OCR"""
_INK_DPI = 100.0
_CHECK_DPI = 200.0
_AGREES = 0.9
"""share of the characters of sample lines that are read as the file states them: some 0.98 on drawn pages of any honest font;
one lost kind of diacritic costs 0.1"""
_DISAGREES = 0.5
"""the same where not even an unsure reader can be wrong"""
_SURE = 0.85
"""confidence of the reader at which what it reads otherwise counts"""
_AGREES_UNDER_SCAN = 0.985
"""share at which a layer that somebody recognised is as good as reading the page again"""
_PLAUSIBLE = 0.9
"""share of syllables in such a layer"""

_BASE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzđ")
_MARKS = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323")
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page in reading space, how the page lies, and where the words come from."""

    lines: tuple[Line, ...]
    rotation: int
    skew: float
    origin: TextOrigin
    """OCR where somebody recognised them and laid them under a scan"""


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """The text of a page, or None if OCR should read it, and what was found about it."""

    text: PageText | None = None
    notes: tuple[LayerNote, ...] = ()


def layer_verdict(
    document: pdfium.PdfDocument, number: int, picture: PagePicture, *, user_unit: float, reader: SheetReader
) -> LayerVerdict:
    """Say whether the text of a page, that of form fields and signature appearances included, is what the page shows.

    Text in TCVN3 and VNI becomes Unicode first. It is trusted where it is Vietnamese, where little of the ink on the page
    is not in it, and where some lines, read from the pixels, say the same. What lies beside the page or cannot be seen on
    it is left out. An invisible layer under a scan must agree almost letter for letter.

    The page of the opened document is flattened for it; draw it before.
    """
    page = _flattened(document, number)
    if page.get_textpage().count_chars() > MOST_CHARACTERS:
        return LayerVerdict(notes=(LayerNote.UNREADABLE,))
    signs = signs_of(page, user_unit=user_unit)
    printed = [sign for sign in signs if sign.box is not None]
    if len(printed) < _FEWEST_LETTERS:
        return LayerVerdict()
    under_scan = sum(sign.unseen for sign in printed) > _UNSEEN_SHARE * len(printed)
    if not under_scan:
        signs = [sign for sign in signs if not sign.unseen]
    words = words_of(signs, confidence=_LAYER_CONFIDENCE if under_scan else _CONFIDENCE)
    if not _sane(" ".join(word.text for word in words)):
        return LayerVerdict(notes=(LayerNote.UNREADABLE,))
    if _untold_ink(picture, [word.box for word in words]) > _UNTOLD_INK:
        return LayerVerdict()
    text, contradicted = _compared(words, _rotation(signs), picture, under_scan=under_scan, reader=reader)
    notes = (LayerNote.CONTRADICTED,) if contradicted else ()
    if text is not None and any(sign.legacy for sign in signs):
        notes = (LayerNote.DECODED,)
    return LayerVerdict(text, notes)


def words_of_fields(document: pdfium.PdfDocument, number: int, *, user_unit: float) -> tuple[Word, ...]:
    """Return the words that form fields and signature appearances draw, on the page as a viewer shows it.

    The page of the opened document is flattened for it, which puts their text behind the page's own; draw it before,
    and call this before `layer_verdict`.
    """
    page = pdf_page(document, number)
    if not pdfium_c.FPDFPage_GetAnnotCount(page):
        return ()
    own = page.get_textpage().count_chars()
    signs = signs_of(_flattened(document, number), user_unit=user_unit, first=own)
    words = words_of([sign for sign in signs if not sign.unseen], confidence=_CONFIDENCE)
    return () if _foreign_share("".join(word.text for word in words)) > _FOREIGN_SHARE else tuple(words)


def _flattened(document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
    """Return the page with its fields made part of it; where that fails, its own text is still there."""
    pdfium_c.FPDFPage_Flatten(pdf_page(document, number), pdfium_c.FLAT_NORMALDISPLAY)
    return pdf_page(document, number)


def _compared(
    words: Sequence[Word], rotation: int, picture: PagePicture, *, under_scan: bool, reader: SheetReader
) -> tuple[PageText | None, bool]:
    """Return the text if the pixels bear it out, and whether they contradict it."""
    grey, dpi = _darkest(picture)
    upright = np.ascontiguousarray(np.rot90(grey, -rotation // 90))
    skew = skew_of(upright) if under_scan else 0.0
    level = levelled(upright, skew)
    frame = Frame(view_width=picture.width, view_height=picture.height, rotation=rotation, skew=skew)
    lines = arranged(joined([replace(word, box=frame.from_box(word.box)) for word in words]))
    # the canvas of a levelled page is larger than the page, about the same middle
    across = (level.shape[1] - upright.shape[1]) / 2 / dpi * POINTS_PER_INCH
    down = (level.shape[0] - upright.shape[0]) / 2 / dpi * POINTS_PER_INCH
    seen, dropped = without_unseen([_moved(line, across, down) for line in lines], level, dpi=dpi)
    if dropped > _ELSEWHERE_SHARE:
        return None, True
    found = agreement(seen, level, dpi=dpi, reader=reader)
    if found is not None and found.share < _AGREES and (found.confidence >= _SURE or found.share < _DISAGREES):
        return None, True
    if under_scan:
        plausible = plausible_share("\n".join(line.text for line in seen))
        if found is None or found.share < _AGREES_UNDER_SCAN or plausible is None or plausible < _PLAUSIBLE:
            return None, False
    kept = tuple(_moved(line, -across, -down) for line in seen)
    return PageText(kept, rotation, skew, TextOrigin.OCR if under_scan else TextOrigin.PDF_TEXT), False


def _darkest(picture: PagePicture) -> tuple[Pixels, float]:
    """Return the page in grey, ink of every colour dark, at no more than the resolution of reading, and its dpi."""
    pixels = picture.pixels
    grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels.min(axis=2))  # noqa: PLR2004 - no colours
    dpi = grey.shape[1] / picture.width * POINTS_PER_INCH
    if dpi <= _CHECK_DPI:
        return grey, dpi
    size = (max(1, round(grey.shape[1] * _CHECK_DPI / dpi)), max(1, round(grey.shape[0] * _CHECK_DPI / dpi)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small, small.shape[1] / picture.width * POINTS_PER_INCH


def _moved(line: Line, across: float, down: float) -> Line:
    words = tuple(replace(word, box=_shifted(word.box, across, down)) for word in line.words)
    return replace(line, words=words, box=_shifted(line.box, across, down))


def _shifted(box: Box, across: float, down: float) -> Box:
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down)


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


def _rotation(signs: Sequence[Sign]) -> int:
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
