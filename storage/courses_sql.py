"""How dossiers go on outside, in SQL: the last that the one-stop system said of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind, utc_text
from pipeline.domain.dossier_course import (
    Channel,
    DossierCourse,
    DossierStatus,
    Fee,
    PaidOnline,
    SubmittedAt,
    Supplement,
)
from pipeline.domain.ids import DossierCode
from storage.database import portions, reading, upsert
from storage.recorded import Book, recorded
from storage.report_tables import dossier_courses

_MOMENTS = ("asked_at", "received_at", "due_before", "due_after")
"""of a supplement"""


class SqlDossierCourses:
    """Implements `pipeline.index_ports.DossierCourses`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def keep(self, courses: Sequence[DossierCourse]) -> int:
        """Keep what was told; return how many dossiers it says something new of. What is older than what is kept is left out."""
        newest: dict[str, DossierCourse] = {}
        for each in courses:
            if each.dossier not in newest or newest[each.dossier].told_at <= each.told_at:
                newest[each.dossier] = each
        return sum(self._keep({code: newest[code] for code in these}) for these in portions(newest))

    def of(self, dossier: DossierCode) -> DossierCourse | None:
        """Return what was told of a dossier; None: nothing."""
        with reading(self._book.engine) as connection:
            return courses_of(connection, [dossier]).get(dossier)

    def _keep(self, told: Mapping[str, DossierCourse]) -> int:
        subjects = [Subject(SubjectKind.DOSSIER, code) for code in told]
        with recorded(self._book, Action.COURSE_TOLD, *subjects) as connection:
            known = courses_of(connection, list(told))
            new = [each for code, each in told.items() if code not in known or _says_more(each, known[code])]
            upsert(connection, dossier_courses, [_row(each) for each in new])
        return len(new)


def courses_of(connection: sa.Connection, codes: Sequence[str]) -> dict[str, DossierCourse]:
    """Return what was told of dossiers, by code."""
    query = sa.select(dossier_courses).where(dossier_courses.c.dossier.in_(codes))
    return {row["dossier"]: _course(row) for row in connection.execute(query).mappings()}


def _says_more(told: DossierCourse, known: DossierCourse) -> bool:
    if told.told_at < known.told_at:
        return False
    return {**asdict(told), "told_at": None} != {**asdict(known), "told_at": None}


def _row(course: DossierCourse) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: value.value if isinstance(value, StrEnum) else value for name, value in asdict(course).items()
    }
    row["supplements"] = [_plain(each) for each in row["supplements"]]
    return row


def _plain(supplement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: utc_text(value) if isinstance(value, dt.datetime) else value for name, value in supplement.items()}


def _course(row: Mapping[Any, Any]) -> DossierCourse:
    codes = {"channel": Channel, "status": DossierStatus, "submitted_to": SubmittedAt, "paid": PaidOnline}
    told = {name: kind(row[name]) for name, kind in codes.items() if row[name] is not None}
    lists = {
        "supplements": tuple(_supplement(each) for each in row["supplements"]),
        "fees": tuple(Fee(**each) for each in row["fees"]),
        "databases": tuple(row["databases"]),
    }
    return DossierCourse(**{**row, **told, **lists})


def _supplement(kept: Mapping[str, Any]) -> Supplement:
    moments = {name: dt.datetime.fromisoformat(kept[name]) for name in _MOMENTS if kept.get(name)}
    return Supplement(**{**kept, **moments})
