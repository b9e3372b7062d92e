"""Drafts, claims, double entries, pages and the queue of reviewing, in SQL."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.correction import Place
from pipeline.domain.document import DocumentState, FieldValue
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, FieldName, SourceName
from pipeline.domain.intake import Lane
from pipeline.domain.page import PageRef
from pipeline.domain.review import Claim, Draft, PlacedPage, TypedEntry, WaitingBatch, WaitingDocument
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType
from storage.database import insert_if_new, portions, reading, upsert, writing
from storage.disposed import refuse_disposed
from storage.intake_tables import intakes
from storage.library_sql import visible
from storage.recorded import Book, recorded
from storage.review_tables import claims, drafts, field_entries
from storage.tables import batches, document_pages, documents, pages, sources

_GONE = (DocumentState.DISPOSED.value, DocumentState.REPLACED.value)
_FORGOTTEN = dt.timedelta(days=90)
"""age at which drafts that nobody took up again are removed: they hold what papers say of people"""


class SqlDocumentPages:
    """Implements `pipeline.review_ports.DocumentPages`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, document: DocumentId, *, scope: Scope = EVERYTHING) -> Sequence[PlacedPage]:
        """Return a document's pages in order; none where there is no such document within `scope`."""
        of = document_pages.c
        at_page = (pages.c.batch == of.batch) & (pages.c.source == of.source) & (pages.c.number == of.number)
        at_source = (sources.c.batch == of.batch) & (sources.c.name == of.source)
        query = (
            sa.select(of.source, of.number, pages.c.rotation, pages.c.skew, sources.c.sha256, sources.c.media_type)
            .join(pages, at_page)
            .join(sources, at_source)
            .join(batches, batches.c.id == of.batch)
            .where(of.document == document, visible(scope))
            .order_by(of.position)
        )
        with reading(self._engine) as connection:
            return tuple(
                PlacedPage(
                    ref=PageRef(SourceName(row.source), row.number),
                    sha256=ContentHash(row.sha256),
                    media_type=MediaType(row.media_type),
                    rotation=row.rotation,
                    skew=row.skew,
                )
                for row in connection.execute(query)
            )


class SqlDraftBook:
    """Implements `pipeline.review_ports.DraftBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def save(self, document: DocumentId, login: str, drafts_: Mapping[FieldName, Draft], *, at: dt.datetime) -> None:
        """Keep what somebody typed for some fields; the last word on each counts.

        Raises:
            NotFound: no such document.
        """
        rows = [
            {
                "document": document,
                "login": login,
                "name": name,
                "value": msgspec.to_builtins(draft.value),
                "accepted": draft.accepted,
                "version": draft.version,
                "place": None if draft.place is None else msgspec.to_builtins(draft.place),
                "at": at,
            }
            for name, draft in drafts_.items()
        ]
        with _known(document), writing(self._engine) as connection:
            connection.execute(sa.delete(drafts).where(drafts.c.at < at - _FORGOTTEN))
            upsert(connection, drafts, rows)

    def of(self, document: DocumentId, login: str) -> Mapping[FieldName, Draft]:
        """Return somebody's drafts of a document."""
        query = sa.select(drafts).where(drafts.c.document == document, drafts.c.login == login).order_by(drafts.c.name)
        with reading(self._engine) as connection:
            return {FieldName(row.name): _draft(row) for row in connection.execute(query)}

    def drop(self, document: DocumentId, login: str, names: Collection[FieldName] | None = None) -> None:
        """Forget somebody's drafts of some fields; None: of all."""
        gone = sa.delete(drafts).where(drafts.c.document == document, drafts.c.login == login)
        if names is not None:
            gone = gone.where(drafts.c.name.in_(list(names)))
        with writing(self._engine) as connection:
            connection.execute(gone)


class SqlClaimBook:
    """Implements `pipeline.review_ports.ClaimBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def take(self, claim: Claim, *, at: dt.datetime, against: str = "") -> Claim:
        """Return the claim that stands then: this one, if nobody else's holds at that moment; else the other's.

        Raises:
            NotFound: no such document.
        """
        columns = claims.c
        row = {
            "document": claim.document,
            "login": claim.login,
            "name": claim.name,
            "since": claim.since,
            "until": claim.until,
        }
        mine = (columns.login == claim.login) & (columns.until > at)
        free = mine | (columns.until <= at) | (columns.login == against)
        since = sa.case((mine, columns.since), else_=sa.literal(claim.since, columns.since.type))
        with _known(claim.document), writing(self._engine) as connection:
            if not insert_if_new(connection, claims, row):
                change = sa.update(claims).where(columns.document == claim.document, free)
                connection.execute(change.values({**row, "since": since}))
            return _claim(connection.execute(sa.select(claims).where(columns.document == claim.document)).one())

    def of(self, document: DocumentId) -> Claim | None:
        """Return the last claim on a document, lapsed or not."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(claims).where(claims.c.document == document)).first()
        return None if row is None else _claim(row)

    def drop(self, document: DocumentId, login: str) -> None:
        """End somebody's claim; nothing where it is not theirs."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(claims).where(claims.c.document == document, claims.c.login == login))


class SqlTypedEntries:
    """Implements `pipeline.review_ports.TypedEntries`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def add(self, entries: Sequence[TypedEntry]) -> None:
        """Keep entries of one document, made at one moment by one person.

        Raises:
            NotFound, DocumentDisposed
        """
        if not entries:
            return
        document = entries[0].document
        names = {"fields": ", ".join(each.name for each in entries)}
        subject = Subject(SubjectKind.DOCUMENT, document)
        rows = [
            {
                "document": each.document,
                "name": each.name,
                "by": each.by,
                "at": each.at,
                "value": msgspec.to_builtins(each.value),
            }
            for each in entries
        ]
        with _known(document), recorded(self._book, Action.FIELDS_ENTERED, subject, details=names) as connection:
            refuse_disposed(connection, document)
            connection.execute(sa.insert(field_entries), rows)

    def of(self, document: DocumentId) -> Sequence[TypedEntry]:
        """Return all entries of a document, oldest first."""
        columns = field_entries.c
        query = sa.select(field_entries).where(columns.document == document)
        with reading(self._engine) as connection:
            return tuple(
                TypedEntry(
                    document=DocumentId(row.document),
                    name=FieldName(row.name),
                    by=row.by,
                    value=_value(row.value),
                    at=row.at,
                )
                for row in connection.execute(query.order_by(columns.at, columns.name, columns.by))
            )

    def entered_by(self, login: str, documents_: Collection[DocumentId]) -> Collection[DocumentId]:
        """Return those of some documents for which somebody has entered anything."""
        columns, found = field_entries.c, set[DocumentId]()
        with reading(self._engine) as connection:
            for these in portions(documents_):
                query = sa.select(columns.document).where(columns.by == login, columns.document.in_(these))
                found |= {DocumentId(each) for each in connection.scalars(query.distinct())}
        return found


class SqlReviewQueue:
    """Implements `pipeline.review_ports.ReviewQueue`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def batches(self, *, scope: Scope, limit: int) -> Sequence[WaitingBatch]:
        """Return batches with documents that need a look: those of the counter first, then the oldest first."""
        waiting = sa.func.sum(sa.case((documents.c.state == DocumentState.NEEDS_REVIEW.value, 1), else_=0))
        papers = sa.func.count()
        at_counter = sa.exists().where(intakes.c.batch == batches.c.id, intakes.c.lane == Lane.COUNTER.value)
        query = (
            sa.select(batches, papers.label("papers"), waiting.label("waiting"), at_counter.label("at_counter"))
            .join(documents, documents.c.batch == batches.c.id)
            .where(visible(scope), documents.c.state.not_in(_GONE))
            .group_by(batches.c.id)
            .having(waiting > 0)
            .order_by(at_counter.desc(), batches.c.created_at, batches.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(
                WaitingBatch(
                    batch=BatchId(row.id),
                    created_at=row.created_at,
                    agency=row.agency or "",
                    dossier=row.dossier,
                    at_counter=row.at_counter,
                    documents=row.papers,
                    waiting=row.waiting,
                )
                for row in connection.execute(query)
            )

    def documents(self, batch: BatchId, *, scope: Scope) -> Sequence[WaitingDocument]:
        """Return the documents of a batch that need a look, in order."""
        query = (
            sa.select(documents.c.id, claims.c.document, claims.c.login, claims.c.name, claims.c.since, claims.c.until)
            .join(batches, batches.c.id == documents.c.batch)
            .outerjoin(claims, claims.c.document == documents.c.id)
            .where(documents.c.batch == batch, documents.c.state == DocumentState.NEEDS_REVIEW.value, visible(scope))
            .order_by(documents.c.position)
        )
        with reading(self._engine) as connection:
            return tuple(
                WaitingDocument(
                    document=DocumentId(row.id), batch=batch, claim=None if row.document is None else _claim(row)
                )
                for row in connection.execute(query)
            )


@contextlib.contextmanager
def _known(document: DocumentId) -> Iterator[None]:
    """Turn the refusal of a row that refers to no document into NotFound."""
    try:
        yield
    except exc.IntegrityError as error:
        raise NotFound(what="document", id=document) from error


def _draft(row: sa.Row[Any]) -> Draft:
    return Draft(
        value=_value(row.value),
        accepted=row.accepted,
        version=row.version,
        place=None if row.place is None else msgspec.convert(row.place, Place),
    )


def _value(kept: str | list[str] | None) -> FieldValue | None:
    return tuple(kept) if isinstance(kept, list) else kept


def _claim(row: Any) -> Claim:  # noqa: ANN401 - a row that has the columns of a claim
    return Claim(document=DocumentId(row.document), login=row.login, name=row.name, since=row.since, until=row.until)
