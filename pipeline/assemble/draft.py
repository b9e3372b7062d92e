"""A copy in the making: pages with their text, each of which can still become a picture of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf
from pikepdf import Name, Page, Pdf

from pipeline.assemble.carry import visible_box
from pipeline.assemble.font import InvisibleFont
from pipeline.assemble.layer import reading_place, text_layer
from pipeline.assemble.native_text import native_characters, without_native
from pipeline.assemble.picture import decoded_page, embedded_page
from pipeline.assemble.sources import CopyPage, CopyPolicy, OpenSources
from pipeline.domain.page import RecognisedPage, TextOrigin
from pipeline.domain.source import MediaType

__all__ = ["Draft"]

_FONT_NAME = "/SohoaText"
_SPOOLED = 8
"""pages with new pictures that are held in memory before they go to a file"""

_PageMaker = Callable[[Pdf], Page]


class Draft:
    """The pages of a copy as references to the streams of their sources, so that memory stays flat however many there are.

    A context: it keeps the sources open. Files go into `folder`, which is the caller's to remove.
    """

    def __init__(self, pages: Sequence[CopyPage], *, folder: Path, policy: CopyPolicy) -> None:
        self._pages = pages
        self._policy = policy
        self._folder = folder
        self._sources = OpenSources()
        self._spools: list[Pdf] = []
        self.pdf = Pdf.new()
        self._font = InvisibleFont(self.pdf)

    def __enter__(self) -> Self:
        """Put all pages together."""
        for _ in self._pages:
            self.pdf.add_blank_page()
        pictures = {}
        for index, wanted in enumerate(self._pages):
            carried = self._sources.pdf_page(wanted) if wanted.media_type is MediaType.PDF else None
            if carried is None:
                pictures[index] = self._embedded(wanted)
            else:
                self.pdf.pages[index] = carried
                self._finish_page(index, turn_from=_rotation(carried), text=wanted.reading.origin is TextOrigin.OCR)
        self._put_pictures(pictures)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the draft and everything that it reads from."""
        self.pdf.close()
        for spool in self._spools:
            spool.close()
        self._sources.close()

    def rasterise(self, indices: Iterable[int]) -> None:
        """Replace pages (counted from 0) by pictures of themselves, with their text over them."""
        self._put_pictures({index: self._drawn(self._pages[index]) for index in indices})

    def finish_font(self) -> None:
        """Write the font of the text layers, if there is any; before every saving."""
        if self._font.used:
            self._font.finish()

    def _put_pictures(self, makers: dict[int, _PageMaker]) -> None:
        indices = sorted(makers)
        for start in range(0, len(indices), _SPOOLED):
            part = indices[start : start + _SPOOLED]
            file = self._folder / f"pictures-{len(self._spools)}.pdf"
            with Pdf.new() as fresh:
                for index in part:
                    makers[index](fresh)
                fresh.save(file)
            spool = Pdf.open(file)
            self._spools.append(spool)
            for index, page in zip(part, spool.pages, strict=True):
                self.pdf.pages[index] = page
                self._finish_page(index, turn_from=0, text=True)

    def _embedded(self, wanted: CopyPage) -> _PageMaker:
        if wanted.media_type is MediaType.PDF:
            return self._drawn(wanted)
        width, height = _viewed_size(wanted.reading)

        def make(target: Pdf) -> Page:
            page = embedded_page(target, wanted.file, wanted.media_type, wanted.number, width=width, height=height)
            return page or decoded_page(target, wanted.file, wanted.number, width=width, height=height)

        return make

    def _drawn(self, wanted: CopyPage) -> _PageMaker:
        width, height = _viewed_size(wanted.reading)
        policy = self._policy

        def draw(target: Pdf) -> Page:
            if wanted.media_type is not MediaType.PDF:
                return decoded_page(target, wanted.file, wanted.number, width=width, height=height)
            return self._sources.raster(wanted.file).add(
                target,
                wanted.number,
                width=width,
                height=height,
                dpi=policy.raster_dpi,
                jpeg_quality=policy.jpeg_quality,
            )

        return draw

    def _finish_page(self, index: int, *, turn_from: int, text: bool) -> None:
        """Turn a page upright and, if it is to carry `text`, lay its words over it."""
        reading = self._pages[index].reading
        page = self.pdf.pages[index]
        rotation = (turn_from + reading.rotation) % 360
        if rotation:
            page.obj.Rotate = rotation
        elif Name.Rotate in page.obj:
            del page.obj[Name.Rotate]
        if not text:
            return
        place = reading_place(reading, visible_box(page), rotation=rotation)
        lines = without_native(reading.lines, native_characters(page), place=place, height=reading.height)
        layer = text_layer(reading, lines, self._font, font_name=_FONT_NAME, place=place)
        if layer:
            self._add(page, layer)

    def _add(self, page: Page, layer: bytes) -> None:
        """Put content behind the page's own, which is enclosed so that its state does not reach it."""
        before, after = _unbalanced(page)
        page.contents_add(b"q\n" * (before + 1), prepend=True)
        page.contents_add(b"\n" + b"Q\n" * (after + 1) + layer)
        page.add_resource(self._font.object, Name.Font, Name(_FONT_NAME))


def _unbalanced(page: Page) -> tuple[int, int]:
    """Return how many `q` are missing before the page's content, and how many `Q` after it."""
    depth = missing = 0
    for instruction in pikepdf.parse_content_stream(page, "q Q"):
        depth += 1 if str(instruction.operator) == "q" else -1
        if depth < 0:
            missing, depth = missing + 1, 0
    return missing, depth


def _viewed_size(reading: RecognisedPage) -> tuple[float, float]:
    """Return width and height, in points, of the page before it was turned upright."""
    return (reading.height, reading.width) if reading.rotation % 180 else (reading.width, reading.height)


def _rotation(page: Page) -> int:
    """Return the page's own /Rotate as viewers take it: a multiple of 90 from 0 to 270."""
    try:
        degrees = int(page.obj.get(Name.Rotate, 0))
    except (TypeError, ValueError):
        return 0
    return degrees % 360 if degrees % 90 == 0 else 0
