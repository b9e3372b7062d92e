"""Where the pages of a copy come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pikepdf import Array, Dictionary, Name, Page, Pdf

from pipeline.assemble.carry import UNREADABLE, bare_page, flatten
from pipeline.assemble.invisible import drop_invisible_text
from pipeline.assemble.old_fonts import tell_unicode
from pipeline.assemble.raster import RasterPages
from pipeline.domain.page import LayerNote, RecognisedPage, TextOrigin
from pipeline.domain.source import MediaType

__all__ = ["CopyPage", "CopyPolicy", "OpenSources"]


@dataclass(frozen=True, slots=True)
class CopyPage:
    """A page to go into a copy."""

    file: Path
    """the source's file"""
    media_type: MediaType
    number: int
    """page of the source, from 1"""
    reading: RecognisedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPolicy:
    """How copies are made."""

    raster_dpi: float = 300.0
    """of pages that have to become pictures"""
    jpeg_quality: int = 90
    """of such pages where lossless packing would be too large"""


class OpenSources:
    """The PDFs that pages come from, each opened once. A context: they are closed at its end."""

    def __init__(self) -> None:
        self._pdfs: dict[Path, Pdf | None] = {}
        self._rasters: dict[Path, RasterPages] = {}

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all files."""
        for pdf in self._pdfs.values():
            if pdf is not None:
                pdf.close()
        for raster in self._rasters.values():
            raster.close()

    def pdf_page(self, wanted: CopyPage) -> Page | None:
        """Return a page of a PDF, flattened and stripped to its look, or None where qpdf cannot make sense of it."""
        if wanted.file not in self._pdfs:
            self._pdfs[wanted.file] = _opened(wanted.file)
        pdf = self._pdfs[wanted.file]
        if pdf is None or wanted.number > len(pdf.pages):
            return None
        page = pdf.pages[wanted.number - 1]
        try:
            bare_page(page)
            if wanted.reading.origin is TextOrigin.OCR:
                drop_invisible_text(pdf, page)
            if LayerNote.DECODED in wanted.reading.warnings:
                tell_unicode(pdf, page)
        except UNREADABLE:
            return None
        return page

    def raster(self, file: Path) -> RasterPages:
        """Return what draws the pages of a PDF."""
        return self._rasters.setdefault(file, RasterPages(file))


def _opened(file: Path) -> Pdf | None:
    try:
        pdf = Pdf.open(file, suppress_warnings=True)
        flatten(pdf)
        pdf.remove_unreferenced_resources()
    except UNREADABLE:
        return None
    return None if _hides_layers(pdf) else pdf


def _hides_layers(pdf: Pdf) -> bool:
    """Say whether some optional content is switched off: carried over without the catalogue it would appear."""
    properties = pdf.Root.get(Name.OCProperties)
    default = properties.get(Name.D) if isinstance(properties, Dictionary) else None
    if not isinstance(default, Dictionary):
        return False
    off = default.get(Name.OFF)
    return default.get(Name.BaseState) == Name.OFF or (isinstance(off, Array) and len(off) > 0)
