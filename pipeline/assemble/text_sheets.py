"""Plain lines as a PDF for people: A4 pages of black text, the same everywhere."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFont

_DPI = 200
_A4 = (1654, 2339)
"""pixels at 200 dpi"""
_MARGIN = 150
_SIZE, _STEP = 28, 42
"""height of letters and distance of lines in pixels: 10 and 15 points"""
_LETTERS = 92
"""letters in a line; digests of 64 hexadecimal digits fit with the word before them"""
_LINES = (_A4[1] - 2 * _MARGIN) // _STEP


def write_text_sheets(lines: Sequence[str], target: Path, *, font: Path) -> None:
    """Write lines to as many A4 pages as they need; longer ones are folded, and pages are numbered.

    Args:
        lines: text, NFC.
        target: file to write.
        font: TrueType file with Vietnamese letters.
    """
    folded = [part for line in lines for part in textwrap.wrap(line, _LETTERS, subsequent_indent="   ") or [""]]
    pages = [folded[start : start + _LINES] for start in range(0, len(folded), _LINES)] or [[]]
    face = ImageFont.truetype(font, _SIZE)
    sheets = [_sheet(page, face, f"{number}/{len(pages)}") for number, page in enumerate(pages, start=1)]
    target.write_bytes(img2pdf.convert(sheets, nodate=True, engine=img2pdf.Engine.internal))


def _sheet(lines: Sequence[str], face: ImageFont.FreeTypeFont, number: str) -> bytes:
    sheet = Image.new("L", _A4, 255)
    draw = ImageDraw.Draw(sheet)
    for index, line in enumerate(lines):
        draw.text((_MARGIN, _MARGIN + index * _STEP), line, fill=0, font=face)
    draw.text((_A4[0] - _MARGIN, _A4[1] - _MARGIN // 2), number, fill=0, font=face, anchor="rs")
    stream = io.BytesIO()
    sheet.convert("1", dither=Image.Dither.NONE).save(stream, "PNG", dpi=(_DPI, _DPI))
    return stream.getvalue()
