"""What batches are made of, in parts of lists, in SQL: each part is read from the index that it is ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.errors import SecretPaper
from pipeline.domain.ids import BatchId, ContentHash, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.listing_ports import SourceRow
from storage.database import reading
from storage.disposal_tables import disposed_sources
from storage.library_sql import visible
from storage.rows import page_outcome
from storage.tables import batches, pages, received_sources, sources


class SqlBatchParts:
    """Implements `pipeline.listing_ports.BatchParts`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def has(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> bool:
        """Say whether there is such a batch within `scope`."""
        query = sa.select(batches.c.id).where(batches.c.id == batch, visible(scope))
        with reading(self._engine) as connection:
            return connection.scalar(query) is not None

    def source(self, batch: BatchId, sha256: ContentHash) -> SourceRow | None:
        """Return a file of a batch."""
        listed = _listed(batch)
        query = sa.select(*listed.c, *_kept_back(batch, listed)).where(listed.c.sha256 == sha256)
        worst_first = query.order_by(sa.desc("is_secret"), sa.desc("is_disposed"), listed.c.name)
        with reading(self._engine) as connection:
            row = connection.execute(worst_first.limit(1)).first()
        return None if row is None else _source_row(row)

    def sources(
        self, batch: BatchId, *, state: SourceState | None = None, limit: int, after: SourceName | None = None
    ) -> Sequence[SourceRow]:
        """Return files by name."""
        listed = _listed(batch)
        query = sa.select(*listed.c, *_kept_back(batch, listed)).order_by(listed.c.name).limit(limit)
        if state is not None:
            query = query.where(listed.c.state == state.value)
        if after is not None:
            query = query.where(listed.c.name > after)
        with reading(self._engine) as connection:
            return tuple(map(_source_row, connection.execute(query)))

    def pages(
        self,
        batch: BatchId,
        *,
        source: SourceName | None = None,
        state: PageState | None = None,
        limit: int,
        after: PageRef | None = None,
    ) -> Sequence[PageOutcome]:
        """Return pages by their files' names and their numbers."""
        columns = pages.c
        query = sa.select(pages).where(columns.batch == batch).order_by(columns.source, columns.number).limit(limit)
        if source is not None:
            query = query.where(columns.source == source)
        if state is not None:
            query = query.where(columns.state == state.value)
        if after is not None:
            behind = sa.tuple_(sa.literal(after.source, sa.Text), sa.literal(after.number, sa.Integer))
            query = query.where(sa.tuple_(columns.source, columns.number) > behind)
        with reading(self._engine) as connection:
            return tuple(map(page_outcome, connection.execute(query)))


def _listed(batch: BatchId) -> sa.Subquery:
    """Select the files of a batch: what is noted of them, and those that were received and of which nothing is noted yet."""
    noted, received = sources.c, received_sources.c
    same = (received.batch == noted.batch) & (received.name == noted.name)
    known = sa.select(
        noted.name, noted.sha256, noted.media_type, noted.pages, noted.state, noted.error, received.size
    ).select_from(sources.outerjoin(received_sources, same))
    waiting = sa.select(
        received.name,
        received.sha256,
        sa.literal(MediaType.UNKNOWN.value).label("media_type"),
        sa.literal(0).label("pages"),
        sa.literal(SourceState.RECEIVED.value).label("state"),
        sa.null().label("error"),
        received.size,
    ).where(received.batch == batch, ~sa.exists().where(same).correlate(received_sources))
    return known.where(noted.batch == batch).union_all(waiting).subquery()


def _kept_back(batch: BatchId, listed: sa.Subquery) -> tuple[sa.ColumnElement[bool], ...]:
    """Return why a file may not be handed out: an archive is as secret as its members."""
    name = listed.c.name
    inside = sa.func.substr(pages.c.source, 1, sa.func.length(name) + 1) == name + "/"
    secret = sa.exists().where(
        pages.c.batch == batch, pages.c.reason == SecretPaper.code, (pages.c.source == name) | inside
    )
    gone = sa.exists().where(disposed_sources.c.batch == batch, disposed_sources.c.name == name)
    return secret.label("is_secret"), gone.label("is_disposed")


def _source_row(row: sa.Row[Any]) -> SourceRow:
    outcome = SourceOutcome(
        name=SourceName(row.name),
        sha256=ContentHash(row.sha256),
        media_type=MediaType(row.media_type),
        pages=row.pages,
        state=SourceState(row.state),
        error=row.error,
    )
    return SourceRow(outcome=outcome, size=row.size, is_secret=bool(row.is_secret), is_disposed=bool(row.is_disposed))
