"""Legal holds in SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.errors import DocumentDisposed, NotFound
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.retention import Hold, HoldId, HoldKind
from pipeline.domain.search import EVERYTHING, Scope
from storage.database import insert_if_new, reading
from storage.disposal_tables import disposal_items, document_gone, hold_ends, hold_still, holds
from storage.library_sql import visible
from storage.owner_tables import holdings, owners
from storage.recorded import Book, recorded
from storage.tables import batches, documents, dossiers

_AT_ONCE = 500
"""ids in one question"""


class SqlHolds:
    """Implements `pipeline.disposal_ports.Holds`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def place(self, hold: Hold, *, scope: Scope = EVERYTHING) -> None:
        """Keep a hold; it is written into the trail."""
        row = {
            "id": hold.id,
            "kind": hold.kind.value,
            "subject": hold.subject,
            "placed_at": hold.placed_at,
            "placed_by": hold.placed_by,
            "reason": hold.reason,
        }
        with recorded(self._book, Action.HOLD_PLACED, _subject(hold.id), reason=hold.reason) as connection:
            hold_still(connection)
            _refuse_unknown(connection, hold, scope)
            insert_if_new(connection, holds, row)

    def lift(self, hold: HoldId, *, at: dt.datetime, by: str, reason: str) -> Hold:
        """End a hold; one that was lifted before stays as it is."""
        row = {"hold": hold, "at": at, "by": by, "reason": reason}
        with recorded(self._book, Action.HOLD_LIFTED, _subject(hold), reason=reason) as connection:
            if connection.scalar(sa.select(holds.c.id).where(holds.c.id == hold)) is None:
                raise NotFound(what="hold", id=hold)
            insert_if_new(connection, hold_ends, row)
            return _hold(connection.execute(_HOLDS.where(holds.c.id == hold)).one())

    def all(self, *, lifted: bool = False, scope: Scope = EVERYTHING) -> Sequence[Hold]:
        """Return holds, oldest first."""
        query = _HOLDS if lifted else _HOLDS.where(hold_ends.c.hold.is_(None))
        if scope.agencies is not None:
            query = query.where(_within(scope, holds.c.kind, holds.c.subject))
        with reading(self._book.engine) as connection:
            return tuple(_hold(row) for row in connection.execute(query.order_by(holds.c.placed_at, holds.c.id)))

    def on(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Sequence[Hold]]:
        """Return the holds in force on each document."""
        with reading(self._book.engine) as connection:
            return holds_on(connection, documents)


def holds_on(connection: sa.Connection, wanted: Collection[DocumentId]) -> Mapping[DocumentId, Sequence[Hold]]:
    """Return the holds in force on documents: on themselves, on their dossiers, on owners whose papers they are."""
    ids = sorted(set(wanted))
    found: dict[DocumentId, list[Hold]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        these = ids[start : start + _AT_ONCE]
        for held in _held(these):
            in_force = _HOLDS.add_columns(held.c.document).join(
                held, (holds.c.kind == held.c.kind) & (holds.c.subject == held.c.subject)
            )
            for row in connection.execute(in_force.where(hold_ends.c.hold.is_(None))):
                found[DocumentId(row.document)].append(_hold(row))
    return {document: sorted(each, key=lambda hold: (hold.placed_at, hold.id)) for document, each in found.items()}


def hold_on_batch(connection: sa.Connection, batch: BatchId) -> Hold | None:
    """Return the oldest hold in force on a dossier that a batch came in for or has papers of.

    What nobody has read, such as a secret paper, may belong to any of them.
    """
    wanted = sa.union(
        *(
            sa.select(column).where(of_batch == batch, column.is_not(None))
            for column, of_batch in (
                (batches.c.dossier, batches.c.id),
                (dossiers.c.code, dossiers.c.batch),
                (documents.c.dossier, documents.c.batch),
            )
        )
    )
    on_dossier = (holds.c.kind == HoldKind.DOSSIER.value) & holds.c.subject.in_(connection.scalars(wanted).all())
    query = _HOLDS.where(on_dossier, hold_ends.c.hold.is_(None)).order_by(holds.c.placed_at, holds.c.id)
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _hold(row)


def _held(these: Sequence[DocumentId]) -> tuple[sa.Subquery, ...]:
    """Return what a hold on each of the documents would be on: kind, subject, document."""

    def named(kind: HoldKind, subject: sa.ColumnElement[Any], document: sa.ColumnElement[Any]) -> sa.Subquery:
        columns = (sa.literal(kind.value).label("kind"), subject.label("subject"), document.label("document"))
        return sa.select(*columns).where(document.in_(these)).distinct().subquery()

    # an owner who was found to be another one: a hold on either is on the papers of both
    other = owners.alias()
    of_owner = (
        sa.select(
            sa.literal(HoldKind.OWNER.value).label("kind"),
            other.c.id.label("subject"),
            holdings.c.document.label("document"),
        )
        .select_from(
            holdings.join(owners, owners.c.id == holdings.c.owner).join(
                other,
                sa.func.coalesce(other.c.same_as, other.c.id) == sa.func.coalesce(owners.c.same_as, owners.c.id),
            )
        )
        .where(holdings.c.document.in_(these))
        .distinct()
        .subquery()
    )
    return (
        named(HoldKind.DOCUMENT, documents.c.id, documents.c.id),
        named(HoldKind.DOSSIER, documents.c.dossier, documents.c.id),
        of_owner,
    )


def _within(scope: Scope, kind: sa.ColumnElement[str], subject: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say whether a hold on `subject` is on papers of agencies within a scope."""
    papers = documents.join(batches, batches.c.id == documents.c.batch)
    of_owner = papers.join(holdings, holdings.c.document == documents.c.id)
    return sa.or_(
        sa.and_(kind == HoldKind.DOCUMENT.value, _some(papers, documents.c.id == subject, scope)),
        sa.and_(kind == HoldKind.DOSSIER.value, _some(papers, documents.c.dossier == subject, scope)),
        sa.and_(kind == HoldKind.DOSSIER.value, _some(batches, batches.c.dossier == subject, scope)),
        sa.and_(kind == HoldKind.OWNER.value, _some(of_owner, holdings.c.owner == subject, scope)),
    )


def _some(source: sa.FromClause, condition: sa.ColumnElement[bool], scope: Scope) -> sa.ColumnElement[bool]:
    return sa.exists(sa.select(sa.literal(1)).select_from(source).where(condition, visible(scope)))


def _refuse_unknown(connection: sa.Connection, hold: Hold, scope: Scope) -> None:
    columns = {
        HoldKind.DOCUMENT: (documents.c.id,),
        # a dossier of which no paper could be made yet, or may be, is held too
        HoldKind.DOSSIER: (documents.c.dossier, batches.c.dossier, dossiers.c.code),
        HoldKind.OWNER: (owners.c.id,),
    }
    wanted = (sa.select(each).where(each == hold.subject).limit(1) for each in columns[hold.kind])
    if all(connection.scalar(each) is None for each in wanted):
        raise NotFound(what=hold.kind.value, id=hold.subject)
    if scope.agencies is not None:
        named = _within(scope, sa.literal(hold.kind.value), sa.literal(hold.subject))
        if not connection.scalar(sa.select(named)):
            raise NotFound(what=hold.kind.value, id=hold.subject)
    if hold.kind is HoldKind.DOCUMENT and connection.scalar(sa.select(document_gone(sa.literal(hold.subject)))):
        gone = sa.select(disposal_items.c.disposal).where(disposal_items.c.document == hold.subject).limit(1)
        raise DocumentDisposed(document=hold.subject, disposal=connection.scalar(gone) or "", certificate="")


_HOLDS = sa.select(holds, hold_ends.c.at, hold_ends.c.by, hold_ends.c.reason.label("lift_reason")).select_from(
    holds.outerjoin(hold_ends, hold_ends.c.hold == holds.c.id)
)


def _subject(hold: HoldId) -> Subject:
    return Subject(SubjectKind.HOLD, hold)


def _hold(row: sa.Row[Any]) -> Hold:
    return Hold(
        id=HoldId(row.id),
        kind=HoldKind(row.kind),
        subject=row.subject,
        placed_at=row.placed_at,
        placed_by=row.placed_by,
        reason=row.reason,
        lifted_at=row.at,
        lifted_by=row.by,
        lift_reason=row.lift_reason or "",
    )
