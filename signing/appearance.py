"""What a signature looks like (NĐ 30/2020/NĐ-CP phụ lục I).

Letters like Times New Roman 10, upright, black; time as day-month-year hours:minutes:seconds in Vietnam's zone. The look is
decoration: what counts is the signature itself.
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

from pipeline.domain.errors import BadSettings
from pipeline.domain.signature import SignerRole
from pipeline.signing_ports import SignaturePlan
from signing.picture import Picture, embed_picture
from signing.stamp_font import StampFont, embed, encode

VIETNAM = dt.timezone(dt.timedelta(hours=7))

_SIZE = 10.0
"""points"""
_LEADING = 1.15
_SMALLEST = 5.0
"""points; text that does not fit its box even so runs out of it at the bottom rather than become unreadable"""
_GLUE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StampTexts:
    """Templates of the texts: `{signer}`, `{organ}`, `{reference}` and `{time}` are filled in, `¶` begins a new line.

    The defaults are those of NĐ 30/2020/NĐ-CP phụ lục I and TT 01/2023/TT-VPCP art. 8.1.
    """

    clerk: str = "{signer}¶{time}"
    """who scanned the paper, and when"""
    copy: str = "SAO Y; {organ}; {time}"
    """form of the copy, agency, time; also `SAO LỤC` and `TRÍCH SAO`"""
    appendix: str = "{reference}; {time}"
    """on an appendix in a file of its own: number and notation of the main document, time"""
    official: str = "{signer}¶{time}"
    """official or seal without picture"""

    def __post_init__(self) -> None:
        for name in ("clerk", "copy", "appendix", "official"):
            template = getattr(self, name)
            try:
                filled = template.format(signer="", organ="", reference="", time="")
            except (LookupError, ValueError, AttributeError) as error:
                raise BadSettings(name=f"signing.look_{name}", value=template, problem=str(error)) from error
            if "{time}" not in template or filled.strip() == template.strip():
                raise BadSettings(name=f"signing.look_{name}", value=template, problem="{time} is missing")


_USUAL = StampTexts()


def stamp_text(plan: SignaturePlan, signer: str, *, remark: str = "", texts: StampTexts = _USUAL) -> tuple[str, ...]:
    """Return the paragraphs of the appearance, the time held together; `remark` is added as the last."""
    moment = plan.at.astimezone(VIETNAM).strftime("%d-%m-%Y %H:%M:%S +07:00").replace(" ", _GLUE)
    template = texts.official
    if plan.role in {SignerRole.CLERK, SignerRole.COPY}:
        template = texts.clerk if plan.role is SignerRole.CLERK else texts.copy
        template = texts.appendix if plan.reference else template
    filled = template.format(signer=signer, organ=plan.organ or signer, reference=plan.reference, time=moment)
    text = tuple(filled.split("¶"))
    return (*text, remark) if remark else text


def fit(text: tuple[str, ...], font: StampFont, *, width: float, height: float) -> tuple[tuple[str, ...], float]:
    """Break paragraphs into lines that fit `width`, in a size of 10 points or as much smaller as `height` demands.

    What is held together, such as a time, is made smaller rather than broken.
    """
    size = _SIZE
    together = [word for paragraph in text for word in paragraph.split(" ") if _GLUE in word]
    while True:
        wrapped = (line for paragraph in text for line in _wrap(paragraph, font, size=size, width=width))
        lines = tuple(line.replace(_GLUE, " ") for line in wrapped)
        fits = len(lines) * size * _LEADING <= height and all(font.width(word, size) <= width for word in together)
        if fits or size <= _SMALLEST:
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
    """Text or a picture in a box, turned so that it stands upright on the page as it is seen."""

    text: tuple[str, ...] = ()
    """paragraphs; under a picture in one line at the foot"""
    font: StampFont | None = None
    picture: Picture | None = None
    """as large as the box allows, in the middle"""
    rotate: int = 0
    """the page's rotation"""

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, object]) -> BaseStamp:  # noqa: ARG002 -- pyHanko's signature
        """Return the appearance for a widget of the size of `box`, which is measured on the PDF page."""
        return _LegalStamp(writer, self, box)


class _LegalStamp(BaseStamp):
    style: LegalStampStyle

    def as_form_xobject(self) -> generic.StreamObject:
        width, height = float(self.box.width), float(self.box.height)
        if self.style.rotate in {90, 270}:
            width, height = height, width
        resources, content = generic.DictionaryObject(), b""
        text_height = height
        if self.style.picture is not None:
            content = self._picture(self.style.picture, resources, width, height)
            text_height = _LEADING * _SMALLEST * len(self.style.text)
        if self.style.text:
            content += self._text(resources, width, text_height)
        angle = math.radians(self.style.rotate)
        sine, cosine = round(math.sin(angle)), round(math.cos(angle))
        form = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject([generic.FloatObject(v) for v in (0, 0, width, height)]),
                pdf_name("/Matrix"): generic.ArrayObject(
                    [generic.NumberObject(v) for v in (cosine, sine, -sine, cosine, 0, 0)]
                ),
                pdf_name("/Resources"): resources,
            },
            stream_data=content,
        )
        form.compress()
        return form

    def _picture(self, picture: Picture, resources: generic.DictionaryObject, width: float, height: float) -> bytes:
        image = embed_picture(self._ensure_writer, picture)
        resources[pdf_name("/XObject")] = generic.DictionaryObject({pdf_name("/Picture"): image})
        scale = min(width / picture.width, height / picture.height)
        across, up = picture.width * scale, picture.height * scale
        return b"q %g 0 0 %g %g %g cm /Picture Do Q " % (across, up, (width - across) / 2, (height - up) / 2)

    def _text(self, resources: generic.DictionaryObject, width: float, height: float) -> bytes:
        font = self.style.font
        if font is None:
            raise ValueError("text needs a font")
        lines, size = fit(self.style.text, font, width=width, height=height)
        part = font.subset("".join(lines))
        resources[pdf_name("/Font")] = generic.DictionaryObject({pdf_name("/F1"): embed(self._ensure_writer, part)})
        shown = b" T* ".join(encode(part, line) + b" Tj" for line in lines)
        start = height - size * part.descriptor["top"] / 1000  # marks on capitals rise above the ascent
        return b"q 0 g BT /F1 %g Tf %g TL 0 %g Td %s ET Q" % (size, size * _LEADING, start, shown)
