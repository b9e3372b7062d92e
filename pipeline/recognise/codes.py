"""Barcodes and matrix codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.domain.page import CodeKind
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.text.code_payload import payload_text

_KINDS = {
    "QRCode": CodeKind.QR,
    "QRCodeModel1": CodeKind.QR,
    "QRCodeModel2": CodeKind.QR,
    "MicroQRCode": CodeKind.MICRO_QR,
    "Code128": CodeKind.CODE_128,
    "Code39": CodeKind.CODE_39,
    "Code39Std": CodeKind.CODE_39,
    "Code39Ext": CodeKind.CODE_39,
    "PDF417": CodeKind.PDF_417,
    "DataMatrix": CodeKind.DATA_MATRIX,
    "Aztec": CodeKind.AZTEC,
    "AztecCode": CodeKind.AZTEC,
}
"""by zxing's name of the format"""
_WANTED = ("QRCode", "MicroQRCode", "Code128", "Code39", "PDF417", "DataMatrix", "Aztec")
_BEYOND = 1.04
"""how far beyond its corners a code is covered: they are the middles of its outermost modules or of their edges"""
_PAPER = 90
"""percentile of the greys of a code that is its paper"""
_MOST_PIXELS = 16_000_000
"""pictures above this (A4 at 400 dpi) are averaged down before the search"""


@dataclass(frozen=True, slots=True)
class PixelCode:
    """A code in a page's picture: its corners in the picture's pixels."""

    kind: CodeKind
    text: str
    corners: tuple[tuple[float, float], ...]


def read_codes(picture: PagePicture) -> tuple[PixelCode, ...]:
    """Return the codes on a page, turned any way, from the top down."""
    grey, factor = _search_picture(picture.pixels)
    found = []
    # made for each call: objects of zxing that live until the end of the process are reported as leaks there
    formats = zxingcpp.BarcodeFormats([getattr(zxingcpp.BarcodeFormat, name) for name in _WANTED])
    for code in zxingcpp.read_barcodes(grey, formats=formats, text_mode=zxingcpp.TextMode.Plain):
        kind = _KINDS.get(code.format.name)
        text = payload_text(code.bytes)
        if kind is None or not text:
            continue
        place = code.position
        points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        found.append(PixelCode(kind, text, tuple((point.x / factor, point.y / factor) for point in points)))
    return tuple(sorted(found, key=lambda code: min((y, x) for x, y in code.corners)))


def without_codes(grey: Pixels, codes: Sequence[PixelCode], picture: PagePicture) -> Pixels:
    """Return `grey`, the whole of `picture` at some resolution, with the codes covered by paper: their modules are no writing."""
    if not codes:
        return grey
    covered = grey.copy()
    scale = np.array([grey.shape[1] / picture.pixels.shape[1], grey.shape[0] / picture.pixels.shape[0]])
    for code in codes:
        corners = np.array(code.corners) * scale
        middle = corners.mean(axis=0)
        outline = np.rint(middle + (corners - middle) * _BEYOND).astype(np.int32)
        cv2.fillConvexPoly(covered, outline, int(np.percentile(grey[_around(outline, grey.shape)], _PAPER)))
    return covered


def _around(outline: NDArray[np.int32], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rectangle around points, within a picture of `shape` (height, width), one pixel at least."""
    (left, top), (right, bottom) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    top, left = min(max(top, 0), shape[0] - 1), min(max(left, 0), shape[1] - 1)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _search_picture(pixels: Pixels) -> tuple[Pixels, float]:
    """Return the picture in grey, not too large, and by how much it was made smaller."""
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)  # noqa: PLR2004 - no colours
    factor = min(1.0, math.sqrt(_MOST_PIXELS / grey.size))
    if factor == 1.0:
        return grey, 1.0
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), factor
