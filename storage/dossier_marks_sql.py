"""Components of dossiers that are not digitized, and whose dossiers are known without a paper, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.ids import DossierCode
from pipeline.domain.not_digitized import NotDigitized, NotDigitizedId, NotDigitizedReason
from storage.database import reading
from storage.rearrange_tables import dossier_procedures, not_digitized
from storage.recorded import Book, recorded

_COLUMNS = not_digitized.c


class SqlDossierMarks:
    """Implements `pipeline.arrangement_ports.DossierMarks`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def mark(self, mark: NotDigitized) -> NotDigitized:
        """Write that a component is not digitized; one that stood before ends with it."""
        details = {"component": mark.component, "reason": mark.reason.value}
        subject = Subject(SubjectKind.DOSSIER, mark.dossier)
        with recorded(self._book, Action.NOT_DIGITIZED, subject, reason=mark.note, details=details) as connection:
            standing = _standing(connection, mark.dossier, mark.component)
            if standing is not None and (standing.reason, standing.note) == (mark.reason, mark.note):
                return standing
            _end(connection, standing, at=mark.marked_at, by=mark.marked_by)
            connection.execute(sa.insert(not_digitized), [_row(mark)])
        return mark

    def clear(self, dossier: DossierCode, component: str, *, at: dt.datetime, by: str) -> NotDigitized | None:
        """End what stands for a component, and return it."""
        subject, details = Subject(SubjectKind.DOSSIER, dossier), {"component": component}
        with recorded(self._book, Action.TO_DIGITIZE, subject, details=details) as connection:
            standing = _standing(connection, dossier, component)
            _end(connection, standing, at=at, by=by)
        return standing

    def marks(self, dossier: DossierCode) -> Sequence[NotDigitized]:
        """Return all that stands, or stood, oldest first."""
        query = sa.select(not_digitized).where(_COLUMNS.dossier == dossier).order_by(_COLUMNS.marked_at, _COLUMNS.id)
        with reading(self._book.engine) as connection:
            return tuple(_mark(row) for row in connection.execute(query))

    def agency(self, dossier: DossierCode) -> str | None:
        """Return for which agency somebody said of which procedure a dossier is."""
        query = sa.select(dossier_procedures.c.agency).where(dossier_procedures.c.dossier == dossier)
        with reading(self._book.engine) as connection:
            return connection.scalar(query)


def _standing(connection: sa.Connection, dossier: DossierCode, component: str) -> NotDigitized | None:
    this = (_COLUMNS.dossier == dossier, _COLUMNS.component == component, _COLUMNS.ended_at.is_(None))
    row = connection.execute(sa.select(not_digitized).where(*this)).first()
    return None if row is None else _mark(row)


def _end(connection: sa.Connection, standing: NotDigitized | None, *, at: dt.datetime, by: str) -> None:
    if standing is not None:
        change = sa.update(not_digitized).where(_COLUMNS.id == standing.id)
        connection.execute(change.values(ended_at=at, ended_by=by))


def _row(mark: NotDigitized) -> dict[str, Any]:
    return {
        "id": mark.id,
        "dossier": mark.dossier,
        "component": mark.component,
        "reason": mark.reason.value,
        "note": mark.note,
        "agency": mark.agency,
        "marked_at": mark.marked_at,
        "marked_by": mark.marked_by,
    }


def _mark(row: sa.Row[Any]) -> NotDigitized:
    return NotDigitized(
        id=NotDigitizedId(row.id),
        dossier=DossierCode(row.dossier),
        component=row.component,
        reason=NotDigitizedReason(row.reason),
        note=row.note,
        agency=row.agency,
        marked_at=row.marked_at,
        marked_by=row.marked_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
