"""The picture of a page of a source, upright, and small enough for a screen."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from pipeline.domain.errors import DamagedSource
from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.domain.source import MediaType
from pipeline.imaging.pdf_facts import page_facts
from pipeline.imaging.pdf_file import open_pdf, pdf_page
from pipeline.imaging.pdf_picture import picture_by_poppler, picture_of_pdf_page
from pipeline.imaging.picture import PagePicture
from pipeline.imaging.still import load_still

PICTURE_VERSION: Final = "1"
"""changes when the same page gives another picture"""

_DPI: Final = 144
"""two pixels a point: a line of 12 points, cut out and shown twice as large, is still read without effort"""
_LONGEST: Final = 2600
"""pixels: A3 at this resolution; larger pages are drawn smaller"""
_QUALITY: Final = 74
"""of JPEG: no blocks to be seen around letters, and an A4 page of print stays under 300 KB"""


def upright_picture(file: Path, media_type: MediaType, number: int, *, rotation: int, pixel_limit: int) -> PagePicture:
    """Return the picture of page `number` (from 1) of a PDF or picture file, turned clockwise by `rotation` degrees.

    It is the page as it is read: what PDFium cannot draw is drawn by Poppler.

    Raises:
        DamagedSource, EncryptedSource, SourceTooLarge, UnknownSource, ToolMissing
    """
    picture = _viewed(file, media_type, number, pixel_limit=pixel_limit)
    if not rotation:
        return picture
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, -rotation // 90))
    sides = (picture.height, picture.width) if rotation in {90, 270} else (picture.width, picture.height)
    return replace(picture, pixels=pixels, width=sides[0], height=sides[1])


def screen_jpeg(picture: PagePicture) -> bytes:
    """Return a picture as a JPEG of at most 144 dpi; finer ones are averaged, coarser ones stay as they are."""
    height, width = picture.pixels.shape[:2]
    wanted = picture.width / POINTS_PER_INCH * _DPI / width
    scale = min(1.0, wanted, _LONGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = picture.pixels if scale == 1.0 else cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA)
    into = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(into, "JPEG", quality=_QUALITY, optimize=True)
    return into.getvalue()


def _viewed(file: Path, media_type: MediaType, number: int, *, pixel_limit: int) -> PagePicture:
    if media_type is not MediaType.PDF:
        return load_still(file, media_type, number, pixel_limit=pixel_limit)
    try:
        with open_pdf(file) as document:
            return picture_of_pdf_page(pdf_page(document, number), page_facts(file, number), pixel_limit=pixel_limit)
    except DamagedSource:
        return picture_by_poppler(file, number, pixel_limit=pixel_limit)
