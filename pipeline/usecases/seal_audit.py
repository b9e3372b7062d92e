"""Seal the days of the audit trail that have ended: Merkle root, time stamp, object in the archive, row."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.audit_ports import AuditSeals, AuditTrail, TimeStamps
from pipeline.domain.audit import BEFORE_ALL, AuditEntry, EntryHash, Link, UnreadableEntry
from pipeline.domain.audit_seal import (
    NO_SEAL,
    KeptSeal,
    Seal,
    UnreadableSeal,
    day_of,
    days_between,
    end_of,
    merkle_root,
    seal_hash,
    seal_text,
)
from pipeline.domain.errors import RecordsAltered, StoreLacks
from pipeline.domain.ids import ContentHash
from pipeline.domain.kept_object import LockMode
from pipeline.object_ports import ObjectLocks
from pipeline.ports import Area, Clock, ObjectStore, silent

_AT_ONCE = 1000
"""entries in memory"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealServices:
    """What sealing needs."""

    trail: AuditTrail
    seals: AuditSeals
    objects: ObjectStore
    locks: ObjectLocks | None
    """None: the store has no locks"""
    stamps: TimeStamps | None
    """None: there is no time-stamp authority"""
    clock: Clock
    locked_for: dt.timedelta
    """how long nobody may remove a seal"""


def seal_days(services: SealServices, *, on_day: Callable[[int, int], None] = silent) -> Sequence[KeptSeal]:
    """Seal each day that has ended since the last seal, oldest first; return the new seals.

    A day without entries is sealed as well, so that a missing seal is seen. What another process seals meanwhile stays.

    Raises:
        RecordsAltered: the newest seal, or an entry, holds what it cannot hold.
        TimestampUnavailable, ClockWrong, StoreUnavailable, StoreRefused: the days before are sealed.
    """
    last = _newest(services.seals)
    days = _unsealed(last, services)
    made: list[KeptSeal] = []
    for number, day in enumerate(days, start=1):
        seal = _seal(day, last, services.trail)
        kept = _keep(seal, services)
        if not services.seals.keep(kept):
            return made
        made.append(kept)
        last = kept
        on_day(number, len(days))
    return made


def _newest(seals: AuditSeals) -> KeptSeal | None:
    last = seals.last()
    if isinstance(last, UnreadableSeal):
        raise RecordsAltered(what="seal", id=last.day, problem=last.problem)
    return last


def _unsealed(last: KeptSeal | None, services: SealServices) -> Sequence[dt.date]:
    yesterday = day_of(services.clock.now()) - dt.timedelta(days=1)
    if last is not None:
        return days_between(last.seal.day + dt.timedelta(days=1), yesterday)
    first = services.trail.entries(limit=1)
    return days_between(day_of(_readable(first[0]).at), yesterday) if first else []


def _seal(day: dt.date, before: KeptSeal | None, trail: AuditTrail) -> Seal:
    covered = BEFORE_ALL if before is None else Link(before.seal.last, before.seal.head)
    end = trail.last(before=end_of(day))
    if end.number <= covered.number:  # nothing was written, or a clock went back
        end = covered
    hashes = (each.hash for each in _entries(trail, covered.number, last=end.number))
    return Seal(
        day=day,
        first=covered.number + 1,
        last=end.number,
        root=merkle_root(hashes),
        head=EntryHash(end.hash),
        previous=NO_SEAL if before is None else before.object,
    )


def _entries(trail: AuditTrail, after: int, *, last: int) -> Iterator[AuditEntry]:
    while after < last:
        page = trail.entries(after=after, limit=min(_AT_ONCE, last - after))
        if not page:
            return
        for each in page:
            if each.number > last:
                return
            yield _readable(each)
        after = page[-1].number


def _readable(entry: AuditEntry | UnreadableEntry) -> AuditEntry:
    if isinstance(entry, UnreadableEntry):
        raise RecordsAltered(what="audit_entry", id=entry.number, problem=entry.problem)
    return entry


def _keep(seal: Seal, services: SealServices) -> KeptSeal:
    """Put the seal and its time stamp into the archive, and lock both where the store can."""
    digest = seal_hash(seal)
    token = None if services.stamps is None else services.stamps.stamp(bytes.fromhex(digest))
    object_ = _put(seal_text(seal).encode(), services)
    return KeptSeal(seal=seal, object=object_, token=None if token is None else _put(token, services))


def _put(data: bytes, services: SealServices) -> ContentHash:
    stored = services.objects.put(Area.ARCHIVE, io.BytesIO(data))
    if services.locks is not None:
        until = services.clock.now() + services.locked_for
        # what a store was not proved to do is not asked of it: the time stamp and the chain of seals still hold
        with contextlib.suppress(StoreLacks):
            services.locks.retain(Area.ARCHIVE, stored.sha256, until=until, mode=LockMode.COMPLIANCE)
    return stored.sha256
