"""Reconciliation: what the records call unfinished and nobody works on is handed in again, runs that died are called dead.

Orchestrators forget: their database may be lost, a run whose process was killed counts as running for ever, a run that waits in the
memory of a server that ends is never begun. The records do not: a batch is done when they say so, and whoever works on it holds it.
All that is decided here may be wrong without harm: a batch has one holder, and a second run ends without having done anything.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.domain.errors import OrchestratorUnavailable
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import Lane
from pipeline.unfinished_ports import Orchestrator, Run, RunState, UnfinishedBatch, UnfinishedWork

_AT_ONCE = 100
"""batches of one round: the next round goes on behind them"""
_PATIENCE = {RunState.RUNNING: 15.0, RunState.PENDING: 20.0, RunState.SCHEDULED: 5.0}
"""seconds that a run may look dead before it is given up: one that has just begun, or is about to end, holds nothing"""
_STILL_SECONDS, _MUTE_SECONDS = 60.0, 300.0
"""likewise, for a run of which the records know nothing: since its last sign of life, and where it never gave one"""
_MOST_AGAIN = 5
"""times that work of which the records know nothing is begun anew"""
_HELPERS_PATIENCE = 8.0
"""times as long for a run that helps: whoever holds the batch may have died while it reads on"""
_NEW_SECONDS = 20.0
"""that a batch which nobody ever held is left to whoever took it in"""
_FREE_CRASHES = 5
"""runs of a batch that may be killed before it has to wait: machines fail, but a batch may also be what kills them"""
_PAGES_A_CRASH = 4
"""pages that were read for each run that was killed: then it is not the batch that kills, and goes on at once"""
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 1800.0
"""seconds that a batch waits after a run that ended with an error; each time twice as many"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """What a round found."""

    unfinished: int
    """batches that are not digitized, of those looked at"""
    submitted: tuple[BatchId, ...]
    """that were handed in again"""
    at_work: int
    """that somebody works on, or will soon"""
    waiting: tuple[BatchId, ...]
    """that have to wait: after errors, for others of their agency, or because a person cancelled them"""
    given_up: tuple[str, ...]
    """runs that had died"""


@dataclass(slots=True)
class Reconciliation:
    """Rounds of one process; what it saw in the last ones is remembered, by a clock that only it reads."""

    work: UnfinishedWork
    orchestrator: Orchestrator
    lives: Callable[[str], bool | None]
    """whether a process lives, by its name; None: it is on another machine"""
    counter_rests: Callable[[], bool]
    """whether this process serves the counter and has nothing to do: then no run waits in the server's memory"""
    seconds: Callable[[], float]
    """of a clock that never goes back"""
    most_of_agency: int = 0
    """bulk batches of one agency at once, so that one which scans a year's papers leaves room for the others; 0: any number"""
    _seen: dict[tuple[str, ...], float] = field(default_factory=dict)
    _still: set[tuple[str, ...]] = field(default_factory=set)
    _last: BatchId | None = None

    def round(self, *, asked: bool = False) -> Resumed:
        """Look once. Where a person asked for it, what was cancelled or has to wait is handed in as well.

        Raises:
            RecordsUnavailable, OrchestratorUnavailable
        """
        unfinished = self._next()
        free = [batch for batch in unfinished if not batch.holder or self.lives(batch.holder) is False]
        runs = self.orchestrator.runs([batch.id for batch in free]) if free else ()
        given_up: list[str] = []
        idle: list[tuple[UnfinishedBatch, Sequence[Run]]] = []
        for batch in free:
            mine = [run for run in runs if run.batch == batch.id]
            patient = 2.0 ** min(_fruitless_crashes(batch, mine), _FREE_CRASHES)
            dead = [run for run in mine if self._died(run, patient)]
            for run in dead:
                self.orchestrator.give_up(run)
            given_up += [run.id for run in dead]
            if not any(_is_live(run) and run not in dead for run in mine):
                idle.append((batch, mine))
        submitted, waiting = self._hand_in(unfinished, idle, asked=asked)
        given_up += self._sweep({batch.id for batch in free})
        self._forget()
        return Resumed(
            unfinished=len(unfinished),
            submitted=tuple(submitted),
            at_work=len(unfinished) - len(submitted) - len(waiting),
            waiting=tuple(waiting),
            given_up=tuple(given_up),
        )

    def _hand_in(
        self,
        unfinished: Sequence[UnfinishedBatch],
        idle: Sequence[tuple[UnfinishedBatch, Sequence[Run]]],
        *,
        asked: bool,
    ) -> tuple[list[BatchId], list[BatchId]]:
        """Hand in what nobody works on, as far as it is due and its agency has a place; return that, and what has to wait."""
        submitted: list[BatchId] = []
        waiting: list[BatchId] = []
        left = {batch.id for batch, _ in idle}
        busy = Counter(each.agency for each in unfinished if each.id not in left and each.lane is Lane.BULK)
        if left and self.most_of_agency and not asked:
            busy += self._busy_elsewhere({batch.id for batch in unfinished})
        for batch, runs in idle:
            lane = _in_lane(batch, runs)
            has_place = (
                asked
                or not self.most_of_agency
                or lane.lane is Lane.COUNTER
                or busy[batch.agency] < self.most_of_agency
            )
            due = has_place and (asked or self._may_go(batch, runs))
            if due and self._submit(lane, key=_key(batch, runs), asked=asked):
                submitted.append(batch.id)
                busy[batch.agency] += lane.lane is Lane.BULK
            else:
                waiting.append(batch.id)
        return submitted, waiting

    def _submit(self, batch: UnfinishedBatch, *, key: str, asked: bool) -> bool:
        """Hand a batch in, and say whether it was taken: a server that is new takes none of a lane that it does not know yet."""
        try:
            self.orchestrator.submit(batch, key=key)
        except OrchestratorUnavailable:
            if asked:
                raise
            return False
        return True

    def _busy_elsewhere(self, looked_at: set[BatchId]) -> Counter[str]:
        """Count for each agency the bulk batches that have a run and are not among those of this round."""
        runs = (*self.orchestrator.at_work(), *self.orchestrator.waiting())
        others = {run.batch for run in runs if run.batch is not None and not run.is_part} - looked_at
        return Counter(each.agency for each in self.work.among(others) if each.lane is Lane.BULK)

    def _next(self) -> Sequence[UnfinishedBatch]:
        """Return the next batches; behind the last one it begins anew. What a citizen waits for comes first."""
        found = self.work.batches(limit=_AT_ONCE, after=self._last)
        if not found and self._last is not None:
            found = self.work.batches(limit=_AT_ONCE)
        self._last = found[-1].id if len(found) == _AT_ONCE else None
        return sorted(found, key=lambda batch: batch.lane is not Lane.COUNTER)

    def _sweep(self, looked_at: set[BatchId]) -> list[str]:
        """Give up dead runs of batches that are done, or that are held by another run, and of everything else."""
        runs = [run for run in self.orchestrator.at_work() if run.is_part or run.batch not in looked_at]
        holders = self.work.holders({run.batch for run in runs if run.batch is not None})
        dead = [run for run in runs if self._died(run, _HELPERS_PATIENCE if run.is_part else 1.0, holders=holders)]
        for run in dead:
            self.orchestrator.give_up(run)
            if run.again is not None and run.again < _MOST_AGAIN:
                self.orchestrator.begin_again(run)
        return [run.id for run in dead]

    def _died(self, run: Run, patient: float, *, holders: Mapping[BatchId, str] | None = None) -> bool:
        waits = run.state is RunState.SCHEDULED and not (run.by_task and self.counter_rests())
        if run.state.is_over or waits:
            return False
        lives = self.lives(run.process) if run.process else None
        if lives is not None:
            return not lives
        if run.batch is None:
            still = self._since("run", run.id, run.state.value, run.beat)
            return still >= (_STILL_SECONDS if run.beat else _MUTE_SECONDS)
        if holders is not None and run.batch in holders:
            return False
        return self._since("run", run.id, run.state.value) >= _PATIENCE[run.state] * patient

    def _may_go(self, batch: UnfinishedBatch, runs: Sequence[Run]) -> bool:
        """Say whether a batch that nobody works on is handed in now."""
        newest = runs[0] if runs else None
        if newest is not None and newest.state is RunState.CANCELLED:
            return False
        waited = self._since("batch", batch.id, str(batch.turn), newest.id if newest else "")
        if newest is None:
            return batch.turn > 0 or waited >= _NEW_SECONDS
        failures = _count(runs, RunState.FAILED) + max(0, _fruitless_crashes(batch, runs) - _FREE_CRASHES)
        return failures == 0 or waited >= _pause(failures)

    def _since(self, *what: str) -> float:
        """Return for how long something is as it is, as far as this process saw it."""
        self._still.add(what)
        return self.seconds() - self._seen.setdefault(what, self.seconds())

    def _forget(self) -> None:
        """Forget what is no longer so; what another round looks at is kept as long as that takes."""
        if self._last is None:
            self._seen = {what: since for what, since in self._seen.items() if what in self._still}
            self._still = set()


def _key(batch: UnfinishedBatch, runs: Sequence[Run]) -> str:
    """Return what two who see the same hand a batch in with, and nobody who sees its run over: the newest run's name is in it."""
    return f"{batch.id}:{batch.turn}:{runs[0].id if runs else ''}"


def _pause(failures: int) -> float:
    """Return the seconds that a batch waits after so many failures; no number of them is too great."""
    doublings = min(failures - 1, math.ceil(math.log2(_LONGEST_PAUSE / _FIRST_PAUSE)))
    return min(_FIRST_PAUSE * 2.0**doublings, _LONGEST_PAUSE)


def _fruitless_crashes(batch: UnfinishedBatch, runs: Sequence[Run]) -> int:
    """Count the runs of a batch that were killed, beyond those between which its pages were read all the same."""
    return max(0, _count(runs, RunState.CRASHED) - batch.pages // _PAGES_A_CRASH)


def _is_live(run: Run) -> bool:
    """Say whether a run will do the batch; the task of the counter's that runs only began the run that does."""
    return not run.state.is_over and not (run.by_task and run.state is RunState.RUNNING)


def _in_lane(batch: UnfinishedBatch, runs: Sequence[Run]) -> UnfinishedBatch:
    """Return the batch in the lane in which it was: what was handed in by command has no intake that says so."""
    return replace(batch, lane=Lane.COUNTER) if any(run.by_task for run in runs) else batch


def _count(runs: Sequence[Run], state: RunState) -> int:
    """Count the runs that stand so; the task of the counter's and the run that it began are one."""
    tasks = sum(run.state is state and run.by_task for run in runs)
    return max(tasks, sum(run.state is state for run in runs) - tasks)
