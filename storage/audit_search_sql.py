"""Finding entries of the audit trail in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from pipeline.audit_ports import TrailFilter
from pipeline.domain.audit import AuditEntry, Subject, SubjectKind, UnreadableEntry
from pipeline.domain.audit_seal import end_of
from storage.audit_sql import ANY_ENTRY, as_entry
from storage.audit_tables import audit_entries
from storage.database import reading

_columns = audit_entries.c
_DAY = dt.timedelta(days=1)


class SqlTrailSearch:
    """Implements `pipeline.audit_ports.TrailSearch`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def newest(self, wanted: TrailFilter) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return entries, the newest first."""
        query = ANY_ENTRY.where(*_conditions(wanted)).order_by(_columns.number.desc()).limit(wanted.limit)
        with reading(self._engine) as connection:
            return [as_entry(row) for row in connection.execute(query)]

    def about(self, subjects: Sequence[Subject], *, limit: int) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return the newest entries about any of these, in order of their numbers."""
        found: dict[int, AuditEntry | UnreadableEntry] = {}
        with reading(self._engine) as connection:
            for each in subjects:  # one look into the index each: there are a few
                about = (_columns.subject_kind == each.kind.value, _columns.subject_id == each.id)
                query = ANY_ENTRY.where(*about).order_by(_columns.number.desc()).limit(limit)
                found |= {row.number: as_entry(row) for row in connection.execute(query)}
        return [found[number] for number in sorted(found)[-limit:]]

    def authors(self) -> Sequence[str]:
        """Return everybody who stands in the trail: from each name the index leads to the next one."""
        names: list[str] = []
        with reading(self._engine) as connection:
            while (name := connection.scalar(_behind(names[-1] if names else None))) is not None:
                names.append(name)
        return names


def _behind(name: str | None) -> sa.Select[str]:
    query = sa.select(_columns.author).order_by(_columns.author).limit(1)
    return query if name is None else query.where(_columns.author > name)


def _conditions(wanted: TrailFilter) -> Iterator[sa.ColumnElement[bool]]:
    for column, value in (
        (_columns.author, wanted.author),
        (_columns.action, wanted.action),
        (_columns.subject_id, wanted.subject),
    ):
        if value is not None:
            yield column == str(value)
    if wanted.kind is not None or wanted.subject is not None:
        # the index begins with the kind: an id alone is looked for among those of each kind
        kinds = SubjectKind if wanted.kind is None else (wanted.kind,)
        yield _columns.subject_kind.in_([each.value for each in kinds])
    if wanted.authors is not None:
        yield _columns.author.in_(sorted(wanted.authors))
    if wanted.since is not None:
        yield _columns.at >= end_of(wanted.since - _DAY)
    if wanted.until is not None:
        yield _columns.at < end_of(wanted.until)
    if wanted.before is not None:
        yield _columns.number < wanted.before
