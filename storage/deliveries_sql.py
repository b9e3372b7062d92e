"""How telling goes, in SQL: attempts, dead letters, and telling again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.event import Attempt, Audience, EventNumber
from pipeline.domain.webhook import DeadLetter, Standing, WebhookId
from storage.database import reading, writing
from storage.desk_tables import deliveries, event_readers, events
from storage.events_sql import AGENCY, WITH_AGENCY, event_of, heard_by, note_attempt, waiting_row
from storage.recorded import Book, append
from storage.webhook_tables import dead_letters, delivery_attempts

_AT_ONCE = 1000
"""rows in memory"""


class SqlDeliveryBook:
    """Implements `pipeline.event_ports.DeliveryBook` and `DeliveryLog`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def standing(self, webhook: WebhookId, *, audience: Audience) -> Standing:
        """Say how far telling a webhook has come."""
        this = sa.select(event_readers).where(event_readers.c.name == webhook)
        with reading(self._engine) as connection:
            reader = connection.execute(this).first()
            reached = 0 if reader is None else reader.reached
            # those that it has not come to yet, because it rests or is paused, wait too
            new = (events.c.number > reached) & heard_by(audience)
            return Standing(
                waiting=_count(connection, deliveries, deliveries.c.reader == webhook)
                + _count(connection, WITH_AGENCY, new),
                dead=_count(connection, dead_letters, dead_letters.c.reader == webhook),
                failures=0 if reader is None else reader.failures or 0,
                rests_until=None if reader is None else reader.rests_until,
                last=next((each for _, each in _attempts(connection, webhook, limit=1, before=None)), None),
            )

    def attempts(self, webhook: WebhookId, *, limit: int, before: int | None = None) -> Sequence[tuple[int, Attempt]]:
        """Return attempts with their numbers, newest first, those before a number."""
        with reading(self._engine) as connection:
            return _attempts(connection, webhook, limit=limit, before=before)

    def dead(self, webhook: WebhookId, *, audience: Audience, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Return dead letters by the numbers of their events."""
        columns = (dead_letters.c.at.label("died_at"), dead_letters.c.attempts, dead_letters.c.reason)
        query = sa.select(events, AGENCY.label("agency"), *columns)
        query = query.select_from(WITH_AGENCY.join(dead_letters, dead_letters.c.event == events.c.number))
        query = query.where(dead_letters.c.reader == webhook, dead_letters.c.event > after, heard_by(audience))
        with reading(self._engine) as connection:
            return tuple(
                DeadLetter(event=event_of(row), at=row.died_at, attempts=row.attempts, reason=row.reason)
                for row in connection.execute(query.order_by(events.c.number).limit(limit))
            )

    def replay(
        self, webhook: WebhookId, *, first: EventNumber, last: EventNumber, audience: Audience, at: dt.datetime
    ) -> int:
        """Have events told again, the dead among them too, each under its own number; return how many will be."""
        within = events.c.number.between(first, last)
        with writing(self._engine) as connection:
            reached = sa.select(event_readers.c.reached).where(event_readers.c.name == webhook)
            known = events.c.number <= (connection.scalar(reached) or 0)
            count = _tell_again(connection, webhook, within & known & heard_by(audience), at)
            details = {"first": str(first), "last": str(last), "events": str(count)}
            self._write(connection, webhook, details)
        return count

    def revive(self, webhook: WebhookId, *, at: dt.datetime) -> int:
        """Have all dead letters told again; return how many they are."""
        died = sa.select(dead_letters.c.event).where(dead_letters.c.reader == webhook)
        with writing(self._engine) as connection:
            count = _tell_again(connection, webhook, events.c.number.in_(died), at)
            self._write(connection, webhook, {"events": str(count)})
        return count

    def note(self, webhook: WebhookId, attempt: Attempt) -> None:
        """Write down an attempt that told of no event."""
        with writing(self._engine) as connection:
            note_attempt(connection, webhook, attempt)

    def forget(self, *, before: dt.datetime) -> int:
        """Remove attempts from before a moment; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(sa.delete(delivery_attempts).where(delivery_attempts.c.at < before)).rowcount

    def _write(self, connection: sa.Connection, webhook: WebhookId, details: dict[str, str]) -> None:
        subject = Subject(SubjectKind.WEBHOOK, webhook)
        deed = Deed(action=Action.EVENTS_REPLAYED, subject=subject, details=details)
        append(connection, [deed], book=self._book)


def _tell_again(connection: sa.Connection, webhook: WebhookId, wanted: sa.ColumnElement[bool], at: dt.datetime) -> int:
    """Put events among a webhook's deliveries; those that stand there already stay as they are."""
    waits = sa.select(deliveries.c.event).where(deliveries.c.reader == webhook)
    query = sa.select(events.c.number, events.c.subject).select_from(WITH_AGENCY)
    rows = connection.execute(query.where(wanted, events.c.number.not_in(waits)).order_by(events.c.number)).all()
    for start in range(0, len(rows), _AT_ONCE):
        these = rows[start : start + _AT_ONCE]
        again = [waiting_row(webhook, row.number, row.subject, at) for row in these]
        connection.execute(sa.insert(deliveries), again)
        numbers = [row.number for row in these]
        died = (dead_letters.c.reader == webhook) & dead_letters.c.event.in_(numbers)
        connection.execute(sa.delete(dead_letters).where(died))
    return len(rows)


def _attempts(
    connection: sa.Connection, webhook: WebhookId, *, limit: int, before: int | None
) -> Sequence[tuple[int, Attempt]]:
    columns = delivery_attempts.c
    query = sa.select(delivery_attempts).where(columns.reader == webhook)
    if before is not None:
        query = query.where(columns.number < before)
    rows = connection.execute(query.order_by(columns.number.desc()).limit(limit))
    return tuple((row.number, _attempt(row)) for row in rows)


def _attempt(row: sa.Row[Any]) -> Attempt:
    return Attempt(
        event=None if row.event is None else EventNumber(row.event),
        at=row.at,
        status=row.status,
        milliseconds=row.milliseconds,
        reason=row.reason,
    )


def _count(connection: sa.Connection, source: sa.FromClause, wanted: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(source).where(wanted)) or 0
