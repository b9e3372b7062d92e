"""The archive under retention: what is put there is locked before the put is acknowledged."""

from __future__ import annotations

import contextlib
import datetime as dt
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import ObjectLocked
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import LockMode
from pipeline.object_ports import ObjectLocks
from pipeline.ports import Area, Clock, ObjectStore, StoredObject


class RetainedObjects:
    """Implements `pipeline.ports.ObjectStore`: an inner store, whose archive area nobody removes from for a time.

    An object that is put again is retained anew. One that is retained for longer, or in another mode, stays as it is.
    """

    def __init__(
        self, inner: ObjectStore, locks: ObjectLocks, *, clock: Clock, retention: dt.timedelta, mode: LockMode
    ) -> None:
        self._inner = inner
        self._locks = locks
        self._clock = clock
        self._retention = retention
        self._mode = mode

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Keep the bytes of `stream`, and lock them if they are for the archive.

        Raises:
            StoreLacks: the store cannot lock, or was not proved to; the object is kept unlocked and nobody was told
                that it is safe.
            StoreUnavailable, StoreRefused, MachineExhausted
        """
        stored = self._inner.put(area, stream)
        if area is Area.ARCHIVE:
            until = self._clock.now() + self._retention
            with contextlib.suppress(ObjectLocked):
                self._locks.retain(area, stored.sha256, until=until, mode=self._mode)
        return stored

    def open(self, area: Area, sha256: ContentHash) -> AbstractContextManager[BinaryIO]:
        """Open an object of the inner store."""
        return self._inner.open(area, sha256)

    def local(self, area: Area, sha256: ContentHash) -> AbstractContextManager[Path]:
        """Give a file with the object's bytes."""
        return self._inner.local(area, sha256)

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Say whether the object is there."""
        return self._inner.has(area, sha256)

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Return a part of an object of the inner store."""
        return self._inner.part(area, sha256, start=start, length=length)
