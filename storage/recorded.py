"""Changes that leave their trace: a change and its entry in the audit trail are one transaction."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry, Author, Deed, EntryHash, Subject, SubjectKind, chained
from pipeline.ports import Clock
from storage.audit_tables import audit_entries
from storage.database import POSTGRESQL, writing
from storage.row_digests import digests

_TRAIL_LOCK = 0x534F4155
"""advisory lock of PostgreSQL under which entries get their numbers"""
_SUBJECT_LOCKS = 0x534F5355
"""first half of the advisory locks under which records change"""
_LOCK_COUNT = 512
"""records share this many locks: PostgreSQL has room for some thousands in all"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A database, and who is writing into it."""

    engine: sa.Engine
    clock: Clock
    author: Author


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


def append(connection: sa.Connection, deeds: Sequence[Deed], *, book: Book) -> None:
    """Write deeds at the end of the trail, inside a transaction that somebody else opened for writing."""
    if not deeds:
        return
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TRAIL_LOCK)))
    entries = chained(deeds, author=book.author, at=book.clock.now(), last=last_entry(connection))
    connection.execute(sa.insert(audit_entries), [_row(each) for each in entries])


def last_entry(connection: sa.Connection) -> AuditEntry | None:
    """Return the end of the trail."""
    newest = sa.select(audit_entries).order_by(audit_entries.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else audit_entry(row)


def audit_entry(row: sa.Row[Any]) -> AuditEntry:
    """Return an entry as it stands in the database.

    Raises:
        ValueError: an action or subject that this version does not know.
    """
    return AuditEntry(
        number=row.number,
        at=row.at,
        author=Author(name=row.author, role=row.role, origin=row.origin),
        deed=Deed(
            action=Action(row.action),
            subject=Subject(SubjectKind(row.subject_kind), row.subject_id),
            before=row.before,
            after=row.after,
            reason=row.reason,
            details=row.details,
        ),
        previous=EntryHash(row.previous),
        hash=EntryHash(row.hash),
    )


def _row(entry: AuditEntry) -> dict[str, Any]:
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


def _hold(connection: sa.Connection, subjects: Collection[Subject]) -> None:
    """Keep others from changing the same records until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name != POSTGRESQL:
        return
    places = sorted({zlib.crc32(f"{each.kind.value} {each.id}".encode()) % _LOCK_COUNT for each in subjects})
    for place in places:  # always in the same order, so that two never wait for each other
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SUBJECT_LOCKS, place)))
