"""Barcodes and matrix codes."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp

from pipeline.domain.page import CodeKind
from pipeline.imaging.picture import PagePicture, Pixels

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
        text = unicodedata.normalize("NFC", code.text)
        if kind is None or not text:
            continue
        place = code.position
        points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        found.append(PixelCode(kind, text, tuple((point.x / factor, point.y / factor) for point in points)))
    return tuple(sorted(found, key=lambda code: min((y, x) for x, y in code.corners)))


def _search_picture(pixels: Pixels) -> tuple[Pixels, float]:
    """Return the picture in grey, not too large, and by how much it was made smaller."""
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)  # noqa: PLR2004 - no colours
    factor = min(1.0, math.sqrt(_MOST_PIXELS / grey.size))
    if factor == 1.0:
        return grey, 1.0
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), factor
