"""The audit trail in SQL, read so that a tampered entry is a finding and no crash."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import (
    Action,
    AuditEntry,
    Author,
    Deed,
    EntryHash,
    Link,
    Subject,
    SubjectKind,
    UnreadableEntry,
)
from storage.audit_tables import audit_entries
from storage.database import reading
from storage.recorded import Book, Told, end_of_trail

_columns = audit_entries.c
# as text: what the driver or SQLAlchemy would refuse to turn into a value must not stop whoever looks for it
_AS_TEXT = ("at", "before", "after", "details")
ANY_ENTRY = sa.select(
    *(sa.cast(each, sa.Text).label(each.name) if each.name in _AS_TEXT else each for each in _columns)
)
"""all columns of entries, so that `as_entry` can read them"""
_ENTRIES = ANY_ENTRY.order_by(_columns.number)


class SqlAuditTrail:
    """Implements `pipeline.audit_ports.AuditTrail`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def note(self, deeds: Sequence[Deed]) -> None:
        """Write deeds that change no record.

        Raises:
            RecordsUnavailable: nothing was written, so nothing may be shown.
        """
        if deeds:
            self._book.together.commit(Told(author=self._book.author, write=lambda _: deeds))

    def entries(self, *, limit: int, after: int = 0) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return at most `limit` entries in order of their numbers, those behind number `after`."""
        with reading(self._book.engine) as connection:
            rows = connection.execute(_ENTRIES.where(_columns.number > after).limit(limit)).all()
        return [as_entry(row) for row in rows]

    def last(self, *, before: dt.datetime | None = None) -> Link:
        """Return the end of the trail, or the last entry written before a moment; BEFORE_ALL where there is none."""
        with reading(self._book.engine) as connection:
            return end_of_trail(connection, before=before)


def entries_about(connection: sa.Connection, subject: Subject) -> Sequence[AuditEntry | UnreadableEntry]:
    """Return all entries about a record, in order of their numbers."""
    about = (_columns.subject_kind == subject.kind.value, _columns.subject_id == subject.id)
    return [as_entry(row) for row in connection.execute(_ENTRIES.where(*about))]


def as_entry(row: sa.Row[Any]) -> AuditEntry | UnreadableEntry:
    """Return a row of `ANY_ENTRY` as an entry."""
    try:
        return AuditEntry(
            number=row.number,
            at=_moment(row.at),
            author=Author(name=row.author, role=row.role, origin=row.origin),
            deed=Deed(
                action=Action(row.action),
                subject=Subject(SubjectKind(row.subject_kind), row.subject_id),
                before=_words(row.before),
                after=_words(row.after),
                reason=row.reason,
                details=_words(row.details),
            ),
            previous=EntryHash(row.previous),
            hash=EntryHash(row.hash),
        )
    except ValueError as error:
        return UnreadableEntry(row.number, str(error), EntryHash(row.previous), EntryHash(row.hash))


def _moment(text: str) -> dt.datetime:
    """Return a moment as SQLite keeps it, without a zone, or as PostgreSQL writes it for a session in UTC."""
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _words(text: str) -> Mapping[str, str]:
    words = json.loads(text)
    if not isinstance(words, dict) or not all(isinstance(each, str) for each in words.values()):
        raise ValueError(f"no object of texts: {text[:80]}")
    return words
