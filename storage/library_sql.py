"""Finding again what is kept, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.domain.batch import BatchState, Progress
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.search import EVERYTHING, Hit, Scope, SearchQuery, SearchResult
from pipeline.ports import BatchSummary, DocumentFilter
from storage.database import among, portions, reading
from storage.documents_sql import read_documents
from storage.search_answer import Answer
from storage.search_query import number_terms
from storage.search_words import query_terms
from storage.snippet import snippet
from storage.tables import batches, documents, pages, received_sources, sources

_ORDER = (documents.c.received_at, documents.c.batch, documents.c.place)
"""documents in order of batch and page: the end of every index that a list is read from"""


class SqlLibrary:
    """Implements `pipeline.ports.Library`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def batches(self, *, limit: int = 50, scope: Scope = EVERYTHING) -> Sequence[BatchSummary]:
        """Return the newest batches first."""
        order = (batches.c.created_at.desc(), batches.c.id)
        newest = sa.select(batches.c.id).where(visible(scope)).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            # counted for these alone: what is selected beside an order is worked out for every batch before the first is known
            shown = connection.scalars(newest).all()
            counted = sa.select(*_summary_columns()).where(batches.c.id.in_(shown)).order_by(*order)
            return tuple(
                BatchSummary(
                    id=BatchId(row.id),
                    created_at=row.created_at,
                    state=row.state,
                    sources=row.sources,
                    documents=row.documents,
                    # pages of a digitized batch are all accounted for, also those of a source that was refused late
                    progress=Progress(row.done, row.done if row.state == BatchState.DIGITIZED else row.total),
                )
                for row in connection.execute(counted)
            )

    def documents(self, wanted: DocumentFilter, *, scope: Scope = EVERYTHING) -> Sequence[StoredDocument]:
        """Return documents in order of batch and page.

        Raises:
            NotFound: the document to continue behind does not exist.
        """
        with reading(self._engine) as connection:
            ids = connection.scalars(_chosen(connection, wanted, scope)).all()
            # asked for by name: of a page that is itself a question, PostgreSQL does not know that it is short
            found = {id_: each for these in portions(ids) for id_, each in read_documents(connection, these).items()}
            return tuple(found[document] for document in ids)

    def document(self, document: DocumentId, *, scope: Scope = EVERYTHING) -> tuple[BatchId, StoredDocument] | None:
        """Return one document and its batch."""
        query = _BATCH_OF_ANY if scope.agencies is None else _BATCH_OF_THEIRS
        with reading(self._engine) as connection:
            batch = connection.scalar(query, {"id": document, "names": sorted(scope.agencies or ())})
            if batch is None:
                return None
            return BatchId(batch), read_documents(connection, [document])[document]

    def search(self, query: SearchQuery, *, scope: Scope = EVERYTHING) -> SearchResult:
        """Search text and fields, best first; count all that match.

        Raises:
            NotFound: `after` is no place in an answer.
        """
        terms = query_terms(query.words, as_typed=query.as_typed)
        marked = [*terms, *number_terms(query)]
        with reading(self._engine) as connection:
            answer = Answer(connection, terms, query, scope)
            matches, behind = answer.page()
            counts = answer.counts()
            ids = [each.document for each in matches]
            found = read_documents(connection, ids)
            owning = sa.select(documents.c.id, documents.c.batch, batches.c.agency)
            owning = owning.join(batches, batches.c.id == documents.c.batch).where(documents.c.id.in_(ids))
            owner_of = {row.id: row for row in connection.execute(owning)}
        hits = (
            Hit(
                document=found[each.document],
                batch=BatchId(owner_of[each.document].batch),
                agency=owner_of[each.document].agency or "",
                snippet=snippet(each.text, marked),
                score=each.score,
            )
            for each in matches
        )
        return SearchResult(
            hits=tuple(hits),
            total=counts.total,
            is_more=counts.is_more,
            facets=counts.facets,
            next=behind,
            is_empty_query=answer.asks_nothing,
        )


_BATCH_OF_ANY = (
    sa.select(documents.c.batch)
    .join(batches, batches.c.id == documents.c.batch)
    .where(documents.c.id == sa.bindparam("id"))
)
_BATCH_OF_THEIRS = _BATCH_OF_ANY.where(among(sa.func.coalesce(batches.c.agency, "")))


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """Return whether a batch lies in a scope."""
    if scope.agencies is None:
        return sa.true()
    return sa.func.coalesce(batches.c.agency, "").in_(sorted(scope.agencies))


def _summary_columns() -> tuple[sa.ColumnElement[object], ...]:
    this = batches.c.id
    # members of an archive are sources too, which nobody sent on their own
    is_received = (received_sources.c.batch == sources.c.batch) & (received_sources.c.name == sources.c.name)
    received = sa.select(sa.func.count()).select_from(received_sources).where(received_sources.c.batch == this)
    found = (
        sa.select(sa.func.count()).select_from(sources).where(sources.c.batch == this, ~sa.exists().where(is_received))
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(sources.c.pages), 0)).where(sources.c.batch == this)
    done = sa.select(sa.func.count()).select_from(pages).where(pages.c.batch == this)
    is_current = documents.c.state != DocumentState.REPLACED.value
    papers = sa.select(sa.func.count()).select_from(documents).where(documents.c.batch == this, is_current)
    return (
        batches.c.id,
        batches.c.created_at,
        batches.c.state,
        (received.scalar_subquery() + found.scalar_subquery()).label("sources"),
        papers.scalar_subquery().label("documents"),
        total.scalar_subquery().label("total"),
        done.scalar_subquery().label("done"),
    )


def _chosen(connection: sa.Connection, wanted: DocumentFilter, scope: Scope) -> sa.Select[str]:
    """Return the ids of one page of a list: the index of its filter is gone through from behind the last page on."""
    columns = documents.c
    query = sa.select(columns.id)
    if scope.agencies is not None:
        query = query.where(columns.agency.in_(sorted(scope.agencies)))
    for column, value in (
        (columns.batch, wanted.batch),
        (columns.dossier, wanted.dossier),
        (columns.type, wanted.type),
        (columns.state, wanted.state),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.state is None:  # they are there for the record, and found by their own id or by asking for the state
        query = query.where(columns.state != DocumentState.REPLACED.value)
    if wanted.after is not None:
        at = sa.select(*_ORDER).where(columns.id == wanted.after)
        if scope.agencies is not None:
            at = at.where(columns.agency.in_(sorted(scope.agencies)))
        last = connection.execute(at).first()
        if last is None:
            raise NotFound(document=wanted.after)
        behind = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(last, _ORDER, strict=True)))
        place = sa.tuple_(*_ORDER)
        query = query.where(place < behind if wanted.newest_first else place > behind)
    order = [each.desc() for each in _ORDER] if wanted.newest_first else _ORDER
    return query.order_by(*order).limit(wanted.limit)
