"""Reading with the digest checked on the way."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO, cast

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area

CHUNK = 1 << 20
"""bytes read or written at a time"""


class _CheckedRaw(io.RawIOBase):
    """Hashes what passes. The last piece is handed out only when the digest of everything is right."""

    def __init__(self, read: Callable[[int], bytes], *, size: int, area: Area, sha256: ContentHash) -> None:
        super().__init__()
        self._read = read
        self._left = size
        self._area = area
        self._sha256 = sha256
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed's Buffer is not importable in 3.11
        piece = self._read(len(view))
        self._digest.update(piece)
        self._left -= len(piece)
        at_end = not piece or self._left <= 0
        if at_end and (self._left or self._digest.hexdigest() != self._sha256):
            raise ObjectAltered(area=self._area.value, sha256=self._sha256)
        view[: len(piece)] = piece
        return len(piece)


def checked_reader(read: Callable[[int], bytes], *, size: int, area: Area, sha256: ContentHash) -> BinaryIO:
    """Return a stream over `read(at most n bytes)` of an object that should have `size` bytes and the digest `sha256`.

    Raises:
        ObjectAltered: while reading, before the last bytes are handed out.
    """
    return cast("BinaryIO", io.BufferedReader(_CheckedRaw(read, size=size, area=area, sha256=sha256), CHUNK))
