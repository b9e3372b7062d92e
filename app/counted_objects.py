"""A store whose calls are counted for traces."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.tally import counting_store
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore, StoredObject


class CountedObjects:
    """Implements `pipeline.ports.ObjectStore` over another one."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Keep an object."""
        with counting_store():
            return self._objects.put(area, stream)

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        """Open an object; how long it is then read is not counted."""
        with contextlib.ExitStack() as stack:
            with counting_store():
                stream = stack.enter_context(self._objects.open(area, sha256))
            yield stream

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        """Give a file with an object's bytes."""
        with contextlib.ExitStack() as stack:
            with counting_store():
                path = stack.enter_context(self._objects.local(area, sha256))
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Say whether an object is there."""
        with counting_store():
            return self._objects.has(area, sha256)

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Return a part of an object."""
        with counting_store():
            return self._objects.part(area, sha256, start=start, length=length)
