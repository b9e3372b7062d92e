"""Administrative procedures in their editions, in SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from storage.database import portions, reading
from storage.desk_tables import procedure_components, procedures
from storage.documents_sql import insert_all
from storage.recorded import Book, recorded

_PARTS = procedure_components.c
_BEGUN = (
    sa.select(procedures)
    .where(procedures.c.code == sa.bindparam("code"), procedures.c.since <= sa.bindparam("day"))
    .order_by(procedures.c.since.desc())
    .limit(1)
)
_OF_EDITION = (
    sa.select(procedure_components)
    .where(_PARTS.procedure == sa.bindparam("code"), _PARTS.since == sa.bindparam("first_day"))
    .order_by(_PARTS.position)
)


class SqlProcedures:
    """Implements `pipeline.desk_ports.Procedures`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def load(self, editions: Sequence[Procedure]) -> int:
        """Write editions, all or none; one of the same code and first day is replaced. Returns how many differ from before."""
        subjects = {Subject(SubjectKind.PROCEDURE, each.code): None for each in editions}
        with recorded(self._book, Action.PROCEDURE_LOADED, *subjects) as connection:
            changed = [each for each in editions if _edition(connection, each.code, each.since) != each]
            for each in changed:
                _replace(connection, each)
        return len(changed)

    def find(self, code: ProcedureCode, day: dt.date) -> Procedure | None:
        """Return the edition in force on a day: the newest that has begun, unless it is over."""
        with reading(self._engine) as connection:
            row = connection.execute(_BEGUN, {"code": code, "day": day}).first()
            found = None if row is None else _procedure(row, _parts(connection, code, row.since))
        return found if found is not None and found.holds_on(day) else None

    def on(self, day: dt.date) -> Sequence[Procedure]:
        """Return all that are in force on a day, by code."""
        newest = (
            sa.select(procedures.c.code, sa.func.max(procedures.c.since).label("since"))
            .where(procedures.c.since <= day)
            .group_by(procedures.c.code)
            .subquery()
        )
        these = (procedures.c.code == newest.c.code) & (procedures.c.since == newest.c.since)
        own = (_PARTS.procedure == newest.c.code) & (_PARTS.since == newest.c.since)
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(procedures).join(newest, these)).all()
            parts = connection.execute(sa.select(procedure_components).join(newest, own)).all()
        return tuple(each for each in _editions(rows, parts) if each.holds_on(day))

    def editions(self, codes: Collection[ProcedureCode]) -> Sequence[Procedure]:
        """Return all editions of some procedures, by code and first day."""
        rows: list[sa.Row[Any]] = []
        parts: list[sa.Row[Any]] = []
        with reading(self._engine) as connection:
            for these in portions(codes):
                rows += connection.execute(sa.select(procedures).where(procedures.c.code.in_(these)))
                parts += connection.execute(sa.select(procedure_components).where(_PARTS.procedure.in_(these)))
        return _editions(rows, parts)


def _editions(rows: Sequence[sa.Row[Any]], parts: Sequence[sa.Row[Any]]) -> tuple[Procedure, ...]:
    """Return editions with their components, by code and first day."""
    own: dict[tuple[str, dt.date], list[sa.Row[Any]]] = defaultdict(list)
    for part in sorted(parts, key=attrgetter("position")):
        own[part.procedure, part.since].append(part)
    return tuple(_procedure(row, own[row.code, row.since]) for row in sorted(rows, key=attrgetter("code", "since")))


def _edition(connection: sa.Connection, code: str, since: dt.date) -> Procedure | None:
    this = (procedures.c.code == code) & (procedures.c.since == since)
    row = connection.execute(sa.select(procedures).where(this)).first()
    if row is None:
        return None
    return _procedure(row, _parts(connection, code, since))


def _parts(connection: sa.Connection, code: str, since: dt.date) -> Sequence[sa.Row[Any]]:
    return connection.execute(_OF_EDITION, {"code": code, "first_day": since}).all()


def _replace(connection: sa.Connection, procedure: Procedure) -> None:
    own = (_PARTS.procedure == procedure.code) & (_PARTS.since == procedure.since)
    connection.execute(sa.delete(procedure_components).where(own))
    this = (procedures.c.code == procedure.code) & (procedures.c.since == procedure.since)
    connection.execute(sa.delete(procedures).where(this))
    connection.execute(
        sa.insert(procedures).values(
            code=procedure.code,
            since=procedure.since,
            until=procedure.until,
            name=procedure.name,
            field=procedure.field,
            results=list(procedure.results),
            source=procedure.source,
        )
    )
    insert_all(
        connection,
        procedure_components,
        (
            {
                "procedure": procedure.code,
                "since": procedure.since,
                "position": position,
                "code": each.code,
                "name": each.name,
                "types": list(each.types),
                "required": each.required,
                "condition": each.condition,
                "copies": each.copies,
            }
            for position, each in enumerate(procedure.components)
        ),
    )


def _procedure(row: sa.Row[Any], parts: Sequence[sa.Row[Any]]) -> Procedure:
    return Procedure(
        code=ProcedureCode(row.code),
        name=row.name,
        field=row.field,
        since=row.since,
        until=row.until,
        results=tuple(TypeCode(each) for each in row.results),
        components=tuple(
            Component(
                code=part.code,
                name=part.name,
                types=tuple(TypeCode(each) for each in part.types),
                required=part.required,
                condition=part.condition,
                copies=part.copies,
            )
            for part in parts
        ),
        source=row.source,
    )
