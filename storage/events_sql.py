"""What others are told, in SQL: at least once, in order for each document, and never under a second number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.event import Delivery, Event, EventKind, EventNumber
from storage.database import insert_if_new, reading, writing
from storage.desk_tables import deliveries, event_readers, events

_AT_ONCE = 5000
"""events that come among a reader's deliveries with one claim"""


class SqlEvents:
    """Implements `pipeline.desk_ports.Events`. Deliveries are no records: they say what is left to do."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def after(self, number: int, *, limit: int) -> Sequence[Event]:
        """Return events behind a number, in order.

        Numbers are given under a lock that is held until they are visible, so that none comes in behind one that was seen.
        """
        query = sa.select(events).where(events.c.number > number).order_by(events.c.number).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_event(row) for row in connection.execute(query))

    def claim(self, reader: str, *, at: dt.datetime, seconds: int, limit: int) -> Sequence[Delivery]:
        """Return what a reader is to be told now, and leave it to the caller for some seconds."""
        with writing(self._engine) as connection:
            _bring_up(connection, reader, at)
            earlier = deliveries.alias()
            waits = sa.exists().where(
                earlier.c.reader == reader,
                earlier.c.subject == deliveries.c.subject,
                earlier.c.event < deliveries.c.event,
            )
            due = (
                sa.select(events, deliveries.c.attempts, deliveries.c.reason)
                .join(deliveries, deliveries.c.event == events.c.number)
                .where(deliveries.c.reader == reader, deliveries.c.due_at <= at, ~waits)
                .order_by(events.c.number)
                .limit(limit)
            )
            rows = connection.execute(due).all()
            mine = (deliveries.c.reader == reader) & deliveries.c.event.in_([row.number for row in rows])
            connection.execute(sa.update(deliveries).where(mine).values(due_at=at + dt.timedelta(seconds=seconds)))
            return tuple(Delivery(event=_event(row), attempts=row.attempts, reason=row.reason) for row in rows)

    def told(self, reader: str, event: EventNumber) -> None:
        """Write that a reader has been told."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(deliveries).where(_this(reader, event)))

    def retry(self, reader: str, event: EventNumber, *, due: dt.datetime, reason: str) -> None:
        """Write that telling failed, and when it is tried again."""
        attempts = deliveries.c.attempts + 1
        change = sa.update(deliveries).where(_this(reader, event))
        with writing(self._engine) as connection:
            connection.execute(change.values(attempts=attempts, due_at=due, reason=reason))


def _bring_up(connection: sa.Connection, reader: str, at: dt.datetime) -> None:
    """Put events that came since the last claim among a reader's deliveries."""
    last = connection.scalar(sa.select(sa.func.max(events.c.number))) or 0
    insert_if_new(connection, event_readers, {"name": reader, "reached": last})
    this = event_readers.c.name == reader
    # locked: of two that claim for one reader, the second sees what the first has taken
    reached = connection.scalar(sa.select(event_readers.c.reached).where(this).with_for_update())
    new = sa.select(events.c.number, events.c.subject).where(events.c.number > reached)
    rows = connection.execute(new.order_by(events.c.number).limit(_AT_ONCE)).all()
    if not rows:
        return
    waiting = [
        {"reader": reader, "event": row.number, "subject": row.subject, "attempts": 0, "due_at": at, "reason": ""}
        for row in rows
    ]
    connection.execute(sa.insert(deliveries), waiting)
    connection.execute(sa.update(event_readers).where(this).values(reached=rows[-1].number))


def _this(reader: str, event: EventNumber) -> sa.ColumnElement[bool]:
    return (deliveries.c.reader == reader) & (deliveries.c.event == event)


def _event(row: sa.Row[Any]) -> Event:
    return Event(
        number=EventNumber(row.number),
        at=row.at,
        kind=EventKind(row.kind),
        document=row.subject,
        details=row.details,
    )
