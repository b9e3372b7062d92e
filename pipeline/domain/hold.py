"""Who may write about a batch at the moment."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.ids import BatchId


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's turn at a batch: whoever takes it over has a higher one, and from then on this one writes nothing more."""

    batch: BatchId
    turn: int
