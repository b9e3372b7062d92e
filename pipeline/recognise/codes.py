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
    zxingcpp.BarcodeFormat.QRCode: CodeKind.QR,
    zxingcpp.BarcodeFormat.QRCodeModel1: CodeKind.QR,
    zxingcpp.BarcodeFormat.QRCodeModel2: CodeKind.QR,
    zxingcpp.BarcodeFormat.MicroQRCode: CodeKind.MICRO_QR,
    zxingcpp.BarcodeFormat.Code128: CodeKind.CODE_128,
    zxingcpp.BarcodeFormat.Code39: CodeKind.CODE_39,
    zxingcpp.BarcodeFormat.Code39Std: CodeKind.CODE_39,
    zxingcpp.BarcodeFormat.Code39Ext: CodeKind.CODE_39,
    zxingcpp.BarcodeFormat.PDF417: CodeKind.PDF_417,
    zxingcpp.BarcodeFormat.DataMatrix: CodeKind.DATA_MATRIX,
    zxingcpp.BarcodeFormat.Aztec: CodeKind.AZTEC,
    zxingcpp.BarcodeFormat.AztecCode: CodeKind.AZTEC,
}
_FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
    ]
)
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
    for code in zxingcpp.read_barcodes(grey, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain):
        kind = _KINDS.get(code.format)
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
