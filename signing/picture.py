"""Pictures in signatures: the official's handwritten signature in blue, the agency's seal in red, both transparent PNGs.

NĐ 30/2020/NĐ-CP phụ lục I. A picture that hides what it lies on would hide the name under a signature or the signature under a
seal, so that it must be transparent is checked, and so is its colour: the two are easily taken for each other.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from pipeline.domain.errors import BadSettings

_MOST_PIXELS = 4_000_000
_LEAST_TRANSPARENT = 0.2
"""part of the area; a drawn seal leaves more than half, a tightly cut signature still a quarter"""
_SEEN = 64
"""opacity, of 255, from which a pixel counts as ink"""


_MM_PER_INCH = 25.4
_LEAST_DPI = 150
"""dots an inch in print: what is coarser shows steps beside text scanned at 200"""
_SIZES = {0: (36.0, 25.0, 45.0), 2: (53.0, 20.0, 80.0)}
"""by channel: millimetres of the longer side as shown, least, most; seals of agencies are 36 mm wide and shown in true size"""


class Ink(Enum):
    """What colour a picture has to be: the channel that outweighs the others."""

    RED = 0
    BLUE = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready for embedding, in sRGB."""

    width: int
    height: int
    """pixels"""
    colours: bytes = field(repr=False)
    opacity: bytes = field(repr=False)
    """deflated samples of 8 bits, three and one a pixel"""


def load_picture(file: Path, ink: Ink) -> Picture:
    """Read a transparent PNG.

    Raises:
        BadSettings: no PNG, too many pixels or too few for print, not transparent, of another colour, or (where the file names
            its dots an inch) of another than its true size; `reason` says which.
    """

    def refusal(reason: str) -> BadSettings:
        return BadSettings(setting="picture", file=str(file), reason=reason)

    try:
        with Image.open(file, formats=["PNG"]) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise refusal("too_large")
            samples = np.asarray(opened.convert("RGBA"))
            told = opened.info.get("dpi", (0.0, 0.0))
    except (OSError, ValueError, SyntaxError) as error:
        raise refusal("not_png") from error
    opacity = samples[:, :, 3]
    visible = opacity >= _SEEN
    if np.mean(opacity < _SEEN) < _LEAST_TRANSPARENT or not visible.any():
        raise refusal("not_transparent")
    if wrong := _wrong_size(max(samples.shape[:2]), max(told), ink):
        raise refusal(wrong)
    means = samples[:, :, :3][visible].mean(axis=0)
    if int(np.argmax(means)) != ink.value:
        raise refusal(f"not_{ink.name.lower()}")
    height, width = opacity.shape
    return Picture(width, height, zlib.compress(samples[:, :, :3].tobytes()), zlib.compress(opacity.tobytes()))


def _wrong_size(pixels: int, dpi: float, ink: Ink) -> str:
    """Return why a picture whose longer side has `pixels` cannot be shown in its size; empty if it can."""
    shown, least, most = _SIZES[ink.value]
    if pixels < shown / _MM_PER_INCH * _LEAST_DPI:
        return "too_coarse"
    # 72 and 96 are what programs write that know no size
    if dpi > _LEAST_DPI * 0.9 and not least <= pixels / dpi * _MM_PER_INCH <= most:
        return "not_true_size"
    return ""


def embed_picture(writer: BasePdfFileWriter, picture: Picture) -> generic.IndirectObject:
    """Add a picture with its soft mask (ISO 32000-1 §11.6.5.3) to the file; return the image."""
    mask = writer.add_object(_image(picture, picture.opacity, "/DeviceGray"))
    image = _image(picture, picture.colours, "/DeviceRGB")
    image[pdf_name("/SMask")] = mask
    return writer.add_object(image)


def _image(picture: Picture, deflated: bytes, space: str) -> generic.StreamObject:
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Image"),
            pdf_name("/Width"): generic.NumberObject(picture.width),
            pdf_name("/Height"): generic.NumberObject(picture.height),
            pdf_name("/ColorSpace"): pdf_name(space),
            pdf_name("/BitsPerComponent"): generic.NumberObject(8),
            pdf_name("/Filter"): pdf_name("/FlateDecode"),
        },
        encoded_data=deflated,
    )
