"""Who may write about a batch at the moment."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.ids import BatchId


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's turn at a batch, or at one of its parts.

    Whoever takes it over has a higher one, and from then on this one writes nothing more.
    """

    batch: BatchId
    turn: int
    part: int | None = None
    """number of the part that is held; None: the batch as a whole"""
