"""What was begun and is not done, as the records tell, and the runs of an orchestrator that are to do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedBatch:
    """A batch that came in and is not digitized, or of which papers are still to be published."""

    id: BatchId
    agency: str
    """code of the agency; empty: the installation's own"""
    lane: Lane
    turn: int
    """how often somebody began to work on it; 0: never"""
    holder: str | None
    """who works on it, as far as is known; None: nobody"""
    pages: int = 0
    """that are read"""


class UnfinishedWork(Protocol):
    """What is left to do."""

    def batches(self, *, limit: int, after: BatchId | None = None) -> Sequence[UnfinishedBatch]:
        """Return batches that are not digitized and published in the order in which they came in, those behind `after`.

        Raises:
            RecordsUnavailable
        """
        ...

    def among(self, batches: Collection[BatchId]) -> Sequence[UnfinishedBatch]:
        """Return those of these batches that are not digitized.

        Raises:
            RecordsUnavailable
        """
        ...

    def ahead(self, batch: BatchId) -> int:
        """Return how many bulk batches of the same agency came in before this one and are not digitized.

        Raises:
            RecordsUnavailable
        """
        ...

    def holders(self, batches: Collection[BatchId]) -> Mapping[BatchId, str]:
        """Return who holds which of these batches now.

        Raises:
            RecordsUnavailable
        """
        ...


class Unpublished(Protocol):
    """Digitized batches whose papers are still to be published: whoever was to do it may have died before the end."""

    def settle(self, batch: BatchId) -> None:
        """Note that what is sure of a batch was published.

        Raises:
            RecordsUnavailable
        """
        ...

    def left(self) -> Sequence[BatchId]:
        """Return batches whose papers nobody is publishing.

        Raises:
            RecordsUnavailable
        """
        ...


class RunState(StrEnum):
    """How a run of the orchestrator stands."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    """a worker took it; its process is being started"""
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    """it ended with an error"""
    CRASHED = "crashed"
    """it was ended"""
    CANCELLED = "cancelled"
    """a person ended it"""

    @property
    def is_over(self) -> bool:
        """Whether nothing more becomes of it by itself."""
        return self not in {RunState.SCHEDULED, RunState.PENDING, RunState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run."""

    id: str
    batch: BatchId | None
    """that it digitizes; None: it does something else"""
    state: RunState
    process: str = ""
    """name of the process that it runs in (`app.holding.process_name`); empty: not known"""
    beat: str = ""
    """changes as long as a run that digitizes nothing lives; empty: it does not, or not yet"""
    again: int | None = None
    """how often it was begun anew because it had died; None: that is done by its schedule, or by whoever handed it in"""
    is_part: bool = False
    """it only helps the run that digitizes the batch"""
    by_task: bool = False
    """the lane of the counter's: waits in the memory of the server for a worker that is there"""


class Orchestrator(Protocol):
    """Has runs done by workers."""

    def runs(self, batches: Collection[BatchId]) -> Sequence[Run]:
        """Return runs of these batches, the newest first.

        Raises:
            OrchestratorUnavailable
        """
        ...

    def at_work(self) -> Sequence[Run]:
        """Return all runs of ours of which it believes that somebody is at work on them.

        Raises:
            OrchestratorUnavailable
        """
        ...

    def waiting(self) -> Sequence[Run]:
        """Return all runs of batches that wait for a worker, but for those at the counter.

        Raises:
            OrchestratorUnavailable
        """
        ...

    def give_up(self, run: Run) -> None:
        """Write down that a run died.

        Raises:
            OrchestratorUnavailable
        """
        ...

    def begin_again(self, run: Run) -> None:
        """Have done what a run that died was to do; again for the same one changes nothing.

        Raises:
            OrchestratorUnavailable
        """
        ...

    def submit(self, batch: UnfinishedBatch, *, key: str) -> None:
        """Have a batch digitized in its lane; with a key that was used before it changes nothing, where that can be seen.

        Raises:
            OrchestratorUnavailable
        """
        ...
