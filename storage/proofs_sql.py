"""Records compared with what the audit trail says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from pipeline.audit_ports import ProvenPage
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.audit_findings import RecordFault, UnprovenRecord
from storage.audit_tables import audit_entries
from storage.database import reading
from storage.row_digests import AT_ONCE, PARTS, digests

_NOTHING = "{}"
"""how a state without rows is kept; an entry that says so before and after is of a look, not of a change"""
_BEGUN = Action.TRAIL_BEGUN.value
"""of a record that was there before the trail"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the entries of a record say."""

    entry: int = 0
    """number of the last one that tells of a change"""
    after: Mapping[str, str] = field(default_factory=dict)
    """how the record stands since then"""
    unseen: int = 0
    """number of the first one that found the record otherwise than the one before had left it; 0: there is none"""
    tables: tuple[str, ...] = ()
    """in which it was otherwise"""


class SqlRecordProofs:
    """Implements `pipeline.audit_ports.RecordProofs`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def prove(self, kind: SubjectKind, *, limit: int, after: str = "") -> ProvenPage:
        """Compare at most `limit` records of a kind with what their entries say."""
        with reading(self._engine) as connection:
            ids = subject_ids(connection, kind, limit=limit, after=after)
            found = digests(connection, [Subject(kind, each) for each in ids])
            said = _stories(connection, kind, ids)
        compared = (
            _compare(Subject(kind, each), found.get(Subject(kind, each), {}), said.get(each, _Said())) for each in ids
        )
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


def _stories(connection: sa.Connection, kind: SubjectKind, ids: Sequence[str]) -> dict[str, _Said]:
    """Follow each record from entry to entry: who changes one finds it as the last change has left it."""
    columns = audit_entries.c
    before, after = sa.cast(columns.before, sa.Text), sa.cast(columns.after, sa.Text)
    is_change = (before != _NOTHING) | (after != _NOTHING)
    found: dict[str, _Said] = {}
    for start in range(0, len(ids), AT_ONCE):
        these = ids[start : start + AT_ONCE]
        of_these = (columns.subject_kind == kind.value) & columns.subject_id.in_(these)
        query = sa.select(columns.subject_id, columns.number, columns.action, before, after).where(of_these, is_change)
        for subject, number, action, was, is_now in connection.execute(query.order_by(columns.number)):
            so_far = found.get(subject, _Said())
            found[subject] = _told(so_far, number, was=_words(was), now=_words(is_now), begins=action == _BEGUN)
    return found


def _told(so_far: _Said, number: int, *, was: Mapping[str, str], now: Mapping[str, str], begins: bool) -> _Said:
    differing = (
        ()
        if begins
        else tuple(sorted(each for each in {*was, *so_far.after} if was.get(each) != so_far.after.get(each)))
    )
    if differing and not so_far.unseen:
        return _Said(entry=number, after=now, unseen=number, tables=differing)
    return replace(so_far, entry=number, after=now)


def _words(text: str) -> Mapping[str, str]:
    """Return digests by table; an entry that was tampered with says nothing."""
    try:
        words = json.loads(text)
    except ValueError:
        return {}
    return words if isinstance(words, dict) else {}


def _compare(subject: Subject, found: Mapping[str, str], said: _Said) -> UnprovenRecord | None:
    tables = tuple(sorted(each for each in {*found, *said.after} if found.get(each) != said.after.get(each)))
    if not tables:
        if not said.unseen:
            return None
        return UnprovenRecord(subject=subject, fault=RecordFault.UNSEEN, tables=said.tables, entry=said.unseen)
    fault = RecordFault.ALTERED
    if not said.after:
        fault = RecordFault.INSERTED
    elif not found:
        fault = RecordFault.REMOVED
    return UnprovenRecord(subject=subject, fault=fault, tables=tables, entry=said.entry)
