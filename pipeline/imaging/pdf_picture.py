"""The picture of a PDF page: its one scan taken as it is, or the page drawn."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pdf2image import convert_from_path, pdfinfo_from_path
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
)

from pipeline.domain.errors import DamagedSource, SourceTooLarge, ToolMissing
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.imaging.pdf_annotations import has_annotations
from pipeline.imaging.pdf_facts import PageFacts
from pipeline.imaging.pdf_losses import cannot_be_decoded
from pipeline.imaging.picture import (
    A4_LONG_SIDE,
    A4_SHORT_SIDE,
    PagePicture,
    Pixels,
    guessed_dpi,
    pictured,
    plausible_dpi,
)

DRAWN_DPI = 300.0
"""resolution at which a page is drawn that is no plain scan"""
_COARSER_DPI = 200.0
"""a scan with signatures on it is drawn at its own resolution, so that it is not blurred twice, but not below this"""
_MOST = 0.9
"""share of the page that an image covers to be the scan of it"""
_COARSEST_DPI = 72.0
"""a page that is too large to be drawn even so is refused"""
_DRAWN_PIXELS = 25_000_000
"""pages above A3 are drawn more coarsely, so that they stay under this"""
_DECODED = frozenset({"JPXDecode", "JBIG2Decode"})
_POPPLER_SECONDS = 60
_DRAWN_WHOLE = 0.5
"""share of the pixels that a page should have, below which it was not drawn as it is"""
_FILLS = 1.0
"""points by which the edges of a scan may miss the edges of its page"""
_SQUARE = 0.02
"""by which a pixel of a scan may be longer than wide; others are drawn, which makes them square"""
_PLAIN_COLOURS = frozenset(
    {
        pdfium_c.FPDF_COLORSPACE_DEVICEGRAY,
        pdfium_c.FPDF_COLORSPACE_DEVICERGB,
        pdfium_c.FPDF_COLORSPACE_CALGRAY,
        pdfium_c.FPDF_COLORSPACE_CALRGB,
        pdfium_c.FPDF_COLORSPACE_ICCBASED,
        pdfium_c.FPDF_COLORSPACE_INDEXED,
    }
)


def picture_of_pdf_page(page: pdfium.PdfPage, facts: PageFacts, *, pixel_limit: int) -> PagePicture:
    """Return the picture of a page as a viewer shows it.

    A page that is exactly one scan gives that scan's own pixels; every other page is drawn with its form fields and
    the appearances of its signatures.

    Args:
        page: the page, opened with its form.
        facts: what the file says about the page beside what PDFium draws.
        pixel_limit: most pixels of an image or of the drawn page.

    Raises:
        SourceTooLarge: an image on the page, or the page drawn at 72 dpi, has more pixels than `pixel_limit`.
        DamagedSource: it cannot be drawn.
    """
    images = list(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]))
    for image in images:
        across, down = image.get_px_size()
        if across * down > pixel_limit:
            raise SourceTooLarge(limit="pixels", value=across * down, allowed=pixel_limit)
    try:
        pixels = None if facts.masked else _only_scan(page)
        lost = pixels is None and any(map(_is_lost, images))
        if pixels is None:
            pixels = _drawn(page, user_unit=facts.user_unit, pixel_limit=pixel_limit)
    except (pdfium.PdfiumError, ValueError) as error:  # pypdfium2 checks what it is asked for and raises ValueError
        raise DamagedSource(reason=str(error)) from error
    width, height = (side * facts.user_unit for side in page.get_size())
    dpi = pixels.shape[1] / width * POINTS_PER_INCH
    believed = plausible_dpi(dpi, width=pixels.shape[1], height=pixels.shape[0])
    return PagePicture(
        pixels=pixels,
        width=width,
        height=height,
        dpi=dpi if believed else guessed_dpi(width=pixels.shape[1], height=pixels.shape[0]),
        guessed=not believed,
        damaged=facts.damaged or lost,
    )


def picture_by_poppler(file: Path, number: int, *, pixel_limit: int) -> PagePicture:
    """Draw a page with Poppler, which reads some files that PDFium does not.

    Raises:
        DamagedSource: Poppler cannot read it either.
        SourceTooLarge: it has more than `pixel_limit` pixels.
        ToolMissing: Poppler is not installed.
    """
    try:
        dpi, expected = _poppler_dpi(file, number)
        images = convert_from_path(
            file, dpi=dpi, first_page=number, last_page=number, timeout=_POPPLER_SECONDS, use_cropbox=True
        )
    except (PDFPageCountError, PDFSyntaxError, PDFPopplerTimeoutError, ValueError) as error:
        raise DamagedSource(page=number, reason=str(error)) from error
    except (OSError, PDFInfoNotInstalledError) as error:
        raise ToolMissing(tool="pdftoppm", package="poppler-utils") from error
    if not images:
        raise DamagedSource(page=number, reason="no such page")
    if images[0].width * images[0].height < _DRAWN_WHOLE * expected:
        # Poppler says nothing when it draws a page as one pixel because it has no memory for more
        raise DamagedSource(page=number, reason="drawn smaller than the page is")
    if images[0].width * images[0].height > pixel_limit:
        raise SourceTooLarge(limit="pixels", value=images[0].width * images[0].height, allowed=pixel_limit)
    return pictured(np.asarray(images[0].convert("RGB"), dtype=np.uint8), dpi=dpi)


def _poppler_dpi(file: Path, number: int) -> tuple[int, float]:
    """Return the resolution at which a page stays under the limit of drawn pixels, and how many pixels it has then.

    Poppler asks nobody before it draws.
    """
    told = pdfinfo_from_path(str(file), first_page=number, last_page=number, timeout=_POPPLER_SECONDS)
    sizes = [str(value).split() for key, value in told.items() if key.startswith("Page") and key.endswith("size")]
    width, height = (
        (float(sizes[0][0]), float(sizes[0][2]))
        if sizes
        else (POINTS_PER_INCH * A4_SHORT_SIDE, POINTS_PER_INCH * A4_LONG_SIDE)
    )
    inches = max(1e-6, width * height) / POINTS_PER_INCH**2
    dpi = max(1, int(min(DRAWN_DPI, math.sqrt(_DRAWN_PIXELS / inches))))
    return dpi, inches * dpi**2


def largest_image(page: pdfium.PdfPage) -> tuple[float, float]:
    """Return the part of the page (0 to 1) that its largest image covers, and that image's pixels in a unit of the page.

    Images inside forms are not counted: their places are in the form's own space.
    """
    left, bottom, right, top = page.get_bbox()
    area = max(1e-6, (right - left) * (top - bottom))
    found = [(0.0, 0.0)]
    for image in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=1):
        x0, y0, x1, y1 = image.get_bounds()
        across = max(0.0, min(x1, right) - max(x0, left))
        down = max(0.0, min(y1, top) - max(y0, bottom))
        wide, high = image.get_px_size()
        found.append((across * down / area, math.sqrt(wide * high / max(1e-6, (x1 - x0) * (y1 - y0)))))
    return max(found)


def _only_scan(page: pdfium.PdfPage) -> Pixels | None:
    """Return the pixels of the one image that is all there is on the page, turned by /Rotate; None if it is not so."""
    seen = [thing for thing in page.get_objects() if not _invisible_text(thing)]
    if len(seen) != 1 or seen[0].type != pdfium_c.FPDF_PAGEOBJ_IMAGE or has_annotations(page):
        return None
    image = seen[0]
    if pdfium_c.FPDFPageObj_HasTransparency(image) or not _fills(image, page) or _clipped(image):
        return None
    if image.get_metadata().colorspace not in _PLAIN_COLOURS:
        return None
    pixels = _grey_or_rgb(image.get_bitmap(render=False))
    turns = page.get_rotation() // 90
    return np.ascontiguousarray(np.rot90(pixels, -turns))


def _is_lost(image: pdfium.PdfImage) -> bool:
    """Say whether an image of a kind whose data tell nothing without a decoder is left out of the drawing."""
    return not _DECODED.isdisjoint(image.get_filters()) and cannot_be_decoded(image)


def _invisible_text(thing: pdfium.PdfObject) -> bool:
    if thing.type != pdfium_c.FPDF_PAGEOBJ_TEXT:
        return False
    mode: int = pdfium_c.FPDFTextObj_GetTextRenderMode(thing)
    return mode in {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}


def _fills(image: pdfium.PdfImage, page: pdfium.PdfPage) -> bool:
    """Say whether the image stands upright, its edges are the page's edges and its pixels are square."""
    a, b, c, d, e, f = image.get_matrix().get()
    left, bottom, right, top = page.get_bbox()
    off = (e - left, f - bottom, e + a - right, f + d - top, b, c)
    if a <= 0 or d <= 0 or max(map(abs, off)) > _FILLS:
        return False
    across, down = image.get_px_size()
    if not across or not down:
        return False
    return bool(abs(across * d / (down * a) - 1) <= _SQUARE)


def _clipped(image: pdfium.PdfImage) -> bool:
    clip = pdfium_c.FPDFPageObj_GetClipPath(image)
    return bool(clip) and pdfium_c.FPDFClipPath_CountPaths(clip) > 0


def _grey_or_rgb(bitmap: pdfium.PdfBitmap) -> Pixels:
    values: Pixels = bitmap.to_numpy()
    channels = 1 if values.ndim == 2 else values.shape[2]  # noqa: PLR2004 - height and width
    if channels == 1:
        return np.array(values.reshape(values.shape[0], values.shape[1]), dtype=np.uint8)
    # PDFium keeps blue, green, red and sometimes an unused fourth byte
    return np.ascontiguousarray(values[:, :, 2::-1])


def _drawn(page: pdfium.PdfPage, *, user_unit: float, pixel_limit: int) -> Pixels:
    width, height = page.get_size()
    area = max(1e-6, width * height)
    coarsest = _COARSEST_DPI / POINTS_PER_INCH
    if area * (coarsest * min(1.0, user_unit)) ** 2 > pixel_limit:
        raise SourceTooLarge(limit="pixels", value=area * coarsest**2, allowed=pixel_limit)
    wanted = DRAWN_DPI / POINTS_PER_INCH * user_unit
    share, density = largest_image(page)
    if share >= _MOST:
        wanted = min(wanted, max(density, _COARSER_DPI / POINTS_PER_INCH * user_unit))
    scale = min(wanted, math.sqrt(min(_DRAWN_PIXELS, pixel_limit) / area))
    return _grey_or_rgb(page.render(scale=scale, may_draw_forms=True, draw_annots=True))
