"""Reading and writing whole documents inside a transaction that somebody else opened."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import BatchId
from storage.rows import Row, document_page_rows, document_row, field_rows, stored_document
from storage.tables import document_pages, documents, fields


def insert_all(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert `rows`, if there are any."""
    all_rows = list(rows)
    if all_rows:
        connection.execute(sa.insert(table), all_rows)


def insert_documents(connection: sa.Connection, batch: BatchId, new: Sequence[StoredDocument]) -> None:
    """Insert documents with their pages and fields; the pages must be there."""
    insert_all(connection, documents, (document_row(batch, position, each) for position, each in enumerate(new)))
    insert_all(connection, document_pages, (row for each in new for row in document_page_rows(batch, each)))
    insert_all(connection, fields, (row for each in new for row in field_rows(each)))


def read_documents(connection: sa.Connection, wanted: sa.Select[str]) -> dict[str, StoredDocument]:
    """Return the documents whose ids `wanted` selects, by id, in no certain order."""
    rows = connection.execute(sa.select(documents).where(documents.c.id.in_(wanted)))
    found = {row.id: row for row in rows}
    pages = _by_document(connection, document_pages, wanted)
    values = _by_document(connection, fields, wanted)
    return {id_: stored_document(row, pages.get(id_, ()), values.get(id_, ())) for id_, row in found.items()}


def _by_document(
    connection: sa.Connection, table: sa.Table, wanted: sa.Select[str]
) -> Mapping[str, Sequence[sa.Row[Any]]]:
    columns = table.c
    rows = connection.execute(
        sa.select(table).where(columns.document.in_(wanted)).order_by(columns.document, columns.position)
    )
    return {document: tuple(group) for document, group in itertools.groupby(rows, key=attrgetter("document"))}
