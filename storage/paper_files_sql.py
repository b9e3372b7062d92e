"""Which files stand behind a paper, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.errors import SecretPaper
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash, DocumentId, SourceName
from pipeline.domain.source import MediaType, SourceState
from pipeline.paper_ports import PaperSource
from pipeline.ports import Area
from storage.database import portions, reading
from storage.fixity_tables import fixity_checks
from storage.tables import document_pages, pages, received_sources, sources


class SqlPaperFiles:
    """Implements `pipeline.paper_ports.PaperFiles`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def sources(self, document: DocumentId) -> Sequence[PaperSource]:
        """Return the sources of a paper's pages, in the order of the pages."""
        used = document_pages.c
        first = sa.func.min(used.position).label("first")
        mine = sa.select(used.batch, used.source, first).where(used.document == document)
        mine_first = mine.group_by(used.batch, used.source).subquery()
        other = document_pages.alias()
        papers = sa.select(sa.func.count(other.c.document.distinct())).where(
            other.c.batch == sources.c.batch, other.c.source == sources.c.name
        )
        secret = sa.exists().where(
            pages.c.batch == sources.c.batch, pages.c.source == sources.c.name, pages.c.reason == SecretPaper.code
        )
        received = sa.and_(received_sources.c.batch == sources.c.batch, received_sources.c.name == sources.c.name)
        query = (
            sa.select(
                sources, received_sources.c.size, papers.scalar_subquery().label("papers"), secret.label("is_secret")
            )
            .join(mine_first, sa.and_(mine_first.c.batch == sources.c.batch, mine_first.c.source == sources.c.name))
            .outerjoin(received_sources, received)
            .order_by(mine_first.c.first)
        )
        with reading(self._engine) as connection:
            return tuple(
                PaperSource(
                    name=SourceName(row.name),
                    sha256=ContentHash(row.sha256),
                    media_type=MediaType(row.media_type),
                    state=SourceState(row.state),
                    size=row.size,
                    pages=row.pages,
                    papers=row.papers,
                    is_secret=bool(row.is_secret),
                )
                for row in connection.execute(query)
            )

    def checks(self, hashes: Collection[ContentHash]) -> Mapping[ContentHash, FixityCheck]:
        """Return when objects were last read."""
        columns = fixity_checks.c
        found = {}
        with reading(self._engine) as connection:
            for these in portions(hashes):
                query = sa.select(fixity_checks).where(
                    columns.store == StoreName.STORE.value,
                    columns.area == Area.ARCHIVE.value,
                    columns.sha256.in_(these),
                )
                for row in connection.execute(query):
                    found[ContentHash(row.sha256)] = FixityCheck(
                        area=Area(row.area),
                        sha256=ContentHash(row.sha256),
                        checked_at=row.checked_at,
                        outcome=None if row.outcome is None else CheckOutcome(row.outcome),
                    )
        return found
