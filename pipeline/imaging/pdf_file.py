"""Opening PDF files with PDFium, and what its failures mean."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.domain.errors import DamagedSource, EncryptedSource
from pipeline.domain.geometry import Box

_FINE = 64
"""steps in a unit of a page, for PDFium's conversion of places, which is in whole numbers"""
_HIGH, _LOW, _HALVES = range(0xD800, 0xDC00), range(0xDC00, 0xE000), range(0xD800, 0xE000)
"""first and second half of a character in UTF-16 (RFC 2781), and both"""
_NO_CHARACTER = "\ufffd"


@contextmanager
def open_pdf(file: Path) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF with its form, so that fields and signature appearances are drawn; closed when the context ends.

    Raises:
        EncryptedSource: it needs a password.
        DamagedSource: PDFium cannot read it.
    """
    try:
        document = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise EncryptedSource from error
        raise DamagedSource(reason=str(error)) from error
    try:
        document.init_forms()
        yield document
    finally:
        document.close()


def pdf_page(document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
    """Return page `number` (from 1).

    A crop box that shows nothing of the page is left out of account, as viewers do.

    Raises:
        DamagedSource: there is no such page, or it cannot be read.
    """
    if number > len(document):
        raise DamagedSource(page=number, reason="no such page")
    try:
        page = document[number - 1]
        if min(page.get_size()) > 0:
            return page
        page.set_cropbox(*page.get_mediabox())
        page.close()
        page = document[number - 1]
    except pdfium.PdfiumError as error:
        raise DamagedSource(page=number, reason=str(error)) from error
    if min(page.get_size()) <= 0:
        raise DamagedSource(page=number, reason="a page without any area")
    return page


def characters_of(textpage: pdfium.PdfTextPage, first: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the characters of a page from place `first` on, each with its place; what is no character is U+FFFD.

    PDFium counts in UTF-16: a character beyond the basic plane takes two places and is told at the first one.
    """
    count = textpage.count_chars()
    units = [pdfium_c.FPDFText_GetUnicode(textpage, index) for index in range(first, count)]
    for index, (before, unit, after) in enumerate(zip([0, *units], units, [*units[1:], 0], strict=False), first):
        if unit in _HIGH and after in _LOW:
            yield index, chr(0x10000 + ((unit - _HIGH.start) << 10) + after - _LOW.start)
        elif not (unit in _LOW and before in _HIGH):
            yield index, _NO_CHARACTER if unit in _HALVES or not unit else chr(unit)


def viewed_box(page: pdfium.PdfPage, left: float, bottom: float, right: float, top: float, *, user_unit: float) -> Box:
    """Carry a rectangle of the page's own space onto the page as a viewer shows it (crop box and /Rotate obeyed), in points."""
    x0, y0 = _viewed(page, left, bottom)
    x1, y1 = _viewed(page, right, top)
    xs, ys = sorted((x0 * user_unit, x1 * user_unit)), sorted((y0 * user_unit, y1 * user_unit))
    return Box(xs[0], ys[0], xs[1], ys[1])


def _viewed(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = (round(width * _FINE), round(height * _FINE))
    pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE
