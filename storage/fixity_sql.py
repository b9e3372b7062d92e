"""What was read when, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.database import insert_missing, portions, reading, upsert, writing
from storage.fixity_tables import fixity_checks as checks


class SqlFixityBook:
    """Implements `pipeline.archive_ports.FixityBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def enlist(self, store: StoreName, area: Area, hashes: Collection[ContentHash]) -> None:
        """Write down objects that are to be read; where all are known and sound nothing is written, and nobody waits."""
        mine = (checks.c.store == store.value, checks.c.area == area.value)
        known: dict[str, str | None] = {}
        with reading(self._engine) as connection:
            for these in portions(hashes):
                query = sa.select(checks.c.sha256, checks.c.outcome).where(*mine, checks.c.sha256.in_(these))
                known |= {row.sha256: row.outcome for row in connection.execute(query)}
        missing = [each for each in sorted(set(hashes)) if each not in known]
        unsound = [ContentHash(name) for name, outcome in known.items() if outcome not in {None, CheckOutcome.SOUND}]
        if not missing and not unsound:
            return
        with writing(self._engine) as connection:
            rows = [{"store": store.value, "area": area.value, "sha256": each} for each in missing]
            insert_missing(connection, checks, rows)
            for these in portions(unsound):
                connection.execute(sa.update(checks).where(*mine, checks.c.sha256.in_(these)).values(checked_at=None))

    def due(self, store: StoreName, *, before: dt.datetime, limit: int) -> Sequence[FixityCheck]:
        """Return what was never read, then what was not read for longest."""
        mine = sa.select(checks).where(checks.c.store == store.value).limit(limit)
        never = mine.where(checks.c.checked_at.is_(None)).order_by(checks.c.area, checks.c.sha256)
        long_ago = mine.where(checks.c.checked_at < before).order_by(
            checks.c.checked_at, checks.c.area, checks.c.sha256
        )
        with reading(self._engine) as connection:
            rows = [*connection.execute(never), *connection.execute(long_ago)][:limit]
        return [read_check(row) for row in rows]

    def count(self, store: StoreName, *, before: dt.datetime) -> int:
        """Return how many objects are due."""
        is_due = checks.c.checked_at.is_(None) | (checks.c.checked_at < before)
        query = sa.select(sa.func.count()).select_from(checks).where(checks.c.store == store.value, is_due)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def note(self, store: StoreName, found: Sequence[FixityCheck]) -> None:
        """Keep outcomes, the last of each object."""
        rows = [
            {
                "store": store.value,
                "area": each.area.value,
                "sha256": each.sha256,
                "checked_at": each.checked_at,
                "outcome": None if each.outcome is None else each.outcome.value,
            }
            for each in found
        ]
        with writing(self._engine) as connection:
            upsert(connection, checks, rows)

    def forget(self, store: StoreName, area: Area, hashes: Collection[ContentHash]) -> None:
        """Forget objects that no record names any more."""
        mine = sa.delete(checks).where(checks.c.store == store.value, checks.c.area == area.value)
        with writing(self._engine) as connection:
            for these in portions(hashes):
                connection.execute(mine.where(checks.c.sha256.in_(these)))


def read_check(row: sa.Row[Any]) -> FixityCheck:
    """Return the check of a row of its table."""
    return FixityCheck(
        area=Area(row.area),
        sha256=ContentHash(row.sha256),
        checked_at=row.checked_at,
        outcome=None if row.outcome is None else CheckOutcome(row.outcome),
    )
