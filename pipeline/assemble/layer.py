"""The invisible text over a page's picture: each word where it stands on the paper."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pikepdf import Matrix

from pipeline.assemble.font import ASCENT, InvisibleFont, advance, shown
from pipeline.domain.page import Line, RecognisedPage

__all__ = ["onto_page", "text_layer"]

_STEP = 0.1
"""points; places are written as whole tenths, which is finer than a word's box is known and keeps the layer small"""


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
        place: carries the upright page (points, origin bottom left) into the PDF page's user space.
    """
    shows = [show for line in lines for show in _show_line(line, font, font_name=font_name, page_height=page.height)]
    if not shows:
        return b""
    matrix = Matrix(_STEP, 0, 0, _STEP, 0, 0) @ _skewed(page) @ place
    numbers = " ".join(_number(value, 6) for value in matrix.shorthand)
    return "\n".join(["q", f"{numbers} cm", "BT", "3 Tr", *shows, "ET", "Q", ""]).encode("ascii")


def onto_page(box: Sequence[float], *, rotation: int, width: float, height: float) -> Matrix:
    """Return the matrix from the upright page (points, origin bottom left) to a PDF page's user space.

    Args:
        box: the page's visible box in user space: left, bottom, right, top.
        rotation: clockwise degrees by which a viewer turns that box, a multiple of 90.
        width: of the upright page, in points; the box may measure differently where the page has a UserUnit.
        height: of the upright page, in points.
    """
    left, bottom, right, top = box
    across, up = right - left, top - bottom
    if rotation % 180:
        scale = Matrix(up / width, 0, 0, across / height, 0, 0)
    else:
        scale = Matrix(across / width, 0, 0, up / height, 0, 0)
    back = {
        0: Matrix(1, 0, 0, 1, left, bottom),
        90: Matrix(0, 1, -1, 0, right, bottom),
        180: Matrix(-1, 0, 0, -1, right, top),
        270: Matrix(0, -1, 1, 0, left, top),
    }[rotation % 360]
    return scale @ back


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
    shows = []
    at = 0
    for count, (text, box) in enumerate(words, start=1):
        left = round(box.left / _STEP)
        if count == 1:
            shows.append(f"{font_name} {size} Tf 1 0 0 1 {left} {baseline} Tm")
        else:
            shows.append(f"{left - at} 0 Td")
        at = left
        # Tz is a percentage of the width that the glyphs have by themselves
        scale = 100 * box.width / _STEP / (advance(text) * size)
        tail = " " if count < len(words) else ""
        shows[-1] += f" {_number(scale, 1)} Tz <{font.encode(text + tail)}> Tj"
    return shows


def _height(line: Line) -> float:
    return line.box.height or max((word.box.height for word in line.words), default=0.0)


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
