"""Changes that leave their trace: a change and its entry in the audit trail are one transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import (
    BEFORE_ALL,
    Action,
    AuditEntry,
    Author,
    Deed,
    EntryHash,
    Link,
    Subject,
    chained,
)
from pipeline.ports import Clock
from storage.audit_tables import audit_entries
from storage.database import POSTGRESQL, writing
from storage.event_writing import write_events
from storage.group_commit import GroupCommit
from storage.row_digests import digests
from storage.tables import keepable

_TRAIL_LOCK = 0x534F4155
"""advisory lock of PostgreSQL under which entries get their numbers"""
_SUBJECT_LOCKS = 0x534F5355
"""first half of the advisory locks under which records change"""
_LOCK_COUNT = 512
"""records share this many locks: PostgreSQL has room for some thousands in all"""
_TAKE_SUBJECT_LOCKS = sa.text(
    "SELECT count(pg_advisory_xact_lock(:locks, place)) FROM unnest(CAST(:places AS integer[])) AS place"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that is written beside what others write at the same moment, with its entries in the trail."""

    author: Author
    write: Callable[[sa.Connection], Sequence[Deed]]
    """writes, and returns what the trail says of it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A database, and who is writing into it."""

    engine: sa.Engine
    clock: Clock
    author: Author
    together: GroupCommit[Told]
    """for writes that come from many at the same moment: shared by all who write into the database from this process"""


@contextlib.contextmanager
def recorded(
    book: Book, action: Action, *subjects: Subject, reason: str = "", details: Mapping[str, str] | None = None
) -> Iterator[sa.Connection]:
    """Open a transaction that changes records; at its end the trail gets an entry for each of `subjects` that changed.

    Raises:
        RecordsUnavailable: nothing was changed.
    """
    with writing(book.engine) as connection:
        _hold(connection, subjects)
        before = digests(connection, subjects)
        yield connection
        after = digests(connection, subjects)
        deeds = [
            Deed(
                action=action,
                subject=each,
                before=before.get(each, {}),
                after=after.get(each, {}),
                reason=reason,
                details=details or {},
            )
            for each in subjects
            if before.get(each) != after.get(each)
        ]
        append(connection, deeds, book=book)


def told_together(engine: sa.Engine, *, clock: Clock) -> GroupCommit[Told]:
    """Return what commits things together that many tell at the same moment: their entries follow each other in the trail."""

    def write(connection: sa.Connection, told: Sequence[Told]) -> None:
        _append(connection, [(each.author, each.write(connection)) for each in told], at=clock.now())

    return GroupCommit(engine, write)


_ENTRY = sa.insert(audit_entries)


def append(connection: sa.Connection, deeds: Sequence[Deed], *, book: Book) -> None:
    """Write deeds at the end of the trail, inside a transaction that somebody else opened for writing."""
    _append(connection, [(book.author, deeds)], at=book.clock.now())


def _append(connection: sa.Connection, told: Sequence[tuple[Author, Sequence[Deed]]], *, at: dt.datetime) -> None:
    if not any(deeds for _, deeds in told):
        return
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TRAIL_LOCK)))
    last = end_of_trail(connection)
    entries: list[AuditEntry] = []
    for author, deeds in told:
        entries += chained([_keepable(each) for each in deeds], author=author, at=at, last=last)
        last = Link(entries[-1].number, entries[-1].hash) if entries else last
    connection.execute(_ENTRY, [entry_row(each) for each in entries])
    write_events(connection, entries)


_END = sa.select(audit_entries.c.number, audit_entries.c.hash).order_by(audit_entries.c.number.desc()).limit(1)


def end_of_trail(connection: sa.Connection, *, before: dt.datetime | None = None) -> Link:
    """Return the last link, or the last one that was written before a moment.

    Only its number and hash are looked at, so that an entry that was altered stops no work.
    """
    query = _END if before is None else _END.where(audit_entries.c.at < before)
    row = connection.execute(query).first()
    return BEFORE_ALL if row is None else Link(row.number, EntryHash(row.hash))


def entry_row(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry by the table's columns."""
    deed = entry.deed
    return {
        "number": entry.number,
        "at": entry.at,
        "author": entry.author.name,
        "role": entry.author.role,
        "origin": entry.author.origin,
        "action": deed.action.value,
        "subject_kind": deed.subject.kind.value,
        "subject_id": deed.subject.id,
        "before": dict(deed.before),
        "after": dict(deed.after),
        "reason": deed.reason,
        "details": dict(deed.details),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _keepable(deed: Deed) -> Deed:
    """Return a deed whose words every database takes: what is hashed is what is kept."""
    details = {name: keepable(text) for name, text in deed.details.items()}
    return replace(deed, reason=keepable(deed.reason), details=details)


def _hold(connection: sa.Connection, subjects: Collection[Subject]) -> None:
    """Keep others from changing the same records until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name != POSTGRESQL:
        return
    # always in the same order, so that two never wait for each other: an array is gone through from its beginning
    places = sorted({zlib.crc32(f"{each.kind.value} {each.id}".encode()) % _LOCK_COUNT for each in subjects})
    connection.execute(_TAKE_SUBJECT_LOCKS, {"locks": _SUBJECT_LOCKS, "places": places})
