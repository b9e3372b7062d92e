"""How long stages take, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.domain.batch import Progress, Stage, StageTime
from pipeline.domain.errors import RecordsUnavailable, ToolFailed
from pipeline.domain.ids import BatchId
from pipeline.ports import silent
from pipeline.usecases.time_stages import timed_stages
from tests.usecases.bench import Bench, pdf, picture

BATCH = BatchId("b-1")


@dataclass
class Kept:
    """Remembers what was added, each time by itself."""

    added: list[dict[Stage, tuple[float, int]]] = field(default_factory=list)
    error: Exception | None = None

    def add(self, batch: BatchId, spent: Sequence[StageTime]) -> None:
        assert batch == BATCH
        if self.error is not None:
            raise self.error
        self.added.append({each.stage: (each.seconds, each.units) for each in spent})

    def of(self, batches: Collection[BatchId]) -> Mapping[BatchId, Sequence[StageTime]]:
        raise NotImplementedError

    def totals(self) -> Sequence[StageTime]:
        raise NotImplementedError


@dataclass
class Hand:
    """A clock's hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def test_time_until_work_is_told_of_is_the_stages_and_until_one_begins_the_one_before() -> None:
    kept, hand = Kept(), Hand()
    with timed_stages(BATCH, silent, times=kept, seconds=hand) as heard:
        for seconds, stage, progress in (
            (0.25, Stage.INSPECT, Progress(0, 2)),  # from the beginning on
            (0.5, Stage.INSPECT, Progress(1, 2)),
            (0.5, Stage.INSPECT, Progress(2, 2)),
            (1.0, Stage.READ, Progress(1, 2)),  # the first page, of which nobody told that it begins
            (1.0, Stage.READ, Progress(2, 2)),
            (0.125, Stage.UNDERSTAND, Progress(0, 2)),  # putting readings away
        ):
            hand.at += seconds
            heard(stage, progress)
        hand.at += 0.75  # and until the end
    assert kept.added == [{Stage.INSPECT: (1.25, 2), Stage.READ: (2.125, 2), Stage.UNDERSTAND: (0.75, 0)}]


def test_times_are_kept_every_few_seconds_and_each_second_once() -> None:
    kept, hand = Kept(), Hand()
    with timed_stages(BATCH, silent, times=kept, seconds=hand) as heard:
        for page in range(1, 9):
            hand.at += 2.0
            heard(Stage.READ, Progress(page, 8))
    assert kept.added == [{Stage.READ: (6.0, 3)}, {Stage.READ: (6.0, 6)}, {Stage.READ: (4.0, 8)}]


def test_a_run_that_fails_is_told_of_by_its_own_error() -> None:
    kept, hand = Kept(), Hand()

    def fail_after_a_page() -> None:
        with timed_stages(BATCH, silent, times=kept, seconds=hand) as heard:
            hand.at += 1.0
            heard(Stage.READ, Progress(1, 8))
            raise ToolFailed(tool="tesseract", reason="1")

    with pytest.raises(ToolFailed):
        fail_after_a_page()
    assert kept.added == [{Stage.READ: (1.0, 1)}]
    kept.error = RecordsUnavailable(database="sqlite://", reason="gone")
    with pytest.raises(ToolFailed):
        fail_after_a_page()


def test_nothing_is_written_of_a_batch_at_which_nothing_was_done() -> None:
    kept = Kept()
    with timed_stages(BATCH, silent, times=kept, seconds=Hand()):
        pass
    assert kept.added == []


def test_every_stage_of_a_real_batch_has_its_units(bench: Bench, scans: Path) -> None:
    """The stages tell of themselves what the stopwatch has to hear."""
    picture(scans / "a.png")
    pdf(scans / "b.pdf", pages=2, signed=True)
    batch = bench.digitize(scans)
    kept, hand = Kept(), Hand()
    with timed_stages(BATCH, silent, times=kept, seconds=hand) as listener:
        for stage, progress in bench.stages:
            hand.at += 0.125
            listener(stage, progress)
    assert {stage: units for stage, (_, units) in kept.added[0].items()} == {
        Stage.INSPECT: 2,
        Stage.VALIDATE: 1,
        Stage.READ: 3,
        Stage.UNDERSTAND: 3,
        Stage.ASSEMBLE: len(batch.documents),
        Stage.STORE: 1,
    }
    assert sum(seconds for seconds, _ in kept.added[0].values()) == 0.125 * len(bench.stages)
