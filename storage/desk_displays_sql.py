"""What somebody was shown, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from pipeline.domain.account import AccountId
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.desk import ShownPage
from pipeline.domain.ids import ContentHash, DocumentId, derived_id
from storage.database import insert_if_new, portions, reading, writing
from storage.desk_sitting_tables import displays, shown_pages
from storage.recorded import Book, recorded


class SqlDisplays:
    """Implements `pipeline.desk_ports.Displays`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def note(self, shown: ShownPage) -> None:
        """Write that a page was shown, and with the last one the file, which is a record of the office."""
        display = derived_id("v", shown.account, shown.document, shown.sha256)
        columns = shown_pages.c
        this = (columns.account == shown.account, columns.document == shown.document, columns.sha256 == shown.sha256)
        with reading(self._engine) as connection:
            if connection.scalar(sa.select(displays.c.id).where(displays.c.id == display)) is not None:
                return
        row = {"account": shown.account, "document": shown.document, "sha256": shown.sha256}
        with writing(self._engine) as connection:
            insert_if_new(connection, shown_pages, {**row, "page": shown.page, "at": shown.at})
            seen = connection.scalar(sa.select(sa.func.count()).select_from(shown_pages).where(*this)) or 0
        if seen < shown.pages:
            return
        details = {"document": shown.document, "sha256": shown.sha256, "pages": str(shown.pages)}
        subject = Subject(SubjectKind.DISPLAY, display)
        with recorded(self._book, Action.COPY_SHOWN, subject, details=details) as connection:
            insert_if_new(connection, displays, {**row, "id": display, "pages": shown.pages, "at": shown.at})
            connection.execute(sa.delete(shown_pages).where(*this))

    def seen(self, account: AccountId, files: Mapping[DocumentId, ContentHash]) -> Collection[DocumentId]:
        """Return the documents of which somebody was shown all pages of this version."""
        columns, found = displays.c, set()
        query = sa.select(columns.document, columns.sha256).where(columns.account == account)
        with reading(self._engine) as connection:
            for these in portions(files):
                for document, sha256 in connection.execute(query.where(columns.document.in_(these))):
                    if files[DocumentId(document)] == sha256:
                        found.add(DocumentId(document))
        return found
