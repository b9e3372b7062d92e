"""What reconciliation sees, set by a test: records, an orchestrator and a clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.domain.errors import OrchestratorUnavailable
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import Run, RunState, UnfinishedBatch

A, B = BatchId("b-a"), BatchId("b-b")


@dataclass
class Office:
    """Records, an orchestrator and a clock that a test sets; what is asked of the orchestrator is kept."""

    unfinished: dict[BatchId, UnfinishedBatch] = field(default_factory=dict)
    known: list[Run] = field(default_factory=list)
    submitted: list[tuple[BatchId, Lane, str]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    begun_again: list[str] = field(default_factory=list)
    unknown: set[Lane] = field(default_factory=set)
    time: float = 1000.0
    counter_rests: bool = False

    def batches(self, *, limit: int, after: BatchId | None = None) -> Sequence[UnfinishedBatch]:
        return [each for each in self.unfinished.values() if after is None or each.id > after][:limit]

    def among(self, batches: Collection[BatchId]) -> Sequence[UnfinishedBatch]:
        return [each for each in self.unfinished.values() if each.id in batches]

    def ahead(self, batch: BatchId) -> int:
        return sum(each < batch for each in self.unfinished)

    def holders(self, batches: Collection[BatchId]) -> Mapping[BatchId, str]:
        return {each.id: each.holder for each in self.unfinished.values() if each.id in batches and each.holder}

    def runs(self, batches: Collection[BatchId]) -> Sequence[Run]:
        return [run for run in self.known if run.batch in batches and not run.is_part]

    def at_work(self) -> Sequence[Run]:
        return [run for run in self.known if run.state in {RunState.RUNNING, RunState.PENDING}]

    def waiting(self) -> Sequence[Run]:
        return [run for run in self.known if run.state is RunState.SCHEDULED and not run.by_task]

    def give_up(self, run: Run) -> None:
        self.given_up.append(run.id)
        self.known = [replace(each, state=RunState.CRASHED) if each.id == run.id else each for each in self.known]

    def begin_again(self, run: Run) -> None:
        self.begun_again.append(run.id)

    def submit(self, batch: UnfinishedBatch, *, key: str) -> None:
        if batch.lane in self.unknown:
            raise OrchestratorUnavailable(reason="no such deployment")
        self.submitted.append((batch.id, batch.lane, key))

    def has(
        self,
        batch: BatchId = A,
        *,
        lane: Lane = Lane.BULK,
        turn: int = 1,
        holder: str | None = None,
        pages: int = 0,
    ) -> None:
        self.unfinished[batch] = UnfinishedBatch(id=batch, agency="", lane=lane, turn=turn, holder=holder, pages=pages)

    def ran(self, state: RunState, *, batch: BatchId | None = A, process: str = "", by_task: bool = False) -> None:
        """Add a run, newer than all before."""
        run = Run(id=f"run {len(self.known)}", batch=batch, state=state, process=process, by_task=by_task)
        self.known.insert(0, run)
