"""Care for sealed objects: each is known by the name of its plain bytes, and looked after under that of its sealed ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from pipeline.domain.capability import Capability
from pipeline.domain.errors import ObjectLocked, ObjectMissing, StoreLacks
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, Clock, ObjectStore
from storage.encrypted_objects import EncryptedObjects
from storage.sealed_sql import SealedNames
from storage.sealing import HEADER, sealed_size

_AT_ONCE = 500
"""names in one question"""


class EncryptedCare:
    """Implements `pipeline.object_ports.ObjectCare` over the care of a store in which sealed objects stand.

    `objects` seals and opens; `inner` is the store in which the sealed bytes are.
    """

    def __init__(
        self, care: ObjectCare, *, objects: EncryptedObjects, inner: ObjectStore, names: SealedNames, clock: Clock
    ) -> None:
        self._care = care
        self._clock = clock
        self._objects = objects
        self._inner = inner
        self._names = names

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        """Yield objects by the names of their plain bytes; what stands sealed for nothing, by its own name."""
        sealed = (self._stat_or_none(area, each) for each in self._names.all(area, after=after))
        there = (each for each in sealed if each is not None)
        return heapq.merge(there, self._others(area, after), key=attrgetter("sha256"))

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        """Return what is known of an object; its size is that of the plain bytes."""
        name = self._names.find(area, sha256)
        if name is None:
            return self._care.stat(area, sha256)
        try:
            seen = self._care.stat(area, name.sealed_sha256)
        except ObjectMissing as error:
            raise ObjectMissing(area=area.value, sha256=sha256, sealed=name.sealed_sha256) from error
        return replace(seen, sha256=sha256, size=name.size)

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        """Return all states of an object."""
        name = self._names.find(area, sha256)
        if name is None:
            return self._care.versions(area, sha256)
        whole = sealed_size(name.size)
        return tuple(
            replace(each, size=name.size) if each.size == whole else each
            for each in self._care.versions(area, name.sealed_sha256)
        )

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        """Remove an object; when all its states are gone, its wrapped key too: copies on tapes say nothing any more.

        The store has the first word: what it does not let go keeps its key.
        """
        name = self._names.find(area, sha256)
        if name is None or version is None:
            self._care.remove(area, sha256, version=version)
        if name is not None:
            self._care.remove(area, name.sealed_sha256, version=version)
            if version is None or not self._care.versions(area, name.sealed_sha256):
                self._names.forget(area, sha256)

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        """Sweep the store; sealed objects that stand for nothing go too, once nobody can be about to name them.

        Nothing goes from the archive: which of its objects are named, only these records say, and they may be those of
        another day. What stands there for nothing is told as a stray.
        """
        swept = self._care.sweep(unfinished=unfinished, incoming=incoming)
        for sha256 in self._names.all(Area.INCOMING):
            if self._stat_or_none(Area.INCOMING, sha256) is None:
                self._names.forget(Area.INCOMING, sha256)
        now = self._clock.now()
        orphans = 0
        for area in (Area.INCOMING, Area.DERIVED):
            for each in self._others(area, None):
                if now - each.modified > unfinished and self._is_sealed(area, each):
                    with contextlib.suppress(ObjectLocked):
                        self._care.remove(area, each.sha256)
                        orphans += 1
        return replace(swept, unfinished=swept.unfinished + orphans)

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        """Forbid the removal of the sealed bytes, and with them of their key."""
        self._care.retain(area, self._stored(area, sha256), until=until, mode=mode)

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        """Put the sealed bytes on legal hold, or lift the hold."""
        self._care.hold(area, self._stored(area, sha256), on=on)

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        """Return what protects the sealed bytes."""
        return self._care.lock(area, self._stored(area, sha256))

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        """Replace the tags of the sealed bytes; tags are not encrypted."""
        self._care.tag(area, self._stored(area, sha256), tags)

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        """Return the tags of the sealed bytes."""
        return self._care.tags(area, self._stored(area, sha256))

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        """Keep an object in another area too. What came in plain is sealed on the way."""
        name = self._names.find(source, sha256)
        if name is None:
            with self._objects.open(source, sha256) as stream:
                self._objects.put(target, stream)
            return
        self._care.copy(name.sealed_sha256, source=source, target=target)
        self._names.add(replace(name, area=target))

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        """Sign an address, of what is not sealed only: whoever downloads sealed bytes cannot read them."""
        if self._names.find(area, sha256) is not None:
            raise StoreLacks(ability=Capability.PRESIGN.value, reason="sealed")
        return self._care.link(area, sha256, seconds=seconds, name=name)

    def _stored(self, area: Area, sha256: ContentHash) -> ContentHash:
        name = self._names.find(area, sha256)
        return sha256 if name is None else name.sealed_sha256

    def _stat_or_none(self, area: Area, sha256: ContentHash) -> KeptObject | None:
        try:
            return self.stat(area, sha256)
        except ObjectMissing:
            return None

    def _others(self, area: Area, after: ContentHash | None) -> Iterator[KeptObject]:
        """Yield the objects of the inner store that stand sealed for no other."""
        listed = self._care.objects(area, after=after)
        while these := list(itertools.islice(listed, _AT_ONCE)):
            known = self._names.known(area, [each.sha256 for each in these])
            yield from (each for each in these if each.sha256 not in known)

    def _is_sealed(self, area: Area, listed: KeptObject) -> bool:
        if listed.size < len(HEADER):
            return False
        try:
            return self._inner.part(area, listed.sha256, start=0, length=len(HEADER)) == HEADER
        except ObjectMissing:  # swept by somebody else
            return False
