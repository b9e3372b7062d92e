"""What a signature looks like and where it stands (NĐ 30/2020/NĐ-CP phụ lục I; TT 01/2023/TT-VPCP art. 8.1).

Letters like Times New Roman 10, upright, black; time as day-month-year hours:minutes:seconds in Vietnam's zone. The look is
decoration: what counts is the signature itself.

Places are worked out on the page as it is seen, with the origin in its bottom left corner, and then turned into the space of
the PDF page, which `/Rotate` may have turned by quarters.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStamp, BaseStampStyle

from pipeline.domain.signature import SignerRole
from pipeline.ports import SignaturePlan
from signing.stamp_font import StampFont, embed, encode

VIETNAM = dt.timezone(dt.timedelta(hours=7))

_SIZE = 10.0
"""points"""
_LEADING = 1.15
_SMALLEST = 5.0
"""points; text that does not fit its box even so runs out of it at the bottom rather than become unreadable"""
_SIDE = 20.0
_TOP = 8.0
_FOOT = 40.0
"""points between box and edge of the page"""
_WIDTH = 260.0
_LINES = 4
_GLUE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """The visible part of a PDF page."""

    left: float
    bottom: float
    right: float
    top: float
    """crop box in points"""
    rotate: int
    """clockwise degrees by which the page is turned when it is shown: 0, 90, 180 or 270"""

    @property
    def seen(self) -> tuple[float, float]:
        """Width and height as seen, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotate in {90, 270} else (width, height)


def stamp_text(plan: SignaturePlan, signer: str, *, remark: str = "") -> tuple[str, ...]:
    """Return the paragraphs of the appearance, the time held together; `remark` is added as the last."""
    moment = plan.at.astimezone(VIETNAM).strftime("%d-%m-%Y %H:%M:%S +07:00").replace(" ", _GLUE)
    text = (f"SAO Y; {plan.organ or signer}; {moment}",) if plan.role is SignerRole.COPY else (signer, moment)
    return (*text, remark) if remark else text


def place(role: SignerRole, page: PageFrame) -> tuple[int, int, int, int]:
    """Return left, bottom, right, top of the signature of `role` in the space of the PDF page, in whole points.

    A clerk signs at the top left, a copy at the top right, an official at the bottom right of the page as it is seen.
    """
    page_width, page_height = page.seen
    width = max(min(_WIDTH, page_width / 2 - 1.5 * _SIDE), page_width / 4)
    height = min(_LINES * _SIZE * _LEADING + 2, page_height / 4)
    side = min(_SIDE, page_width / 8)
    left = side if role is SignerRole.CLERK else page_width - side - width
    bottom = (
        min(_FOOT, page_height / 8)
        if role is SignerRole.OFFICIAL
        else page_height - min(_TOP, page_height / 8) - height
    )
    corners = (_unturned(page, left, bottom), _unturned(page, left + width, bottom + height))
    (x0, y0), (x1, y1) = ((round(x), round(y)) for x, y in corners)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _unturned(page: PageFrame, across: float, up: float) -> tuple[float, float]:
    width, height = page.right - page.left, page.top - page.bottom
    x, y = {
        0: (across, up),
        90: (width - up, across),
        180: (width - across, height - up),
        270: (up, height - across),
    }[page.rotate]
    return page.left + x, page.bottom + y


def fit(text: tuple[str, ...], font: StampFont, *, width: float, height: float) -> tuple[tuple[str, ...], float]:
    """Break paragraphs into lines that fit `width`, in a size of 10 points or as much smaller as `height` demands."""
    size = _SIZE
    while True:
        wrapped = (line for paragraph in text for line in _wrap(paragraph, font, size=size, width=width))
        lines = tuple(line.replace(_GLUE, " ") for line in wrapped)
        if len(lines) * size * _LEADING <= height or size <= _SMALLEST:
            return lines, size
        size = max(_SMALLEST, size - 0.5)


def _wrap(paragraph: str, font: StampFont, *, size: float, width: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if font.width(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while font.width(line, size) > width and len(line) > 1:
            head = max(n for n in range(1, len(line)) if n == 1 or font.width(line[:n], size) <= width)
            lines.append(line[:head])
            line = line[head:]
    return [*lines, line] if line else lines


@dataclass(frozen=True)
class LegalStampStyle(BaseStampStyle):
    """Text in a box, turned so that it stands upright on the page as it is seen."""

    text: tuple[str, ...] = ()
    """paragraphs"""
    font: StampFont | None = None
    rotate: int = 0
    """the page's rotation"""

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, object]) -> BaseStamp:  # noqa: ARG002 -- pyHanko's signature
        """Return the appearance for a widget of the size of `box`, which is measured on the PDF page."""
        return _LegalStamp(writer, self, box)


class _LegalStamp(BaseStamp):
    style: LegalStampStyle

    def as_form_xobject(self) -> generic.StreamObject:
        font = self.style.font
        if font is None:
            raise ValueError("a stamp needs a font")
        width, height = float(self.box.width), float(self.box.height)
        if self.style.rotate in {90, 270}:
            width, height = height, width
        lines, size = fit(self.style.text, font, width=width, height=height)
        part = font.subset("".join(lines))
        shown = b" T* ".join(encode(part, line) + b" Tj" for line in lines)
        start = height - size * part.descriptor["top"] / 1000  # marks on capitals rise above the ascent
        content = b"q 0 g BT /F1 %g Tf %g TL 0 %g Td %s ET Q" % (size, size * _LEADING, start, shown)
        angle = math.radians(self.style.rotate)
        sine, cosine = round(math.sin(angle)), round(math.cos(angle))
        fonts = generic.DictionaryObject({pdf_name("/F1"): embed(self._ensure_writer, part)})
        form = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject([generic.FloatObject(v) for v in (0, 0, width, height)]),
                pdf_name("/Matrix"): generic.ArrayObject(
                    [generic.NumberObject(v) for v in (cosine, sine, -sine, cosine, 0, 0)]
                ),
                pdf_name("/Resources"): generic.DictionaryObject({pdf_name("/Font"): fonts}),
            },
            stream_data=content,
        )
        form.compress()
        return form
