"""Make a picture of a page that cannot be carried over as it is."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Name, Page, Pdf
from PIL import Image

from pipeline.assemble.bilevel import group_4_image, plainest
from pipeline.assemble.picture import image_stream, lossless_image, picture_page
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.imaging.pdf_picture import picture_by_poppler
from pipeline.imaging.picture import Pixels

__all__ = ["RasterPages"]

_MOST_PIXELS = 120_000_000
"""of a page drawn in black and white; in colours it has a quarter of them"""
_FINER = 2
"""times as fine black and white is drawn: 600 dpi, as archives scan line art, where colours are drawn at 300"""
_WHITE = 255
_REACH = 0.01
"""part of the page's long side, 3 mm of A4, over which what is coloured or grey becomes one part"""
_MOST_PARTS = 40
"""a page with more is a picture, and stored as one"""
_SHADED_SHARE = 0.5
"""share of the page that its parts may cover together; with more nothing is saved"""
_SMALL = 100_000
"""bytes up to which a part is stored without loss whatever it takes"""
_LOSSLESS_SHARE = 0.10
"""a page is stored without loss when that takes no more than this share of its raw bytes: text and line art do, photographs
do not and become JPEG"""

Part = tuple[int, int, int, int]
"""left, top, right, bottom in pixels"""


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

        What is coloured is drawn at `dpi`, as parts of the page; the rest, where it is all black and white as text is, at
        twice that without smoothing, which packs into a fraction of the bytes and prints sharper.

        Raises:
            DamagedSource: neither PDFium nor poppler can draw it.
            ToolMissing: PDFium cannot draw it, and poppler is not installed.
        """
        try:
            pixels = self._drawn(number, dpi=dpi)
        except pypdfium2.PdfiumError:
            pixels = picture_by_poppler(self._file, number, pixel_limit=_MOST_PIXELS).pixels
            return self._whole(target, pixels, width=width, height=height, jpeg_quality=jpeg_quality)
        plain = self._unsmoothed(number, dpi=dpi)
        parts = shaded_parts(pixels, plain)
        if parts is None:
            return self._whole(target, pixels, width=width, height=height, jpeg_quality=jpeg_quality)
        page = picture_page(target, group_4_image(target, _without(plain, parts)), width=width, height=height)
        down, across = pixels.shape[:2]
        for count, (left, top, right, bottom) in enumerate(parts, start=1):
            part = Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right]), "RGB")
            image = _packed(target, plainest(part), jpeg_quality=jpeg_quality)
            page.add_resource(image, Name.XObject, Name(f"/Part{count}"))
            size = ((right - left) / across * width, (bottom - top) / down * height)
            place = (left / across * width, (1 - bottom / down) * height)
            page.contents_add(
                f"q {size[0]:.4f} 0 0 {size[1]:.4f} {place[0]:.4f} {place[1]:.4f} cm /Part{count} Do Q".encode()
            )
        return page

    def _whole(self, target: Pdf, pixels: Pixels, *, width: float, height: float, jpeg_quality: int) -> Page:
        image = _packed(target, plainest(Image.fromarray(pixels, "RGB")), jpeg_quality=jpeg_quality)
        return picture_page(target, image, width=width, height=height)

    def _drawn(self, number: int, *, dpi: float) -> Pixels:
        page = self._opened().get_page(number - 1)
        try:
            scale = _scale(page, dpi)
            bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
            pixels: Pixels = bitmap.to_numpy()[:, :, :3].copy()
            bitmap.close()
            return pixels
        finally:
            page.close()

    def _unsmoothed(self, number: int, *, dpi: float) -> Pixels:
        """Return the page in grey, `_FINER` times as fine, where black on white has no grey edges."""
        page = self._opened().get_page(number - 1)
        try:
            bitmap = page.render(
                scale=_FINER * _scale(page, dpi),
                may_draw_forms=True,
                grayscale=True,
                no_smoothtext=True,
                no_smoothpath=True,
                no_smoothimage=True,
            )
            values = bitmap.to_numpy()
            grey: Pixels = values.reshape(values.shape[0], values.shape[1]).copy()
            bitmap.close()
            return grey
        finally:
            page.close()

    def _opened(self) -> pypdfium2.PdfDocument:
        if self._pdf is None:
            self._pdf = pypdfium2.PdfDocument(self._file)
            if self._pdf.get_formtype():
                self._pdf.init_forms()
        return self._pdf


def _scale(page: pypdfium2.PdfPage, dpi: float) -> float:
    across, up = page.get_size()
    return float(min(dpi / POINTS_PER_INCH, (_MOST_PIXELS / _FINER**2 / max(1.0, across * up)) ** 0.5))


def shaded_parts(pixels: Pixels, plain: Pixels) -> list[Part] | None:
    """Return boxes in `pixels` around all that is not black on white, None if they are much of it.

    Args:
        pixels: the page in colours.
        plain: the page in grey, without smoothing, `_FINER` times as fine.
    """
    height, width = pixels.shape[:2]
    grey = ((plain != 0) & (plain != _WHITE)).astype(np.uint8) * 255
    shaded = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA) > 0
    red, green, blue = cv2.split(pixels)  # comparing planes takes a tenth of what the extremes of each pixel take
    shaded |= (red != green) | (green != blue)
    if not shaded.any():
        return []
    # neighbours within a line of text belong to one part
    reach = round(_REACH * max(height, width))
    joined = cv2.dilate(shaded.astype(np.uint8), np.ones((reach, reach), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(joined)
    parts = [(x, y, x + w, y + h) for x, y, w, h, _ in found[1:].tolist()]
    covered = sum((right - left) * (bottom - top) for left, top, right, bottom in parts)
    return parts if len(parts) <= _MOST_PARTS and covered <= _SHADED_SHARE * height * width else None


def _without(plain: Pixels, parts: Sequence[Part]) -> Image.Image:
    for left, top, right, bottom in parts:
        plain[_FINER * top : _FINER * bottom, _FINER * left : _FINER * right] = _WHITE
    return Image.fromarray(plain, "L").convert("1", dither=Image.Dither.NONE)


def _packed(pdf: Pdf, picture: Image.Image, *, jpeg_quality: int) -> pikepdf.Stream:
    raw = picture.tobytes()
    small = len(raw) <= _SMALL
    if picture.mode == "1" or small or len(zlib.compress(raw, 1)) <= _LOSSLESS_SHARE * len(raw):
        return lossless_image(pdf, picture)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=jpeg_quality, subsampling=0, dpi=(300, 300))
    stream = image_stream(
        pdf, packed.getvalue(), picture.size, Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
    )
    stream.Filter = Name.DCTDecode
    return stream
