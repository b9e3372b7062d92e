"""Open picture files: by their kind, and without Pillow's own limit on their size."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

import pillow_heif
from PIL import Image

from pipeline.domain.errors import UnknownSource
from pipeline.domain.source import MediaType

__all__ = ["PICTURE_FORMATS", "open_picture"]

PICTURE_FORMATS: Final = {
    MediaType.TIFF: ("TIFF",),
    MediaType.JPEG: ("JPEG", "MPO"),
    MediaType.PNG: ("PNG",),
    MediaType.WEBP: ("WEBP",),
    MediaType.BMP: ("BMP",),
    MediaType.HEIC: ("HEIF",),
}
"""Pillow's names of the kinds of pictures that are taken in"""

pillow_heif.register_heif_opener()
# Pillow would refuse 179 million pixels whatever our limits say, A0 at 400 dpi among them; whoever decodes counts them before
Image.MAX_IMAGE_PIXELS = None


def open_picture(file: Path | IO[bytes], kind: MediaType) -> Image.Image:
    """Return the picture in `file`, not decoded yet: its first frame, a context that closes the file at its end.

    Raises:
        UnknownSource: `kind` is none of a picture.
        OSError, SyntaxError, ValueError, and what else Pillow raises over broken files.
    """
    formats = PICTURE_FORMATS.get(kind)
    if formats is None:
        raise UnknownSource(media_type=kind.value)
    return Image.open(file, formats=formats)
