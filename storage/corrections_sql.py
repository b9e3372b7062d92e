"""What people made of fields, in SQL: who corrects an older version than there is changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.correction import FieldChange
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import Field, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from storage.database import reading
from storage.desk_tables import field_changes
from storage.disposed import refuse_disposed
from storage.documents_sql import insert_all, read_documents
from storage.recorded import Book, recorded
from storage.rows import field_rows
from storage.search_index import forget_documents, index_documents, searchable
from storage.tables import documents, fields, search_entries


class SqlCorrections:
    """Implements `pipeline.desk_ports.Corrections`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def apply(self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int) -> StoredDocument:
        """Write a document's fields and state anew with what changed, and make it findable by what it says now.

        Raises:
            NotFound: there is no such document.
            RecordChanged: somebody changed it since version `seen`; nothing is written.
            DocumentDisposed
        """
        subject = Subject(SubjectKind.DOCUMENT, document.understood.id)
        reason = next((each.reason for each in changes), "")
        names = {"fields": ", ".join(each.name for each in changes)}
        with recorded(self._book, Action.FIELDS_CORRECTED, subject, reason=reason, details=names) as connection:
            write_correction(connection, document, changes, seen=seen)
        return replace(document, version=seen + 1)

    def check(
        self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int, register: str
    ) -> StoredDocument:
        """Write what a register said of fields.

        Raises:
            NotFound, RecordChanged, DocumentDisposed
        """
        subject = Subject(SubjectKind.DOCUMENT, document.understood.id)
        reason = next((each.reason for each in changes), "")
        details = {"fields": ", ".join(each.name for each in changes), "register": register}
        with recorded(self._book, Action.FIELDS_CHECKED, subject, reason=reason, details=details) as connection:
            write_correction(connection, document, changes, seen=seen)
        return replace(document, version=seen + 1)

    def changes(self, document: DocumentId) -> Sequence[FieldChange]:
        """Return all changes of a document's fields, oldest first, those of one correction by name."""
        columns = field_changes.c
        query = sa.select(field_changes).where(columns.document == document).order_by(columns.version, columns.name)
        with reading(self._engine) as connection:
            return tuple(_change(row) for row in connection.execute(query))


def write_correction(
    connection: sa.Connection, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int
) -> None:
    """Write what a document is and says anew, inside a transaction that somebody else opened.

    Raises:
        NotFound, RecordChanged, DocumentDisposed, DocumentReplaced
    """
    id_ = document.understood.id
    refuse_disposed(connection, id_)
    _advance(connection, document, seen=seen)
    before = read_documents(connection, [id_])[id_]
    connection.execute(sa.delete(fields).where(fields.c.document == id_))
    insert_all(connection, fields, field_rows(document))
    insert_all(connection, field_changes, (_row(each) for each in changes))
    _index_again(connection, document, before=before)


def _advance(connection: sa.Connection, document: StoredDocument, *, seen: int) -> None:
    understood = document.understood
    version = sa.func.coalesce(documents.c.version, 1)
    this = (documents.c.id == understood.id) & (version == seen)
    change = sa.update(documents).where(this)
    said = {
        "state": understood.state.value,
        "type": understood.type,
        "type_confidence": understood.type_confidence,
        "type_by": document.type_by or None,
        "version": seen + 1,
    }
    if connection.execute(change.values(said)).rowcount == 1:
        return
    now = connection.scalar(sa.select(version).where(documents.c.id == understood.id))
    if now is None:
        raise NotFound(what="document", id=understood.id)
    raise RecordChanged(id=understood.id, seen=seen, now=now)


def _index_again(connection: sa.Connection, document: StoredDocument, *, before: StoredDocument) -> None:
    """Replace a document's entry in the index; its text is what stands there before the fields."""
    id_ = document.understood.id
    query = sa.select(search_entries.c.text, documents.c.batch).join(
        documents, documents.c.id == search_entries.c.document
    )
    entry = connection.execute(query.where(search_entries.c.document == id_)).first()
    if entry is None:
        return
    text = entry.text.removesuffix(searchable(before, "")).rstrip()
    forget_documents(connection, [id_])
    index_documents(connection, BatchId(entry.batch), [document], {id_: text})


def _row(change: FieldChange) -> dict[str, Any]:
    return {
        "document": change.document,
        "version": change.version,
        "name": change.name,
        "before": None if change.before is None else msgspec.to_builtins(change.before),
        "after": None if change.after is None else msgspec.to_builtins(change.after),
        "at": change.at,
        "by": change.by,
        "reason": change.reason,
    }


def _change(row: sa.Row[Any]) -> FieldChange:
    return FieldChange(
        document=DocumentId(row.document),
        version=row.version,
        name=FieldName(row.name),
        before=None if row.before is None else msgspec.convert(row.before, Field),
        after=None if row.after is None else msgspec.convert(row.after, Field),
        at=row.at,
        by=row.by,
        reason=row.reason,
    )
