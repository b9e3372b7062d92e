"""The outbox beside the trail: which event each entry has, and which it should have."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import AuditEntry, UnreadableEntry
from pipeline.law_ports import ToldDeed
from storage.audit_sql import ANY_ENTRY, as_entry
from storage.audit_tables import audit_entries
from storage.database import portions, reading, writing
from storage.desk_tables import deliveries, event_readers, events
from storage.event_writing import event_row, kind_of, write_events
from storage.webhook_tables import dead_letters

_MOST_NAMED = 1000
"""strays that are named: of more, the others are found when these are put right"""


class SqlEventLaw:
    """Implements `pipeline.law_ports.EventLaw`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def deeds(self, *, limit: int, after: int = 0) -> Sequence[ToldDeed]:
        """Return entries with their events; of an entry that nobody can read nothing is due, the trail's check names it."""
        number = audit_entries.c.number
        query = ANY_ENTRY.where(number > after).order_by(number).limit(limit)
        with reading(self._engine) as connection:
            entries = [as_entry(row) for row in connection.execute(query)]
            if not entries:
                return ()
            between = events.c.number.between(entries[0].number, entries[-1].number)
            told = {row.number: row for row in connection.execute(sa.select(events).where(between))}
        return tuple(_deed(entry, told.get(entry.number)) for entry in entries)

    def strays(self) -> Sequence[int]:
        """Return numbers of events without an entry."""
        entry = sa.exists().where(audit_entries.c.number == events.c.number)
        query = sa.select(events.c.number).where(~entry).order_by(events.c.number).limit(_MOST_NAMED)
        with reading(self._engine) as connection:
            return tuple(connection.scalars(query))

    def undeliverable(self) -> Sequence[tuple[str, int]]:
        """Return deliveries, and those that were given up, of no event."""
        found: list[tuple[str, int]] = []
        with reading(self._engine) as connection:
            for table in (deliveries, dead_letters):
                event = sa.exists().where(events.c.number == table.c.event)
                query = sa.select(table.c.reader, table.c.event).where(~event).order_by(table.c.reader, table.c.event)
                found += [(row.reader, row.event) for row in connection.execute(query.limit(_MOST_NAMED))]
        return found

    def ahead(self) -> Sequence[str]:
        """Return readers who reached what the trail does not."""
        last = sa.select(sa.func.coalesce(sa.func.max(audit_entries.c.number), 0)).scalar_subquery()
        query = sa.select(event_readers.c.name).where(event_readers.c.reached > last).order_by(event_readers.c.name)
        with reading(self._engine) as connection:
            return tuple(connection.scalars(query))

    def write(self, numbers: Collection[int]) -> None:
        """Write the events of these entries that are not there."""
        with writing(self._engine) as connection:
            for these in portions([f"{each:020}" for each in numbers]):
                wanted = [int(each) for each in these]
                there = set(connection.scalars(sa.select(events.c.number).where(events.c.number.in_(wanted))))
                missing = [each for each in wanted if each not in there]
                rows = connection.execute(ANY_ENTRY.where(audit_entries.c.number.in_(missing)))
                entries = [as_entry(row) for row in rows]
                write_events(connection, [each for each in entries if isinstance(each, AuditEntry)])


def _deed(entry: AuditEntry | UnreadableEntry, told: sa.Row[Any] | None) -> ToldDeed:
    due = kind_of(entry.deed) if isinstance(entry, AuditEntry) else None
    if told is None:
        return ToldDeed(number=entry.number, due=due, told=None, same=False)
    if isinstance(entry, UnreadableEntry):  # whose event nobody can judge
        return ToldDeed(number=entry.number, due=None, told=None, same=True)
    wanted = event_row(entry, due) if due is not None else {}
    same = all(_plain(getattr(told, name)) == _plain(value) for name, value in wanted.items())
    return ToldDeed(number=entry.number, due=due, told=told.kind, same=same)


def _plain(value: object) -> object:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
