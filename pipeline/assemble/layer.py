"""The invisible text over a page's picture: each word where it stands on the paper."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pikepdf import Matrix

from pipeline.assemble.font import ASCENT, InvisibleFont, advance, shown
from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, RecognisedPage

__all__ = ["reading_place", "text_layer"]

_STEP = 0.1
"""points; places are written as whole tenths, which is finer than a word's box is known and keeps the layer small"""
_GAP = 0.2
"""em between words at least; poppler sees no space in less than 0.15"""
_LEAST_WIDTH = 0.1
"""share of its box that a word keeps at least, where boxes overlap"""


def text_layer(
    page: RecognisedPage, lines: Sequence[Line], font: InvisibleFont, *, font_name: str, place: Matrix
) -> bytes:
    """Return content that shows `lines` in render mode 3, or nothing where there is no text.

    Words keep their order; each spans its box by horizontal scaling, and a space follows every word of a line but the last.

    Args:
        page: whose reading space the lines are in.
        lines: lines of the page, in reading order.
        font: the font to write in.
        font_name: its name in the page's resources, with the slash.
        place: carries reading space (points, origin bottom left) into the PDF page's user space.
    """
    shows = [show for line in lines for show in _show_line(line, font, font_name=font_name, page_height=page.height)]
    if not shows:
        return b""
    matrix = Matrix(_STEP, 0, 0, _STEP, 0, 0) @ place
    numbers = " ".join(_number(value, 6) for value in matrix.shorthand)
    return "\n".join(["q", f"{numbers} cm", "BT", "3 Tr", *shows, "ET", "Q", ""]).encode("ascii")


def reading_place(page: RecognisedPage, box: Sequence[float], *, rotation: int) -> Matrix:
    """Return the matrix from a page's reading space (points, origin bottom left) to a PDF page's user space.

    Args:
        page: whose reading space it is.
        box: the PDF page's visible box in user space: left, bottom, right, top. It may measure differently from the page's
            width and height, where the PDF has a UserUnit.
        rotation: clockwise degrees by which a viewer turns that box to show the upright page, a multiple of 90.
    """
    left, bottom, right, top = box
    across, up = (top - bottom, right - left) if rotation % 180 else (right - left, top - bottom)
    back = {
        0: Matrix(1, 0, 0, 1, left, bottom),
        90: Matrix(0, 1, -1, 0, right, bottom),
        180: Matrix(-1, 0, 0, -1, right, top),
        270: Matrix(0, -1, 1, 0, left, top),
    }[rotation % 360]
    return _skewed(page) @ Matrix(across / page.width, 0, 0, up / page.height, 0, 0) @ back


def _skewed(page: RecognisedPage) -> Matrix:
    """Return the turn from reading space onto the upright page: clockwise about the middle (y grows upwards here)."""
    angle = math.radians(page.skew)
    to_middle = Matrix(1, 0, 0, 1, -page.width / 2, -page.height / 2)
    turn = Matrix(math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle), 0, 0)
    return to_middle @ turn @ Matrix(1, 0, 0, 1, page.width / 2, page.height / 2)


def _show_line(line: Line, font: InvisibleFont, *, font_name: str, page_height: float) -> list[str]:
    words = [(text, word.box) for word in line.words if (text := shown(word.text).strip()) and word.box.width > 0]
    if not words:
        return []
    size = max(1, round(_height(line) / _STEP))
    baseline = round((page_height - line.box.bottom) / _STEP + (1 - ASCENT) * size)
    shows: list[str] = []
    at = 0
    for count, (text, box) in enumerate(words, start=1):
        left = round(box.left / _STEP)
        shows.append(f"{left - at} 0 Td" if shows else f"{font_name} {size} Tf 1 0 0 1 {left} {baseline} Tm")
        at = left
        following = words[count][1] if count < len(words) else None
        # Tz is a percentage of the width that the glyphs have by themselves
        scale = 100 * _width(box, following, size=size) / (advance(text) * size)
        shows[-1] += f" {_number(scale, 1)} Tz <{font.encode(text + ' ' if following else text)}> Tj"
    return shows


def _width(box: Box, following: Box | None, *, size: int) -> float:
    """Return the width, in steps, that a word is given: its box, less where it would touch the next word.

    Programs that take text out of a PDF go by the gap, not by the space character.
    """
    width = box.width / _STEP
    if following is None or following.left <= box.left:
        return width
    room = (following.left - box.left) / _STEP - _GAP * size
    return min(width, max(room, _LEAST_WIDTH * width))


def _height(line: Line) -> float:
    return line.box.height or max((word.box.height for word in line.words), default=0.0)


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
