"""Fax data (CCITT group 3 and 4) that is damaged: its decoder goes on with what it has and only mutters about it."""

from __future__ import annotations

import io
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.domain.source import MediaType
from pipeline.imaging.opened_picture import open_picture

_COMPRESSION, _PHOTOMETRIC, _STRIP, _STRIP_SIZE, _T4_OPTIONS = 259, 262, 273, 279, 292
_SHORT, _LONG = 3, 4
_HEADER = 8
_NONSENSE = b"\x03\xff" * 8
"""codes for an extension that nobody has: a decoder that needs more data than there are complains about them"""
_END = "0" * 11
_ONES_IN_END = 2
_DECODER = (b"Fax3Decode", b"Fax4Decode", b"Fax3PreDecode")


@contextmanager
def fax_complaints() -> Iterator[list[str]]:
    """Collect what libtiff says about fax data that is decoded inside; the list is filled at the end.

    libtiff tells it to the process's standard error and to nobody else, so that is turned to a file for so long. Meant for
    processes that read one page at a time: what another thread writes meanwhile is handed on afterwards.
    """
    said: list[str] = []
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as heard:
            os.dup2(heard.fileno(), 2)
            try:
                yield said
            finally:
                os.dup2(kept, 2)
                heard.seek(0)
                for line in heard:
                    if line.startswith(_DECODER):
                        said.append(line.decode("utf-8", errors="replace").strip())
                    else:
                        os.write(2, line)
    finally:
        os.close(kept)


def group_4_ends_early(data: bytes) -> bool:
    """Say whether group 4 data hold something behind their end.

    Eleven zeros in a row belong to no code but the end of the block, two codes with a single one each (ITU-T T.6, 2.4.1.1).
    A decoder that meets them stops, silently, and leaves the rest of the picture as it is.
    """
    signs = f"{int.from_bytes(data):0{8 * len(data)}b}"
    end = signs.find(_END)
    return end >= 0 and signs.count("1", end) > _ONES_IN_END


def fax_is_damaged(data: bytes, *, columns: int, rows: int, k: int) -> bool:
    """Say whether the data of a fax stream in a PDF break off or hold codes that do not exist.

    Args:
        data: the stream as it stands in the file.
        columns: pixels in a row.
        rows: rows that there should be.
        k: the parameter K of CCITTFaxDecode (ISO 32000-1, table 11): under 0 group 4, 0 and over group 3.
    """
    with fax_complaints() as said:
        try:
            tiff = io.BytesIO(_tiff(data + _NONSENSE, columns=columns, rows=rows, k=k))
            with open_picture(tiff, MediaType.TIFF) as image:
                image.load()
        except (OSError, SyntaxError, ValueError):
            return True
    return bool(said) or (k < 0 and group_4_ends_early(data))


def _tiff(data: bytes, *, columns: int, rows: int, k: int) -> bytes:
    """Return a TIFF of one strip around fax data (TIFF 6.0, sections 10 and 11)."""
    entries = [
        (256, _LONG, columns),
        (257, _LONG, rows),
        (258, _SHORT, 1),
        (_COMPRESSION, _SHORT, 4 if k < 0 else 3),
        (_PHOTOMETRIC, _SHORT, 0),
        (_STRIP, _LONG, _HEADER),
        (277, _SHORT, 1),
        (278, _LONG, rows),
        (_STRIP_SIZE, _LONG, len(data)),
    ]
    if k >= 0:
        entries.append((_T4_OPTIONS, _LONG, int(k > 0)))
    padded = data + b"\0" * (len(data) % 2)
    table = b"".join(
        struct.pack("<HHI", tag, kind, 1)
        + struct.pack("<HH" if kind == _SHORT else "<I", *((value, 0) if kind == _SHORT else (value,)))
        for tag, kind, value in entries
    )
    directory = struct.pack("<H", len(entries)) + table + b"\0" * 4
    return b"II*\0" + struct.pack("<I", _HEADER + len(padded)) + padded + directory
