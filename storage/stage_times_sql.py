"""How long the stages of batches took, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.batch import Stage, StageTime
from pipeline.domain.ids import BatchId
from storage.database import add_up, insert_missing, portions, reading, writing
from storage.stage_time_tables import stage_times, stage_totals

_ORDER = {stage: place for place, stage in enumerate(Stage)}


class SqlStageTimes:
    """Implements `pipeline.stage_time_ports.StageTimes`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, batch: BatchId, spent: Sequence[StageTime]) -> None:
        """Add what a run spent, and to the totals."""
        if not spent:
            return
        # always in the same order: two that write at once wait for each other, but never both
        ordered = sorted(spent, key=lambda each: each.stage.value)
        with writing(self._engine) as connection:
            before = _locked(connection, batch, ordered)
            more = [max(0, each.units - before[each.stage].units) for each in ordered]
            sums = [
                {"stage": each.stage.value, "seconds": each.seconds, "units": units}
                for each, units in zip(ordered, more, strict=True)
            ]
            add_up(connection, stage_times, [{"batch": batch, **each} for each in sums])
            add_up(connection, stage_totals, sums)

    def of(self, batches: Collection[BatchId]) -> Mapping[BatchId, Sequence[StageTime]]:
        """Return the times of batches."""
        found: dict[BatchId, list[StageTime]] = defaultdict(list)
        with reading(self._engine) as connection:
            for some in portions(batches):
                for row in connection.execute(sa.select(stage_times).where(stage_times.c.batch.in_(some))):
                    found[BatchId(row.batch)].append(_time(row))
        return {batch: _in_order(times) for batch, times in found.items()}

    def totals(self) -> Sequence[StageTime]:
        """Return what all batches together took."""
        with reading(self._engine) as connection:
            return _in_order([_time(row) for row in connection.execute(sa.select(stage_totals))])


def _locked(connection: sa.Connection, batch: BatchId, stages: Sequence[StageTime]) -> Mapping[Stage, StageTime]:
    """Return the times of a batch, with a row for each of `stages`; they stay as they are until the transaction ends."""
    none_yet = [{"batch": batch, "stage": each.stage.value, "seconds": 0.0, "units": 0} for each in stages]
    insert_missing(connection, stage_times, none_yet)
    query = sa.select(stage_times).where(stage_times.c.batch == batch).order_by(stage_times.c.stage)
    found = map(_time, connection.execute(query.with_for_update()))
    return {each.stage: each for each in found}


def _time(row: sa.Row[Any]) -> StageTime:
    return StageTime(Stage(row.stage), row.seconds, row.units)


def _in_order(times: Sequence[StageTime]) -> Sequence[StageTime]:
    return tuple(sorted(times, key=lambda each: _ORDER[each.stage]))
