"""Bytes on their way to a store that has to know their digest before it gets the first of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.ids import ContentHash
from storage.checked import CHUNK, DigestBeside


@dataclass(frozen=True, slots=True)
class Spool:
    """Bytes whose digest is known, in parts that can be read in any order, by several threads at once."""

    sha256: ContentHash
    size: int
    parts: tuple[str, ...]
    """SHA-256 of each part, hexadecimal; of a single one it is that of the whole"""
    read: Callable[[int], bytes]
    """give the part with this number, from 0"""


@contextlib.contextmanager
def spooled(
    stream: BinaryIO, *, part_size: int, scratch: Path | None, writing: Callable[[], AbstractContextManager[None]]
) -> Iterator[Spool]:
    """Read `stream` to its end. What is no longer than a part is kept in memory.

    More is read once more from the stream when it is wanted, if that is possible: whoever sends a part with the digest
    that it had at first is told by the server when it has changed since. Else it is kept in a nameless file in `scratch`.
    Errors of the stream come through as they are; those of the file are translated by `writing`.
    """
    first = _read_up_to(stream, part_size + 1)
    if len(first) <= part_size:
        sha256 = hashlib.sha256(first).hexdigest()
        yield Spool(ContentHash(sha256), len(first), (sha256,), lambda _: first)
    elif stream.seekable():
        start = stream.tell() - len(first)
        with contextlib.closing(_Digests(part_size)) as digests:
            while piece := first or stream.read(CHUNK):
                first = b""
                digests.update(piece)
            spool = digests.spool(_from_stream(stream, start, part_size))
        yield spool
    else:
        with writing():
            file = tempfile.TemporaryFile(dir=scratch, buffering=0)  # noqa: SIM115 - closed below, outside of `writing`
        with file:
            with contextlib.closing(_Digests(part_size)) as digests:
                while piece := first or stream.read(CHUNK):
                    first = b""
                    digests.update(piece)
                    with writing():
                        _write_all(file.fileno(), piece)
                spool = digests.spool(lambda number: os.pread(file.fileno(), part_size, number * part_size))
            yield spool


class _Digests:
    """Digests of the whole, in a thread of its own, and of the parts."""

    def __init__(self, part_size: int) -> None:
        self._part_size = part_size
        self._whole = DigestBeside()
        self._part = hashlib.sha256()
        self._parts: list[str] = []
        self._size = 0

    def update(self, piece: bytes) -> None:
        self._whole.update(piece)
        view = memoryview(piece)
        while view:
            room = self._part_size - self._size % self._part_size
            self._part.update(view[:room])
            self._size += len(view[:room])
            view = view[room:]
            if self._size % self._part_size == 0:
                self._end_part()

    def spool(self, read: Callable[[int], bytes]) -> Spool:
        if self._size % self._part_size:
            self._end_part()
        return Spool(ContentHash(self._whole.hexdigest()), self._size, tuple(self._parts), read)

    def close(self) -> None:
        self._whole.close()

    def _end_part(self) -> None:
        self._parts.append(self._part.hexdigest())
        self._part = hashlib.sha256()


def _from_stream(stream: BinaryIO, start: int, part_size: int) -> Callable[[int], bytes]:
    one_at_a_time = threading.Lock()

    def read(number: int) -> bytes:
        with one_at_a_time:
            stream.seek(start + number * part_size)
            return _read_up_to(stream, part_size)

    return read


def _read_up_to(stream: BinaryIO, most: int) -> bytes:
    """Return the next bytes of a stream, fewer only at its end, however little it gives at a time."""
    pieces: list[bytes] = []
    left = most
    while left and (piece := stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
