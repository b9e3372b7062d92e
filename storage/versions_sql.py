"""The states of documents' copies, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import CopyVersion, Outlook, RenewalReason, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import AlreadySigned
from storage.database import insert_if_new, reading, writing
from storage.disposal_tables import document_gone
from storage.disposed import refuse_disposed
from storage.recorded import Book, recorded
from storage.tables import copy_versions, documents


class SqlCopyVersions:
    """Implements `pipeline.ports.CopyVersions`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def versions(self, document: DocumentId) -> Sequence[CopyVersion]:
        """Return all versions, oldest first; none for a document that is not known."""
        columns = copy_versions.c
        query = sa.select(copy_versions).where(columns.document == document).order_by(columns.number)
        with reading(self._engine) as connection:
            return tuple(read_version(row) for row in connection.execute(query))

    def add(self, document: DocumentId, version: CopyVersion) -> None:
        """Append a version.

        Raises:
            AlreadySigned: a version of that number exists.
            NotFound: there is no such document.
            DocumentDisposed
        """
        row = {
            "document": document,
            "number": version.number,
            "sha256": version.sha256,
            "size": version.size,
            "created_at": version.created_at,
            "role": version.role,
            "level": version.level,
            "signer": version.signer,
            **_outlook_row(version.outlook),
        }
        with recorded(self._book, Action.COPY_ADDED, Subject(SubjectKind.COPIES, document)) as connection:
            # locked: an entry of a list of disposal is claimed either before this or after it
            there = sa.select(documents.c.id).where(documents.c.id == document).with_for_update()
            if connection.scalar(there) is None:
                raise NotFound(document=document)
            refuse_disposed(connection, document)
            if not insert_if_new(connection, copy_versions, row):
                raise AlreadySigned(document=document, version=version.number)

    def foresee(self, document: DocumentId, number: int, outlook: Outlook) -> None:
        """Keep how long a version proves itself."""
        columns = copy_versions.c
        change = sa.update(copy_versions).where(columns.document == document, columns.number == number)
        with writing(self._engine) as connection:
            connection.execute(change.values(_outlook_row(outlook)))

    def signed(self, *, limit: int, after: DocumentId | None = None) -> Sequence[tuple[DocumentId, CopyVersion]]:
        """Return the newest version of each signed copy, by document, behind `after`."""
        columns = copy_versions.c
        newest = sa.select(columns.document, sa.func.max(columns.number).label("number")).group_by(columns.document)
        if after is not None:
            newest = newest.where(columns.document > after)
        last = newest.subquery()
        query = (
            sa.select(copy_versions)
            .join(last, sa.and_(columns.document == last.c.document, columns.number == last.c.number))
            .where(columns.level.is_not(None), ~document_gone(columns.document))
            .order_by(columns.document)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple((DocumentId(row.document), read_version(row)) for row in connection.execute(query))


def _outlook_row(outlook: Outlook | None) -> dict[str, Any]:
    return {
        "proven_until": outlook.until if outlook else None,
        "renewal_reason": outlook.reason.value if outlook else None,
    }


def read_version(row: sa.Row[Any]) -> CopyVersion:
    """Return the version of a row of its table."""
    return CopyVersion(
        number=row.number,
        sha256=ContentHash(row.sha256),
        size=row.size,
        created_at=row.created_at,
        role=None if row.role is None else SignerRole(row.role),
        level=None if row.level is None else SignatureLevel(row.level),
        signer=row.signer,
        outlook=Outlook(until=row.proven_until, reason=RenewalReason(row.renewal_reason)) if row.proven_until else None,
    )
