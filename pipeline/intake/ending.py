"""Say whether the end of a file is missing, as its kind would have it."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.source import MediaType

__all__ = ["is_cut_off", "pdf_is_cut_off"]

_TAIL = 4096
"""bytes that may follow the end of a picture: some scanners fill up a block"""
_COMMENT = 65_557
"""bytes of the longest end of a ZIP: its record, and a comment (APPNOTE 4.3.16)"""
_ENDS = {
    MediaType.JPEG: (b"\xff\xd9", _TAIL),
    MediaType.PNG: (b"IEND", _TAIL),
    MediaType.ZIP: (b"PK\x05\x06", _COMMENT),
}


def is_cut_off(file: Path, kind: MediaType) -> bool:
    """Say whether a file that cannot be read lacks its end; False where nothing tells, as of a TIFF."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        match kind:
            case MediaType.PDF:
                return pdf_is_cut_off(file)
            case MediaType.WEBP:
                return _number(stream, 4) + 8 > size
            case MediaType.BMP:
                return _number(stream, 2) > size
            case MediaType.HEIC:
                return _boxes_reach_beyond(stream, size)
            case MediaType.JPEG | MediaType.PNG | MediaType.ZIP:
                mark, within = _ENDS[kind]
                stream.seek(max(0, size - within))
                return mark not in stream.read()
    return False


def pdf_is_cut_off(file: Path, *, table: bool = False) -> bool:
    """Say whether objects follow the last end-of-file mark of a PDF, or there is none.

    `table`: its table of objects was found where it should be, so that nothing but the mark is missing where that is missing.

    Each state of a PDF ends with that mark (ISO 32000-1, 7.5.5), so behind the last one nothing of it can stand. One near the
    beginning belongs to a linearized file (annex F) whose second part is missing then.
    """
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = data.rfind(b"%%EOF")
        return not table if end < 0 else data.find(b" obj", end) >= 0


def _number(stream: BinaryIO, place: int) -> int:
    stream.seek(place)
    return int.from_bytes(stream.read(4), "little")


def _boxes_reach_beyond(stream: BinaryIO, size: int) -> bool:
    """Walk the boxes of an ISO base media file (ISO/IEC 14496-12, 4.2): of a whole file the last one ends where the file does."""
    place = 0
    while place < size:
        stream.seek(place)
        head = stream.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:  # to the end of the file
            return False
        if len(head) < 8 or length < 8:  # noqa: PLR2004 - a box has a head of eight bytes
            return True
        place += length
    return place > size
