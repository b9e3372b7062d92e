"""Which bytes of a file are asked for (RFC 9110 section 14)."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from pipeline.domain.download_errors import RangeUnsatisfiable

_SPEC = re.compile(r"(?:(?P<first>[0-9]+)-(?P<last>[0-9]*)|-(?P<suffix>[0-9]+))")
_MOST_DIGITS = 18
"""of a number that is worth counting with: no file is as long"""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file, at least one byte."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """Return the value of `Content-Range` in a file of `size` bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def asked_range(header: str | None, *, size: int) -> ByteRange | None:
    """Return the one range that is asked for; None where the whole file is to be sent.

    That is so without the header, for units and forms that nobody knows, which are to be ignored, and for several ranges at once,
    which a server may answer with the whole.

    Raises:
        RangeUnsatisfiable: the range begins behind the end of the file.
    """
    unit, _, specs = (header or "").partition("=")
    wanted = [each.strip(" \t") for each in specs.split(",")]
    named = [each for each in wanted if each]
    if unit.strip(" \t").lower() != "bytes" or len(named) != 1:
        return None
    match = _SPEC.fullmatch(named[0])
    if match is None:
        return None
    if match["suffix"]:
        length = min(_number(match["suffix"]), size)
        if not length:
            raise RangeUnsatisfiable(size=size)
        return ByteRange(size - length, length)
    first, last = _number(match["first"]), _number(match["last"]) if match["last"] else sys.maxsize
    if last < first:
        return None
    if first >= size:
        raise RangeUnsatisfiable(size=size)
    return ByteRange(first, min(last, size - 1) - first + 1)


def _number(digits: str) -> int:
    plain = digits.lstrip("0")
    return sys.maxsize if len(plain) > _MOST_DIGITS else int(plain or "0")
