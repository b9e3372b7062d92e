"""Batches that are being filled, in SQL; every change has a number, so that whoever looks on asks only for what is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

import sqlalchemy as sa

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Intake, IntakeFile, IntakeId, IntakeState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.ports import Clock
from storage.database import insert_if_new, reading, writing
from storage.documents_sql import insert_all
from storage.intake_rows import file_row, intake_of, intake_row
from storage.intake_tables import intake_files, intakes, phone_tickets

_KEPT = dt.timedelta(days=1)
"""that a ticket stays after its end"""


class SqlIntakes:
    """Implements `pipeline.intake_ports.Intakes`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def open(self, intake: Intake, files: Sequence[IntakeFile] = ()) -> None:
        """Keep a new one with its files."""
        with writing(self._engine) as connection:
            if insert_if_new(connection, intakes, intake_row(intake)):
                insert_all(connection, intake_files, map(file_row, files))

    def get(self, intake: IntakeId) -> Intake | None:
        """Return one."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(intakes).where(intakes.c.id == intake)).first()
        return None if row is None else intake_of(row)

    def change(self, intake: Intake) -> Intake:
        """Write one anew.

        Raises:
            RecordChanged: it, or a file of it, changed since.
        """
        changed = replace(intake, changes=intake.changes + 1, touched_at=self._clock.now())
        this = (intakes.c.id == intake.id) & (intakes.c.changes == intake.changes)
        with writing(self._engine) as connection:
            if connection.execute(sa.update(intakes).where(this).values(**intake_row(changed))).rowcount == 1:
                return changed
            now = connection.scalar(sa.select(intakes.c.changes).where(intakes.c.id == intake.id))
        raise RecordChanged(id=intake.id, seen=intake.changes, now=-1 if now is None else now)

    def of(
        self, states: Collection[IntakeState], *, scope: Scope = EVERYTHING, before: dt.datetime | None = None
    ) -> Sequence[Intake]:
        """Return those in these states."""
        query = sa.select(intakes).where(intakes.c.state.in_([each.value for each in states]))
        if before is not None:
            query = query.where(intakes.c.touched_at < before)
        if scope.agencies is not None:
            query = query.where(intakes.c.agency.in_(sorted(scope.agencies)))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(intakes.c.touched_at.desc(), intakes.c.id))
            return tuple(map(intake_of, rows))

    def of_batch(self, batch: BatchId) -> Sequence[Intake]:
        """Return those that became a batch."""
        query = sa.select(intakes).where(intakes.c.batch == batch).order_by(intakes.c.opened_at, intakes.c.id)
        with reading(self._engine) as connection:
            return tuple(map(intake_of, connection.execute(query)))


class SqlPhoneTickets:
    """Implements `pipeline.intake_ports.PhoneTickets`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, digest: str, intake: IntakeId, *, ends_at: dt.datetime) -> None:
        """Keep a ticket, and forget those that ended a day before this one does."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(phone_tickets).where(phone_tickets.c.ends_at <= ends_at - _KEPT))
            connection.execute(sa.insert(phone_tickets).values(digest=digest, intake=intake, ends_at=ends_at))

    def intake_of(self, digest: str, *, now: dt.datetime) -> IntakeId | None:
        """Return the open intake of a ticket that has not ended."""
        query = sa.select(phone_tickets.c.intake).join(intakes, intakes.c.id == phone_tickets.c.intake)
        mine = phone_tickets.c.digest == digest
        query = query.where(mine, phone_tickets.c.ends_at > now, intakes.c.state == IntakeState.OPEN.value)
        with reading(self._engine) as connection:
            found = connection.scalar(query)
        return None if found is None else IntakeId(found)

    def revoke(self, intake: IntakeId) -> None:
        """End all of an intake."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(phone_tickets).where(phone_tickets.c.intake == intake))
