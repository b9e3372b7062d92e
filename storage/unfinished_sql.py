"""What was begun and is not done, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import UnfinishedBatch
from storage import tables
from storage.database import moment, portions, reading
from storage.intake_tables import intakes
from storage.tables import batches, is_unfinished, leases, pages
from storage.unpublished_tables import unpublished


class SqlUnfinishedWork:
    """Implements `pipeline.unfinished_ports.UnfinishedWork`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def batches(self, *, limit: int, after: BatchId | None = None) -> Sequence[UnfinishedBatch]:
        """Return batches that are not digitized, or whose papers are not published."""
        with reading(self._engine) as connection:
            query = _standing(moment(connection)).limit(limit)
            if after is not None:
                last = sa.select(batches.c.created_at).where(batches.c.id == after).scalar_subquery()
                query = query.where(
                    (batches.c.created_at > last) | ((batches.c.created_at == last) & (batches.c.id > after))
                )
            # two questions, each of which an index answers
            found = {row.id: row for of in _left() for row in connection.execute(query.where(of))}
        in_order = sorted(found.values(), key=lambda row: (row.created_at, row.id))
        return tuple(map(_batch, in_order[:limit]))

    def among(self, batches: Collection[BatchId]) -> Sequence[UnfinishedBatch]:
        """Return those of these batches at which something is left to do."""
        found: list[UnfinishedBatch] = []
        with reading(self._engine) as connection:
            query = _standing(moment(connection)).where(sa.or_(*_left()))
            for some in portions(batches):
                found += map(_batch, connection.execute(query.where(tables.batches.c.id.in_(some))))
        return found

    def ahead(self, batch: BatchId) -> int:
        """Return how many bulk batches of the same agency came in before this one and are not digitized."""
        this = sa.select(batches.c.created_at, batches.c.agency).where(batches.c.id == batch).subquery()
        query = sa.select(sa.func.count()).select_from(
            batches.join(
                this,
                (sa.func.coalesce(batches.c.agency, "") == sa.func.coalesce(this.c.agency, ""))
                & (batches.c.created_at < this.c.created_at),
            )
        )
        with reading(self._engine) as connection:
            return connection.scalar(query.where(is_unfinished(), ~_at_counter())) or 0

    def holders(self, batches: Collection[BatchId]) -> Mapping[BatchId, str]:
        """Return who holds which of these batches now."""
        found: dict[BatchId, str] = {}
        with reading(self._engine) as connection:
            is_held = leases.c.expires_at > moment(connection)
            for some in portions(batches):
                held = sa.select(leases.c.batch, leases.c.holder).where(leases.c.batch.in_(some), is_held)
                found |= {BatchId(row.batch): row.holder for row in connection.execute(held)}
        return found


def _left() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return for which reasons something is left to do at a batch: it is not digitized, or its papers are not published."""
    return is_unfinished(), batches.c.id.in_(sa.select(unpublished.c.batch))


def _standing(now: dt.datetime) -> sa.Select[Any]:
    return (
        sa.select(
            batches.c.id,
            batches.c.created_at,
            batches.c.agency,
            _at_counter().label("at_counter"),
            leases.c.turn,
            sa.case((leases.c.expires_at > now, leases.c.holder)).label("holder"),
            sa.select(sa.func.count()).where(pages.c.batch == batches.c.id).scalar_subquery().label("pages"),
        )
        .select_from(batches.outerjoin(leases, leases.c.batch == batches.c.id))
        .order_by(batches.c.created_at, batches.c.id)
    )


def _at_counter() -> sa.ColumnElement[bool]:
    return sa.exists().where(intakes.c.batch == batches.c.id, intakes.c.lane == Lane.COUNTER.value)


def _batch(row: sa.Row[Any]) -> UnfinishedBatch:
    return UnfinishedBatch(
        id=BatchId(row.id),
        agency=row.agency or "",
        lane=Lane.COUNTER if row.at_counter else Lane.BULK,
        turn=row.turn or 0,
        holder=row.holder,
        pages=row.pages,
    )
