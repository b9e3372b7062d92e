"""What others are told, in SQL: at least once, in order for each document, and never under a second number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.event import EVERYBODY, Attempt, Audience, Delivery, Event, EventKind, EventNumber
from storage.database import insert_if_new, reading, writing
from storage.desk_tables import deliveries, event_readers, events
from storage.tables import batches, documents
from storage.webhook_tables import dead_letters, delivery_attempts

_AT_ONCE = 5000
"""events that come among a reader's deliveries with one claim"""

# a paper's row stays when it is replaced or disposed of; an event without one is told as the installation's own
AGENCY = sa.func.coalesce(batches.c.agency, "")
"""of the event's document"""
WITH_AGENCY = events.outerjoin(documents, documents.c.id == events.c.subject).outerjoin(
    batches, batches.c.id == documents.c.batch
)
"""events beside their documents and batches"""


class SqlEvents:
    """Implements `pipeline.desk_ports.Events`. Deliveries are no records: they say what is left to do."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def after(self, number: int, *, limit: int, audience: Audience = EVERYBODY) -> Sequence[Event]:
        """Return events behind a number, in order.

        Numbers are given under a lock that is held until they are visible, so that none comes in behind one that was seen.
        """
        query = sa.select(events, AGENCY.label("agency")).select_from(WITH_AGENCY).where(events.c.number > number)
        query = query.where(heard_by(audience)).order_by(events.c.number).limit(limit)
        with reading(self._engine) as connection:
            return tuple(event_of(row) for row in connection.execute(query))

    def claim(
        self, reader: str, *, at: dt.datetime, seconds: int, limit: int, audience: Audience = EVERYBODY
    ) -> Sequence[Delivery]:
        """Return what a reader is to be told now, and leave it to the caller for some seconds."""
        with reading(self._engine) as connection:  # most who ask find nothing, and need no writer's lock for that
            if not _has_something(connection, reader, at):
                return ()
        with writing(self._engine) as connection:
            failures = _bring_up(connection, reader, at, audience)
            if failures is None:
                return ()
            due = _due(reader, at, audience).limit(1 if failures else limit)
            rows = sorted(connection.execute(due).all(), key=lambda row: int(row.number))
            mine = (deliveries.c.reader == reader) & deliveries.c.event.in_([row.number for row in rows])
            connection.execute(sa.update(deliveries).where(mine).values(due_at=at + dt.timedelta(seconds=seconds)))
            return tuple(_delivery(row, failures=failures) for row in rows)

    def told(self, reader: str, attempt: Attempt) -> None:
        """Write that a reader has been told, and by which attempt."""
        failed_before = (event_readers.c.name == reader) & (event_readers.c.failures > 0)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(deliveries).where(_this(reader, attempt)))
            connection.execute(sa.update(event_readers).where(failed_before).values(failures=0, rests_until=None))
            note_attempt(connection, reader, attempt)

    def retry(self, reader: str, attempt: Attempt, *, due: dt.datetime, rests_until: dt.datetime | None = None) -> None:
        """Write that telling failed, when it is tried again, and until when the reader is told nothing at all."""
        change = {
            "attempts": deliveries.c.attempts + 1,
            "tried_since": sa.func.coalesce(deliveries.c.tried_since, sa.bindparam("tried", attempt.at, _MOMENT)),
            "due_at": due,
            "reason": attempt.reason,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.update(deliveries).where(_this(reader, attempt)).values(change))
            _note_failure(connection, reader, attempt, rests_until)

    def set_aside(self, reader: str, attempt: Attempt, *, rests_until: dt.datetime | None = None) -> None:
        """Write that telling failed for the last time."""
        with writing(self._engine) as connection:
            gone = sa.delete(deliveries).where(_this(reader, attempt)).returning(deliveries.c.attempts)
            attempts = connection.scalar(gone)
            if attempts is not None:  # otherwise somebody else has told it meanwhile
                row = {"reader": reader, "event": attempt.event, "at": attempt.at}
                row |= {"attempts": attempts + 1, "reason": attempt.reason}
                insert_if_new(connection, dead_letters, row)
            _note_failure(connection, reader, attempt, rests_until)


_MOMENT = deliveries.c.tried_since.type


def begin_reader(connection: sa.Connection, reader: str) -> None:
    """Let a reader that is new hear of what happens from now on."""
    last = connection.scalar(sa.select(sa.func.max(events.c.number))) or 0
    insert_if_new(connection, event_readers, {"name": reader, "reached": last})


def heard_by(audience: Audience) -> sa.ColumnElement[bool]:
    """Say whether an audience hears of an event, among `WITH_AGENCY`."""
    conditions = []
    if audience.scope.agencies is not None:
        conditions.append(AGENCY.in_(sorted(audience.scope.agencies)))
    if audience.kinds:
        conditions.append(events.c.kind.in_(sorted(each.value for each in audience.kinds)))
    return sa.and_(sa.true(), *conditions)


def event_of(row: sa.Row[Any]) -> Event:
    """Return the event of a row with its agency."""
    return Event(
        number=EventNumber(row.number),
        at=row.at,
        kind=EventKind(row.kind),
        document=row.subject,
        agency=row.agency,
        details=row.details,
    )


def note_attempt(connection: sa.Connection, reader: str, attempt: Attempt) -> None:
    """Write an attempt down."""
    row = {
        "reader": reader,
        "event": attempt.event,
        "at": attempt.at,
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
        "reason": attempt.reason,
    }
    connection.execute(sa.insert(delivery_attempts), row)


def _has_something(connection: sa.Connection, reader: str, at: dt.datetime) -> bool:
    """Say whether there may be anything to tell a reader now."""
    this = sa.select(event_readers.c.reached, event_readers.c.rests_until).where(event_readers.c.name == reader)
    known = connection.execute(this).first()
    if known is None:
        return True
    if known.rests_until is not None and known.rests_until > at:
        return False
    last = connection.scalar(sa.select(sa.func.max(events.c.number))) or 0
    due = sa.exists().where(deliveries.c.reader == reader, deliveries.c.due_at <= at)
    return last > known.reached or bool(connection.scalar(sa.select(due)))


def _bring_up(connection: sa.Connection, reader: str, at: dt.datetime, audience: Audience) -> int | None:
    """Put events that came since the last claim among a reader's deliveries.

    Returns how often in a row telling it has failed; None: it rests.
    """
    begin_reader(connection, reader)
    this = event_readers.c.name == reader
    # locked: of two that claim for one reader, the second sees what the first has taken
    known = connection.execute(sa.select(event_readers).where(this).with_for_update()).one()
    if known.rests_until is not None and known.rests_until > at:
        return None
    new = sa.select(events.c.number).where(events.c.number > known.reached).order_by(events.c.number)
    numbers = connection.scalars(new.limit(_AT_ONCE)).all()
    if numbers:
        heard = sa.select(events.c.number, events.c.subject).select_from(WITH_AGENCY)
        heard = heard.where(events.c.number.between(numbers[0], numbers[-1]), heard_by(audience))
        rows = [waiting_row(reader, row.number, row.subject, at) for row in connection.execute(heard)]
        if rows:
            connection.execute(sa.insert(deliveries), rows)
        connection.execute(sa.update(event_readers).where(this).values(reached=numbers[-1]))
    return known.failures or 0


def waiting_row(reader: str, number: int, subject: str, at: dt.datetime) -> dict[str, Any]:
    """Return the row of an event that a reader is to be told from `at` on."""
    return {"reader": reader, "event": number, "subject": subject, "attempts": 0, "due_at": at, "reason": ""}


def _due(reader: str, at: dt.datetime, audience: Audience) -> sa.Select[Any]:
    """Return a reader's deliveries that are due, those that are due longest first, one of each document."""
    earlier = deliveries.alias()
    waits = sa.exists().where(
        earlier.c.reader == reader,
        earlier.c.subject == deliveries.c.subject,
        earlier.c.event < deliveries.c.event,
    )
    columns = (deliveries.c.attempts, deliveries.c.reason, deliveries.c.tried_since)
    query = sa.select(events, AGENCY.label("agency"), *columns)
    query = query.select_from(WITH_AGENCY.join(deliveries, deliveries.c.event == events.c.number))
    query = query.where(deliveries.c.reader == reader, deliveries.c.due_at <= at, ~waits, heard_by(audience))
    return query.order_by(deliveries.c.due_at, events.c.number)


def _note_failure(connection: sa.Connection, reader: str, attempt: Attempt, rests_until: dt.datetime | None) -> None:
    this = event_readers.c.name == reader
    failures = sa.func.coalesce(event_readers.c.failures, 0) + 1
    if rests_until is not None:
        connection.execute(sa.update(event_readers).where(this).values(failures=failures, rests_until=rests_until))
    note_attempt(connection, reader, attempt)


def _this(reader: str, attempt: Attempt) -> sa.ColumnElement[bool]:
    return (deliveries.c.reader == reader) & (deliveries.c.event == attempt.event)


def _delivery(row: sa.Row[Any], *, failures: int) -> Delivery:
    return Delivery(
        event=event_of(row),
        attempts=row.attempts,
        reason=row.reason,
        tried_since=row.tried_since,
        failures=failures,
    )
