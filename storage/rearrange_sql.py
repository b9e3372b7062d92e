"""Pages put right, in SQL: new papers, those that they replace, and a count that no page is lost on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from pipeline.arrangement_ports import ArrangedBatch, Replacement
from pipeline.domain.arrange_errors import ArrangementRefused
from pipeline.domain.arrangement import Obstacle
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.correction import FieldChange
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.ports import Area
from storage.corrections_sql import write_correction
from storage.database import among, reading
from storage.disposal_tables import hold_still
from storage.disposed import refuse_leaving
from storage.documents_sql import insert_all, insert_documents
from storage.owner_tables import holdings
from storage.rearrange_checks import find_obstacles, refuse_lost_pages
from storage.rearrange_tables import replaced_pages, replacement_successors, replacements
from storage.recorded import Book, recorded
from storage.rows import page_row
from storage.search_index import forget_documents, index_documents
from storage.tables import batches, copy_versions, document_pages, documents, dossier_documents, dossiers, pages


class SqlArrangements:
    """Implements `pipeline.arrangement_ports.Arrangements`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def rounds(self, batch: BatchId) -> int:
        """Return how often pages of a batch were put right."""
        with reading(self._book.engine) as connection:
            return _rounds(connection, batch)

    def obstacles(self, papers: Collection[DocumentId]) -> Mapping[DocumentId, Obstacle]:
        """Return what keeps papers as they are."""
        with reading(self._book.engine) as connection:
            return find_obstacles(connection, papers)

    def apply(self, arranged: ArrangedBatch) -> None:
        """Write new papers, replace those that had their pages, and find every page again, in one transaction."""
        plan = arranged.plan
        with recorded(
            self._book,
            Action.PAGES_ARRANGED,
            *_subjects(arranged),
            reason=arranged.reason,
            details={"batch": plan.batch, "round": str(plan.round)},
        ) as connection:
            # nobody claims one of these papers, or places a hold, until this is decided
            hold_still(connection)
            _refuse_changed(connection, arranged)
            for paper, obstacle in find_obstacles(connection, plan.replaced).items():
                raise ArrangementRefused(document=paper, reason=obstacle.value)
            _refuse_leaving(connection, arranged)
            _replace(connection, arranged)
            _write_pages(connection, arranged)
            _write_new(connection, arranged)
            _write_successors(connection, arranged)
            _list_anew(connection, arranged)
            connection.execute(sa.update(batches).where(batches.c.id == plan.batch).values(rounds=plan.round))
            refuse_lost_pages(connection, arranged)

    def declare(
        self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int, by: str
    ) -> StoredDocument:
        """Write a paper's type, fields and state anew as a person says what it is."""
        understood = document.understood
        subject = Subject(SubjectKind.DOCUMENT, understood.id)
        details = {"type": understood.type, "fields": ", ".join(each.name for each in changes)}
        with recorded(self._book, Action.TYPE_CHANGED, subject, details=details) as connection:
            declared = replace(document, type_by=by)
            write_correction(connection, declared, changes, seen=seen)
        return replace(declared, version=seen + 1)

    def replacements(self, papers: Collection[DocumentId]) -> Mapping[DocumentId, Replacement]:
        """Return what became of papers that were replaced."""
        with reading(self._book.engine) as connection:
            return read_replacements(connection, papers)


_REPLACEMENTS = (
    sa.select(replacements, replacement_successors.c.successor)
    .outerjoin(replacement_successors, replacement_successors.c.document == replacements.c.document)
    .where(among(replacements.c.document))
    .order_by(replacements.c.document, replacement_successors.c.position)
)


def read_replacements(connection: sa.Connection, papers: Collection[DocumentId]) -> dict[DocumentId, Replacement]:
    """Return what became of papers that were replaced."""
    found: dict[DocumentId, Replacement] = {}
    for row in connection.execute(_REPLACEMENTS, {"names": list(papers)}):
        known = found.get(DocumentId(row.document), _replacement(row))
        more = () if row.successor is None else (DocumentId(row.successor),)
        found[known.document] = replace(known, successors=(*known.successors, *more))
    return found


def _replacement(row: sa.Row[Any]) -> Replacement:
    return Replacement(document=DocumentId(row.document), successors=(), at=row.at, by=row.by, reason=row.reason)


def _subjects(arranged: ArrangedBatch) -> tuple[Subject, ...]:
    """Return the records that change: the batch, the papers that go, those that come."""
    kinds_of_old = (SubjectKind.DOCUMENT, SubjectKind.HOLDING)
    kinds_of_new = (SubjectKind.DOCUMENT, SubjectKind.COPIES)
    old = [Subject(kind, each) for each in arranged.plan.replaced for kind in kinds_of_old]
    new = [Subject(kind, each.understood.id) for each in arranged.new for kind in kinds_of_new]
    return (Subject(SubjectKind.BATCH, arranged.plan.batch), *old, *new)


def _rounds(connection: sa.Connection, batch: str) -> int:
    return connection.scalar(sa.select(batches.c.rounds).where(batches.c.id == batch)) or 0


def _refuse_changed(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """Refuse what was made of a batch that is another one by now."""
    plan = arranged.plan
    connection.execute(sa.select(batches.c.id).where(batches.c.id == plan.batch).with_for_update())
    rounds = _rounds(connection, plan.batch)
    if rounds != plan.round - 1:
        raise RecordChanged(id=plan.batch, seen=plan.round - 1, now=rounds)
    version = sa.func.coalesce(documents.c.version, 1)
    query = sa.select(documents.c.id, version.label("version"), documents.c.state)
    found = {row.id: row for row in connection.execute(query.where(documents.c.id.in_(plan.replaced)))}
    for paper, seen in arranged.seen.items():
        now = found[paper].version if paper in found else 0
        if now != seen:
            raise RecordChanged(id=paper, seen=seen, now=now)


def _refuse_leaving(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    named = {
        Area.ARCHIVE: {each.copy.sha256 for each in arranged.new},
        Area.DERIVED: {each.text_sha256 for each in arranged.new},
    }
    for area, objects in named.items():
        refuse_leaving(connection, area, objects, since=arranged.since)


def _replace(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """Put papers aside: they keep what they say and the pages they had, and are found no more."""
    plan, papers = arranged.plan, list(arranged.plan.replaced)
    rows = [
        {
            "document": each,
            "batch": plan.batch,
            "round": plan.round,
            "at": arranged.at,
            "by": arranged.by,
            "reason": arranged.reason,
        }
        for each in papers
    ]
    insert_all(connection, replacements, rows)
    had = sa.select(document_pages).where(document_pages.c.document.in_(papers))
    insert_all(connection, replaced_pages, [dict(row._mapping) for row in connection.execute(had)])  # noqa: SLF001 - the name that SQLAlchemy documents
    connection.execute(sa.delete(document_pages).where(document_pages.c.document.in_(papers)))
    change = sa.update(documents).where(documents.c.id.in_(papers))
    grown = sa.func.coalesce(documents.c.version, 1) + 1
    connection.execute(change.values(state=DocumentState.REPLACED.value, version=grown))
    forget_documents(connection, papers)


def _write_pages(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """Write what became of pages; nothing else about them changes, and none comes or goes."""
    batch = arranged.plan.batch
    told = sa.select(
        pages.c.source, pages.c.number, pages.c.position, pages.c.document, pages.c.state, pages.c.rotation
    )
    before = {(row.source, row.number): row for row in connection.execute(told.where(pages.c.batch == batch))}
    columns = ("state", "reason", "rotation", "skew", "document", "confidence", "codes", "turned")
    for page in arranged.pages:
        key = (page.ref.source, page.ref.number)
        row = page_row(batch, before[key].position if key in before else None, page)
        this = (pages.c.batch == batch, pages.c.source == page.ref.source, pages.c.number == page.ref.number)
        connection.execute(sa.update(pages).where(*this).values({name: row[name] for name in columns}))


def _write_new(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    batch, new = arranged.plan.batch, arranged.new
    last = sa.select(sa.func.max(documents.c.position)).where(documents.c.batch == batch)
    insert_documents(connection, batch, new, first=(connection.scalar(last) or 0) + 1)
    insert_all(
        connection,
        copy_versions,
        (
            {
                "document": each.understood.id,
                "number": 1,
                "sha256": each.copy.sha256,
                "size": each.copy.size,
                "created_at": arranged.at,
            }
            for each in new
        ),
    )
    index_documents(connection, batch, new, arranged.texts)


def _write_successors(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """Write which papers stand in the place of which; in depositories, the one with the first page does."""
    rows = [
        {"document": old, "position": at, "successor": successor}
        for old, successors in arranged.plan.replaced.items()
        for at, successor in enumerate(successors)
    ]
    insert_all(connection, replacement_successors, rows)
    for old, successors in arranged.plan.replaced.items():
        in_force = (holdings.c.document == old, holdings.c.state == HoldingState.IN_FORCE.value)
        change = sa.update(holdings).where(*in_force)
        state = HoldingState.SUPERSEDED if successors else HoldingState.REVOKED
        connection.execute(
            change.values(
                state=state.value,
                superseded_by=successors[0] if successors else None,
                reason="pages_arranged",
                changed_at=arranged.at,
                version=holdings.c.version + 1,
            )
        )


def _list_anew(connection: sa.Connection, arranged: ArrangedBatch) -> None:
    """Write in which order the batch's papers are listed, and which belong to which dossier."""
    batch, order = arranged.plan.batch, arranged.plan.order
    for place, paper in enumerate(order):
        connection.execute(sa.update(documents).where(documents.c.id == paper).values(place=place))
    query = sa.select(documents.c.id, documents.c.dossier).where(documents.c.id.in_(order))
    dossier_of = {row.id: row.dossier for row in connection.execute(query)}
    members: dict[str, list[str]] = {}
    for paper in order:
        if dossier_of[paper] is not None:
            members.setdefault(dossier_of[paper], []).append(paper)
    for table in (dossier_documents, dossiers):
        connection.execute(sa.delete(table).where(table.c.batch == batch))
    insert_all(
        connection, dossiers, [{"batch": batch, "code": code, "position": at} for at, code in enumerate(members)]
    )
    insert_all(
        connection,
        dossier_documents,
        [
            {"batch": batch, "dossier": code, "position": at, "document": paper}
            for code, papers in members.items()
            for at, paper in enumerate(papers)
        ],
    )
