"""Put the pages of a copy together: carried over or as pictures, upright, with their words over them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Page, Pdf, StreamDecodeLevel

from pipeline.assemble.carry import visible_box
from pipeline.assemble.font import InvisibleFont
from pipeline.assemble.layer import reading_place, text_layer
from pipeline.assemble.native_text import native_characters, without_native
from pipeline.assemble.picture import decoded_page, embedded_page
from pipeline.assemble.sources import CopyPage, CopyPolicy, OpenSources
from pipeline.domain.page import LayerNote, RecognisedPage, TextOrigin
from pipeline.domain.source import MediaType

__all__ = ["drafted"]

_FONT_NAME = "/SohoaText"
_AS_IT_IS = StreamDecodeLevel.none
_PART = 32
"""pages that are put together in memory: pikepdf reads the streams of a page, and keeps them in source and target, when the page
is copied to another PDF. So a long copy is made of parts on the disk, which qpdf then joins without holding them"""


@contextmanager
def drafted(
    pages: Sequence[CopyPage], *, as_pictures: frozenset[int], folder: Path, policy: CopyPolicy
) -> Iterator[Pdf]:
    """Give a PDF of all `pages`, open until the context ends; metadata and colour profile are still missing.

    Args:
        pages: what goes into it, in order.
        as_pictures: places in `pages` (from 0) that become pictures of themselves.
        folder: for files that are needed while the PDF is open; the caller removes it.
        policy: how pictures are made.

    Raises:
        DamagedSource, ToolMissing: a page can neither be carried over nor be drawn.
        OSError, pikepdf.PdfError: a source cannot be read.
    """
    parts = []
    worded: set[int] = set()
    for start in range(0, len(pages), _PART):
        parts.append(folder / f"part-{start}.pdf")
        with Pdf.new() as part, OpenSources() as sources:
            for index, wanted in enumerate(pages[start : start + _PART], start):
                if _put(part, wanted, as_picture=index in as_pictures, sources=sources, policy=policy):
                    worded.add(index)
            part.save(parts[-1], deterministic_id=True, compress_streams=False, stream_decode_level=_AS_IT_IS)
    with Pdf.open(_joined(parts, folder / "joined.pdf")) as pdf:
        _lay_words(pdf, [page.reading if index in worded else None for index, page in enumerate(pages)])
        yield pdf


def _joined(parts: Sequence[Path], target: Path) -> Path:
    if len(parts) == 1:
        return parts[0]
    as_it_is = ("--decode-level=none", "--compress-streams=n")
    pikepdf.Job(
        ["qpdf", "--empty", "--deterministic-id", *as_it_is, "--pages", *map(str, parts), "--", str(target)]
    ).run()
    return target


def _put(part: Pdf, wanted: CopyPage, *, as_picture: bool, sources: OpenSources, policy: CopyPolicy) -> bool:
    """Append a page, turned upright; return whether its words are to be laid over it."""
    carried = None
    if not as_picture and wanted.media_type is MediaType.PDF:
        carried = sources.pdf_page(wanted)
        if carried is not None and _says_what_it_does_not_show(wanted.reading, carried):
            carried = None
    if carried is None:
        page = _picture(part, wanted, decoded=as_picture, sources=sources, policy=policy)
    else:
        part.pages.append(carried)
        page = part.pages[-1]
    page.obj.Rotate = (_rotation(page) + wanted.reading.rotation) % 360
    return carried is None or wanted.reading.origin is TextOrigin.OCR


def _says_what_it_does_not_show(reading: RecognisedPage, carried: Page) -> bool:
    """Say whether a page's visible text is another than what it shows: a copy with it would be found by wrong words."""
    lies = {LayerNote.CONTRADICTED, LayerNote.UNREADABLE}
    return not lies.isdisjoint(reading.warnings) and bool(native_characters(carried))


def _picture(part: Pdf, wanted: CopyPage, *, decoded: bool, sources: OpenSources, policy: CopyPolicy) -> Page:
    width, height = _viewed_size(wanted.reading)
    if wanted.media_type is MediaType.PDF:
        drawing = sources.raster(wanted.file)
        return drawing.add(
            part, wanted.number, width=width, height=height, dpi=policy.raster_dpi, jpeg_quality=policy.jpeg_quality
        )
    page = None
    if not decoded:
        page = embedded_page(part, wanted.file, wanted.media_type, wanted.number, width=width, height=height)
    return page or decoded_page(part, wanted.file, wanted.media_type, wanted.number, width=width, height=height)


def _lay_words(pdf: Pdf, readings: Sequence[RecognisedPage | None]) -> None:
    """Put the invisible text on all pages for which there is a reading."""
    font = InvisibleFont(pdf)
    for page, reading in zip(pdf.pages, readings, strict=True):
        if reading is None or not reading.lines:
            continue
        place = reading_place(reading, visible_box(page), rotation=_rotation(page))
        lines = without_native(reading.lines, native_characters(page), place=place, height=reading.height)
        name = _free_font_name(page)
        layer = text_layer(reading, lines, font, font_name=name, place=place)
        if layer:
            _add_behind(page, layer)
            page.add_resource(font.object, Name.Font, Name(name))
    font.finish()


def _free_font_name(page: Page) -> str:
    """Return a name that no resource of the page has; a page of an older copy has a font of ours already."""
    taken = {name for kind in page.resources.values() if isinstance(kind, Dictionary) for name in kind}
    return next(name for count in itertools.count() if (name := f"{_FONT_NAME}{count}") not in taken)


def _add_behind(page: Page, layer: bytes) -> None:
    """Put content behind the page's own, which is enclosed so that its state does not reach the new one."""
    missing, left_open = _unbalanced(page)
    page.contents_add(b"q\n" * (missing + 1), prepend=True)
    page.contents_add(b"\n" + b"Q\n" * (left_open + 1) + layer)


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
