"""Carry a page of a PDF over into a copy: its content and pictures as they are, without what an archive must not keep."""

from __future__ import annotations

import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream, StreamDecodeLevel

__all__ = ["UNREADABLE", "bare_page", "flatten", "pack_plain", "rewrap_lzw", "visible_box"]

UNREADABLE = (pikepdf.PdfError, RuntimeError, TypeError, ValueError)
"""what pikepdf raises over objects that are not what the standard says; qpdf's own errors are RuntimeErrors"""

_KEPT = frozenset(
    {"/Type", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group", "/Parent"}
)
_LZW = frozenset({"/LZWDecode", "/LZW"})
_QPDF_UNPACKS = _LZW | {
    *("/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"),
    *("/FlateDecode", "/Fl", "/RunLengthDecode", "/RL"),
}
_LETTER = (0.0, 0.0, 612.0, 792.0)
"""what viewers take where a page says nothing about its size"""


def flatten(pdf: Pdf) -> None:
    """Draw form fields and annotations into the pages as they are seen, and drop everything interactive, in memory.

    What is drawn is the appearance that is there (signature widgets hold number and date of many state documents); forms
    that ask for it get appearances first. Actions, scripts and files within the document go with the catalogue, of which
    nothing is carried over.
    """
    if isinstance(pdf.Root.get(Name.AcroForm), Dictionary):
        pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")


def bare_page(page: Page) -> None:
    """Take from a page all that is not its look: annotations, actions, structure, thumbnails, private data, in memory."""
    for key in list(page.obj.keys()):
        if key not in _KEPT:
            del page.obj[key]


def rewrap_lzw(pdf: Pdf) -> None:
    """Pack streams that LZW packs with Flate instead, in memory; the pixels and operators in them stay.

    PDF/A forbids LZW (ISO 19005-2, 6.1.7.2). A stream that cannot be unpacked stays, and the check of the copy names it.
    """
    for stream in pdf.objects:
        if not isinstance(stream, Stream) or not _LZW.intersection(_filters(stream)):
            continue
        try:
            data = stream.read_bytes(StreamDecodeLevel.generalized)
        except UNREADABLE:
            continue
        stream.write(zlib.compress(data, 9), filter=Name.FlateDecode)


def pack_plain(pdf: Pdf) -> bool:
    """Pack streams that are not packed, in memory, and return whether qpdf may pack what it writes besides.

    Where it may, it packs anew whatever it can unpack and is not plainly Flate (ASCII85 around Flate, a list of one filter),
    even pictures, which are to keep every byte. Metadata stay readable.
    """
    untouchable = False
    for stream in pdf.objects:
        if not isinstance(stream, Stream):
            continue
        filters = _filters(stream)
        untouchable |= bool(filters) and stream.Filter != Name.FlateDecode and _QPDF_UNPACKS.issuperset(filters)
        if not filters and stream.get(Name.Type) != Name.Metadata:
            stream.write(zlib.compress(stream.read_raw_bytes(), 9), filter=Name.FlateDecode)
    return not untouchable


def _filters(stream: Stream) -> list[str]:
    named = stream.get(Name.Filter)
    if isinstance(named, Array):
        return [str(each) for each in named]
    return [] if named is None else [str(named)]


def visible_box(page: Page) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top of what a viewer shows of the page, in user space."""
    media = _box(page.obj.get(Name.MediaBox)) or _LETTER
    crop = _box(page.obj.get(Name.CropBox)) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return (left, bottom, right, top) if left < right and bottom < top else media


def _box(value: Object | None) -> tuple[float, float, float, float] | None:
    if not isinstance(value, Array) or len(value) != 4:  # noqa: PLR2004 - a rectangle has four sides
        return None
    try:
        x0, y0, x1, y1 = (float(side) for side in value)
    except (TypeError, ValueError):
        return None
    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return box if box[0] < box[2] and box[1] < box[3] else None
