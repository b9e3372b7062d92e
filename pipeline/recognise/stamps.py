"""Words that signature and form fields draw onto a scan: exact, so they take the place of what OCR made of them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Word
from pipeline.recognise.layout import joined

_SAME_HEIGHT = 0.5
"""part of its height by which a stamp must stand in a line to belong to it, as a stamped number in `Số:   /QĐ-UBND`"""
_COVERED = 0.4
"""part of an OCR word under stamps at which it is a reading of them"""

_Words = tuple[Word, ...]


def stamped(lines: Iterable[_Words], stamps: _Words) -> list[_Words]:
    """Return the lines with `stamps` in the place of what was read there; stamps outside all lines make their own."""
    kept = [
        remaining
        for line in lines
        if (remaining := tuple(word for word in line if not _is_reading_of(word.box, stamps)))
    ]
    alone = []
    for stamp in stamps:
        number = next((i for i, line in enumerate(kept) if _stands_in(stamp.box, line)), None)
        if number is None:
            alone.append(stamp)
        else:
            kept[number] = tuple(sorted((*kept[number], stamp), key=lambda word: word.box.left))
    return kept + joined(alone)


def _is_reading_of(box: Box, stamps: _Words) -> bool:
    covered = sum(box.overlap(stamp.box) for stamp in stamps)
    return covered > _COVERED * max(box.width * box.height, 1e-6)


def _stands_in(box: Box, line: _Words) -> bool:
    extent = around(word.box for word in line)
    shared = min(extent.bottom, box.bottom) - max(extent.top, box.top)
    level = shared >= _SAME_HEIGHT * min(extent.height, box.height)
    return level and extent.left <= box.centre[0] <= extent.right
