"""What became of papers, in SQL: a few questions for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from pipeline.domain.holding import Holding
from pipeline.domain.ids import DocumentId
from pipeline.domain.result import Result
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import CopyVersion
from pipeline.shelf_ports import ResultFilter, Shelved
from storage.database import among, portions, reading
from storage.disposals_sql import read_tombstones
from storage.holdings_sql import read_holdings_of
from storage.rearrange_sql import read_replacements
from storage.results_sql import place_of_code, read_result
from storage.tables import copy_versions, documents, results
from storage.versions_sql import read_version


class SqlShelf:
    """Implements `pipeline.shelf_ports.Shelf`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def about(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Shelved]:
        """Return what became of papers, read in one consistent state; those that are not known are left out."""
        found: dict[DocumentId, Shelved] = {}
        with reading(self._engine) as connection:
            for these in portions(documents):
                found |= _about(connection, these)
        return found

    def results(self, wanted: ResultFilter, *, scope: Scope = EVERYTHING) -> Sequence[Result]:
        """Return results whose papers lie within `scope`, in order of their dossiers and numbers."""
        columns = results.c
        query = sa.select(results).join(documents, documents.c.id == columns.document)
        if scope.agencies is not None:
            query = query.where(documents.c.agency.in_(sorted(scope.agencies)))
        if wanted.dossier is not None:
            query = query.where(columns.dossier == wanted.dossier)
        if wanted.state is not None:
            query = query.where(columns.state == wanted.state.value)
        last = None if wanted.after is None else place_of_code(wanted.after)
        if last is not None:
            query = query.where(sa.tuple_(columns.dossier, columns.number) > sa.tuple_(*map(sa.literal, last)))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(columns.dossier, columns.number).limit(wanted.limit))
            return tuple(read_result(row) for row in rows)


_VERSIONS = (
    sa.select(copy_versions)
    .where(among(copy_versions.c.document))
    .order_by(copy_versions.c.document, copy_versions.c.number)
)
_RESULTS = sa.select(results).where(among(results.c.document))


def _about(connection: sa.Connection, these: Sequence[DocumentId]) -> dict[DocumentId, Shelved]:
    issued, successors = _results(connection, these)
    places: dict[DocumentId, list[Holding]] = defaultdict(list)
    for each in read_holdings_of(connection, these):
        places[each.document].append(each)
    replaced, left = read_replacements(connection, these), read_tombstones(connection, these)
    return {
        document: Shelved(
            newest=newest,
            result=issued.get(document),
            successor=successors.get(document),
            places=tuple(places[document]),
            replacement=replaced.get(document),
            tombstone=left.get(document),
        )
        for document, newest in _newest(connection, these).items()
    }


def _newest(connection: sa.Connection, these: Sequence[DocumentId]) -> dict[DocumentId, CopyVersion]:
    # the last of each is the newest
    rows = connection.execute(_VERSIONS, {"names": these})
    return {DocumentId(row.document): read_version(row) for row in rows}


def _results(
    connection: sa.Connection, these: Sequence[DocumentId]
) -> tuple[dict[DocumentId, Result], dict[DocumentId, DocumentId]]:
    """Return results by document, and the documents of those that stand in their places."""
    rows = connection.execute(_RESULTS, {"names": these})
    issued = {each.document: each for each in map(read_result, rows)}
    successors = {}
    for document, each in issued.items():
        place = place_of_code(each.superseded_by or "")
        if place is not None:
            of_code = (results.c.dossier == place[0]) & (results.c.number == place[1])
            successors[document] = connection.scalar(sa.select(results.c.document).where(of_code))
    return issued, {document: DocumentId(each) for document, each in successors.items() if each is not None}
