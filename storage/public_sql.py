"""What the public looks at, in SQL."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.ids import ContentHash, DocumentId
from storage.database import insert_if_new, reading, writing
from storage.disposal_tables import document_gone
from storage.public_tables import public_looks
from storage.recorded import Book, append
from storage.tables import copy_versions

_KEPT = dt.timedelta(days=1)


class SqlPublicBook:
    """Implements `pipeline.public_ports.PublicBook`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def note(self, document: DocumentId, *, at: dt.datetime) -> bool:
        """Write that the public looks at a result, once an hour at most, whichever processes see the looks."""
        row = {"document": document, "hour": at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)}
        columns = public_looks.c
        # most looks are not the first: they are answered without a turn among those who write
        with reading(self._engine) as connection:
            mine = (columns.document == document) & (columns.hour == row["hour"])
            if connection.scalar(sa.select(columns.hour).where(mine)) is not None:
                return False
        with writing(self._engine) as connection:
            if not insert_if_new(connection, public_looks, row):
                return False
            connection.execute(sa.delete(public_looks).where(columns.hour < at - _KEPT))
            subject = Subject(SubjectKind.RESULT, document)
            append(connection, [Deed(action=Action.READ, subject=subject, details={"part": "public"})], book=self._book)
        return True

    def document_of(self, sha256: ContentHash) -> DocumentId | None:
        """Return the paper of which a file is a state of the copy; none where it was disposed of."""
        columns = copy_versions.c
        query = sa.select(columns.document).where(columns.sha256 == sha256, ~document_gone(columns.document))
        with reading(self._engine) as connection:
            found = connection.scalar(query.order_by(columns.document).limit(1))
        return None if found is None else DocumentId(found)
