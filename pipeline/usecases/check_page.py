"""How good is this page? Asked while the paper still lies in the scanner, and answered without reading it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.domain.source import MediaType
from pipeline.imaging.blank import Writing, writing_on
from pipeline.imaging.ground import even_ground
from pipeline.imaging.ink import ink_marks
from pipeline.imaging.pdf_facts import page_facts
from pipeline.imaging.pdf_file import open_pdf, pdf_page
from pipeline.imaging.pdf_picture import picture_of_pdf_page
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.quality import Fault, Grade, PageQuality, page_quality
from pipeline.imaging.skew import levelled, skew_of
from pipeline.imaging.still import load_still
from pipeline.intake.detect import media_type
from pipeline.recognise.codes import read_codes
from pipeline.recognise.orientation import lines_run_down, looks_upside_down, small_letters
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.sight import sight_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCheck:
    """What a look at a page told."""

    blank: bool
    quality: PageQuality | None
    """None for a blank page; without `plausible`, since nothing was read"""
    turned: int = 0
    """degrees by which it seems to lie wrong, from the shapes of its lines alone: 90 (on its side, either way) or 180"""


def check_page(picture: bytes, *, number: int = 1, pixel_limit: int) -> PageCheck:
    """Look at page `number` of a file as it came from the scanner (PDF, TIFF, JPEG, PNG, WebP, BMP, HEIC).

    Meant for a scan coach: it takes some tenths of a second, never reads text and keeps nothing.

    Raises:
        UnknownSource: the bytes are none of these kinds.
        DamagedSource: they cannot be decoded, or have no such page.
        EncryptedSource: a PDF that needs a password.
        SourceTooLarge: the picture has more than `pixel_limit` pixels; nothing was decoded then.
    """
    with tempfile.TemporaryDirectory(prefix="sohoa-check-") as folder:
        file = Path(folder) / "page"
        file.write_bytes(picture)
        return check_page_of_file(file, number=number, pixel_limit=pixel_limit)


def check_page_of_file(file: Path, *, number: int = 1, pixel_limit: int) -> PageCheck:
    """Look at page `number` of a file in the same way.

    Raises:
        UnknownSource, DamagedSource, EncryptedSource, SourceTooLarge: see `check_page`.
        OSError: the file cannot be read.
    """
    seen = _picture(file, media_type(file), number, pixel_limit=pixel_limit)
    sight = sight_of(seen, dpi=ReadPolicy().dpi)
    page, grey, dpi = sight.page, sight.grey, sight.dpi
    even = even_ground(grey)
    letters = small_letters(even)
    on_side = lines_run_down(letters)
    skew = skew_of(np.ascontiguousarray(np.rot90(even)) if on_side else even)
    quality = page_quality(page, grey, dpi=dpi, skew=skew, plausible=None)
    # what is too dark to be seen is not an empty sheet, and a sheet with but a seal or a code is kept by reading too
    dark = (Fault.TOO_DARK, Grade.SCAN_AGAIN) in quality.faults
    if dark or writing_on(grey, dpi=dpi) is Writing.PLAIN or ink_marks(seen) or read_codes(seen):
        return PageCheck(blank=False, quality=quality, turned=_turned(letters, on_side=on_side, skew=skew))
    return PageCheck(blank=True, quality=None)


def _turned(letters: Pixels, *, on_side: bool, skew: float) -> int:
    if on_side:
        return 90
    return 180 if looks_upside_down(levelled(letters, skew)) else 0


def _picture(file: Path, kind: MediaType, number: int, *, pixel_limit: int) -> PagePicture:
    if kind is not MediaType.PDF:
        return load_still(file, kind, number, pixel_limit=pixel_limit)
    with open_pdf(file) as document:
        return picture_of_pdf_page(pdf_page(document, number), page_facts(file, number), pixel_limit=pixel_limit)
