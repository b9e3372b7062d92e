"""Care for a store that has a second one beside it: what is removed for good is removed from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept
from pipeline.object_ports import ObjectCare, ObjectKeeper
from pipeline.ports import Area


class MirroredCare:
    """Implements `pipeline.object_ports.ObjectCare`: removing reaches the mirror too, everything else is the store's."""

    def __init__(self, store: ObjectCare, mirror: ObjectKeeper) -> None:
        self._store = store
        self._mirror = mirror

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        """Remove from the store, which has the first word about locks, and then from the mirror."""
        self._store.remove(area, sha256, version=version)
        if version is None:
            self._mirror.remove(area, sha256)

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        """Return the store's states; where it has none, the mirror's: what is there still has to be removed."""
        return self._store.versions(area, sha256) or self._mirror.versions(area, sha256)

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        """List the store."""
        return self._store.objects(area, after=after)

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        """Ask the store."""
        return self._store.stat(area, sha256)

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        """Sweep the store: what comes in is not mirrored."""
        return self._store.sweep(unfinished=unfinished, incoming=incoming)

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        """Lock in the store."""
        self._store.retain(area, sha256, until=until, mode=mode)

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        """Hold in the store."""
        self._store.hold(area, sha256, on=on)

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        """Ask the store."""
        return self._store.lock(area, sha256)

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        """Tag in the store."""
        self._store.tag(area, sha256, tags)

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        """Ask the store."""
        return self._store.tags(area, sha256)

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        """Copy in the store."""
        self._store.copy(sha256, source=source, target=target)

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        """Ask the store."""
        return self._store.link(area, sha256, seconds=seconds, name=name)
