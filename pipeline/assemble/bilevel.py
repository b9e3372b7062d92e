"""Black and white pictures, packed by CCITT group 4 without loss."""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, ImageChops

__all__ = ["group_4_data", "group_4_image"]

_ROWS_IN_STRIP, _STRIP_AT, _STRIP_SIZE = 278, 273, 279


def group_4_image(pdf: Pdf, image: Image.Image) -> pikepdf.Stream:
    """Return a bilevel picture as an image XObject packed by CCITT group 4 (ITU-T T.6)."""
    stream = pdf.make_stream(group_4_data(image))
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = image.size
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceGray, 1
    stream.Filter = Name.CCITTFaxDecode
    stream.DecodeParms = Dictionary(K=-1, Columns=image.width, Rows=image.height)
    return stream


def group_4_data(image: Image.Image) -> bytes:
    """Return the data of a bilevel picture; black is coded as black, as PDF takes it unless told otherwise."""
    packed = io.BytesIO()
    # the TIFF writer codes ones, which are white in Pillow, as black
    inverted = ImageChops.invert(image)
    inverted.save(packed, "TIFF", compression="group4", tiffinfo={_ROWS_IN_STRIP: image.height})
    with Image.open(packed) as written:
        tags = written.tag_v2  # type: ignore[attr-defined]  # of a TIFF
        (start,), (size,) = tags[_STRIP_AT], tags[_STRIP_SIZE]
    return packed.getvalue()[start : start + size]
