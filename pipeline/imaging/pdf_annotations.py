"""What lies on a PDF page as annotations: form fields, the appearances of signatures, comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.domain.geometry import Box
from pipeline.imaging.pdf_file import viewed_box

_UNSEEN = frozenset({pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP})
_UNSEEN_MODES = frozenset({pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP})
_DEEPEST = 8
"""forms within forms that are looked into: a signature's text lies in the third (ETSI and Adobe's layers n0 to n4)"""


def has_annotations(page: pdfium.PdfPage) -> bool:
    """Say whether anything but links lies over the page itself, be it hidden now: such a page is drawn, never taken for a plain scan."""
    return any(pdfium_c.FPDFAnnot_GetSubtype(one) not in _UNSEEN for one in _annotations(page))


def hide_fields(page: pdfium.PdfPage, words: Iterable[Box], *, user_unit: float) -> None:
    """Hide the form and signature fields that draw a text of their own and hold one of `words`.

    Args:
        page: what is drawn of it from now on is without these fields; the file is not changed.
        words: points of the page as a viewer shows it.
        user_unit: points in a unit of the page.
    """
    middles = [word.centre for word in words]
    for one in _annotations(page):
        if pdfium_c.FPDFAnnot_GetSubtype(one) != pdfium_c.FPDF_ANNOT_WIDGET or not _draws_text(one):
            continue
        rect = pdfium_c.FS_RECTF()
        pdfium_c.FPDFAnnot_GetRect(one, rect)
        place = viewed_box(page, rect.left, rect.bottom, rect.right, rect.top, user_unit=user_unit)
        if any(place.left <= x <= place.right and place.top <= y <= place.bottom for x, y in middles):
            pdfium_c.FPDFAnnot_SetFlags(one, pdfium_c.FPDFAnnot_GetFlags(one) | pdfium_c.FPDF_ANNOT_FLAG_HIDDEN)


def _annotations(page: pdfium.PdfPage) -> Iterator[pdfium_c.FPDF_ANNOTATION]:
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        with _annotation(page, index) as one:
            yield one


@contextmanager
def _annotation(page: pdfium.PdfPage, index: int) -> Iterator[pdfium_c.FPDF_ANNOTATION]:
    one = pdfium_c.FPDFPage_GetAnnot(page, index)
    try:
        yield one
    finally:
        pdfium_c.FPDFPage_CloseAnnot(one)


def _draws_text(annotation: pdfium_c.FPDF_ANNOTATION) -> bool:
    count = pdfium_c.FPDFAnnot_GetObjectCount(annotation)
    return any(_is_text(pdfium_c.FPDFAnnot_GetObject(annotation, index)) for index in range(count))


def _is_text(thing: pdfium_c.FPDF_PAGEOBJECT, depth: int = 0) -> bool:
    match pdfium_c.FPDFPageObj_GetType(thing):
        case pdfium_c.FPDF_PAGEOBJ_TEXT:
            return pdfium_c.FPDFTextObj_GetTextRenderMode(thing) not in _UNSEEN_MODES
        case pdfium_c.FPDF_PAGEOBJ_FORM if depth < _DEEPEST:
            inside = range(pdfium_c.FPDFFormObj_CountObjects(thing))
            return any(_is_text(pdfium_c.FPDFFormObj_GetObject(thing, index), depth + 1) for index in inside)
    return False
