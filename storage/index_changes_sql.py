"""Of which dossiers something changed, as the audit trail has it: every change of a record stands there, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, SubjectKind
from storage.audit_tables import audit_entries
from storage.counted_files_sql import unsound_objects
from storage.database import portions
from storage.disposal_tables import disposal_items
from storage.exchange_tables import synchronised
from storage.report_tables import dossier_courses, index_dossiers, index_unsound
from storage.tables import batches, copy_versions, documents

_OF_DOCUMENT = (SubjectKind.DOCUMENT, SubjectKind.COPIES, SubjectKind.RESULT)
_EVERYTHING = frozenset({Action.IMPORTED.value, Action.TRAIL_BEGUN.value})
"""what may have changed any dossier"""
_ONLY_TOLD = frozenset({Action.READ.value, Action.SEARCHED.value, Action.EXPORTED.value, Action.HANDED_OVER.value})
"""what changes nothing"""

_Query = Callable[[Sequence[str]], sa.Select[Any]]


def changed_since(connection: sa.Connection, seen: int, last: int) -> set[str] | None:
    """Return the dossiers of which entries behind `seen`, up to `last`, changed something; None: it may have been any."""
    columns = audit_entries.c
    told = (columns.number > seen, columns.number <= last, columns.action.not_in(_ONLY_TOLD))
    if connection.execute(sa.select(columns.number).where(*told, columns.action.in_(_EVERYTHING)).limit(1)).first():
        return None
    changed: dict[str, set[str]] = defaultdict(set)
    kinds = [each.value for each in _QUERIES]
    query = sa.select(columns.subject_kind, columns.subject_id).where(*told, columns.subject_kind.in_(kinds)).distinct()
    for row in connection.execute(query):
        changed[row.subject_kind].add(row.subject_id)
    return changed.pop(SubjectKind.DOSSIER.value, set()) | {
        code
        for kind, ids in changed.items()
        for these in portions(ids)
        for query in _QUERIES[SubjectKind(kind)]
        for code in connection.scalars(query(these))
        if code is not None
    }


def changed_objects(connection: sa.Connection) -> set[str]:
    """Return the dossiers of objects that are not well any more, or well again, and remember which are not."""
    now = set(unsound_objects(connection))
    before = set(connection.scalars(sa.select(index_unsound.c.sha256)))
    for these in portions(before - now):
        connection.execute(sa.delete(index_unsound).where(index_unsound.c.sha256.in_(these)))
    if now - before:
        connection.execute(sa.insert(index_unsound), [{"sha256": each} for each in sorted(now - before)])
    return {
        code
        for these in portions(now ^ before)
        for query in _QUERIES[SubjectKind.FILE]
        for code in connection.scalars(query(these))
        if code is not None
    }


def all_dossiers(connection: sa.Connection) -> Iterator[str]:
    """Yield every dossier that there is, or of which something is kept; some of them twice."""
    for column in (documents.c.dossier, batches.c.dossier, dossier_courses.c.dossier, index_dossiers.c.dossier):
        yield from connection.scalars(sa.select(column).where(column.is_not(None)).distinct())


def _of_documents(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(documents.c.dossier).where(documents.c.id.in_(ids))


def _of_batches(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(documents.c.dossier).where(documents.c.batch.in_(ids)).distinct()


def _of_empty_batches(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(batches.c.dossier).where(batches.c.id.in_(ids))


def _of_files(hashes: Sequence[str]) -> sa.Select[Any]:
    return (
        sa.select(documents.c.dossier)
        .join(copy_versions, copy_versions.c.document == documents.c.id)
        .where(copy_versions.c.sha256.in_(hashes))
    )


def _of_sources(hashes: Sequence[str]) -> sa.Select[Any]:
    return sa.select(documents.c.dossier).where(documents.c.signed_source.in_(hashes))


def _of_items(ids: Sequence[str]) -> sa.Select[Any]:
    return (
        sa.select(documents.c.dossier)
        .join(disposal_items, disposal_items.c.document == documents.c.id)
        .where(disposal_items.c.id.in_(ids))
    )


def _of_procedures(codes: Sequence[str]) -> sa.Select[Any]:
    return sa.select(index_dossiers.c.dossier).where(index_dossiers.c.procedure.in_(codes))


def _of_synchronised(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(synchronised.c.dossier).where(synchronised.c.id.in_(ids))


_QUERIES: Mapping[SubjectKind, Sequence[_Query]] = {
    **dict.fromkeys(_OF_DOCUMENT, (_of_documents,)),
    SubjectKind.BATCH: (_of_batches, _of_empty_batches),
    SubjectKind.DOSSIER: (),  # the subject is the dossier itself
    SubjectKind.SYNCHRONISATION: (_of_synchronised,),
    SubjectKind.FILE: (_of_files, _of_sources),
    SubjectKind.DISPOSAL_ITEM: (_of_items,),
    SubjectKind.PROCEDURE: (_of_procedures,),
}
"""by kind of record, how the dossiers are found that it belongs to; records of other kinds say nothing that is counted"""
