"""How far batches have come, counted by the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.batch import BatchState
from pipeline.domain.document import DocumentState
from pipeline.domain.early_paper import EarlyPaper
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, SourceName
from pipeline.domain.intake import BatchCounts, BatchRow, Channel, Lane
from pipeline.domain.page import PageOutcome
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from storage.database import moment, reading
from storage.desk_tables import accounts
from storage.early_paper_tables import early_papers
from storage.early_papers_sql import early_paper
from storage.intake_tables import intakes
from storage.rows import page_outcome, source_outcome
from storage.tables import batches, copy_versions, documents, dossiers, leases, pages, received_sources, sources

_Counts = Mapping[str, Mapping[str, int]]


class SqlBatchWatch:
    """Implements `pipeline.intake_ports.BatchWatch`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def counts(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> BatchCounts | None:
        """Return the counts of a batch."""
        query: sa.Select[Any] = sa.select(batches).where(batches.c.id == batch, _visible(scope))
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
            return self._counts(connection, found).get(batch)

    def rows(
        self,
        *,
        limit: int,
        scope: Scope = EVERYTHING,
        account: str | None = None,
        dossier: DossierCode | None = None,
        state: BatchState | None = None,
        after: BatchId | None = None,
    ) -> Sequence[BatchRow]:
        """Return batches, the newest first."""
        query = _listed().where(_visible(scope)).order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(limit)
        if account is not None:
            query = query.where(intakes.c.account == account)
        if dossier is not None:
            query = query.where((batches.c.dossier == dossier) | batches.c.id.in_(_with_papers_of(dossier)))
        if state is not None:
            query = query.where(batches.c.state == state.value)
        if after is not None:
            last = sa.select(batches.c.created_at).where(batches.c.id == after).scalar_subquery()
            query = query.where(
                (batches.c.created_at < last) | ((batches.c.created_at == last) & (batches.c.id < after))
            )
        return self._rows(query)

    def row(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> BatchRow | None:
        """Return one."""
        found = self._rows(_listed().where(batches.c.id == batch, _visible(scope)))
        return found[0] if found else None

    def sources(
        self, batch: BatchId, *, limit: int, after: int = 0
    ) -> Sequence[tuple[SourceOutcome, tuple[PageOutcome, ...]]]:
        """Return files by place with their pages: as they ended, or as they stand by now."""
        with reading(self._engine) as connection:
            listed = _sources(connection, batch)[after : after + limit]
            names = [each.name for each in listed]
            query = sa.select(pages).where(pages.c.batch == batch, pages.c.source.in_(names)).order_by(pages.c.number)
            mine: dict[str, list[PageOutcome]] = defaultdict(list)
            for row in connection.execute(query):
                mine[row.source].append(page_outcome(row))
        return tuple((each, tuple(mine[each.name])) for each in listed)

    def early(
        self,
        batch: BatchId,
        *,
        limit: int,
        scope: Scope = EVERYTHING,
        after: int = -1,
        document: DocumentId | None = None,
    ) -> Sequence[EarlyPaper]:
        """Return papers that are ready, in page order."""
        columns = early_papers.c
        query = sa.select(early_papers).join(batches, batches.c.id == columns.batch)
        query = query.where(columns.batch == batch, columns.place > after, _visible(scope))
        if document is not None:
            query = query.where(columns.document == document)
        with reading(self._engine) as connection:
            return tuple(map(early_paper, connection.execute(query.order_by(columns.place).limit(limit))))

    def _rows(self, query: sa.Select[Any]) -> Sequence[BatchRow]:
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
            counts = self._counts(connection, found)
        return tuple(
            BatchRow(
                id=BatchId(row.id),
                created_at=row.created_at,
                agency=row.agency or "",
                dossier=None if row.dossier is None else DossierCode(row.dossier),
                clerk=row.clerk,
                channel=None if row.channel is None else Channel(row.channel),
                lane=None if row.lane is None else Lane(row.lane),
                counts=counts[BatchId(row.id)],
            )
            for row in found
        )

    def _counts(self, connection: sa.Connection, found: Sequence[sa.Row[Any]]) -> dict[BatchId, BatchCounts]:
        """Count files, pages and documents of batches, each kind in one question."""
        ids = [row.id for row in found]
        files = _by_state(connection, sources, ids)
        page_states = _by_state(connection, pages, ids)
        # what others replaced is no paper of its own any more
        papers = _by_state(connection, documents, ids, besides=DocumentState.REPLACED.value)
        received = _numbers(connection, _unnoted(ids))
        expected = _numbers(connection, _sum_of_pages(ids))
        signed = _numbers(connection, _signed(ids))
        early = _numbers(connection, _early(ids))
        active = leases.c.batch.in_(ids) & (leases.c.expires_at > moment(connection))
        working = set(connection.scalars(sa.select(leases.c.batch).where(active)))
        counts = {}
        for row in found:
            complete = row.state == BatchState.DIGITIZED.value
            states = dict(files.get(row.id, {}))
            if unnoted := received.get(row.id, 0):
                states[SourceState.RECEIVED.value] = states.get(SourceState.RECEIVED.value, 0) + unnoted
            ended = sum(page_states.get(row.id, {}).values())
            counts[BatchId(row.id)] = BatchCounts(
                files=sum(states.values()),
                file_states=states,
                # of a batch that is complete every page is accounted for, also those of a file that was refused late
                pages=ended if complete else max(ended, expected.get(row.id, 0)),
                page_states=page_states.get(row.id, {}),
                documents=sum(papers.get(row.id, {}).values()),
                document_states=papers.get(row.id, {}),
                signed=signed.get(row.id, 0),
                early=early.get(row.id, 0),
                complete=complete,
                working=row.id in working,
            )
        return counts


def _visible(scope: Scope) -> sa.ColumnElement[bool]:
    if scope.agencies is None:
        return sa.true()
    return sa.func.coalesce(batches.c.agency, "").in_(sorted(scope.agencies))


def _with_papers_of(dossier: DossierCode) -> sa.Select[str]:
    return sa.select(dossiers.c.batch).where(dossiers.c.code == dossier)


def _listed() -> sa.Select[Any]:
    """Select batches, each with the first intake that became it."""
    first = sa.select(sa.func.min(intakes.c.id)).where(intakes.c.batch == batches.c.id).correlate(batches)
    columns = (batches, accounts.c.name.label("clerk"), intakes.c.channel, intakes.c.lane)
    joined = sa.outerjoin(
        batches, intakes, (intakes.c.batch == batches.c.id) & (intakes.c.id == first.scalar_subquery())
    )
    return sa.select(*columns).select_from(joined.outerjoin(accounts, accounts.c.id == intakes.c.account))


def _by_state(connection: sa.Connection, table: sa.Table, ids: Sequence[str], *, besides: str = "") -> _Counts:
    query = sa.select(table.c.batch, table.c.state, sa.func.count()).where(table.c.batch.in_(ids))
    query = query.where(table.c.state != besides)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for batch, state, count in connection.execute(query.group_by(table.c.batch, table.c.state)):
        found[batch][state] = count
    return found


def _numbers(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, int]:
    return {batch: int(number) for batch, number in connection.execute(query)}


def _unnoted(ids: Sequence[str]) -> sa.Select[Any]:
    """Select how many received files nothing is noted of."""
    received = received_sources.c
    noted = sa.exists().where(sources.c.batch == received.batch, sources.c.name == received.name)
    query = sa.select(received.batch, sa.func.count()).where(received.batch.in_(ids), ~noted)
    return query.group_by(received.batch)


def _sum_of_pages(ids: Sequence[str]) -> sa.Select[Any]:
    total = sa.select(sources.c.batch, sa.func.sum(sources.c.pages)).where(sources.c.batch.in_(ids))
    return total.where(sources.c.state != SourceState.REFUSED.value).group_by(sources.c.batch)


def _signed(ids: Sequence[str]) -> sa.Select[Any]:
    """Select how many documents have a version that was signed here."""
    joined = sa.join(documents, copy_versions, copy_versions.c.document == documents.c.id)
    query = sa.select(documents.c.batch, sa.func.count(sa.distinct(documents.c.id))).select_from(joined)
    query = query.where(documents.c.batch.in_(ids), documents.c.state != DocumentState.REPLACED.value)
    return query.where(copy_versions.c.role.is_not(None)).group_by(documents.c.batch)


def _early(ids: Sequence[str]) -> sa.Select[Any]:
    columns = early_papers.c
    return sa.select(columns.batch, sa.func.count()).where(columns.batch.in_(ids)).group_by(columns.batch)


def _sources(connection: sa.Connection, batch: BatchId) -> Sequence[SourceOutcome]:
    """Return all files of a batch: those received in their order, members of archives behind, before the batch is complete."""
    noted = {
        row.name: row
        for row in connection.execute(
            sa.select(sources).where(sources.c.batch == batch).order_by(sources.c.position, sources.c.name)
        )
    }
    received = sa.select(received_sources).where(received_sources.c.batch == batch)
    names = {row.name: row for row in connection.execute(received.order_by(received_sources.c.position))}
    if noted and all(row.position is not None for row in noted.values()):
        return [source_outcome(row) for row in noted.values()]
    return [
        source_outcome(noted[name]) if name in noted else _unnoted_outcome(names[name])
        for name in [*names, *(each for each in noted if each not in names)]
    ]


def _unnoted_outcome(row: sa.Row[Any]) -> SourceOutcome:
    return SourceOutcome(
        name=SourceName(row.name),
        sha256=row.sha256,
        media_type=MediaType.UNKNOWN,
        pages=0,
        state=SourceState.RECEIVED,
    )
