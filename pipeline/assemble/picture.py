"""Make a PDF page of a picture file, with the picture's own bytes wherever a PDF can hold them."""

from __future__ import annotations

import io
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import img2pdf
import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, Page, Pdf
from PIL import Image, TiffImagePlugin

from pipeline.assemble.bilevel import group_4_image
from pipeline.domain.source import MediaType

__all__ = ["decoded_page", "embedded_page"]

_ORIENTATION = 0x0112
_UPRIGHT = "1 0 0 1 0 0"
_EXIF_TURNS = {
    # how the unit square of the stored picture lies on the page (EXIF 2.3, 4.6.4 A, tag 274), as a PDF matrix
    2: "-1 0 0 1 1 0",
    3: "-1 0 0 -1 1 1",
    4: "1 0 0 -1 0 1",
    5: "0 -1 -1 0 1 1",
    6: "0 -1 1 0 0 1",
    7: "0 1 1 0 0 0",
    8: "0 1 -1 0 1 0",
}
_TIFF_COMPRESSION, _TIFF_FILL_ORDER, _TIFF_PHOTOMETRIC = 259, 266, 262
_TIFF_OFFSETS, _TIFF_SIZES = 273, 279
_TIFF_GROUP_4 = 4
_WHITE_IS_ZERO, _BLACK_IS_ZERO = 0, 1
_LEAST_SIGNIFICANT_FIRST = 2
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True)
class _Stored:
    """A picture as an image XObject and the way it lies on the page."""

    image: pikepdf.Stream
    turn: str


def embedded_page(pdf: Pdf, file: Path, kind: MediaType, number: int, *, width: float, height: float) -> Page | None:
    """Append a page to `pdf` that shows a picture by its own compressed bytes.

    JPEG and PNG data are taken over as they are (img2pdf), and the CCITT group 4 data of a TIFF frame. The EXIF orientation
    becomes a matrix, since it may mirror, which /Rotate cannot.

    Args:
        pdf: the copy.
        file: the picture file.
        kind: what it is.
        number: frame of a TIFF, from 1.
        width: of the page, in points.
        height: of the page, in points.

    Returns:
        The page, or None where the picture has to be decoded.
    """
    match kind:
        case MediaType.JPEG | MediaType.PNG:
            stored = _wrapped(pdf, file)
        case MediaType.TIFF:
            stored = _group_4(pdf, file, number)
        case _:
            stored = None
    return None if stored is None else _page(pdf, stored, width=width, height=height)


def decoded_page(pdf: Pdf, file: Path, number: int, *, width: float, height: float) -> Page:
    """Append a page to `pdf` that shows a picture decoded once and stored without loss, over white where it is see-through.

    Args: as `embedded_page`.

    Raises:
        OSError: it cannot be decoded.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on size and metadata; size was checked at intake
        with Image.open(file) as image:
            image.seek(number - 1)
            turn = _turn(image)
            stored = _Stored(lossless_image(pdf, _opaque(image)), turn)
    return _page(pdf, stored, width=width, height=height)


def lossless_image(pdf: Pdf, image: Image.Image) -> pikepdf.Stream:
    """Return a bilevel, grey or RGB picture as an image XObject, packed without loss."""
    if image.mode == "1":
        return group_4_image(pdf, image)
    colours = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}
    stream = image_stream(pdf, zlib.compress(image.tobytes(), 9), image, colours[image.mode])
    stream.Filter = Name.FlateDecode
    return stream


def image_stream(pdf: Pdf, data: bytes, image: Image.Image, colours: Name) -> pikepdf.Stream:
    """Return an image XObject of eight bits a sample; the filter is still to be named."""
    stream = pdf.make_stream(data)
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = image.size
    stream.ColorSpace, stream.BitsPerComponent = colours, 8
    return stream


def picture_page(pdf: Pdf, image: pikepdf.Stream, *, width: float, height: float) -> Page:
    """Append a page to `pdf` that shows `image` over its whole area, in points."""
    return _page(pdf, _Stored(image, _UPRIGHT), width=width, height=height)


def _wrapped(pdf: Pdf, file: Path) -> _Stored | None:
    try:
        with warnings.catch_warnings(), Image.open(file) as image:
            warnings.simplefilter("ignore")
            if "transparency" in image.info or image.mode not in {"1", "L", "P", "RGB"}:
                return None
            turn = _turn(image)
        wrapped = img2pdf.convert(file.read_bytes(), nodate=True, rotation=img2pdf.Rotation.none, first_frame_only=True)
    except (img2pdf.AlphaChannelError, img2pdf.JpegColorspaceError, img2pdf.ImageOpenError, img2pdf.PdfTooLargeError):
        return None
    with pikepdf.open(io.BytesIO(wrapped)) as source:
        (image_object,) = source.pages[0].get_images().values()
        return _Stored(cast(pikepdf.Stream, pdf.copy_foreign(image_object)), turn)


def _group_4(pdf: Pdf, file: Path, number: int) -> _Stored | None:
    with Image.open(file) as image:
        if not isinstance(image, TiffImagePlugin.TiffImageFile):
            return None
        image.seek(number - 1)
        tags = image.tag_v2
        photometric = tags.get(_TIFF_PHOTOMETRIC)
        offsets, sizes = tags.get(_TIFF_OFFSETS, ()), tags.get(_TIFF_SIZES, ())
        if (
            tags.get(_TIFF_COMPRESSION) != _TIFF_GROUP_4
            or photometric not in {_WHITE_IS_ZERO, _BLACK_IS_ZERO}
            or image.mode != "1"
            or not len(offsets) == len(sizes) == 1
        ):
            return None
        with file.open("rb") as stream:
            stream.seek(offsets[0])
            data = stream.read(sizes[0])
        if tags.get(_TIFF_FILL_ORDER) == _LEAST_SIGNIFICANT_FIRST:
            data = data.translate(_MIRRORED)
        stored = image_stream(pdf, data, image, Name.DeviceGray)
        stored.Filter, stored.BitsPerComponent = Name.CCITTFaxDecode, 1
        stored.DecodeParms = Dictionary(
            K=-1, Columns=image.width, Rows=image.height, BlackIs1=photometric == _BLACK_IS_ZERO
        )
        return _Stored(stored, _turn(image))


def _page(pdf: Pdf, stored: _Stored, *, width: float, height: float) -> Page:
    across, up = round(width, 3), round(height, 3)
    draw = f"q {across} 0 0 {up} 0 0 cm {stored.turn} cm /Im0 Do Q\n"
    page = pdf.make_indirect(
        Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, across, up]),
            Resources=Dictionary(XObject=Dictionary(Im0=stored.image)),
            Contents=pdf.make_stream(draw.encode("ascii")),
        )
    )
    pdf.pages.append(Page(page))
    return pdf.pages[-1]


def _turn(image: Image.Image) -> str:
    return _EXIF_TURNS.get(image.getexif().get(_ORIENTATION, 1), _UPRIGHT)


def _opaque(image: Image.Image) -> Image.Image:
    """Return the picture as bilevel, grey or RGB, over white where it is see-through."""
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(ground, layered).convert("RGB")
    if image.mode in {"1", "L", "RGB"}:
        return image.copy()
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("RGB")
