"""To which trace the work on a batch belongs, in SQL."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.ids import BatchId
from storage.database import insert_if_new, reading, writing
from storage.stage_time_tables import batch_traces


class SqlBatchTraces:
    """Implements `pipeline.trace_ports.BatchTraces`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, batch: BatchId, traceparent: str) -> None:
        """Keep where a batch's trace begins."""
        with writing(self._engine) as connection:
            insert_if_new(connection, batch_traces, {"batch": batch, "traceparent": traceparent})

    def find(self, batch: BatchId) -> str | None:
        """Return where it begins."""
        query = sa.select(batch_traces.c.traceparent).where(batch_traces.c.batch == batch)
        with reading(self._engine) as connection:
            found: str | None = connection.scalar(query)
        return found
