"""What a record is, for the audit trail: the digests of all rows that belong to it, by table."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Subject, SubjectKind, utc_text
from pipeline.domain.batch import BatchState
from storage import (
    audit_tables,
    client_tables,
    desk_sitting_tables,
    desk_tables,
    disposal_tables,
    exchange_tables,
    owner_tables,
    rearrange_tables,
    report_tables,
    review_tables,
    tables,
    webhook_tables,
)

AT_ONCE = 500
"""ids in one question: SQLite takes 32,766 variables, and a longer list is not answered faster"""

PARTS: Mapping[SubjectKind, tuple[tuple[sa.Table, str], ...]] = {
    SubjectKind.BATCH: (
        (tables.batches, "id"),
        (tables.received_sources, "batch"),
        (tables.sources, "batch"),
        (tables.pages, "batch"),
        (tables.dossiers, "batch"),
        (tables.dossier_documents, "batch"),
    ),
    SubjectKind.DOCUMENT: (
        (tables.documents, "id"),
        (tables.document_pages, "document"),
        (tables.fields, "document"),
        (desk_tables.field_changes, "document"),
        (review_tables.field_entries, "document"),
        (rearrange_tables.replacements, "document"),
        (rearrange_tables.replacement_successors, "document"),
        (rearrange_tables.replaced_pages, "document"),
    ),
    SubjectKind.DOSSIER: (
        (rearrange_tables.dossier_procedures, "dossier"),
        (rearrange_tables.attached_papers, "dossier"),
        (report_tables.dossier_courses, "dossier"),
        (rearrange_tables.not_digitized, "dossier"),
    ),
    SubjectKind.COPIES: ((tables.copy_versions, "document"),),
    SubjectKind.ORDER: ((tables.signing_orders, "id"),),
    # apart from the order: each document of a long one is settled by itself, and a digest of all of them is not free
    SubjectKind.SIGNING: ((tables.signing_items, "document"),),
    SubjectKind.RESULT: ((tables.results, "document"),),
    SubjectKind.DAY: ((audit_tables.audit_days, "day"),),
    SubjectKind.OWNER: (
        (owner_tables.owners, "id"),
        (owner_tables.owner_identifiers, "owner"),
        (owner_tables.owner_links, "owner"),
    ),
    SubjectKind.HOLDING: ((owner_tables.holdings, "document"), (owner_tables.archive_codes, "document")),
    SubjectKind.CONSENT: ((owner_tables.consents, "id"),),
    SubjectKind.LOOK: ((owner_tables.accesses, "id"),),
    SubjectKind.PROCEDURE: (
        (desk_tables.procedures, "code"),
        (desk_tables.procedure_components, "procedure"),
    ),
    SubjectKind.SYNCHRONISATION: ((exchange_tables.synchronised, "id"),),
    SubjectKind.ACCOUNT: ((desk_tables.accounts, "id"),),
    SubjectKind.CLIENT: ((client_tables.api_clients, "id"),),
    SubjectKind.WEBHOOK: ((webhook_tables.webhooks, "id"),),
    SubjectKind.HOLD: ((disposal_tables.holds, "id"), (disposal_tables.hold_ends, "hold")),
    SubjectKind.DISPOSAL: ((disposal_tables.disposals, "id"),),
    SubjectKind.DISPOSAL_ITEM: (
        (disposal_tables.disposal_items, "id"),
        (disposal_tables.disposal_objects, "item"),
        (disposal_tables.disposed_sources, "item"),
    ),
    SubjectKind.DISPLAY: ((desk_sitting_tables.displays, "id"),),
    SubjectKind.DELEGATION: (
        (desk_sitting_tables.delegations, "id"),
        (desk_sitting_tables.delegation_ends, "delegation"),
    ),
    SubjectKind.FILE: ((desk_tables.signature_verdicts, "sha256"),),
}
"""by kind of record, the tables that hold it, each by the column that names the record"""

UNRECORDED: Mapping[str, Collection[str]] = {
    # what is worked out again at any time and proves nothing
    "copy_versions": ("proven_until", "renewal_reason"),
    "documents": ("received_at", "place", "agency"),
}
"""columns that are no part of a record"""

_COMPLETE = sa.select(tables.batches.c.id).where(tables.batches.c.state == BatchState.DIGITIZED.value)
RECORDED_WHEN: Mapping[str, sa.ColumnElement[bool]] = {
    # until a batch is complete they are notes of how far its work has come
    "sources": tables.sources.c.batch.in_(_COMPLETE),
    "pages": tables.pages.c.batch.in_(_COMPLETE),
}
"""which rows of a table are part of a record, where not all are"""


def digests(connection: sa.Connection, subjects: Collection[Subject]) -> dict[Subject, dict[str, str]]:
    """Return, for each subject that has any rows, the SHA-256 of its rows by table.

    The rows of a table, in order of their primary key by code points, are a JSON list of objects with sorted keys, without spaces;
    fractions are written as the shortest text that reads back as the same double, times in UTC, bytes in hexadecimal
    digits. A column without a value is not named, so that a column added later changes no digest of what is kept already.
    """
    found: dict[Subject, dict[str, str]] = {}
    for kind in SubjectKind:
        ids = sorted({each.id for each in subjects if each.kind is kind})
        for table, column in PARTS.get(kind, ()):
            for id_, rows in _rows(connection, table, column, ids):
                found.setdefault(Subject(kind, id_), {})[table.name] = _digest(rows)
    return found


def digest_of_new(row: Mapping[str, Any]) -> str:
    """Return the digest of a record that has one row, by column, which was written just now: what `digests` would find."""
    return _digest([{name: value for name, value in row.items() if value is not None}])


def _digest(rows: list[Any]) -> str:
    return hashlib.sha256(_ENCODER.encode(rows).encode()).hexdigest()


def _rows(connection: sa.Connection, table: sa.Table, column: str, ids: list[str]) -> Iterator[tuple[str, list[Any]]]:
    named = table.c[column]
    kept = [each for each in table.columns if each.name not in UNRECORDED.get(table.name, ())]
    names = [each.name for each in kept]
    by_key = itemgetter(*(1 + names.index(each.name) for each in table.primary_key))
    for start in range(0, len(ids), AT_ONCE):
        these = ids[start : start + AT_ONCE]
        query = sa.select(named.label("record"), *kept).where(named.in_(these))
        if (when := RECORDED_WHEN.get(table.name)) is not None:
            query = query.where(when)
        grouped: dict[str, list[Any]] = defaultdict(list)
        # put in order here: databases differ in how they order text, and the digest has to outlive a move to another one
        for row in sorted(connection.execute(query), key=by_key):
            values = zip(names, row[1:], strict=True)
            grouped[row[0]].append({name: value for name, value in values if value is not None})
        yield from grouped.items()


def _as_text(value: object) -> str:
    """Return what JSON has no form for."""
    match value:
        case dt.datetime():
            return utc_text(value)
        case dt.date():
            return value.isoformat()
        case bytes():
            return value.hex()
    raise TypeError(type(value).__name__)


# written by the interpreter's own code: a batch of a hundred papers has some ten thousand values
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_as_text)
