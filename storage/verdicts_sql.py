"""What was said of files' signatures, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import FileVerdict, Verdict
from storage.database import insert_if_new, reading
from storage.desk_tables import signature_verdicts
from storage.recorded import Book, recorded


class SqlVerdicts:
    """Implements `pipeline.desk_ports.Verdicts`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def keep(self, verdicts: Mapping[ContentHash, FileVerdict], *, as_of: dt.datetime) -> None:
        """Keep what was just said of files, as of a moment; what one person said of a file at one moment stands."""
        subjects = [Subject(SubjectKind.FILE, sha256) for sha256 in verdicts]
        at, by = self._book.clock.now(), self._book.author.name
        with recorded(self._book, Action.FILE_JUDGED, *subjects) as connection:
            for sha256, verdict in verdicts.items():
                row = {
                    "sha256": sha256,
                    "at": at,
                    "by": by,
                    "as_of": as_of,
                    "verdict": verdict.verdict.value,
                    "reason": verdict.reason,
                    "signatures": len(verdict.signatures),
                }
                insert_if_new(connection, signature_verdicts, row)

    def of(self, sha256: ContentHash) -> Sequence[KeptVerdict]:
        """Return all judgements of a file, oldest first."""
        columns = signature_verdicts.c
        query = sa.select(signature_verdicts).where(columns.sha256 == sha256).order_by(columns.at, columns.by)
        with reading(self._engine) as connection:
            return tuple(read_verdict(row) for row in connection.execute(query))


def read_verdict(row: sa.Row[Any]) -> KeptVerdict:
    """Return the judgement of a row of its table."""
    return KeptVerdict(
        sha256=ContentHash(row.sha256),
        at=row.at,
        by=row.by,
        as_of=row.as_of,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        signatures=row.signatures,
    )
