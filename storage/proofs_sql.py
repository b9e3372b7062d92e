"""Records compared with what the audit trail says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.audit_ports import ProvenPage
from pipeline.domain.audit import Subject, SubjectKind
from pipeline.domain.audit_findings import RecordFault, UnprovenRecord
from storage.audit_tables import audit_entries
from storage.database import reading
from storage.row_digests import AT_ONCE, PARTS, digests

_NOTHING = "{}"
"""how a state without rows is kept; an entry that says so before and after is of a look, not of a change"""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the last entry of a change says."""

    entry: int
    after: Mapping[str, str]


class SqlRecordProofs:
    """Implements `pipeline.audit_ports.RecordProofs`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def prove(self, kind: SubjectKind, *, limit: int, after: str = "") -> ProvenPage:
        """Compare at most `limit` records of a kind with their last entries."""
        with reading(self._engine) as connection:
            ids = subject_ids(connection, kind, limit=limit, after=after)
            found = digests(connection, [Subject(kind, each) for each in ids])
            said = _last_words(connection, kind, ids)
        compared = (_compare(Subject(kind, each), found.get(Subject(kind, each), {}), said.get(each)) for each in ids)
        unproven = tuple(each for each in compared if each is not None)
        return ProvenPage(last=ids[-1] if ids else None, records=len(ids), unproven=unproven)

    def count(self) -> int:
        """Count the rows that stand for one record each."""
        with reading(self._engine) as connection:
            parts = [parts[0] for parts in PARTS.values()]
            counts = [sa.select(sa.func.count(table.c[column].distinct())).scalar_subquery() for table, column in parts]
            return sum(connection.execute(sa.select(*counts)).one())


def subject_ids(connection: sa.Connection, kind: SubjectKind, *, limit: int, after: str) -> Sequence[str]:
    """Return ids of records of a kind that have rows or entries, in the database's order, those behind `after`."""
    columns = [table.c[column] for table, column in PARTS.get(kind, ())]
    if not columns:
        return []
    sources = [sa.select(each.label("id")).where(each > after) for each in columns]
    named = audit_entries.c.subject_id
    sources.append(sa.select(named.label("id")).where(audit_entries.c.subject_kind == kind.value, named > after))
    # each source gives its first ones: the first of all are among them
    firsts = [sa.select(each.distinct().order_by(sa.text("1")).limit(limit).subquery()) for each in sources]
    merged = sa.union(*firsts).subquery()
    return connection.scalars(sa.select(merged.c.id).order_by(merged.c.id).limit(limit)).all()


def _last_words(connection: sa.Connection, kind: SubjectKind, ids: Sequence[str]) -> dict[str, _Said]:
    columns = audit_entries.c
    is_change = (sa.cast(columns.before, sa.Text) != _NOTHING) | (sa.cast(columns.after, sa.Text) != _NOTHING)
    found: dict[str, _Said] = {}
    for start in range(0, len(ids), AT_ONCE):
        these = ids[start : start + AT_ONCE]
        of_these = (columns.subject_kind == kind.value) & columns.subject_id.in_(these)
        newest = sa.select(sa.func.max(columns.number)).where(of_these, is_change).group_by(columns.subject_id)
        query = sa.select(columns.subject_id, columns.number, sa.cast(columns.after, sa.Text)).where(
            columns.number.in_(newest)
        )
        found |= {subject: _Said(number, _words(after)) for subject, number, after in connection.execute(query)}
    return found


def _words(text: str) -> Mapping[str, str]:
    """Return digests by table; an entry that was tampered with says nothing."""
    try:
        words = json.loads(text)
    except ValueError:
        return {}
    return words if isinstance(words, dict) else {}


def _compare(subject: Subject, found: Mapping[str, str], said: _Said | None) -> UnprovenRecord | None:
    expected = said.after if said is not None else {}
    tables = tuple(sorted(each for each in {*found, *expected} if found.get(each) != expected.get(each)))
    if not tables:
        return None
    fault = RecordFault.ALTERED
    if not expected:
        fault = RecordFault.INSERTED
    elif not found:
        fault = RecordFault.REMOVED
    return UnprovenRecord(subject=subject, fault=fault, tables=tables, entry=said.entry if said is not None else 0)
