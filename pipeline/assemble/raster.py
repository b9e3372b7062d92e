"""Make a picture of a page that cannot be carried over as it is."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Name, Page, Pdf
from PIL import Image

from pipeline.assemble.picture import image_stream, lossless_image, picture_page
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.imaging.pdf_picture import picture_by_poppler
from pipeline.imaging.picture import Pixels

__all__ = ["RasterPages"]

_MOST_PIXELS = 120_000_000
_LOSSLESS_SHARE = 0.10
"""a page is stored without loss when that takes no more than this share of its raw bytes: text and line art do, photographs
do not and become JPEG"""


class RasterPages:
    """Draws pages of one PDF, form fields and annotations included, as a viewer shows them.

    A context: the PDF is opened at the first page that is asked for, and closed at the end.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._pdf: pypdfium2.PdfDocument | None = None

    def close(self) -> None:
        """Close the PDF."""
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def add(self, target: Pdf, number: int, *, width: float, height: float, dpi: float, jpeg_quality: int) -> Page:
        """Append to `target` a page of `width` x `height` points that shows page `number` (from 1) as a viewer does.

        Raises:
            DamagedSource: neither PDFium nor poppler can draw it.
            ToolMissing: PDFium cannot draw it, and poppler is not installed.
        """
        try:
            picture = self._drawn(number, dpi=dpi)
        except pypdfium2.PdfiumError:
            drawn = picture_by_poppler(self._file, number, pixel_limit=_MOST_PIXELS)
            picture = _reduced(drawn.pixels)
        return picture_page(target, _packed(target, picture, jpeg_quality=jpeg_quality), width=width, height=height)

    def _drawn(self, number: int, *, dpi: float) -> Image.Image:
        page = self._opened().get_page(number - 1)
        try:
            across, up = page.get_size()
            scale = min(dpi / POINTS_PER_INCH, (_MOST_PIXELS / max(1.0, across * up)) ** 0.5)
            bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
            picture = _reduced(bitmap.to_numpy())
            bitmap.close()
            return picture
        finally:
            page.close()

    def _opened(self) -> pypdfium2.PdfDocument:
        if self._pdf is None:
            self._pdf = pypdfium2.PdfDocument(self._file)
            if self._pdf.get_formtype():
                self._pdf.init_forms()
        return self._pdf


def _reduced(pixels: Pixels) -> Image.Image:
    """Return grey or RGB pixels as the plainest picture that holds them: bilevel, grey or RGB."""
    if pixels.ndim == 2:  # noqa: PLR2004 - rows and columns, no channels
        return Image.fromarray(pixels, "L")
    rgb = pixels[:, :, :3]
    if not (rgb[:, :, 0] == rgb[:, :, 1]).all() or not (rgb[:, :, 1] == rgb[:, :, 2]).all():
        return Image.fromarray(np.ascontiguousarray(rgb), "RGB")
    grey = np.ascontiguousarray(rgb[:, :, 0])
    if ((grey == 0) | (grey == 255)).all():  # noqa: PLR2004 - white
        return Image.fromarray(grey, "L").convert("1", dither=Image.Dither.NONE)
    return Image.fromarray(grey, "L")


def _packed(pdf: Pdf, picture: Image.Image, *, jpeg_quality: int) -> pikepdf.Stream:
    raw = picture.tobytes()
    if picture.mode == "1" or len(zlib.compress(raw, 1)) <= _LOSSLESS_SHARE * len(raw):
        return lossless_image(pdf, picture)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=jpeg_quality, subsampling=0, dpi=(300, 300))
    stream = image_stream(pdf, packed.getvalue(), picture, Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB)
    stream.Filter = Name.DCTDecode
    return stream
