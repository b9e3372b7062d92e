"""Look into a picture file: TIFF, JPEG, PNG, WebP, BMP, HEIC."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from pipeline.domain.errors import DamagedSource, SourceTooLarge, TruncatedSource
from pipeline.domain.source import MediaType
from pipeline.imaging.opened_picture import open_picture
from pipeline.intake.limits import IntakeLimits

__all__ = ["count_pictures"]

_BROKEN = (
    *(UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, EOFError),
    *(struct.error, IndexError, TypeError, OverflowError),
)
"""what the decoders raise over broken files, depending on where they break"""
_STRIP_OFFSETS, _STRIP_SIZES = 273, 279
_TILE_OFFSETS, _TILE_SIZES = 324, 325
_DRAFT = 8
"""a JPEG is decoded at an eighth of its size: every byte is read, few pixels are made"""


def count_pictures(file: Path, kind: MediaType, *, limits: IntakeLimits) -> int:
    """Return the number of pages: the frames of a TIFF, else 1.

    A picture is decoded, so that one which was cut off on its way is refused here; of a TIFF it is only checked that the
    data of all frames lie within the file, since it may hold thousands.

    Raises:
        DamagedSource: it cannot be decoded.
        SourceTooLarge: too many frames, or too many pixels in one.
    """
    try:
        with warnings.catch_warnings():
            # of odd metadata, which do not matter here
            warnings.simplefilter("ignore")
            with open_picture(file, kind) as image:
                if isinstance(image, TiffImagePlugin.TiffImageFile):
                    return _count_frames(image, size=file.stat().st_size, limits=limits)
                _check_pixels(image, limits=limits)
                image.draft(None, (max(1, image.width // _DRAFT), max(1, image.height // _DRAFT)))
                image.load()
                return 1
    except _BROKEN as error:
        raise DamagedSource(problem=str(error) or type(error).__name__) from error


def _count_frames(image: TiffImagePlugin.TiffImageFile, *, size: int, limits: IntakeLimits) -> int:
    count = 0
    while True:
        try:
            image.seek(count)
        except EOFError:
            break
        count += 1
        if count > limits.pages:
            raise SourceTooLarge(limit="pages", value=count, allowed=limits.pages)
        _check_pixels(image, limits=limits)
        if _data_end(image) > size:
            raise TruncatedSource(page=count, problem="the picture's data lie beyond the end of the file")
    if not count:
        raise DamagedSource(problem="no pages")
    return count


def _data_end(image: TiffImagePlugin.TiffImageFile) -> int:
    tags = image.tag_v2
    offsets = tags.get(_STRIP_OFFSETS) or tags.get(_TILE_OFFSETS) or ()
    sizes = tags.get(_STRIP_SIZES) or tags.get(_TILE_SIZES) or ()
    return max((int(offset) + int(length) for offset, length in zip(offsets, sizes, strict=False)), default=0)


def _check_pixels(image: Image.Image, *, limits: IntakeLimits) -> None:
    pixels = image.width * image.height
    if pixels > limits.pixels:
        raise SourceTooLarge(limit="pixels", value=pixels, allowed=limits.pixels)
    if pixels == 0:
        raise DamagedSource(problem="a picture without any pixel")
