"""Printable separator sheets: laid in front of a dossier's papers, they tell the scanner where it begins and which it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from pipeline.domain.ids import DossierCode
from pipeline.text.dossier_code import SHEET_TITLE, find_dossier_codes
from pipeline.text.fold import fold_for_search

_DPI = 200
_A4 = (1654, 2339)
"""pixels at 200 dpi"""
_QR_SIDE, _BAR_HEIGHT = 800, 170
_QR_TOP, _BAR_TOP, _CODE_TOP, _TITLE_TOP = 480, 1420, 1660, 250
_WIDEST = 1400
"""pixels of the barcode at most: the sheet without its margins"""
_QUIET = 4
"""light modules around a QR code (ISO/IEC 18004)"""


def write_separators(codes: Sequence[str], target: Path, *, font: Path | None = None) -> None:
    """Write a PDF with one A4 sheet for each dossier code, in their order: QR code, Code 128, and the code for people.

    Pages are bilevel pictures: they print the same everywhere. Two kinds of code, far apart: a fold, a stain or a staple
    spoils one of them.

    Args:
        codes: dossier codes of either generation.
        target: file to write.
        font: TrueType file with Vietnamese letters for the title; without one the title is printed without diacritics.

    Raises:
        ValueError: there are none, or one of them is no dossier code.
    """
    if not codes:
        raise ValueError("no codes to write sheets for")
    sheets = [_png(_sheet(_checked(code), font)) for code in codes]
    target.write_bytes(img2pdf.convert(sheets, nodate=True, engine=img2pdf.Engine.internal))


def _checked(code: str) -> DossierCode:
    found = find_dossier_codes(code)
    if found != (code,):
        raise ValueError(f"{code!r} is not a dossier code")
    return found[0]


def _sheet(code: DossierCode, font: Path | None) -> Image.Image:
    sheet = Image.new("L", _A4, 255)
    draw = ImageDraw.Draw(sheet)
    middle = _A4[0] // 2
    # the font that Pillow brings has no Vietnamese letters
    title = SHEET_TITLE if font else fold_for_search(SHEET_TITLE).upper()
    draw.text((middle, _TITLE_TOP), title, fill=0, font=_face(font, 64), anchor="ms")
    draw.text((middle, _CODE_TOP + 90), code, fill=0, font=_face(font, 92), anchor="ms")
    square = _modules(code, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    scale = _QR_SIDE // (square.shape[1] + 2 * _QUIET)
    _paste(sheet, np.kron(square, np.ones((scale, scale), dtype=np.uint8)), _QR_TOP)
    bars = _modules(code, zxingcpp.BarcodeFormat.Code128)[:1]
    width = max(1, _WIDEST // bars.shape[1])
    _paste(sheet, np.kron(bars, np.ones((_BAR_HEIGHT, width), dtype=np.uint8)), _BAR_TOP)
    return sheet


def _modules(code: str, kind: zxingcpp.BarcodeFormat, **options: str) -> np.ndarray:
    """Return the code with one pixel to a module, 0 for dark."""
    picture = zxingcpp.create_barcode(code, kind, **options).to_image(scale=1, add_quiet_zones=False)
    return np.asarray(picture, dtype=np.uint8)


def _paste(sheet: Image.Image, pixels: np.ndarray, top: int) -> None:
    sheet.paste(Image.fromarray(pixels), ((sheet.width - pixels.shape[1]) // 2, top))


def _face(font: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(font, size) if font else ImageFont.load_default(size)


def _png(sheet: Image.Image) -> bytes:
    stream = io.BytesIO()
    sheet.convert("1", dither=Image.Dither.NONE).save(stream, "PNG", dpi=(_DPI, _DPI))
    return stream.getvalue()
