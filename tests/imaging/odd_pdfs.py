"""PDFs with one picture each, put there in every way that the format knows; the picture is drawn here."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageCms, ImageDraw
from PIL.TiffImagePlugin import TiffImageFile

Bytes = NDArray[np.uint8]

WIDE, HIGH = 400, 560
"""pixels"""
WIDTH, HEIGHT = 200, 280
"""points"""
WHOLE = f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im0 Do Q"

Images = Callable[[Pdf], pikepdf.Object | Mapping[str, pikepdf.Object]]


@functools.cache
def drawn() -> Image.Image:
    """A picture that looks different however it is turned or mirrored."""
    image = Image.new("RGB", (WIDE, HIGH), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 40, 150, 110), fill=(0, 0, 0))
    draw.rectangle((250, 420, 370, 500), fill=(200, 30, 30))
    draw.ellipse((60, 400, 160, 500), fill=(30, 60, 200))
    draw.polygon([(300, 60), (380, 60), (380, 200)], fill=(90, 90, 90))
    for row in range(8):
        draw.line((40, 200 + 20 * row, 350 - 30 * row, 200 + 20 * row), fill=(20, 20, 20), width=4)
    return image


def rgb() -> Bytes:
    return np.asarray(drawn(), dtype=np.uint8)


def grey() -> Bytes:
    return np.asarray(drawn().convert("L"), dtype=np.uint8)


def bits() -> bytes:
    """One bit a pixel, 1 is white."""
    return np.packbits(grey() > 128, axis=1).tobytes()


@dataclass(frozen=True)
class Case:
    """What is on the page, and how the page is."""

    images: Images | None
    contents: str | bytes = WHOLE
    box: tuple[float, ...] = (0, 0, WIDTH, HEIGHT)
    attributes: Mapping[str, object] = field(default_factory=dict)


def write(path: Path, case: Case) -> Path:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.MediaBox = Array(case.box)
        made = case.images(pdf) if case.images else {}
        named = dict(made) if isinstance(made, Mapping) else {"Im0": made}
        faint = Dictionary(ca=0.5)
        page.Resources = Dictionary(
            XObject=Dictionary({f"/{name}": made for name, made in named.items()}), ExtGState=Dictionary(Faint=faint)
        )
        page.Contents = pdf.make_stream(case.contents if isinstance(case.contents, bytes) else case.contents.encode())
        for name, value in case.attributes.items():
            page.obj[Name(f"/{name}")] = value
        pdf.save(path)
    return path


def _image(pdf: Pdf, data: bytes, **entries: object) -> pikepdf.Stream:
    """A deflated grey image of eight bits; `entries` say what is different."""
    known = {"Width": WIDE, "Height": HIGH, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 8}
    packed = {"Filter": Name.FlateDecode} if "Filter" not in entries else {}
    stored = zlib.compress(data) if packed else data
    every = {"Type": Name.XObject, "Subtype": Name.Image, **known, **packed, **entries}
    return pdf.make_stream(stored, **{name: value for name, value in every.items() if value is not None})


def _coloured(pdf: Pdf, **entries: object) -> pikepdf.Stream:
    return _image(pdf, rgb().tobytes(), **{"ColorSpace": Name.DeviceRGB, **entries})


def _grey(pdf: Pdf, **entries: object) -> pikepdf.Stream:
    return _image(pdf, grey().tobytes(), **entries)


def _bilevel(pdf: Pdf, **entries: object) -> pikepdf.Stream:
    return _image(pdf, bits(), BitsPerComponent=1, **entries)


def _saved(mode: str, form: str) -> bytes:
    packed = io.BytesIO()
    drawn().convert(mode).save(packed, form, **({"quality": 95} if form == "JPEG" else {}))
    return packed.getvalue()


def _jpeg(pdf: Pdf, mode: str, space: Name, *, size: int | None = None, **entries: object) -> pikepdf.Stream:
    return _image(pdf, _saved(mode, "JPEG")[:size], ColorSpace=space, Filter=Name.DCTDecode, **entries)


def _stencil(pdf: Pdf, **entries: object) -> pikepdf.Stream:
    return _bilevel(pdf, ColorSpace=None, ImageMask=True, **entries)


def _even(pdf: Pdf, **entries: object) -> pikepdf.Stream:
    """A grey without any mark in it: what is seen is its mask."""
    return _image(pdf, bytes([60]) * (WIDE * HIGH), **entries)


def _indexed(pdf: Pdf) -> pikepdf.Stream:
    reduced = drawn().quantize(16)
    colours = bytes(reduced.getpalette() or ())[:48].ljust(48, b"\0")
    return _image(
        pdf,
        np.asarray(reduced).tobytes(),
        ColorSpace=Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(colours)]),
    )


def _lab_bytes() -> bytes:
    lab = cv2.cvtColor(rgb().astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    shifted: Bytes = np.rint(lab * (2.55, 1, 1) + (0, 128, 128)).clip(0, 255).astype(np.uint8)
    return shifted.tobytes()


def _lab(pdf: Pdf) -> pikepdf.Stream:
    space = Dictionary(WhitePoint=Array([0.9505, 1, 1.089]), Range=Array([-128, 127, -128, 127]))
    return _image(pdf, _lab_bytes(), ColorSpace=Array([Name.Lab, space]))


def _profiled(pdf: Pdf, kind: Literal["LAB", "sRGB"], data: bytes) -> pikepdf.Stream:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes()
    space = Array([Name.ICCBased, pdf.make_stream(profile, N=3, Alternate=Name.DeviceRGB)])
    return _image(pdf, data, ColorSpace=space)


def _separation(pdf: Pdf) -> pikepdf.Stream:
    tint = pdf.make_stream(b"{1 exch sub}", FunctionType=4, Domain=Array([0, 1]), Range=Array([0, 1]))
    space = Array([Name.Separation, Name.Black, Name.DeviceGray, tint])
    return _image(pdf, (255 - grey()).tobytes(), ColorSpace=space)


def _several_inks(pdf: Pdf) -> pikepdf.Stream:
    tint = pdf.make_stream(
        b"{pop 1 exch sub dup dup}", FunctionType=4, Domain=Array([0, 1, 0, 1]), Range=Array([0, 1, 0, 1, 0, 1])
    )
    space = Array([Name.DeviceN, Array([Name.Black, Name.Spot]), Name.DeviceRGB, tint])
    inks = np.stack([255 - grey(), np.zeros_like(grey())], axis=-1)
    return _image(pdf, inks.tobytes(), ColorSpace=space)


@functools.cache
def fax_strip() -> bytes:
    """Group 4 data of the picture, as a TIFF writer makes them."""
    return _group4(grey())


def _fax(pdf: Pdf, *, wrong: bytes = b"", size: int | None = None) -> pikepdf.Stream:
    data = bytearray(fax_strip())
    middle = len(data) // 2
    data[middle : middle + len(wrong)] = wrong
    return _image(
        pdf,
        bytes(data[:size]),
        BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=WIDE, Rows=HIGH, BlackIs1=False),
    )


def _segment(number: int, kind: int, page: int, data: bytes) -> bytes:
    """A segment of JBIG2 (ITU-T T.88, 7.2)."""
    return struct.pack(">IBBBI", number, kind, 0, page, len(data)) + data


def _jbig2(pdf: Pdf) -> pikepdf.Stream:
    """The page of one generic region that is coded as group 4 (T.88, 7.4.6: MMR)."""
    page = _segment(0, 48, 1, struct.pack(">IIIIBH", WIDE, HIGH, 0, 0, 0, 0))
    region = _segment(1, 38, 1, struct.pack(">IIIIBB", WIDE, HIGH, 0, 0, 0, 1) + fax_strip())
    return _image(pdf, page + region, BitsPerComponent=1, Filter=Name.JBIG2Decode)


def _jbig2_with_globals(pdf: Pdf) -> pikepdf.Stream:
    """Halftoning with two patterns of 8 x 8 pixels, white and black, which stand in the globals (T.88, 6.6, 6.7)."""
    side = 8
    patterns = _group4(np.hstack([np.full((side, side), 255, np.uint8), np.zeros((side, side), np.uint8)]))
    shared = _segment(0, 16, 0, struct.pack(">BBBI", 1, side, side, 1) + patterns)
    across, down = WIDE // side, HIGH // side
    coarse = np.asarray(cv2.resize(grey(), (across, down), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    grid = struct.pack(">BIIiiHH", 1, across, down, 0, 0, side << 8, 0)
    page = _segment(1, 48, 1, struct.pack(">IIIIBH", WIDE, HIGH, 0, 0, 0, 0))
    region = struct.pack(">IIIIB", WIDE, HIGH, 0, 0, 0) + grid + _group4(coarse)
    halftone = struct.pack(">IBB", 2, 22, 1 << 5) + struct.pack(">BBI", 0, 1, len(region)) + region
    parameters = Dictionary(JBIG2Globals=pdf.make_stream(shared))
    return _image(pdf, page + halftone, BitsPerComponent=1, Filter=Name.JBIG2Decode, DecodeParms=parameters)


def _group4(values: Bytes) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(values > 128).save(packed, "TIFF", compression="group4")
    with Image.open(packed) as stored:
        assert isinstance(stored, TiffImageFile)
        (start,), (size,) = stored.tag_v2[273], stored.tag_v2[279]
    return packed.getvalue()[start : start + size]


def _strips(pdf: Pdf) -> dict[str, pikepdf.Object]:
    high = HIGH // 4
    parts = (rgb()[row * high : (row + 1) * high] for row in range(4))
    return {
        f"S{row}": _image(pdf, part.tobytes(), Height=high, ColorSpace=Name.DeviceRGB) for row, part in enumerate(parts)
    }


def _in_form(pdf: Pdf) -> dict[str, pikepdf.Object]:
    """The picture in a form that turns it upside down."""
    form = pdf.make_stream(
        WHOLE.encode(),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, WIDTH, HEIGHT]),
        Matrix=Array([-1, 0, 0, -1, WIDTH, HEIGHT]),
        Resources=Dictionary(XObject=Dictionary(Im0=_coloured(pdf))),
    )
    return {"Fm0": form}


def _hidden(pdf: Pdf) -> pikepdf.Stream:
    """In a layer that is switched off."""
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="hidden"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    return _coloured(pdf, OC=layer)


def _inline() -> bytes:
    start = f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm BI /W {WIDE} /H {HIGH} /CS /G /BPC 8 /F /AHx ID ".encode()
    return start + grey().tobytes().hex().encode() + b"> EI Q"


def _turned_pixels(pdf: Pdf) -> pikepdf.Stream:
    return _image(
        pdf, np.ascontiguousarray(np.rot90(rgb())).tobytes(), Width=HIGH, Height=WIDE, ColorSpace=Name.DeviceRGB
    )


CMYK = np.asarray(drawn().convert("CMYK")).tobytes()
_STRIPS = "\n".join(
    f"q {WIDTH} 0 0 {HEIGHT / 4} 0 {HEIGHT - (row + 1) * HEIGHT / 4} cm /S{row} Do Q" for row in range(4)
)

SEEN: dict[str, Case] = {
    "rgb": Case(_coloured),
    "grey": Case(_grey),
    "one bit": Case(_bilevel),
    "rotate 90": Case(_coloured, attributes={"Rotate": 90}),
    "rotate 180": Case(_coloured, attributes={"Rotate": 180}),
    "rotate -90": Case(_coloured, attributes={"Rotate": -90}),
    "rotate 450": Case(_coloured, attributes={"Rotate": 450}),
    # no viewer turns a page by anything but quarters
    "rotate 45": Case(_coloured, attributes={"Rotate": 45}),
    "crop box": Case(_coloured, attributes={"CropBox": Array([20, 30, 150, 200])}),
    "crop box too large": Case(_coloured, attributes={"CropBox": Array([-50, -50, 500, 500])}),
    "box below zero": Case(
        _coloured, contents=f"q {WIDTH} 0 0 {HEIGHT} -100 -140 cm /Im0 Do Q", box=(-100, -140, 100, 140)
    ),
    "box with its corners swapped": Case(_coloured, box=(WIDTH, HEIGHT, 0, 0)),
    "inverted": Case(lambda pdf: _grey(pdf, Decode=Array([1, 0]))),
    "inverted colours": Case(lambda pdf: _coloured(pdf, Decode=Array([1, 0, 1, 0, 1, 0]))),
    "inverted bits": Case(lambda pdf: _bilevel(pdf, Decode=Array([1, 0]))),
    "part of the range": Case(lambda pdf: _grey(pdf, Decode=Array([0.2, 0.8]))),
    "stencil": Case(_stencil),
    "red stencil": Case(_stencil, contents=f"1 0 0 rg {WHOLE}"),
    "seen through a stencil": Case(lambda pdf: _even(pdf, Mask=_stencil(pdf))),
    "seen through a soft mask": Case(lambda pdf: _even(pdf, SMask=_image(pdf, (255 - grey()).tobytes()))),
    "one colour left out": Case(lambda pdf: _grey(pdf, Mask=Array([0, 10]))),
    "indexed": Case(_indexed),
    "indexed backwards": Case(
        lambda pdf: _image(
            pdf,
            (255 - grey()).tobytes(),
            ColorSpace=Array([Name.Indexed, Name.DeviceGray, 255, pikepdf.String(bytes(range(255, -1, -1)))]),
        )
    ),
    "lab": Case(_lab),
    "lab by profile": Case(lambda pdf: _profiled(pdf, "LAB", _lab_bytes())),
    "srgb by profile": Case(lambda pdf: _profiled(pdf, "sRGB", rgb().tobytes())),
    "separation": Case(_separation),
    "several inks": Case(_several_inks),
    "cmyk": Case(lambda pdf: _image(pdf, CMYK, ColorSpace=Name.DeviceCMYK)),
    "cmyk jpeg, inverted": Case(lambda pdf: _jpeg(pdf, "CMYK", Name.DeviceCMYK, Decode=Array([1, 0] * 4))),
    "jpeg, inverted": Case(lambda pdf: _jpeg(pdf, "L", Name.DeviceGray, Decode=Array([1, 0]))),
    "jpeg 2000": Case(
        lambda pdf: _image(
            pdf, _saved("RGB", "JPEG2000"), ColorSpace=None, BitsPerComponent=None, Filter=Name.JPXDecode
        )
    ),
    "jpeg 2000, grey": Case(lambda pdf: _image(pdf, _saved("L", "JPEG2000"), Filter=Name.JPXDecode)),
    "sixteen bits": Case(
        lambda pdf: _image(pdf, (rgb().astype(">u2") * 257).tobytes(), ColorSpace=Name.DeviceRGB, BitsPerComponent=16)
    ),
    "four bits": Case(
        lambda pdf: _image(pdf, ((grey()[:, 0::2] & 0xF0) | (grey()[:, 1::2] >> 4)).tobytes(), BitsPerComponent=4)
    ),
    "fax": Case(_fax),
    "jbig2": Case(_jbig2),
    "jbig2 with globals": Case(_jbig2_with_globals),
    "inline": Case(None, contents=_inline()),
    "strips": Case(_strips, contents=_STRIPS),
    "drawn twice": Case(_coloured, contents=f"{WHOLE} q {WIDTH / 2} 0 0 {HEIGHT / 2} 50 50 cm /Im0 Do Q"),
    "slanted": Case(_coloured, contents=f"q {WIDTH} 10 -14 {HEIGHT} 0 0 cm /Im0 Do Q"),
    "mirrored": Case(_coloured, contents=f"q -{WIDTH} 0 0 {HEIGHT} {WIDTH} 0 cm /Im0 Do Q"),
    "flipped": Case(_coloured, contents=f"q {WIDTH} 0 0 -{HEIGHT} 0 {HEIGHT} cm /Im0 Do Q"),
    "upside down": Case(_coloured, contents=f"q -{WIDTH} 0 0 -{HEIGHT} {WIDTH} {HEIGHT} cm /Im0 Do Q"),
    "turned back": Case(_turned_pixels, contents=f"q 0 {-HEIGHT} {WIDTH} 0 0 {HEIGHT} cm /Im0 Do Q"),
    "smaller than the page": Case(_coloured, contents=f"q {WIDTH - 40} 0 0 {HEIGHT - 40} 20 20 cm /Im0 Do Q"),
    "larger than the page": Case(_coloured, contents=f"q {WIDTH * 1.5} 0 0 {HEIGHT * 1.5} -50 -50 cm /Im0 Do Q"),
    "clipped": Case(_coloured, contents=f"q 20 20 100 100 re W n {WHOLE} Q"),
    "faint": Case(_coloured, contents=f"q /Faint gs {WHOLE} Q"),
    "in a form that turns it": Case(_in_form, contents="/Fm0 Do"),
    "painted over": Case(_coloured, contents=f"{WHOLE} 0 0 0 rg 60 60 50 50 re f"),
    "in a hidden layer": Case(_hidden),
    "nothing": Case(None, contents=""),
    "one pixel": Case(lambda pdf: _image(pdf, b"\x50", Width=1, Height=1)),
}
"""what Poppler shows as other viewers do"""

DAMAGED: dict[str, Case] = {
    "pixels missing": Case(lambda pdf: _image(pdf, rgb()[: HIGH // 3].tobytes(), ColorSpace=Name.DeviceRGB)),
    "deflated data cut off": Case(
        lambda pdf: _image(
            pdf, zlib.compress(rgb().tobytes())[:-200], ColorSpace=Name.DeviceRGB, Filter=Array([Name.FlateDecode])
        )
    ),
    "jpeg cut off": Case(lambda pdf: _jpeg(pdf, "RGB", Name.DeviceRGB, size=4000)),
    "fax with wrong bytes": Case(lambda pdf: _fax(pdf, wrong=b"\xff\0\x37\x91")),
    "fax with an end in its midst": Case(lambda pdf: _fax(pdf, wrong=bytes(6))),
    "fax cut off": Case(lambda pdf: _fax(pdf, size=150)),
}
"""a part of the picture is lost"""
