"""Bytes on their way to a store that has to know their digest before it gets the first of them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.ids import ContentHash
from storage.checked import CHUNK


@dataclass(frozen=True, slots=True)
class Spool:
    """Bytes that can be read in any order, by several threads at once."""

    sha256: ContentHash
    size: int
    read: Callable[[int, int], bytes]
    """give (first byte, how many)"""


@contextlib.contextmanager
def spooled(
    stream: BinaryIO, *, memory: int, scratch: Path | None, writing: Callable[[], AbstractContextManager[None]]
) -> Iterator[Spool]:
    """Read `stream` to its end; up to `memory` bytes are kept in memory, more in a nameless file in `scratch`.

    Errors of the stream come through as they are; those of the file are translated by `writing`.
    """
    digest = hashlib.sha256()
    pieces: list[bytes] = []
    size = 0
    while size <= memory and (piece := stream.read(CHUNK)):
        digest.update(piece)
        pieces.append(piece)
        size += len(piece)
    if size <= memory:
        whole = b"".join(pieces)
        yield Spool(ContentHash(digest.hexdigest()), size, lambda start, length: whole[start : start + length])
        return
    with writing():
        file = tempfile.TemporaryFile(dir=scratch, buffering=0)  # noqa: SIM115 - closed below, outside of `writing`
    with file:
        with writing():
            file.writelines(pieces)
        pieces.clear()
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
            with writing():
                file.write(piece)

        def read(start: int, length: int) -> bytes:
            piece = os.pread(file.fileno(), length, start)
            if len(piece) != min(length, size - start):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return piece

        yield Spool(ContentHash(digest.hexdigest()), size, read)
