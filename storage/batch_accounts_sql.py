"""What came in with batches and what became of it, as the law of pages sees it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.accounts import BatchAccount
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import BatchId, DocumentId, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from storage.rows import source_outcome
from storage.tables import document_pages, documents, pages, received_sources, sources

_PAGE = (pages.c.batch, pages.c.source, pages.c.number, pages.c.state, pages.c.reason, pages.c.document)


def batch_accounts(connection: sa.Connection, batches: Sequence[str]) -> list[BatchAccount]:
    """Return the accounts of batches, in the order in which they are named; a batch that is not there is an empty one."""
    standing = sa.select(documents.c.id, documents.c.batch).where(documents.c.state != DocumentState.REPLACED.value)
    told = {
        "received": _of(connection, sa.select(received_sources), received_sources, batches),
        "sources": _of(connection, sa.select(sources), sources, batches),
        "pages": _of(connection, sa.select(*_PAGE), pages, batches, pages.c.position),
        "papers": _of(connection, standing, documents, batches),
        "lying": _of(connection, sa.select(document_pages), document_pages, batches),
    }
    return [_account(each, **{name: rows.get(each, ()) for name, rows in told.items()}) for each in batches]


def _of(
    connection: sa.Connection,
    query: sa.Select[Any],
    table: sa.Table,
    batches: Sequence[str],
    position: sa.Column[Any] | None = None,
) -> dict[str, Sequence[sa.Row[Any]]]:
    """Return rows by batch, in order of their places."""
    order = table.c.position if position is None else position
    rows = connection.execute(query.where(table.c.batch.in_(batches)).order_by(table.c.batch, order))
    return {batch: tuple(group) for batch, group in itertools.groupby(rows, key=attrgetter("batch"))}


def _account(
    batch: str,
    *,
    received: Sequence[sa.Row[Any]],
    sources: Sequence[sa.Row[Any]],
    pages: Sequence[sa.Row[Any]],
    papers: Sequence[sa.Row[Any]],
    lying: Sequence[sa.Row[Any]],
) -> BatchAccount:
    lies: dict[DocumentId, list[PageRef]] = {DocumentId(row.id): [] for row in papers}
    for row in lying:
        # of a paper that does not stand no page lies anywhere: it shows as one of a paper that the batch does not have
        lies.setdefault(DocumentId(row.document), []).append(PageRef(SourceName(row.source), row.number))
    return BatchAccount(
        batch=BatchId(batch),
        received=tuple(SourceName(row.name) for row in received),
        sources=tuple(map(source_outcome, sources)),
        pages=tuple(map(_page, pages)),
        papers={paper: tuple(refs) for paper, refs in lies.items()},
    )


def _page(row: sa.Row[Any]) -> PageOutcome:
    """Return what became of a page, without what was read on it."""
    return PageOutcome(
        ref=PageRef(SourceName(row.source), row.number),
        state=PageState(row.state),
        reason=row.reason,
        document=None if row.document is None else DocumentId(row.document),
    )
