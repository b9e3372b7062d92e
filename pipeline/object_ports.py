"""What can be done with kept objects beyond putting and reading them (`pipeline.ports.ObjectStore`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import KeptObject, Lock, LockMode, ObjectVersion, Swept
from pipeline.ports import Area


class ObjectKeeper(Protocol):
    """The store as its caretaker sees it. Nothing in the way of a batch calls this: lists are slow on every server."""

    def objects(self, area: Area, *, after: ContentHash | None = None) -> Iterator[KeptObject]:
        """Yield the objects of an area in order of their names, those behind `after`; asked for as they are taken.

        Raises:
            StoreUnavailable, StoreRefused
        """
        ...

    def stat(self, area: Area, sha256: ContentHash) -> KeptObject:
        """Return what the store knows of an object without reading it.

        Raises:
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...

    def versions(self, area: Area, sha256: ContentHash) -> Sequence[ObjectVersion]:
        """Return all states under a name, newest first; nothing where there is none.

        Raises:
            StoreUnavailable, StoreRefused
        """
        ...

    def remove(self, area: Area, sha256: ContentHash, *, version: str | None = None) -> None:
        """Remove one state of an object for good, or all of them. What is not there is as good as removed.

        Only an approved disposal, the removal of what can be made again, and sweeping may call this.

        Raises:
            ObjectLocked: a retention or a hold protects one of them; none is removed then.
            StoreUnavailable, StoreRefused
        """
        ...

    def sweep(self, *, unfinished: dt.timedelta, incoming: dt.timedelta) -> Swept:
        """Remove what dead processes left half written `unfinished` ago, and incoming objects older than `incoming`.

        A process that still writes after that time fails, and nothing of it is visible.

        Raises:
            StoreUnavailable, StoreRefused
        """
        ...


class ObjectLocks(Protocol):
    """Protecting objects from removal. An S3 server is asked only for what it was proved to do."""

    def retain(self, area: Area, sha256: ContentHash, *, until: dt.datetime, mode: LockMode) -> None:
        """Forbid the removal of an object before `until`. Retaining it again may make that later, never sooner.

        Raises:
            ObjectLocked: it is retained for longer, or more strictly.
            StoreLacks: the store cannot do this, or was not proved to; nothing was sent.
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...

    def hold(self, area: Area, sha256: ContentHash, *, on: bool) -> None:
        """Put an object on legal hold, or lift the hold.

        Raises:
            StoreLacks: the store cannot do this, or was not proved to; nothing was sent.
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...

    def lock(self, area: Area, sha256: ContentHash) -> Lock:
        """Return what protects an object.

        Raises:
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...


class ObjectTags(Protocol):
    """Short words beside an object, which rules of the server (expiry, replication) can go by. No personal data."""

    def tag(self, area: Area, sha256: ContentHash, tags: Mapping[str, str]) -> None:
        """Replace an object's tags; at most ten, names of 128 and values of 256 characters (the limits of S3).

        Raises:
            StoreLacks: the store cannot do this, or was not proved to; nothing was sent.
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...

    def tags(self, area: Area, sha256: ContentHash) -> Mapping[str, str]:
        """Return an object's tags.

        Raises:
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...


class ObjectTransfers(Protocol):
    """Objects that go somewhere without passing through this process, so their digests are not checked on the way."""

    def copy(self, sha256: ContentHash, *, source: Area, target: Area) -> None:
        """Keep an object of one area in another one too. What is there already stays.

        Raises:
            ObjectMissing, ObjectAltered: in the source; in the target, where it has another size there.
            StoreLacks: the store cannot copy by itself what is encrypted with a key that it does not keep.
            StoreUnavailable, StoreRefused
        """
        ...

    def link(self, area: Area, sha256: ContentHash, *, seconds: int, name: str) -> str:
        """Return an address from which anybody can download the object as a file called `name` for `seconds`.

        Raises:
            StoreLacks: the store has no addresses, or was not proved to refuse altered ones.
            StoreRefused: an address cannot be good for that long (a week is the limit of S3).
        """
        ...


class ObjectCare(ObjectKeeper, ObjectLocks, ObjectTags, ObjectTransfers, Protocol):
    """All of the above, as every store gives it; use cases ask for the part that they need."""
