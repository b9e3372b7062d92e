"""What was begun and is not done, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.batch import BatchState
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.ports import Clock
from pipeline.unfinished_ports import UnfinishedBatch
from storage.database import POSTGRESQL, portions, reading
from storage.intake_tables import intakes
from storage.tables import UtcTime, batches, leases


class SqlUnfinishedWork:
    """Implements `pipeline.unfinished_ports.UnfinishedWork`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def batches(self, *, limit: int, after: BatchId | None = None) -> Sequence[UnfinishedBatch]:
        """Return batches that are not digitized."""
        at_counter = sa.exists().where(intakes.c.batch == batches.c.id, intakes.c.lane == Lane.COUNTER.value)
        query: sa.Select[Any] = (
            sa.select(
                batches.c.id,
                batches.c.agency,
                at_counter.label("at_counter"),
                leases.c.turn,
                sa.case((self._is_held(), leases.c.holder)).label("holder"),
            )
            .select_from(batches.outerjoin(leases, leases.c.batch == batches.c.id))
            .where(batches.c.state == BatchState.RECEIVED.value)
            .order_by(batches.c.created_at, batches.c.id)
            .limit(limit)
        )
        if after is not None:
            last = sa.select(batches.c.created_at).where(batches.c.id == after).scalar_subquery()
            query = query.where(
                (batches.c.created_at > last) | ((batches.c.created_at == last) & (batches.c.id > after))
            )
        with reading(self._engine) as connection:
            return tuple(
                UnfinishedBatch(
                    id=BatchId(row.id),
                    agency=row.agency or "",
                    lane=Lane.COUNTER if row.at_counter else Lane.BULK,
                    turn=row.turn or 0,
                    holder=row.holder,
                )
                for row in connection.execute(query)
            )

    def holders(self, batches: Collection[BatchId]) -> Mapping[BatchId, str]:
        """Return who holds which of these batches now."""
        found: dict[BatchId, str] = {}
        with reading(self._engine) as connection:
            for some in portions(batches):
                held = sa.select(leases.c.batch, leases.c.holder).where(leases.c.batch.in_(some), self._is_held())
                found |= {BatchId(row.batch): row.holder for row in connection.execute(held)}
        return found

    def _is_held(self) -> sa.ColumnElement[bool]:
        """Say by the database's clock whether a lease still lasts; SQLite has that of this machine."""
        now = (
            sa.func.clock_timestamp()
            if self._engine.dialect.name == POSTGRESQL
            else sa.literal(self._clock.now(), UtcTime)
        )
        return leases.c.expires_at > now
