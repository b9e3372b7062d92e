"""What has been computed already, in SQL, and what it tells of."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from pipeline.domain.hold import Hold
from pipeline.domain.ids import ContentHash
from storage.database import insert_missing, reading, upsert, writing
from storage.disposal_tables import ledger_sources
from storage.leases_sql import refuse_lost
from storage.tables import ledger

_AT_ONCE = 500
"""names in one question"""


class SqlLedger:
    """Implements `pipeline.ports.Ledger` and `pipeline.disposal_ports.LedgerTraces`.

    A key that is recorded with another result points to the newer one: the older may have been removed from the store,
    and not every tool writes the same bytes twice. With a hold nothing is recorded once its turn is over.
    """

    def __init__(self, engine: sa.Engine, hold: Hold | None = None) -> None:
        self._engine = engine
        self._hold = hold

    def find(self, key: str) -> ContentHash | None:
        """Return the object in which the result of `key` is kept."""
        with reading(self._engine) as connection:
            result = connection.scalar(sa.select(ledger.c.result).where(ledger.c.key == key))
        return None if result is None else ContentHash(result)

    def record(self, key: str, result: ContentHash, *, about: Collection[ContentHash]) -> None:
        """Remember a result, and which objects it tells something of.

        Raises:
            LeaseLost
        """
        with writing(self._engine) as connection:
            refuse_lost(connection, self._hold)
            upsert(connection, ledger, [{"key": key, "result": result}])
            insert_missing(connection, ledger_sources, [{"key": key, "source": each} for each in sorted(set(about))])

    def about(self, sources: Collection[ContentHash]) -> Mapping[str, ContentHash]:
        """Return the results that tell something of these objects, by key."""
        with reading(self._engine) as connection:
            return keys_about(connection, sources)

    def untraced(self, *, limit: int) -> Mapping[str, ContentHash]:
        """Return results of which nobody knows what they tell: those recorded before step 0007."""
        traced = sa.exists().where(ledger_sources.c.key == ledger.c.key)
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(ledger).where(~traced).order_by(ledger.c.key).limit(limit))
            return {row.key: ContentHash(row.result) for row in rows}

    def results(self, *, limit: int, after: str = "") -> Mapping[str, ContentHash]:
        """Return results by key, in order of the keys, behind `after`."""
        query = sa.select(ledger).where(ledger.c.key > after).order_by(ledger.c.key).limit(limit)
        with reading(self._engine) as connection:
            return {row.key: ContentHash(row.result) for row in connection.execute(query)}

    def needed(self, results: Collection[ContentHash], *, besides: Collection[str]) -> Collection[ContentHash]:
        """Return those of these objects that a key other than `besides` still points to."""
        found = set()
        with reading(self._engine) as connection:
            for each in results:
                query = sa.select(ledger.c.key).where(ledger.c.result == each)
                if not set(connection.scalars(query)) <= set(besides):
                    found.add(each)
        return found

    def forget(self, keys: Collection[str]) -> None:
        """Forget results; whoever needs one computes it again."""
        with writing(self._engine) as connection:
            forget_keys(connection, keys)


def keys_about(connection: sa.Connection, sources: Collection[ContentHash]) -> dict[str, ContentHash]:
    """Return the results that tell something of these objects, by key."""
    wanted = sorted(set(sources))
    found: dict[str, ContentHash] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        these = ledger_sources.c.source.in_(wanted[start : start + _AT_ONCE])
        query = sa.select(ledger).join(ledger_sources, ledger_sources.c.key == ledger.c.key).where(these)
        found |= {row.key: ContentHash(row.result) for row in connection.execute(query)}
    return found


def forget_keys(connection: sa.Connection, keys: Collection[str]) -> None:
    """Forget results."""
    wanted = sorted(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        these = wanted[start : start + _AT_ONCE]
        for table in (ledger, ledger_sources):
            connection.execute(sa.delete(table).where(table.c.key.in_(these)))
