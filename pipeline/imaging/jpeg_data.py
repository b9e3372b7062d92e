"""What the data of a JPEG file tell about its size, whatever its header says (ITU-T T.81)."""

from __future__ import annotations

import mmap
from pathlib import Path

__all__ = ["holds_more_than"]

_START, _SCAN, _END = b"\xff\xd8", 0xDA, b"\xff\xd9"
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""markers without a length (B.1.1.3)"""
_BLOCK = 16
"""pixels to which the sides of a picture are filled up: four blocks, where colours have half the resolution (A.2.4)"""
_MOST_BITS = 16 + 11
"""that a number of a block can take: the longest code, and the bits that follow it (F.1.2)"""


def holds_more_than(file: Path, width: int, height: int, *, bands: int) -> bool:
    """Say whether a JPEG file has more data than a picture of `width` x `height` pixels in `bands` colours can have.

    Its header lies then: the decoder takes what the header asks for from the beginning of the data, and leaves the rest.
    """
    numbers = -(-width // _BLOCK) * -(-height // _BLOCK) * _BLOCK**2 * bands
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if len(data) * 8 <= numbers * _MOST_BITS:
            return False
        start = _scan_start(data)
        # within the data of a scan the end cannot stand by chance (B.1.1.5); tables between scans may only end it early
        return (data.find(_END, start) - start) * 8 > numbers * _MOST_BITS


def _scan_start(data: mmap.mmap) -> int:
    """Return where the first scan begins; the end of the file where there is none. What the segments before it hold is skipped."""
    place = len(_START)
    while place + 4 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004 - a marker's first byte
        marker = data[place + 1]
        if marker == _SCAN:
            return place
        length = 0 if marker in _STANDALONE else int.from_bytes(data[place + 2 : place + 4])
        place += 1 if marker == 0xFF else 2 + length  # noqa: PLR2004 - fill bytes may stand before a marker
    return len(data)
