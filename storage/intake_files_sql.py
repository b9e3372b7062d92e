"""Files on their way in, in SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import (
    COUNTED,
    FileState,
    IntakeCounts,
    IntakeFile,
    IntakeId,
    IntakeState,
    Offer,
    Twin,
)
from pipeline.domain.intake_errors import IntakeFull, IntakeShut
from pipeline.ports import Clock
from storage.database import reading, writing
from storage.documents_sql import insert_all
from storage.intake_rows import file_of, file_row
from storage.intake_tables import intake_files, intakes
from storage.tables import batches, received_sources, sources

_OVER = (FileState.REFUSED, FileState.LEFT_OUT)
"""of a file in one of these states, the same one that is offered again is another try"""
_WHOLE = (FileState.SAFE.value, FileState.DUPLICATE.value)


class SqlIntakeFiles:
    """Implements `pipeline.intake_ports.IntakeFiles` and `IntakeQueries`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, intake: IntakeId, files: Sequence[tuple[Offer, IntakeFile]], *, most: int) -> Sequence[IntakeFile]:
        """Add files that are not there yet, in one transaction."""
        with writing(self._engine) as connection:
            change = self._count_change(connection, intake)
            there = _files(connection, intake_files.c.intake == intake)
            known = {_sameness(each): each for each in there if each.state not in _OVER}
            number = max((each.number for each in there), default=0)
            answers: list[IntakeFile] = []
            new: list[IntakeFile] = []
            for offer, file in files:
                same = None if offer.replaces is not None else known.get(_sameness(file))
                if same is None:
                    number += 1
                    same = known[_sameness(file)] = replace(file, number=number, change=change)
                    new.append(same)
                    self._replace(connection, offer, same)
                answers.append(same)
            if number > most:
                raise IntakeFull(allowed=most)
            insert_all(connection, intake_files, map(file_row, new))
        return answers

    def get(self, intake: IntakeId, number: int) -> IntakeFile | None:
        """Return one."""
        this = (intake_files.c.intake == intake) & (intake_files.c.number == number)
        with reading(self._engine) as connection:
            found = _files(connection, this)
        return found[0] if found else None

    def all(self, intake: IntakeId, *, since: int = -1) -> Sequence[IntakeFile]:
        """Return those that changed after `since`."""
        wanted = (intake_files.c.intake == intake) & (intake_files.c.change > since)
        with reading(self._engine) as connection:
            return _files(connection, wanted)

    def change(self, file: IntakeFile) -> IntakeFile:
        """Write one anew.

        Raises:
            RecordChanged: it changed since.
        """
        columns = intake_files.c
        this = (columns.intake == file.intake) & (columns.number == file.number) & (columns.change == file.change)
        with writing(self._engine) as connection:
            changed = replace(file, change=self._count_change(connection, file.intake))
            if connection.execute(sa.update(intake_files).where(this).values(**file_row(changed))).rowcount == 1:
                return changed
            raise RecordChanged(id=f"{file.intake}/{file.number}", seen=file.change, now=changed.change)

    def unlooked(self, *, limit: int) -> Sequence[IntakeFile]:
        """Return files that the coach has not looked through."""
        columns = intake_files.c
        query = sa.select(intake_files).join(intakes, intakes.c.id == columns.intake)
        query = query.where(columns.unlooked.is_not(None), columns.state.in_(_WHOLE))
        query = query.where(intakes.c.state == IntakeState.OPEN.value)
        query = query.order_by(columns.unlooked, intakes.c.lane.desc(), columns.intake, columns.number).limit(limit)
        with reading(self._engine) as connection:
            return tuple(map(file_of, connection.execute(query)))

    def counts(self, intakes: Collection[IntakeId]) -> Mapping[IntakeId, IntakeCounts]:
        """Return totals of intakes, by state in one question."""
        columns, func = intake_files.c, sa.func
        unlooked = func.count(columns.unlooked).filter(columns.state != FileState.COMING.value)
        sums = (func.count(), func.sum(columns.size), func.sum(columns.received), func.sum(columns.pages), unlooked)
        query = sa.select(columns.intake, columns.state, *sums).where(columns.intake.in_(list(intakes)))
        found: dict[str, dict[FileState, Sequence[int]]] = defaultdict(dict)
        with reading(self._engine) as connection:
            for intake, state, *numbers in connection.execute(query.group_by(columns.intake, columns.state)):
                found[intake][FileState(state)] = [int(each or 0) for each in numbers]
        return {each: _summed(found[each]) for each in intakes}

    def twin(self, file: IntakeFile, *, agency: str) -> Twin | None:
        """Return where the same bytes came in before."""
        with reading(self._engine) as connection:
            return _twin_here(connection, file) or _twin_in_batches(connection, file, agency)

    def _count_change(self, connection: sa.Connection, intake: IntakeId) -> int:
        """Return the number of the change that begins; nothing else changes the intake until the transaction ends.

        Raises:
            IntakeShut
        """
        this = (intakes.c.id == intake) & (intakes.c.state == IntakeState.OPEN.value)
        counted = sa.update(intakes).where(this).values(changes=intakes.c.changes + 1, touched_at=self._clock.now())
        change: int | None = connection.scalar(counted.returning(intakes.c.changes))
        if change is None:
            state = connection.scalar(sa.select(intakes.c.state).where(intakes.c.id == intake))
            raise IntakeShut(intake=intake, state=state or "unknown")
        return change

    def _replace(self, connection: sa.Connection, offer: Offer, new: IntakeFile) -> None:
        """Leave out the file in whose place another one comes."""
        if offer.replaces is None:
            return
        this = (intake_files.c.intake == new.intake) & (intake_files.c.number == offer.replaces)
        left = {"state": FileState.LEFT_OUT.value, "replaced_by": new.number, "change": new.change, "unlooked": None}
        connection.execute(sa.update(intake_files).where(this).values(left))


def _summed(states: Mapping[FileState, Sequence[int]]) -> IntakeCounts:
    mine = [numbers for state, numbers in states.items() if state in COUNTED]
    return IntakeCounts(
        states={state: states[state][0] if state in states else 0 for state in FileState},
        size=sum(each[1] for each in mine),
        received=sum(each[2] for each in mine),
        pages=sum(each[3] for each in mine),
        unlooked=sum(each[4] for each in mine),
    )


def _sameness(file: IntakeFile) -> tuple[str, int, int]:
    return file.name, file.size, file.modified


def _files(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> tuple[IntakeFile, ...]:
    return tuple(
        map(file_of, connection.execute(sa.select(intake_files).where(wanted).order_by(intake_files.c.number)))
    )


def _twin_here(connection: sa.Connection, file: IntakeFile) -> Twin | None:
    columns = intake_files.c
    query = sa.select(columns.name).where(columns.intake == file.intake, columns.sha256 == file.sha256)
    query = query.where(columns.number != file.number, columns.state.in_(_WHOLE)).order_by(columns.number).limit(1)
    name = connection.scalar(query)
    return None if name is None else Twin(name=name)


def _twin_in_batches(connection: sa.Connection, file: IntakeFile, agency: str) -> Twin | None:
    received = received_sources.c
    query = sa.select(received.name, received.batch, batches.c.created_at, sources.c.state)
    query = query.join(batches, batches.c.id == received.batch)
    query = query.outerjoin(sources, (sources.c.batch == received.batch) & (sources.c.name == received.name))
    query = query.where(received.sha256 == file.sha256, sa.func.coalesce(batches.c.agency, "") == agency)
    row = connection.execute(query.order_by(batches.c.created_at.desc()).limit(1)).first()
    if row is None:
        return None
    at: dt.datetime = row.created_at
    return Twin(name=row.name, batch=BatchId(row.batch), at=at, state=row.state or "")
