"""What has been computed already, in SQL."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.ids import ContentHash
from storage.database import reading, upsert, writing
from storage.tables import ledger


class SqlLedger:
    """Implements `pipeline.ports.Ledger`.

    A key that is recorded with another result points to the newer one: the older may have been removed from the store,
    and not every tool writes the same bytes twice.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def find(self, key: str) -> ContentHash | None:
        """Return the object in which the result of `key` is kept."""
        with reading(self._engine) as connection:
            result = connection.scalar(sa.select(ledger.c.result).where(ledger.c.key == key))
        return None if result is None else ContentHash(result)

    def record(self, key: str, result: ContentHash) -> None:
        """Remember a result."""
        with writing(self._engine) as connection:
            upsert(connection, ledger, [{"key": key, "result": result}])
