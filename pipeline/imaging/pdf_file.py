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
