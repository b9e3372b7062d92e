"""Codes of results, in SQL: a number is given once for each dossier, whichever processes ask."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result, ResultCode, ResultState, result_code
from storage.contended import again_while_taken
from storage.database import insert_if_new, reading
from storage.holdings_sql import end_holdings
from storage.recorded import Book, recorded
from storage.tables import documents, results

_CODE = re.compile(r"(?P<dossier>.+)-KQ\(?(?P<number>\d{1,6})\)?")
"""also with brackets, as NĐ 45/2020 prints it"""


class SqlResults:
    """Implements `pipeline.signing_ports.Results`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def issue(self, dossier: DossierCode, document: DocumentId, *, at: dt.datetime) -> Result:
        """Give a document the next code of its dossier; one that has a code keeps it.

        Raises:
            NotFound: there is no such document.
            RecordsUnavailable: too many others ask at the same moment.
        """
        subject = Subject(SubjectKind.RESULT, document)

        def write() -> Result | None:
            with recorded(self._book, Action.RESULT_ISSUED, subject) as connection:
                return _issued(connection, dossier, document, at)

        return again_while_taken(write, what="result_number")

    def find(self, code_or_document: str) -> Result | None:
        """Return a result by its code or its document."""
        columns = results.c
        place = place_of_code(code_or_document)
        wanted = columns.document == code_or_document
        if place is not None:
            wanted = (columns.dossier == place[0]) & (columns.number == place[1])
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(results).where(wanted)).first()
        return None if row is None else read_result(row)

    def of(self, dossier: DossierCode) -> Sequence[Result]:
        """Return the results of a dossier in order of their numbers."""
        query = sa.select(results).where(results.c.dossier == dossier).order_by(results.c.number)
        with reading(self._engine) as connection:
            return tuple(read_result(row) for row in connection.execute(query))

    def end(self, result: Result) -> bool:
        """Write that a result is superseded or revoked; say whether it was in force until now.

        Its places in depositories follow in the same transaction.
        """
        change = sa.update(results).where(
            results.c.document == result.document, results.c.state == ResultState.ISSUED.value
        )
        values = {
            "state": result.state.value,
            "reason": result.reason,
            "superseded_by": result.superseded_by,
            "changed_at": result.changed_at,
        }
        by = None if result.superseded_by is None else self.find(result.superseded_by)
        subjects = (Subject(SubjectKind.RESULT, result.document), Subject(SubjectKind.HOLDING, result.document))
        details = {"state": result.state.value, "by": result.superseded_by or ""}
        with recorded(self._book, Action.RESULT_ENDED, *subjects, reason=result.reason, details=details) as connection:
            if connection.execute(change.values(values)).rowcount != 1:
                return False
            end_holdings(connection, result, by.document if by else None)
            return True


def place_of_code(text: str) -> tuple[str, int] | None:
    """Return the dossier and the number that a result's code names; None where a text is none."""
    match = _CODE.fullmatch(text)
    return None if match is None else (match["dossier"], int(match["number"]))


def read_result(row: sa.Row[Any]) -> Result:
    """Return the result of a row with its columns."""
    return Result(
        code=result_code(DossierCode(row.dossier), row.number),
        dossier=DossierCode(row.dossier),
        document=DocumentId(row.document),
        created_at=row.created_at,
        state=ResultState(row.state),
        reason=row.reason,
        superseded_by=None if row.superseded_by is None else ResultCode(row.superseded_by),
        changed_at=row.changed_at,
    )


def _issued(connection: sa.Connection, dossier: DossierCode, document: DocumentId, at: dt.datetime) -> Result | None:
    """Write a result, or return the one that there is; None where it was just written, or somebody else took the number."""
    if connection.scalar(sa.select(documents.c.id).where(documents.c.id == document)) is None:
        raise NotFound(what="document", id=document)
    columns = results.c
    known = connection.execute(sa.select(results).where(columns.document == document)).first()
    if known is not None:
        return read_result(known)
    last = connection.scalar(sa.select(sa.func.max(columns.number)).where(columns.dossier == dossier)) or 0
    row = {
        "dossier": dossier,
        "number": last + 1,
        "document": document,
        "created_at": at,
        "state": ResultState.ISSUED.value,
        "reason": "",
    }
    insert_if_new(connection, results, row)
    return None
