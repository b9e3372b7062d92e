"""Lists of disposal and their decisions, in SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Author, Subject, SubjectKind
from pipeline.domain.disposal import (
    SYSTEM,
    Disposal,
    DisposalId,
    DisposalItem,
    DisposalState,
    ItemKind,
    ItemState,
    RemovedObject,
    Tombstone,
    list_id,
)
from pipeline.domain.errors import DisposalRefused, NotFound
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.retention import RetentionCode, RuleId
from pipeline.domain.search import EVERYTHING, Scope
from storage.database import among, insert_if_new, reading
from storage.disposal_tables import GONE, disposal_items, disposal_objects, disposals, hold_still
from storage.library_sql import visible
from storage.recorded import Book, recorded
from storage.tables import batches

_UNDER_WAY = (DisposalState.PROPOSED.value, DisposalState.APPROVED.value)


class SqlDisposals:
    """Implements `pipeline.disposal_ports.Disposals`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def propose(self, disposal: Disposal) -> None:
        """Keep a new list; its proposer is whoever writes into the records."""
        row = {
            "id": disposal.id,
            "created_at": disposal.created_at,
            "proposed_by": disposal.proposed_by,
            "proposer_role": disposal.proposer_role,
            "reason": disposal.reason,
            "state": DisposalState.PROPOSED.value,
            "decision_reason": "",
        }
        subjects = [_subject(disposal.id), *(item_subject(disposal.id, each.position) for each in disposal.items)]
        with recorded(self._book, Action.DISPOSAL_PROPOSED, *subjects, reason=disposal.reason) as connection:
            hold_still(connection)
            if (disposal.proposed_by, disposal.proposer_role) != (self._book.author.name, self._book.author.role):
                raise DisposalRefused(disposal=disposal.id, reason="disposal_other_proposer")
            if not insert_if_new(connection, disposals, row):
                return
            _refuse_listed(connection, disposal)
            connection.execute(sa.insert(disposal_items), [_item_row(disposal.id, each) for each in disposal.items])

    def load(self, disposal: DisposalId, *, scope: Scope = EVERYTHING) -> Disposal | None:
        """Return a list with its entries; None also where one of them lies outside `scope`."""
        with reading(self._book.engine) as connection:
            within = sa.select(disposals.c.id).where(disposals.c.id == disposal, _within(scope))
            return None if connection.scalar(within) is None else read_disposal(connection, disposal)

    def all(self, *, limit: int = 50, scope: Scope = EVERYTHING) -> Sequence[Disposal]:
        """Return the newest lists first, without their entries."""
        newest = sa.select(disposals).where(_within(scope))
        newest = newest.order_by(disposals.c.created_at.desc(), disposals.c.id).limit(limit)
        with reading(self._book.engine) as connection:
            return tuple(_disposal(row, ()) for row in connection.execute(newest))

    def decide(self, disposal: DisposalId, *, approved: bool, at: dt.datetime, reason: str) -> Disposal:
        """Approve or reject a proposed list."""
        action = Action.DISPOSAL_APPROVED if approved else Action.DISPOSAL_REJECTED
        with recorded(self._book, action, _subject(disposal), reason=reason) as connection:
            found = read_disposal(connection, disposal, locked=True)
            if found is None:
                raise NotFound(what="disposal", id=disposal)
            refuse_altered(found)
            if found.state is not DisposalState.PROPOSED:
                raise DisposalRefused(disposal=disposal, reason="disposal_decided")
            decided = _approved(found, self._book.author, at) if approved else _rejected(found, self._book.author, at)
            decided = replace(decided, decision_reason=reason)
            connection.execute(
                sa.update(disposals)
                .where(disposals.c.id == disposal)
                .values(
                    state=decided.state.value,
                    endorsed_by=decided.endorsed_by,
                    endorsed_at=decided.endorsed_at,
                    decided_by=decided.decided_by,
                    decided_at=decided.decided_at,
                    decision_reason=reason,
                )
            )
        return decided

    def tombstone(self, document: DocumentId) -> Tombstone | None:
        """Return what is left of a paper that was disposed of, or is being."""
        with reading(self._book.engine) as connection:
            return read_tombstones(connection, [document]).get(document)


_TOMBSTONES = (
    sa.select(
        disposal_items.c.document,
        disposal_items.c.disposal,
        disposal_items.c.state,
        disposal_items.c.ended_at,
        disposals.c.certificate,
    )
    .join(disposals, disposals.c.id == disposal_items.c.disposal)
    .where(among(disposal_items.c.document), disposal_items.c.state.in_(GONE))
)


def read_tombstones(connection: sa.Connection, papers: Collection[DocumentId]) -> dict[DocumentId, Tombstone]:
    """Return what is left of papers that were disposed of, or are being."""
    found = (
        Tombstone(
            document=DocumentId(row.document),
            disposal=DisposalId(row.disposal),
            state=ItemState(row.state),
            at=row.ended_at,
            certificate=None if row.certificate is None else ContentHash(row.certificate),
        )
        for row in connection.execute(_TOMBSTONES, {"names": list(papers)})
    )
    return {each.document: each for each in found}


def _within(scope: Scope) -> sa.ColumnElement[bool]:
    """Say whether all entries of a list are of agencies within a scope."""
    if scope.agencies is None:
        return sa.true()
    columns = disposal_items.c
    outside = sa.exists().where(columns.disposal == disposals.c.id, columns.batch == batches.c.id, ~visible(scope))
    return ~outside


def read_disposal(connection: sa.Connection, disposal: DisposalId, *, locked: bool = False) -> Disposal | None:
    """Return a list with its entries; `locked`: it stays as it is until the transaction ends."""
    query = sa.select(disposals).where(disposals.c.id == disposal)
    row = connection.execute(query.with_for_update() if locked else query).first()
    if row is None:
        return None
    return _disposal(row, _items(connection, disposal_items.c.disposal == disposal))


def read_item(connection: sa.Connection, disposal: DisposalId, position: int) -> DisposalItem:
    """Return one entry: a list may have thousands, and each is looked at several times while it is carried out.

    Raises:
        NotFound
    """
    this = item_id(disposal, position)
    found = _items(connection, disposal_items.c.id == this)
    if not found:
        raise NotFound(what="disposal", id=this)
    return found[0]


def refuse_altered(disposal: Disposal) -> None:
    """Refuse a list that does not say what its id says.

    Raises:
        DisposalRefused
    """
    if list_id(disposal) != disposal.id:
        raise DisposalRefused(disposal=disposal.id, reason="disposal_altered")


def item_id(disposal: DisposalId, position: int) -> str:
    """Return what an entry is called."""
    return f"{disposal}/{position}"


def item_subject(disposal: DisposalId, position: int) -> Subject:
    """Return an entry as the trail names it."""
    return Subject(SubjectKind.DISPOSAL_ITEM, item_id(disposal, position))


def _refuse_listed(connection: sa.Connection, disposal: Disposal) -> None:
    """Refuse papers that stand on another list nobody has rejected or finished."""
    columns = disposal_items.c
    wanted = [each.document for each in disposal.items if each.document is not None]
    query = (
        sa.select(columns.document, columns.disposal)
        .join(disposals, disposals.c.id == columns.disposal)
        .where(
            columns.document.in_(wanted),
            (columns.state.in_(GONE)) | (disposals.c.state.in_(_UNDER_WAY) & (columns.state == ItemState.LISTED.value)),
        )
    )
    row = connection.execute(query.limit(1)).first()
    if row is not None:
        raise DisposalRefused(disposal=row.disposal, document=row.document, reason="disposal_listed")


def _approved(found: Disposal, who: Author, at: dt.datetime) -> Disposal:
    """Return the list as it stands after one more person has approved it."""
    if who.role == SYSTEM:
        raise DisposalRefused(disposal=found.id, reason="disposal_needs_person")
    others = [each for each in (found.proposed_by, found.endorsed_by) if each is not None]
    if any(_is_same(who.name, each) for each in others):
        raise DisposalRefused(disposal=found.id, reason="disposal_one_person")
    if found.proposer_role == SYSTEM and found.endorsed_by is None:
        return replace(found, endorsed_by=who.name, endorsed_at=at)
    return replace(found, state=DisposalState.APPROVED, decided_by=who.name, decided_at=at)


def _rejected(found: Disposal, who: Author, at: dt.datetime) -> Disposal:
    return replace(found, state=DisposalState.REJECTED, decided_by=who.name, decided_at=at)


def _is_same(one: str, other: str) -> bool:
    """Say whether two accounts are one, as the table's own rule does."""
    return one.strip().lower() == other.strip().lower()


def _subject(disposal: DisposalId) -> Subject:
    return Subject(SubjectKind.DISPOSAL, disposal)


def _item_row(disposal: DisposalId, item: DisposalItem) -> dict[str, Any]:
    return {
        "id": item_id(disposal, item.position),
        "disposal": disposal,
        "position": item.position,
        "kind": item.kind.value,
        "batch": item.batch,
        "document": item.document,
        "source": item.source,
        "sha256": item.sha256,
        "dossier": item.dossier,
        "type": item.type,
        "rule": item.rule,
        "rule_source": item.rule_source,
        "retention": item.code.value,
        "began": item.began,
        "due": item.due,
        "state": item.state.value,
        "reason": item.reason,
    }


def _items(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> tuple[DisposalItem, ...]:
    """Return entries in their order."""
    rows = connection.execute(sa.select(disposal_items).where(wanted).order_by(disposal_items.c.position)).all()
    removed = _removed(connection, wanted)
    return tuple(_item(each, removed[each.id]) for each in rows)


def _removed(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> Mapping[str, Sequence[RemovedObject]]:
    """Return what was or is to be removed, by entry."""
    columns = disposal_objects.c
    query = (
        sa.select(disposal_objects)
        .join(disposal_items, disposal_items.c.id == columns.item)
        .where(wanted)
        .order_by(columns.item, columns.area, columns.sha256)
    )
    found: dict[str, list[RemovedObject]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.item].append(RemovedObject(area=row.area, sha256=ContentHash(row.sha256), what=row.what))
    return found


def _item(row: sa.Row[Any], removed: Sequence[RemovedObject]) -> DisposalItem:
    return DisposalItem(
        position=row.position,
        kind=ItemKind(row.kind),
        batch=BatchId(row.batch),
        document=None if row.document is None else DocumentId(row.document),
        source=row.source,
        sha256=ContentHash(row.sha256),
        dossier=None if row.dossier is None else DossierCode(row.dossier),
        type=None if row.type is None else TypeCode(row.type),
        rule=RuleId(row.rule),
        rule_source=row.rule_source,
        code=RetentionCode(row.retention),
        began=row.began,
        due=row.due,
        state=ItemState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
        removed=tuple(removed),
    )


def _disposal(row: sa.Row[Any], items: tuple[DisposalItem, ...]) -> Disposal:
    return Disposal(
        id=DisposalId(row.id),
        created_at=row.created_at,
        proposed_by=row.proposed_by,
        proposer_role=row.proposer_role,
        reason=row.reason,
        items=items,
        state=DisposalState(row.state),
        endorsed_by=row.endorsed_by,
        endorsed_at=row.endorsed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        certificate=None if row.certificate is None else ContentHash(row.certificate),
    )
