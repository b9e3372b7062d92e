"""Pictures that come as files: TIFF, JPEG, PNG, WebP, BMP, HEIC."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile as TiffFile

from pipeline.domain.errors import DamagedSource, SourceTooLarge
from pipeline.domain.source import MediaType
from pipeline.imaging.fax import fax_complaints, group_4_ends_early
from pipeline.imaging.jpeg_data import holds_more_than
from pipeline.imaging.opened_picture import PICTURE_FORMATS, open_picture
from pipeline.imaging.picture import PagePicture, Pixels, pictured

# what Pillow's decoders raise on broken files, each seen with at least one of its plug-ins
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError, TypeError, OverflowError)
_SQUARE = 1.1
"""a pixel may be this much longer than wide; fax files (204 x 98 dpi) are brought to square pixels"""
_LONGEST_PIXEL = 5.0
"""a pixel that is more times as long as wide than this is nonsense that somebody wrote into the file: coarse fax has 2 (204 x 98
dpi), 408 x 98 dpi would be 4"""
_NEVER_SET = frozenset({72, 96})
"""dpi that cameras and programs write where they know none (Exif 2.32, 4.6.5: 72); no scanner reads papers so coarsely"""
_LEAST_SIDE = 16
"""pixels: at the coarsest resolution of a fax, 98 dpi, that is 4 mm, one line of print"""
_ON_THE_SIDE = frozenset({5, 6, 7, 8})
_COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIPS, _STRIP_SIZES = 259, 262, 266, 273, 279
_FAX, _GROUP_4 = frozenset({2, 3, 4}), 4
_WHITE_IS_ZERO = 0
_FULL_SCALES = (1.0, 255.0, 65535.0, 2.0**32 - 1)


def load_still(file: Path, media_type: MediaType, number: int, *, pixel_limit: int) -> PagePicture:
    """Return frame `number` (from 1) of a picture file, turned as its EXIF orientation says, colours on white.

    Raises:
        UnknownSource: `media_type` is none of a picture.
        DamagedSource: it is cut off or broken, has no such frame, or is too small to show anything. Fax data that are damaged in places are no reason: the
            picture says so itself.
        SourceTooLarge: it has more than `pixel_limit` pixels; nothing was decoded then.
    """
    with _opened(file, media_type, number) as image:
        _refuse_specks(image, file)
        return _read(image, pixel_limit=pixel_limit)


def still_as_stored(file: Path, media_type: MediaType, number: int) -> Image.Image:
    """Return the same picture with the pixels it has, which may be longer than wide, in black and white, grey or RGB.

    Raises:
        UnknownSource, DamagedSource: see `load_still`.
    """
    with _opened(file, media_type, number) as image:
        ImageOps.exif_transpose(image, in_place=True)
        return _plain(image).copy()


@contextmanager
def _opened(file: Path, media_type: MediaType, number: int) -> Iterator[Image.Image]:
    """Give a frame that is not decoded yet; what the decoder raises while it is used says that the file is damaged."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd metadata that does not matter here
            warnings.simplefilter("ignore")
            # by name, Pillow would map the file into memory, and mix up the rows of a TIFF that lies on its side
            with file.open("rb") as stream, open_picture(stream, media_type) as image:
                if number > 1:
                    image.seek(number - 1)
                yield image
    except UnidentifiedImageError as error:
        raise DamagedSource(page=number, reason="not a picture of its kind") from error
    except _BROKEN as error:
        raise DamagedSource(page=number, reason=str(error)) from error


def _refuse_specks(image: Image.Image, file: Path) -> None:
    """Refuse what would be read as a blank page, and left out, since its header makes it too small for anything to be seen."""
    if min(image.size) < _LEAST_SIDE:
        raise DamagedSource(reason=f"a picture of {image.width} x {image.height} pixels")
    if image.format in PICTURE_FORMATS[MediaType.JPEG] and holds_more_than(
        file, *image.size, bands=len(image.getbands())
    ):
        raise DamagedSource(reason="its header says fewer pixels than there are data for")


def _read(image: Image.Image, *, pixel_limit: int) -> PagePicture:
    across, down = _resolution(image)
    wanted = image.width * image.height * _stretch(across, down)
    if wanted > pixel_limit:
        raise SourceTooLarge(limit="pixels", value=wanted, allowed=pixel_limit)
    if _lies_on_its_side(image):
        across, down = down, across
    damaged = _loaded_with_losses(image)
    ImageOps.exif_transpose(image, in_place=True)
    pixels, dpi = _squared(_bytes(image), across, down)
    return pictured(pixels, dpi=dpi, damaged=damaged)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Return (across, down) in pixels per inch of the rows and columns as they are stored; 0 where nobody set them, or nonsense."""
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:  # noqa: PLR2004 - across and down
        return 0.0, 0.0
    across, down = (float(value or 0) for value in dpi)
    if across == down and round(across) in _NEVER_SET:
        return 0.0, 0.0
    if min(across, down) <= 0 or max(across, down) > _LONGEST_PIXEL * min(across, down):
        return 0.0, 0.0
    return across, down


def _stretch(across: float, down: float) -> float:
    """Return how many times as many pixels a picture has once they are square; 1 where they are as good as square."""
    longer = max(across, down) / min(across, down) if across and down else 1.0
    return longer if longer >= _SQUARE else 1.0


def _lies_on_its_side(image: Image.Image) -> bool:
    """Say whether the picture is shown with its stored rows upright (Exif 2.32 and TIFF 6.0: orientations 5 to 8)."""
    tags = image.tag_v2 if isinstance(image, TiffFile) else image.getexif()
    return tags.get(ExifTags.Base.Orientation, 1) in _ON_THE_SIDE


def _loaded_with_losses(image: Image.Image) -> bool:
    """Decode the picture; say whether a part of it is lost, which a decoder of fax data passes over."""
    if not isinstance(image, TiffFile) or image.tag_v2.get(_COMPRESSION) not in _FAX:
        image.load()
        return False
    tags = image.tag_v2
    stream, places = image.fp, list(zip(tags.get(_STRIPS, ()), tags.get(_STRIP_SIZES, ()), strict=False))
    forward = tags.get(_COMPRESSION) == _GROUP_4 and tags.get(_FILL_ORDER, 1) == 1
    with fax_complaints() as said:
        image.load()
    return bool(said) or (forward and any(map(group_4_ends_early, _parts(stream, places))))


def _parts(stream: IO[bytes] | None, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    if stream is None:
        return
    for start, size in places:
        stream.seek(start)
        yield stream.read(size)


def _squared(pixels: Pixels, across: float, down: float) -> tuple[Pixels, float | None]:
    """Bring the pixels to a square shape; return them with their resolution (None: unknown)."""
    if not across or not down:
        return pixels, None
    if _stretch(across, down) == 1.0:
        return pixels, across
    finer = max(across, down)
    height, width = pixels.shape[:2]
    size = (round(width * finer / across), round(height * finer / down))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8), finer


def _bytes(image: Image.Image) -> Pixels:
    """Return grey or RGB bytes of a picture of any mode, transparency laid on white."""
    plain = _plain(image)
    return np.asarray(plain.convert("L") if plain.mode == "1" else plain, dtype=np.uint8)


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture of any mode in black and white, grey or RGB, transparency laid on white."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_deep_grey(image))
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        laid = Image.new("RGB", layer.size, "white")
        laid.paste(layer, mask=layer.getchannel("A"))
        return laid
    return image if image.mode in {"1", "L", "RGB"} else image.convert("RGB")


def _deep_grey(image: Image.Image) -> Pixels:
    """Return 16-bit, 32-bit and floating-point grey as bytes."""
    values = np.asarray(image)
    if image.mode == "I":
        values = values.view(np.uint32)  # Pillow keeps unsigned numbers of 32 bits in signed ones
    elif image.mode == "F":
        values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0))
    full = 65535.0 if image.mode.startswith("I;16") else next((each for each in _FULL_SCALES if top <= each), top)
    grey = np.asarray(np.clip(np.multiply(values, 255.0 / full, dtype=np.float32), 0, 255), dtype=np.uint8)
    # of deep pictures Pillow does not turn those round in which 0 is white
    return 255 - grey if isinstance(image, TiffFile) and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else grey
