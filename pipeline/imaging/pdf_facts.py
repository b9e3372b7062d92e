"""What PDFium does not tell about a page: its unit, masks and layers on its images, image data that are cut off."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.imaging.fax import fax_is_damaged

_MASKS = ("/SMask", "/Mask", "/SMaskInData", "/OC")
_END_OF_JPEG = b"\xff\xd9"
_TRAILER = 4096
"""bytes that may follow the end of a JPEG: some scanners fill up a block"""
_MOST_PIXELS = 150_000_000
"""of an image that is looked into; larger ones are not read"""
_STEP = 1 << 20
_CHANNELS = {"/DeviceRGB": 3, "/DeviceCMYK": 4}
"""values of a pixel, in the plain colours that have more than one"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What has to be known about a page beside what PDFium draws."""

    user_unit: float = 1.0
    """points in one unit of the page (ISO 32000-1, table 30)"""
    masked: bool = False
    """whether an image is seen through a mask, or in a layer that may be switched off: its own pixels are not what is seen"""
    damaged: bool = False
    """whether the data of an image break off or cannot be decoded to their end: a part of the picture is lost"""


def page_facts(file: Path, number: int) -> PageFacts:
    """Return the facts about page `number` (from 1); what PDFium reads and qpdf does not has none."""
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            page = document.pages[number - 1]
            images = list(_images(page))
            return PageFacts(
                user_unit=_user_unit(page),
                masked="/OCProperties" in document.Root or any(key in image for image in images for key in _MASKS),
                damaged=any(_damaged(image) for image in images),
            )
    except (pikepdf.PdfError, IndexError, TypeError, ValueError, AttributeError, KeyError):
        return PageFacts()


def _user_unit(page: pikepdf.Page) -> float:
    unit = float(page.obj.get("/UserUnit", 1.0))
    return unit if math.isfinite(unit) and unit > 0 else 1.0


def _images(page: pikepdf.Page) -> Iterator[pikepdf.Stream]:
    named = page.resources.get("/XObject")
    for image in named.values() if isinstance(named, pikepdf.Dictionary) else ():
        if isinstance(image, pikepdf.Stream) and image.get("/Subtype") == pikepdf.Name.Image:
            yield image


def _damaged(image: pikepdf.Stream) -> bool:
    """Say whether an image's data break off. Those of JPEG 2000 and JBIG2 only PDFium can judge."""
    if int(image.get("/Width", 0)) * int(image.get("/Height", 0)) > _MOST_PIXELS:
        return False
    filters = image.get("/Filter")
    if isinstance(filters, pikepdf.Array):
        filters = filters[0] if len(filters) == 1 else None
    match filters:
        case pikepdf.Name.DCTDecode:
            return _END_OF_JPEG not in image.read_raw_bytes()[-_TRAILER:]
        case pikepdf.Name.FlateDecode:
            return not _inflates(image.read_raw_bytes(), least=_bytes_of(image))
        case pikepdf.Name.CCITTFaxDecode:
            return _fax_damaged(image)
    return False


def _inflates(data: bytes, *, least: int) -> bool:
    """Say whether deflated data come to their end and are `least` bytes then; what they hold is not kept."""
    inflater, size = zlib.decompressobj(), 0
    try:
        while data and not inflater.eof:
            size += len(inflater.decompress(data, _STEP))
            data = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof and size >= least


def _bytes_of(image: pikepdf.Stream) -> int:
    """Return how many bytes the pixels of an image take at least."""
    bits = int(image.get("/BitsPerComponent", 1)) * _CHANNELS.get(str(image.get("/ColorSpace", "")), 1)
    return int(image.get("/Height", 0)) * ((int(image.get("/Width", 0)) * bits + 7) // 8)


def _fax_damaged(image: pikepdf.Stream) -> bool:
    parameters = image.get("/DecodeParms")
    if isinstance(parameters, pikepdf.Array):
        parameters = parameters[0] if len(parameters) else None
    if not isinstance(parameters, pikepdf.Dictionary):
        parameters = pikepdf.Dictionary()
    if parameters.get("/EncodedByteAlign", False):  # libtiff has no such form
        return False
    columns = int(parameters.get("/Columns", 1728))
    return fax_is_damaged(
        image.read_raw_bytes(), columns=columns, rows=int(image.get("/Height", 0)), k=int(parameters.get("/K", 0))
    )
