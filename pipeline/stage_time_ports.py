"""How long the stages of batches took. Times are told to people and to whoever watches; no result depends on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pipeline.domain.batch import StageTime
from pipeline.domain.ids import BatchId


class StageTimes(Protocol):
    """Keeps times."""

    def add(self, batch: BatchId, spent: Sequence[StageTime]) -> None:
        """Add what a run spent: seconds are summed, of units the most that any run came to counts.

        Raises:
            RecordsUnavailable
        """
        ...

    def of(self, batches: Collection[BatchId]) -> Mapping[BatchId, Sequence[StageTime]]:
        """Return the times of batches in the order of the stages; a batch that was not begun has none."""
        ...

    def totals(self) -> Sequence[StageTime]:
        """Return what all batches together took, in the order of the stages; it never falls."""
        ...
