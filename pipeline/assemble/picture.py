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
from pikepdf import Array, Dictionary, Name, Page, Pdf
from PIL import Image, TiffImagePlugin

from pipeline.assemble.bilevel import group_4_image
from pipeline.domain.source import MediaType
from pipeline.imaging.opened_picture import open_picture
from pipeline.imaging.still import still_as_stored

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
_TIFF_COLUMNS, _TIFF_ROWS = 256, 257
_TIFF_COMPRESSION, _TIFF_FILL_ORDER, _TIFF_PHOTOMETRIC = 259, 266, 262
_TIFF_OFFSETS, _TIFF_SIZES = 273, 279
_TIFF_GROUP_4 = 4
_WHITE_IS_ZERO, _BLACK_IS_ZERO = 0, 1
_LEAST_SIGNIFICANT_FIRST = 2
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


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
            stored = _wrapped(pdf, file, kind)
        case MediaType.TIFF:
            stored = _group_4(pdf, file, number)
        case _:
            stored = None
    return None if stored is None else _page(pdf, stored, width=width, height=height)


def decoded_page(pdf: Pdf, file: Path, kind: MediaType, number: int, *, width: float, height: float) -> Page:
    """Append a page to `pdf` that shows a picture as it is read, decoded once and stored without loss.

    Args: as `embedded_page`.

    Raises:
        DamagedSource: it cannot be decoded.
    """
    image = lossless_image(pdf, still_as_stored(file, kind, number))
    return picture_page(pdf, image, width=width, height=height)


def lossless_image(pdf: Pdf, image: Image.Image) -> pikepdf.Stream:
    """Return a bilevel, grey or RGB picture as an image XObject, packed without loss."""
    if image.mode == "1":
        return group_4_image(pdf, image)
    colours = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}
    stream = image_stream(pdf, zlib.compress(image.tobytes(), 9), image.size, colours[image.mode])
    stream.Filter = Name.FlateDecode
    return stream


def image_stream(pdf: Pdf, data: bytes, size: tuple[int, int], colours: Name) -> pikepdf.Stream:
    """Return an image XObject of `size` (columns, rows) and eight bits a sample; the filter is still to be named."""
    stream = pdf.make_stream(data)
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = size
    stream.ColorSpace, stream.BitsPerComponent = colours, 8
    return stream


def picture_page(pdf: Pdf, image: pikepdf.Stream, *, width: float, height: float) -> Page:
    """Append a page to `pdf` that shows `image` over its whole area, in points."""
    return _page(pdf, _Stored(image, _UPRIGHT), width=width, height=height)


def _wrapped(pdf: Pdf, file: Path, kind: MediaType) -> _Stored | None:
    try:
        with warnings.catch_warnings(), open_picture(file, kind) as image:
            warnings.simplefilter("ignore")
            if "transparency" in image.info or image.mode not in {"1", "L", "P", "RGB"}:
                return None
            turn = _turn(image)
            wrapped = img2pdf.convert(
                file.read_bytes(),
                nodate=True,
                rotation=img2pdf.Rotation.none,
                first_frame_only=True,
                layout_fun=_square_page,
            )
    except Exception:  # noqa: BLE001 - what it raises has no common class; what it cannot wrap is decoded, as it was read
        return None
    with pikepdf.open(io.BytesIO(wrapped)) as source:
        (image_object,) = source.pages[0].get_images().values()
        return _Stored(cast(pikepdf.Stream, pdf.copy_foreign(image_object)), turn)


def _square_page(*_: object) -> tuple[float, float, float, float]:
    """Return the sides of the page and of its picture, in points: only the picture is taken out again, at whatever resolution."""
    return (100.0,) * 4


def _group_4(pdf: Pdf, file: Path, number: int) -> _Stored | None:
    with open_picture(file, MediaType.TIFF) as image:
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
        return _Stored(_fax_stream(pdf, data, tags, is_black_1=photometric == _BLACK_IS_ZERO), _turn(image))


def _fax_stream(
    pdf: Pdf, data: bytes, tags: TiffImagePlugin.ImageFileDirectory_v2, *, is_black_1: bool
) -> pikepdf.Stream:
    # the rows as they are stored: Pillow tells the size of a picture that lies on its side as it will be shown
    size = int(tags[_TIFF_COLUMNS]), int(tags[_TIFF_ROWS])
    stored = image_stream(pdf, data, size, Name.DeviceGray)
    stored.Filter, stored.BitsPerComponent = Name.CCITTFaxDecode, 1
    stored.DecodeParms = Dictionary(K=-1, Columns=size[0], Rows=size[1], BlackIs1=is_black_1)
    return stored


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
