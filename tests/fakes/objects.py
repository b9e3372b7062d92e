"""An object store in memory that behaves as the real ones do; run under the same contract suite."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectAltered, ObjectMissing, StoreLacks
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept, check_tags
from pipeline.ports import Area, Clock, StoredObject
from storage.checked import CHUNK, checked_reader

Name = tuple[Area, ContentHash]


class _Now:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class MemoryObjects:
    """Implements `pipeline.ports.ObjectStore`; `kept` may be looked at and tampered with."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or _Now()
        self.kept: dict[Name, bytes] = {}
        self.times: dict[Name, dt.datetime] = {}

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        data = b"".join(iter(lambda: stream.read(CHUNK), b""))
        name = area, content_hash(data)
        if len(self.kept.setdefault(name, data)) != len(data):
            raise ObjectAltered(area=area.value, sha256=name[1])
        if area is Area.INCOMING or name not in self.times:
            self.times[name] = self.clock.now()
        return StoredObject(sha256=name[1], size=len(data))

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        data = self._bytes(area, sha256)
        with checked_reader(io.BytesIO(data).read, size=len(data), area=area, sha256=sha256) as stream:
            yield stream

    @contextlib.contextmanager
    def local(self, area: Area, sha256: ContentHash) -> Iterator[Path]:
        with self.open(area, sha256) as stream, tempfile.TemporaryDirectory() as folder:
            path = Path(folder, sha256)
            path.write_bytes(stream.read())
            path.chmod(0o400)
            yield path

    def has(self, area: Area, sha256: ContentHash) -> bool:
        return (area, sha256) in self.kept

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        piece = self._bytes(area, sha256)[start : start + length]
        if len(piece) != length:
            raise ObjectAltered(area=area.value, sha256=sha256)
        return piece

    def _bytes(self, area: Area, sha256: ContentHash) -> bytes:
        if (area, sha256) not in self.kept:
            raise ObjectMissing(area=area.value, sha256=sha256)
        return self.kept[area, sha256]


class MemoryKeeper:
    """Implements `pipeline.object_ports.ObjectCare` for a store in memory."""

    def __init__(self, objects: MemoryObjects) -> None:
        self._store = objects
        self._locks: dict[Name, Lock] = {}
        self._tags: dict[Name, Mapping[str, str]] = {}

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        names = sorted(sha256 for where, sha256 in self._store.kept if where is area and sha256 > (after or ""))
        return (self.stat(area, sha256) for sha256 in names)

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        if not self._store.has(area, sha256):
            raise ObjectMissing(area=area.value, sha256=sha256)
        name = area, sha256
        return KeptObject(sha256=sha256, size=len(self._store.kept[name]), modified=self._store.times[name])

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        if not self._store.has(area, sha256):
            return ()
        kept = self.stat(area, sha256)
        return (ObjectVersion(id="", size=kept.size, modified=kept.modified, newest=True),)

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        name = area, sha256
        lock = self._locks.get(name, Lock())
        if lock.protects(self._store.clock.now()):
            raise lock.error(area.value, sha256)
        if not version:
            self._store.kept.pop(name, None)
            self._store.times.pop(name, None)
            self._locks.pop(name, None)
            self._tags.pop(name, None)

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        old = [each for each in self.objects(Area.INCOMING) if self._store.clock.now() - each.modified > incoming]
        for each in old:
            self.remove(Area.INCOMING, each.sha256)
        return Swept(unfinished=0, expired=len(old))

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        lock = self.lock(area, sha256)
        if not lock.allows(until, mode):
            raise lock.error(area.value, sha256)
        self._locks[area, sha256] = replace(lock, until=until, mode=mode)

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        self._locks[area, sha256] = replace(self.lock(area, sha256), hold=on)

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        self.stat(area, sha256)
        return self._locks.get((area, sha256), Lock())

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        check_tags(tags)
        self.stat(area, sha256)
        self._tags[area, sha256] = dict(tags)

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        self.stat(area, sha256)
        return self._tags.get((area, sha256), {})

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        size = self.stat(source, sha256).size
        if len(self._store.kept.setdefault((target, sha256), self._store.kept[source, sha256])) != size:
            raise ObjectAltered(area=target.value, sha256=sha256)
        self._store.times.setdefault((target, sha256), self._store.clock.now())

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        raise StoreLacks(ability=Capability.PRESIGN.value)
