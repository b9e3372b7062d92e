"""Reading with the digest checked on the way."""

from __future__ import annotations

import hashlib
import io
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, cast

from pipeline.domain.errors import ObjectAltered
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area

CHUNK = 1 << 20
"""bytes read or written at a time"""

_WORTH_A_THREAD = 8 << 20
"""Bytes from which an object is hashed beside being read: below, starting a thread costs more than it saves."""

_SMALL_CHUNK = 1 << 18
"""Bytes read at a time of smaller objects: while one piece is hashed, the system receives the next ones."""

_BEHIND = 4
"""pieces that hashing may be behind: so much stays in memory"""


class _Digest:
    """SHA-256 of what passes."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        self._digest.update(piece)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def close(self) -> None:
        pass


class DigestBeside(_Digest):
    """The same, computed in a thread of its own while the next piece is on its way (hashlib works without the GIL)."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sohoa-digest")
        self._waiting: deque[Future[None]] = deque()

    def update(self, piece: bytes) -> None:
        """Hash a piece later; wait where too many are waiting."""
        self._waiting.append(self._thread.submit(super().update, piece))
        if len(self._waiting) > _BEHIND:
            self._waiting.popleft().result()

    def hexdigest(self) -> str:
        """Wait for the pieces that are waiting, and return the digest."""
        while self._waiting:
            self._waiting.popleft().result()
        return super().hexdigest()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)


class _CheckedStream(io.BufferedIOBase):
    """Hashes what passes. The last piece is handed out only when the digest of everything is right.

    The standard buffered reader would copy every byte twice more.
    """

    def __init__(self, read: Callable[[int], bytes], *, size: int, area: Area, sha256: ContentHash) -> None:
        super().__init__()
        self._read = read
        self._left = size
        self._area = area
        self._sha256 = sha256
        large = size >= _WORTH_A_THREAD
        self._digest = DigestBeside() if large else _Digest()
        self._most = CHUNK if large else _SMALL_CHUNK
        self._checked = False
        self._piece = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        unread = len(self._piece) - self._at + self._left
        wanted = unread if size is None or size < 0 else min(size, unread)
        pieces = [self._some(wanted)]
        while (missing := wanted - sum(map(len, pieces))) > 0:
            pieces.append(self._some(missing))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read1(self, size: int = -1, /) -> bytes:
        return self._some(CHUNK if size < 0 else size)

    def peek(self, _: int = 0, /) -> bytes:
        if self._at == len(self._piece):
            self._fill()
        return self._piece[self._at :]

    def close(self) -> None:
        self._digest.close()
        super().close()

    def _some(self, most: int) -> bytes:
        """Return what is ready, or what comes next, at most so many bytes; nothing at the end."""
        if self._at == len(self._piece):
            self._fill()
        start, self._at = self._at, min(self._at + most, len(self._piece))
        return self._piece if self._at - start == len(self._piece) else self._piece[start : self._at]

    def _fill(self) -> None:
        """Read the next piece.

        Raises:
            ObjectAltered: it is the last one and the digest is wrong, or there is none where one should be.
        """
        wanted = min(self._left, self._most)
        piece = self._read(wanted) if wanted else b""
        self._digest.update(piece)
        self._left -= len(piece)
        at_end = (wanted and not piece) or (not self._left and not self._checked)
        if at_end and (self._left or self._digest.hexdigest() != self._sha256):
            raise ObjectAltered(area=self._area.value, sha256=self._sha256)
        self._checked = not self._left
        self._piece, self._at = piece, 0


def checked_reader(read: Callable[[int], bytes], *, size: int, area: Area, sha256: ContentHash) -> BinaryIO:
    """Return a stream over `read(at most n bytes)` of an object that should have `size` bytes and the digest `sha256`.

    Raises:
        ObjectAltered: while reading, before the last bytes are handed out.
    """
    return cast("BinaryIO", _CheckedStream(read, size=size, area=area, sha256=sha256))
