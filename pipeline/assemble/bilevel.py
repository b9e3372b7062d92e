"""Pictures in as few bits as hold them: which are black and white, and how those are packed by CCITT group 4 without loss."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, ImageChops

from pipeline.domain.source import MediaType
from pipeline.imaging.opened_picture import open_picture

__all__ = ["group_4_data", "group_4_image", "plainest"]

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
    with open_picture(packed, MediaType.TIFF) as written:
        tags = written.tag_v2  # type: ignore[attr-defined]  # of a TIFF
        (start,), (size,) = tags[_STRIP_AT], tags[_STRIP_SIZE]
    return packed.getvalue()[start : start + size]


def plainest(picture: Image.Image) -> Image.Image:
    """Return a picture in the fewest bits that hold it exactly: colours as grey, grey as black and white, where they are no more."""
    pixels = np.asarray(picture)
    if picture.mode == "RGB" and (pixels == pixels[:, :, :1]).all():
        pixels = np.ascontiguousarray(pixels[:, :, 0])
        picture = Image.fromarray(pixels, "L")
    if picture.mode == "L" and ((pixels == 0) | (pixels == 255)).all():  # noqa: PLR2004 - white
        return picture.convert("1", dither=Image.Dither.NONE)
    return picture
