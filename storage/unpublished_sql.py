"""Digitized batches whose papers are still to be published, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.domain.ids import BatchId
from storage.database import insert_if_new, moment, reading, writing
from storage.tables import leases
from storage.unpublished_tables import unpublished


class SqlUnpublished:
    """Implements `pipeline.unfinished_ports.Unpublished`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def settle(self, batch: BatchId) -> None:
        """Note that what is sure of a batch was published.

        Raises:
            RecordsUnavailable
        """
        with writing(self._engine) as connection:
            connection.execute(sa.delete(unpublished).where(unpublished.c.batch == batch))

    def left(self) -> Sequence[BatchId]:
        """Return batches whose papers nobody is publishing.

        Raises:
            RecordsUnavailable
        """
        columns = unpublished.c
        with reading(self._engine) as connection:
            is_held = sa.exists().where(leases.c.batch == columns.batch, leases.c.expires_at > moment(connection))
            query = sa.select(columns.batch).where(~is_held).order_by(columns.batch)
            return tuple(BatchId(batch) for batch in connection.scalars(query))


def expect_publishing(connection: sa.Connection, batch: BatchId) -> None:
    """Note that the papers of a batch are to be published; part of the transaction that writes them down."""
    insert_if_new(connection, unpublished, {"batch": batch})
