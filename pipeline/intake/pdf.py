"""Look into a PDF: its pages, their size, and whether it is signed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Object, ObjectSet

from pipeline.domain.errors import (
    DamagedSource,
    EncryptedSource,
    PortfolioSource,
    SourceTooLarge,
    TruncatedSource,
    XfaSource,
)
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.intake.ending import pdf_is_cut_off
from pipeline.intake.limits import IntakeLimits

__all__ = ["inspect_pdf"]

_OTHER_KIND = (ValueError, TypeError, AttributeError, RuntimeError, IndexError, OverflowError)
"""what pikepdf and numbers raise where an object is not of the kind that the standard asks for, or a number has hundreds of digits"""
_REFERENCE_DPI = 300
_NO_NUMBER = 10**18
"""pixels that are told of a page whose size is none"""
_WRONG_PASSWORD = 4
"""FPDF_ERR_PASSWORD"""


def inspect_pdf(file: Path, *, limits: IntakeLimits) -> tuple[int, bool]:
    """Return (number of pages, whether it carries a signature).

    qpdf reads it first; what it cannot make sense of is given to PDFium, and only what both refuse is refused. A file with
    an owner's password only opens with the empty one and is readable.

    Raises:
        EncryptedSource, TruncatedSource, DamagedSource, XfaSource, PortfolioSource, SourceTooLarge
    """
    try:
        claimed = _claimed_count(file)
        if claimed is not None and claimed > limits.pages:
            raise SourceTooLarge(limit="pages", value=claimed, allowed=limits.pages)
        with pikepdf.open(file, suppress_warnings=True) as pdf, pikepdf.explicit_conversion():
            _refuse_cut_off(file, pdf)
            _refuse_envelope(pdf)
            _refuse_bare_form(pdf)
            return _count_pages(pdf, claimed, limits=limits), _is_signed(pdf)
    except pikepdf.PasswordError as error:
        raise EncryptedSource from error
    except (pikepdf.PdfError, *_OTHER_KIND) as error:
        return _second_opinion(file, limits=limits, problem=_without_path(error)), False


def _without_path(error: Exception) -> str:
    # qpdf begins its messages with the path, which is a temporary one here
    return str(error).rpartition(": ")[2]


def _refuse_cut_off(file: Path, pdf: pikepdf.Pdf) -> None:
    """Refuse a file whose end is missing: qpdf goes on with the pages that are left, or with an earlier state of the file.

    Nobody would miss the others, or the signature that the later state brought.
    """
    rebuilt = any("reconstruct" in str(warning) for warning in pdf.get_warnings())
    if pdf_is_cut_off(file, table=not rebuilt):
        raise TruncatedSource(problem="the file is cut off")


def _refuse_envelope(pdf: pikepdf.Pdf) -> None:
    """Refuse a portfolio (ISO 32000-1, 12.3.5): its pages are a cover, and the papers are files within it."""
    names = pdf.Root.get(Name.Names)
    files = names.get(Name.EmbeddedFiles) if isinstance(names, Dictionary) else None
    if isinstance(pdf.Root.get(Name.Collection), Dictionary) and isinstance(files, Dictionary):
        raise PortfolioSource


def _refuse_bare_form(pdf: pikepdf.Pdf) -> None:
    """Refuse an XFA form that brings no pages (ISO 32000-1, 12.7.8): what stands in their place asks for another program.

    A form that brings both, its fields on its pages as any other PDF and the XFA beside them, is read like any other.
    """
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, Dictionary) or not isinstance(form.get(Name.XFA), Array | pikepdf.Stream):
        return
    fields = form.get(Name.Fields)
    if bool(pdf.Root.get(Name.NeedsRendering, False)) or not isinstance(fields, Array) or len(fields) == 0:
        raise XfaSource


def _claimed_count(file: Path) -> int | None:
    """Return the number of pages that the page tree claims to have.

    The file is opened for this alone: walking the tree, as qpdf does to hand down what pages inherit, corrects the number.
    """
    with (
        pikepdf.open(file, inherit_page_attributes=False, suppress_warnings=True) as pdf,
        pikepdf.explicit_conversion(),
    ):
        tree = pdf.Root.get(Name.Pages)
        count = tree.get(Name.Count) if isinstance(tree, Dictionary) else None
        return int(count) if isinstance(count, pikepdf.Integer) else None


def _count_pages(pdf: pikepdf.Pdf, claimed: int | None, *, limits: IntakeLimits) -> int:
    count = len(pdf.pages)
    if count > limits.pages:
        raise SourceTooLarge(limit="pages", value=count, allowed=limits.pages)
    if count == 0 or (claimed is not None and claimed > count):
        raise DamagedSource(problem="pages are missing", value=count, expected=claimed or 1)
    for number, page in enumerate(pdf.pages, start=1):
        _check_page(page, number, limits=limits)
    return count


def _check_page(page: pikepdf.Page, number: int, *, limits: IntakeLimits) -> None:
    box = page.obj.get(Name.CropBox) or page.mediabox
    unit = float(page.obj.get(Name.UserUnit, 1))
    left, bottom, right, top = (float(side) * unit for side in box)
    _refuse_large(abs((right - left) * (top - bottom)), number, limits=limits)
    for image in _images(page.obj.get(Name.Resources), ObjectSet()):
        pixels = int(image.get(Name.Width, 0)) * int(image.get(Name.Height, 0))
        if pixels > limits.pixels:
            raise SourceTooLarge(limit="pixels", page=number, value=pixels, allowed=limits.pixels)


def _refuse_large(area: float, number: int, *, limits: IntakeLimits) -> None:
    """Refuse a page of so many square points that its picture is too large; one that is no number is."""
    pixels = area * (_REFERENCE_DPI / POINTS_PER_INCH) ** 2
    if not pixels <= limits.pixels:
        value = round(pixels) if math.isfinite(pixels) else _NO_NUMBER
        raise SourceTooLarge(limit="pixels", page=number, value=value, allowed=limits.pixels)


def _images(resources: Object | None, seen: ObjectSet) -> Iterator[Object]:
    """Yield the pictures that a page can draw, those in form XObjects included."""
    waiting = [resources]
    while waiting:
        resources = waiting.pop()
        xobjects = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
        for xobject in xobjects.values() if isinstance(xobjects, Dictionary) else ():
            if not isinstance(xobject, pikepdf.Stream) or not seen.add(xobject):
                continue
            if xobject.get(Name.Subtype) == Name.Image:
                yield xobject
            else:
                waiting.append(xobject.get(Name.Resources))


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    """Say whether a signature field is filled, wherever it hangs: in the form's field tree or only on a page."""
    seen = ObjectSet()
    form = pdf.Root.get(Name.AcroForm)
    fields = form.get(Name.Fields) if isinstance(form, Dictionary) else None
    waiting: list[tuple[Object, Object | None]] = []
    waiting += [(node, None) for node in fields] if isinstance(fields, Array) else []
    for page in pdf.pages:
        annotations = page.obj.get(Name.Annots)
        waiting += [(node, None) for node in annotations] if isinstance(annotations, Array) else []
    while waiting:
        node, inherited = waiting.pop()
        if not isinstance(node, Dictionary) or (node.is_indirect and not seen.add(node)):
            continue
        kind = node.get(Name.FT, inherited)
        if kind == Name.Sig and _is_signature(node.get(Name.V)):
            return True
        kids = node.get(Name.Kids)
        waiting += [(kid, kind) for kid in kids] if isinstance(kids, Array) else []
    return False


def _is_signature(value: Object | None) -> bool:
    return isinstance(value, Dictionary) and Name.ByteRange in value and Name.Contents in value


def _second_opinion(file: Path, *, limits: IntakeLimits, problem: str) -> int:
    """Return the number of pages as PDFium counts them."""
    try:
        pdf = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            raise EncryptedSource from error
        raise DamagedSource(problem=problem) from error
    try:
        count = len(pdf)
        if count > limits.pages:
            raise SourceTooLarge(limit="pages", value=count, allowed=limits.pages)
        if count == 0:
            raise DamagedSource(problem=problem)
        for index in range(count):
            width, height = pdf.get_page_size(index)
            _refuse_large(width * height, index + 1, limits=limits)
    except pypdfium2.PdfiumError as error:
        raise DamagedSource(problem=problem) from error
    finally:
        pdf.close()
    return count
