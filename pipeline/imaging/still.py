"""Pictures that come as files: TIFF, JPEG, PNG, WebP, BMP, HEIC."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.domain.errors import DamagedSource, SourceTooLarge, UnknownSource
from pipeline.domain.source import MediaType
from pipeline.imaging.picture import PagePicture, Pixels, pictured

_FORMATS = {
    MediaType.TIFF: ("TIFF",),
    MediaType.JPEG: ("JPEG", "MPO"),
    MediaType.PNG: ("PNG",),
    MediaType.WEBP: ("WEBP",),
    MediaType.BMP: ("BMP",),
    MediaType.HEIC: ("HEIF",),
}
# what Pillow's decoders raise on broken files, each seen with at least one of its plug-ins
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError, TypeError, OverflowError)
_SQUARE = 1.1
"""a pixel may be this much longer than wide; fax files (204 x 98 dpi) are brought to square pixels"""


def load_still(file: Path, media_type: MediaType, number: int, *, pixel_limit: int) -> PagePicture:
    """Return frame `number` (from 1) of a picture file, turned as its EXIF orientation says, colours on white.

    Raises:
        UnknownSource: `media_type` is none of a picture.
        DamagedSource: it is cut off or broken, or has no such frame.
        SourceTooLarge: it has more than `pixel_limit` pixels; nothing was decoded then.
    """
    formats = _FORMATS.get(media_type)
    if formats is None:
        raise UnknownSource(media_type=media_type.value)
    if media_type is MediaType.HEIC:
        pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            # Pillow warns of files that our own limit decides about, and of odd metadata that does not matter here
            warnings.simplefilter("ignore")
            with Image.open(file, formats=formats) as image:
                return _frame(image, number, pixel_limit=pixel_limit)
    except Image.DecompressionBombError as error:
        raise SourceTooLarge(limit="pixels", allowed=pixel_limit) from error
    except UnidentifiedImageError as error:
        raise DamagedSource(page=number, reason="not a picture of its kind") from error
    except _BROKEN as error:
        raise DamagedSource(page=number, reason=str(error)) from error


def _frame(image: Image.Image, number: int, *, pixel_limit: int) -> PagePicture:
    if number > 1:
        image.seek(number - 1)
    if image.width * image.height > pixel_limit:
        raise SourceTooLarge(limit="pixels", value=image.width * image.height, allowed=pixel_limit)
    across, down = _resolution(image)
    stored = image.size
    upright = ImageOps.exif_transpose(image)
    if upright.size != stored:
        across, down = down, across
    pixels, dpi = _squared(_eight_bits(upright), across, down)
    return pictured(pixels, dpi=dpi)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Return (across, down) in pixels per inch; 0 where the file says nothing usable."""
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:  # noqa: PLR2004 - across and down
        return 0.0, 0.0
    across, down = (float(value or 0) for value in dpi)
    return (across, down) if across > 0 and down > 0 else (0.0, 0.0)


def _squared(pixels: Pixels, across: float, down: float) -> tuple[Pixels, float | None]:
    """Bring the pixels to a square shape; return them with their resolution (None: unknown)."""
    if not across or not down:
        return pixels, None
    finer = max(across, down)
    if finer / min(across, down) < _SQUARE:
        return pixels, across
    height, width = pixels.shape[:2]
    size = (round(width * finer / across), round(height * finer / down))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8), finer


def _eight_bits(image: Image.Image) -> Pixels:
    """Return grey or RGB bytes of a picture of any mode, transparency laid on white."""
    if image.mode.startswith(("I", "F")):
        return _deep_grey(image)
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(white, layer).convert("RGB")
    elif image.mode in {"1", "L"}:
        image = image.convert("L")
    else:
        image = image.convert("RGB")
    return np.asarray(image, dtype=np.uint8)


def _deep_grey(image: Image.Image) -> Pixels:
    """Return 16-bit, 32-bit and floating-point grey as bytes."""
    values = np.asarray(image, dtype=np.float32)
    top = float(values.max(initial=0.0))
    scale = 255.0 if top <= 1.0 else 1.0 if top <= 255.0 else 1 / 257.0  # noqa: PLR2004 - full scale of 0-1, 8 bits
    if image.mode.startswith("I;16"):
        scale = 1 / 257.0
    return np.asarray(np.clip(values * scale, 0, 255), dtype=np.uint8)
