"""What came of checking the laws last, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from pipeline.domain.laws import Law
from pipeline.law_ports import LawResult
from storage.database import upsert, writing
from storage.law_tables import law_checks


class SqlLawLog:
    """Implements `pipeline.law_ports.LawLog`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, results: Sequence[LawResult], *, at: dt.datetime) -> None:
        """Keep what came of a check; that of an earlier one goes."""
        rows = [
            {"law": each.law.value, "checked_at": at, "looked_at": each.looked_at, "broken": each.broken}
            for each in results
        ]
        with writing(self._engine) as connection:
            upsert(connection, law_checks, rows)


def broken_laws(connection: sa.Connection) -> Mapping[str, int]:
    """Return how often each law was broken when it was checked last; those that were never checked are left out."""
    known = {each.value for each in Law}
    rows = connection.execute(sa.select(law_checks.c.law, law_checks.c.broken))
    return {row.law: row.broken for row in rows if row.law in known}
