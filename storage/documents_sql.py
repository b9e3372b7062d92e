"""Reading and writing whole documents inside a transaction that somebody else opened."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import BatchId
from storage.database import among
from storage.rearrange_tables import replaced_pages
from storage.rows import Row, document_page_rows, document_row, field_rows, stored_document
from storage.tables import batches, document_pages, documents, fields


def insert_all(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert `rows`, if there are any."""
    all_rows = list(rows)
    if all_rows:
        connection.execute(sa.insert(table), all_rows)


def insert_documents(
    connection: sa.Connection, batch: BatchId, new: Sequence[StoredDocument], *, first: int = 0
) -> None:
    """Insert documents with their pages and fields, the first one at place `first` of its batch; the pages must be there."""
    kept = connection.execute(sa.select(batches.c.created_at, batches.c.agency).where(batches.c.id == batch)).one()
    listed = {"received_at": kept.created_at, "agency": kept.agency or ""}
    insert_all(
        connection,
        documents,
        (document_row(batch, at, each) | listed | {"place": at} for at, each in enumerate(new, start=first)),
    )
    insert_all(connection, document_pages, (row for each in new for row in document_page_rows(batch, each)))
    insert_all(connection, fields, (row for each in new for row in field_rows(each)))


_DOCUMENTS = sa.select(documents).where(among(documents.c.id))
_OF_DOCUMENTS = {
    table: sa.select(table).where(among(table.c.document)).order_by(table.c.document, table.c.position)
    for table in (document_pages, replaced_pages, fields)
}


def read_documents(connection: sa.Connection, ids: Sequence[str]) -> dict[str, StoredDocument]:
    """Return documents by id, in no certain order; at most as many at once as `portions` gives."""
    found = {row.id: row for row in connection.execute(_DOCUMENTS, {"names": ids})}
    # a document that was replaced has the pages that it had
    pages = _of_documents(connection, document_pages, ids) | _of_documents(connection, replaced_pages, ids)
    values = _of_documents(connection, fields, ids)
    return {id_: stored_document(row, pages.get(id_, ()), values.get(id_, ())) for id_, row in found.items()}


def _of_documents(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> dict[str, Sequence[sa.Row[Any]]]:
    rows = connection.execute(_OF_DOCUMENTS[table], {"names": ids})
    return {document: tuple(group) for document, group in itertools.groupby(rows, key=attrgetter("document"))}
