"""The look and the place of a signature before it is made: what a signer is shown is drawn by what will draw it then."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from pipeline.domain.geometry import Box
from pipeline.domain.signing_errors import SigningFailed
from pipeline.signing_ports import SignaturePlace, SignaturePlan
from signing.appearance import LegalStampStyle
from signing.fields import Update, place_of_signature
from signing.pades import Look, style_of

_SCALE = 3.0
"""pixels a point, 216 dpi: sharp when the page is enlarged"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSignature:
    """What a signature will look like, and where."""

    place: SignaturePlace
    picture: bytes
    """PNG, transparent where nothing is drawn, as large as the place"""


def coming_signature(file: Path, plan: SignaturePlan, look: Look) -> ComingSignature:
    """Return place and look that a signature by `plan` would get in a PDF; the file stays as it is.

    Raises:
        SigningFailed: the file cannot be read, or there is no such page.
    """
    try:
        with file.open("rb") as stream:
            place = place_of_signature(Update(stream, strict=True), plan)
    except (PdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SigningFailed(reason="unreadable") from error
    return ComingSignature(place=place, picture=_drawn(style_of(plan, look, rotate=0), place.box))


def _drawn(style: LegalStampStyle, box: Box) -> bytes:
    """Draw an appearance alone, upright."""
    writer = PdfFileWriter(stream_xrefs=False)
    # fields stand in whole points
    width, height = max(1, round(box.width)), max(1, round(box.height))
    stamp = style.create_stamp(writer, BoxConstraints(width=width, height=height), {})
    form = writer.add_object(stamp.as_form_xobject())
    resources = generic.DictionaryObject({pdf_name("/XObject"): generic.DictionaryObject({pdf_name("/Look"): form})})
    content = writer.add_object(generic.StreamObject(stream_data=b"/Look Do"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, width, height), resources=resources))
    out = io.BytesIO()
    writer.write(out)
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        bitmap = document[0].render(
            scale=_SCALE, fill_color=(255, 255, 255, 0), rev_byteorder=True, force_bitmap_format=None
        )
        picture = bitmap.to_pil()
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return drawn.getvalue()
