"""Papers of batches that are being read, in SQL: no records, and gone when their batch is complete."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.early_paper import EarlyPaper, EarlyStretch
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, SourceName, TypeCode
from pipeline.domain.page import PageRef
from storage.early_paper_tables import early_papers


def note_early(connection: sa.Connection, batch: BatchId, stretch: EarlyStretch) -> None:
    """Write down the papers of a stretch in place of those that were noted there."""
    columns = early_papers.c
    there = (columns.batch == batch) & (columns.place >= stretch.start) & (columns.place < stretch.end)
    connection.execute(sa.delete(early_papers).where(there))
    if stretch.papers:
        connection.execute(sa.insert(early_papers), [_row(batch, each) for each in stretch.papers])


def forget_early(connection: sa.Connection, batch: BatchId) -> None:
    """Forget the papers of a batch: by now it has others, or the same as documents."""
    connection.execute(sa.delete(early_papers).where(early_papers.c.batch == batch))


def _row(batch: BatchId, paper: EarlyPaper) -> dict[str, Any]:
    return {
        "batch": batch,
        "place": paper.place,
        "document": paper.id,
        "source": paper.first.source,
        "number": paper.first.number,
        "pages": paper.pages,
        "type": paper.type,
        "title": paper.title,
        "sha256": paper.copy.sha256,
        "size": paper.copy.size,
        "conformance": paper.copy.conformance,
        "state": paper.state.value,
    }


def early_paper(row: sa.Row[Any]) -> EarlyPaper:
    """Return the paper of a row."""
    return EarlyPaper(
        id=DocumentId(row.document),
        place=row.place,
        first=PageRef(SourceName(row.source), row.number),
        pages=row.pages,
        type=TypeCode(row.type),
        title=row.title,
        copy=Copy(sha256=ContentHash(row.sha256), size=row.size, conformance=row.conformance),
        state=DocumentState(row.state),
    )
