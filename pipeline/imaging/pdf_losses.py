"""What a PDF page would show and cannot: contents and images whose data nobody can decode. Viewers leave them out without a word."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from pipeline.imaging.pdf_file import open_pdf, pdf_page

__all__ = ["cannot_be_decoded", "loses_all"]

_DEEPEST = 4
"""forms within forms in which images are looked for"""


def loses_all(file: Path, number: int) -> bool:
    """Say of page `number` (from 1), of which nothing is seen, whether something stands there that cannot be decoded.

    Meant for pages that look blank, which would be left out: decoding everything a second time takes as long as drawing.

    Raises:
        DamagedSource, EncryptedSource: PDFium cannot open the file or the page.
    """
    if _loses_contents(file, number):
        return True
    with open_pdf(file) as document:
        page = pdf_page(document, number)
        images = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST)
        return any(cannot_be_decoded(image) for image in images)


def cannot_be_decoded(image: pdfium.PdfImage) -> bool:
    """Say whether PDFium has no pixels of an image that it knows of."""
    try:
        image.get_bitmap(render=False)
    except pdfium.PdfiumError:
        return True
    return False


def _loses_contents(file: Path, number: int) -> bool:
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            contents = document.pages[number - 1].obj.get("/Contents")
            streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
            for stream in streams:
                if isinstance(stream, pikepdf.Stream):
                    stream.read_bytes()
    except (pikepdf.PdfError, RuntimeError):
        return True
    except (IndexError, TypeError, ValueError, AttributeError):
        return False  # qpdf sees another file than PDFium, which has drawn it
    return False
