"""What was said of files' signatures, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import Verdict
from storage.database import insert_if_new, reading
from storage.desk_tables import signature_verdicts
from storage.recorded import Book, recorded


class SqlVerdicts:
    """Implements `pipeline.desk_ports.Verdicts`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def keep(self, verdicts: Sequence[KeptVerdict]) -> None:
        """Keep judgements; one of the same file, moment and person stays as it was."""
        if not verdicts:
            return
        subjects = {Subject(SubjectKind.FILE, each.sha256): None for each in verdicts}
        with recorded(self._book, Action.FILE_JUDGED, *subjects) as connection:
            for each in verdicts:
                row = {
                    "sha256": each.sha256,
                    "at": each.at,
                    "by": each.by,
                    "as_of": each.as_of,
                    "verdict": each.verdict.value,
                    "reason": each.reason,
                    "signatures": each.signatures,
                }
                insert_if_new(connection, signature_verdicts, row)

    def of(self, sha256: ContentHash) -> Sequence[KeptVerdict]:
        """Return all judgements of a file, oldest first."""
        columns = signature_verdicts.c
        query = sa.select(signature_verdicts).where(columns.sha256 == sha256).order_by(columns.at, columns.by)
        with reading(self._engine) as connection:
            return tuple(
                KeptVerdict(
                    sha256=ContentHash(row.sha256),
                    at=row.at,
                    by=row.by,
                    as_of=row.as_of,
                    verdict=Verdict(row.verdict),
                    reason=row.reason,
                    signatures=row.signatures,
                )
                for row in connection.execute(query)
            )
