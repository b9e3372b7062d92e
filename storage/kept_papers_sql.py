"""What decides how long papers are kept, read off the records."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit_seal import day_of
from pipeline.domain.disposal import DisposalItem, DisposalState, ItemKind, ItemState
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.errors import SecretPaper
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.retention import KeptPaper, RetentionCode, RuleId
from pipeline.domain.search import EVERYTHING, Scope
from storage.database import reading
from storage.disposal_tables import disposal_items, disposals, document_gone, source_gone
from storage.library_sql import visible
from storage.owner_tables import holdings
from storage.rearrange_tables import replacement_successors
from storage.tables import batches, copy_versions, documents, fields, pages, results, sources

_PROCEDURE = re.compile(r"[1-9]\.\d{6}")
"""core of a procedure code; what stands behind it names the authority that published it"""

SECRET_RULE = RuleId("secret")
_SECRECY_LAW = "TT 01/2023/TT-VPCP Điều 4: tài liệu mật không thuộc phạm vi số hóa"


class SqlKeptPapers:
    """Implements `pipeline.disposal_ports.KeptPapers`.

    Papers that still need a look are not among them: nothing is disposed of by a type or a procedure that nobody is sure of.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def papers(self, *, limit: int, after: DocumentId | None = None, scope: Scope = EVERYTHING) -> Sequence[KeptPaper]:
        """Return papers behind `after`, by id: neither disposed of nor on a list that is under way."""
        this = documents.c.id
        sure = documents.c.state != DocumentState.NEEDS_REVIEW.value
        query = sa.select(this).where(this > (after or ""), sure, ~document_gone(this), ~_under_way(this))
        if scope != EVERYTHING:
            query = query.join(batches, batches.c.id == documents.c.batch).where(visible(scope))
        query = query.where(~this.in_(_replaced_by_unsure()))
        with reading(self._engine) as connection:
            ids = connection.scalars(query.order_by(this).limit(limit)).all()
            return _papers(connection, ids)

    def paper(self, document: DocumentId) -> KeptPaper | None:
        """Return one paper; None if it is not known or was disposed of."""
        with reading(self._engine) as connection:
            found = _papers(connection, [document])
            is_gone = connection.scalar(sa.select(document_gone(sa.literal(document))))
        return None if is_gone or not found else found[0]

    def secret_sources(self, *, limit: int, scope: Scope = EVERYTHING) -> Sequence[DisposalItem]:
        """Return sources that hold pages with a degree of secrecy, as entries to be proposed: due at once."""
        has_secret = sa.exists().where(
            pages.c.batch == sources.c.batch, pages.c.source == sources.c.name, pages.c.reason == SecretPaper.code
        )
        listed = sa.exists().where(
            disposal_items.c.batch == sources.c.batch,
            disposal_items.c.source == sources.c.position,
            disposal_items.c.state == ItemState.LISTED.value,
            disposal_items.c.disposal == disposals.c.id,
            disposals.c.state.in_(_UNDER_WAY),
        )
        query = (
            sa.select(sources.c.batch, sources.c.position, sources.c.sha256, batches.c.created_at)
            .join(batches, batches.c.id == sources.c.batch)
            .where(visible(scope))
            .where(has_secret, ~listed, ~source_gone(sources.c.batch, sources.c.name), sources.c.position.is_not(None))
            .order_by(sources.c.batch, sources.c.position)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(_secret(row) for row in connection.execute(query))


_UNDER_WAY = (DisposalState.PROPOSED.value, DisposalState.APPROVED.value)


def _under_way(document: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say whether a document stands on a list that nobody has rejected or finished."""
    return sa.exists().where(
        disposal_items.c.document == document,
        disposal_items.c.state == ItemState.LISTED.value,
        disposal_items.c.disposal == disposals.c.id,
        disposals.c.state.in_(_UNDER_WAY),
    )


def _secret(row: sa.Row[*tuple[Any, ...]]) -> DisposalItem:
    day = day_of(row.created_at)
    return DisposalItem(
        position=0,
        kind=ItemKind.SOURCE,
        batch=BatchId(row.batch),
        source=row.position,
        sha256=ContentHash(row.sha256),
        rule=SECRET_RULE,
        rule_source=_SECRECY_LAW,
        code=RetentionCode.OTHER,
        began=day,
        due=day,
    )


def _papers(connection: sa.Connection, ids: Sequence[str]) -> tuple[KeptPaper, ...]:
    columns = documents.c
    query = sa.select(columns.id, columns.batch, columns.dossier, columns.type, batches.c.created_at).join(
        batches, batches.c.id == columns.batch
    )
    sure = columns.state != DocumentState.NEEDS_REVIEW.value
    rows = connection.execute(query.where(columns.id.in_(ids), sure).order_by(columns.id)).all()
    dossiers = {row.dossier for row in rows if row.dossier is not None}
    ends = _dossier_ends(connection, dossiers)
    of_dossier = _procedures(connection, documents.c.dossier, dossiers)
    of_paper = _procedures(connection, documents.c.id, {row.id for row in rows if row.dossier is None})
    valid = _validity(connection, ids)
    newest = _newest(connection, ids)
    successors = _successors(connection, ids)
    return tuple(
        KeptPaper(
            document=DocumentId(row.id),
            batch=BatchId(row.batch),
            dossier=None if row.dossier is None else DossierCode(row.dossier),
            type=TypeCode(row.type),
            procedures=frozenset(of_paper[row.id] if row.dossier is None else of_dossier[row.dossier]),
            work_ended=max([day_of(row.created_at), *ends.get(row.dossier, ())]),
            valid_to=valid.get(row.id),
            newest=newest[row.id],
            successors=tuple(sorted(successors.get(row.id, ()))),
        )
        for row in rows
    )


def _dossier_ends(connection: sa.Connection, dossiers: Collection[str]) -> Mapping[str, Sequence[dt.date]]:
    """Return the days on which something last happened in each dossier."""
    ends: dict[str, list[dt.date]] = defaultdict(list)
    came_in = (
        sa.select(documents.c.dossier, sa.func.max(batches.c.created_at))
        .join(batches, batches.c.id == documents.c.batch)
        .where(documents.c.dossier.in_(dossiers))
        .group_by(documents.c.dossier)
    )
    issued = (
        sa.select(results.c.dossier, sa.func.max(results.c.created_at))
        .where(results.c.dossier.in_(dossiers))
        .group_by(results.c.dossier)
    )
    ended = (
        sa.select(results.c.dossier, sa.func.max(results.c.changed_at))
        .where(results.c.dossier.in_(dossiers), results.c.changed_at.is_not(None))
        .group_by(results.c.dossier)
    )
    for query in (came_in, issued, ended):
        for dossier, moment in connection.execute(query):
            ends[dossier].append(day_of(moment))
    return ends


def _procedures(
    connection: sa.Connection, named: sa.Column[Any], wanted: Collection[str]
) -> Mapping[str, Collection[str]]:
    """Return the procedures that papers name, by dossier or by paper."""
    query = (
        sa.select(named, fields.c.value)
        .join(documents, documents.c.id == fields.c.document)
        .where(fields.c.name == "procedure_code", fields.c.state != FieldState.NEEDS_REVIEW.value, named.in_(wanted))
    )
    found: dict[str, set[str]] = defaultdict(set)
    for name, value in connection.execute(query):
        found[name] |= set(_PROCEDURE.findall(json.dumps(value)))
    return found


def _validity(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, dt.date]:
    """Return until when papers are valid: as their depositories have it, else as a person has confirmed the field."""
    confirmed = sa.select(fields.c.document, fields.c.value).where(
        fields.c.name == "valid_to", fields.c.state == FieldState.CONFIRMED.value, fields.c.document.in_(ids)
    )
    valid = {row.document: day for row in connection.execute(confirmed) if (day := _iso_day(row.value))}
    held = sa.select(holdings.c.document, holdings.c.valid_to).where(holdings.c.document.in_(ids))
    for document, days in _grouped(connection.execute(held)).items():
        valid.pop(document, None)
        if all(days):  # one without an end is valid for ever
            valid[document] = max(day for day in days if day is not None)
    return valid


def _grouped(rows: Iterable[sa.Row[*tuple[Any, ...]]]) -> Mapping[str, list[dt.date | None]]:
    grouped: dict[str, list[dt.date | None]] = defaultdict(list)
    for name, day in rows:
        grouped[name].append(day)
    return grouped


def _newest(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, ContentHash]:
    columns = copy_versions.c
    query = sa.select(columns.document, columns.sha256).where(columns.document.in_(ids)).order_by(columns.number)
    return {row.document: ContentHash(row.sha256) for row in connection.execute(query)}


def _descent() -> sa.CTE:
    """Return which papers stand in the place of which, over however many steps."""
    step = replacement_successors.c
    first = sa.select(step.document, step.successor).cte("descent", recursive=True)
    further = sa.select(first.c.document, step.successor).join(first, first.c.successor == step.document)
    return first.union(further)


def _replaced_by_unsure() -> sa.Select[str]:
    """Return papers that one stands in the place of which nobody is sure of yet."""
    descent = _descent()
    unsure = documents.c.state == DocumentState.NEEDS_REVIEW.value
    return sa.select(descent.c.document).join(documents, documents.c.id == descent.c.successor).where(unsure)


def _successors(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, set[TypeCode]]:
    """Return the types of the papers that stand in the place of others now."""
    descent = _descent()
    query = (
        sa.select(descent.c.document, documents.c.type)
        .join(documents, documents.c.id == descent.c.successor)
        .where(descent.c.document.in_(ids), documents.c.state != DocumentState.REPLACED.value)
    )
    found: dict[str, set[TypeCode]] = defaultdict(set)
    for document, type_ in connection.execute(query):
        found[document].add(TypeCode(type_))
    return found


def _iso_day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
