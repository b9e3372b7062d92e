"""Helpers are called for a large batch, one for each machine that is there, and none is left over."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from app.holding import process_name, this_machine
from app.services import open_services
from app.settings import current_settings
from flows import part
from flows.part import digitize_part, handed_out
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId, SourceName, content_hash
from pipeline.domain.part import Part, PartSource
from pipeline.domain.source import MediaType
from pipeline.ports import Parts
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.flows.conftest import Server
from tests.usecases.bench import FixedClock

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of a server that knows the flow, and a batch that nobody else has."""

    server: Server
    name: str
    batch: BatchId
    parts: Parts

    def cut(self, count: int) -> None:
        """Cut the batch into parts of a page each."""
        self.parts.cut(self.batch, [_part(number) for number in range(1, count + 1)], plan="plan")

    def handed_out(self, turn: int = 2) -> AbstractContextManager[None]:
        return handed_out(Hold(self.batch, turn), self.parts)

    def serve(self, *workers: str) -> None:
        for name in workers:
            self.server.post(f"work_pools/{self.name}/workers/heartbeat", {"name": name})

    def states(self) -> dict[str, str]:
        """Return how the runs that help with the batch stand."""
        runs = self.server.post("flow_runs/filter", {"flow_runs": {"name": {"like_": f" of {self.batch}"}}})
        return {run["id"]: run["state_type"] for run in runs}


def _part(number: int) -> Part:
    source = PartSource(name=SourceName("a.pdf"), sha256=content_hash(b"a"), media_type=MediaType.PDF, pages=(number,))
    return Part(number=number, key=f"key {number}", sources=(source,))


@pytest.fixture
def pool(server: Server, tmp_path: Path) -> Iterator[Pool]:
    """A pool that this machine's own worker serves, and a batch of 312 parts."""
    by_chance = uuid4().hex[:24]
    server.post("work_pools/", {"name": by_chance, "type": "process"})
    flow = server.post("flows/", {"name": "digitize-part"})["id"]
    server.post("deployments/", {"name": "bulk", "flow_id": flow, "work_pool_name": by_chance})
    with contextlib.closing(
        open_records(f"sqlite:///{tmp_path / 'r.db'}", clock=FixedClock(), author=CLERK)
    ) as records:
        found = Pool(server, by_chance, BatchId(f"b-{by_chance}"), records.parts)
        records.batches.open(ReceivedBatch(id=found.batch, created_at=FixedClock().now(), sources=()))
        found.cut(312)
        found.serve(this_machine())
        yield found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_LOOK_SECONDS", 0.3)


def test_nobody_is_called_where_all_workers_are_of_this_machine(pool: Pool) -> None:
    left_over = pool.server.run(f"helper 1 of {pool.batch}", "SCHEDULED")
    with pool.handed_out():
        until(lambda: pool.states() == {left_over: "CANCELLED"})
        time.sleep(1)
    assert pool.states() == {left_over: "CANCELLED"}


def test_each_worker_is_called_once_and_what_is_not_begun_is_taken_back(pool: Pool) -> None:
    left_over = [pool.server.run(f"helper {number} of {pool.batch}", "SCHEDULED") for number in (1, 2)]
    anothers = pool.server.run("helper 1 of b-0000000000000000000000bb", "SCHEDULED")
    pool.serve("two", "three")

    with pool.handed_out():
        until(lambda: len(pool.states()) == len(left_over) + 3)
        assert [pool.states()[run] for run in left_over] == ["CANCELLED", "CANCELLED"]
        pool.serve("four, which was started later")
        until(lambda: len(pool.states()) == len(left_over) + 4)
        time.sleep(1)
    until(lambda: set(pool.states().values()) == {"CANCELLED"})
    assert len(pool.states()) == len(left_over) + 4
    assert pool.server.get(f"flow_runs/{anothers}")["state_type"] == "SCHEDULED"
    pool.server.set(anothers, "CANCELLED")  # another test counts what waits


def test_in_the_place_of_one_that_ended_another_is_called(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_AGAIN_SECONDS", 0.5)
    pool.serve("two")
    with pool.handed_out():
        until(lambda: len(pool.states()) == 2)
        sick = next(iter(pool.states()))
        pool.server.post(f"flow_runs/{sick}/set_state", {"state": {"type": "FAILED"}, "force": True})
        until(lambda: len(pool.states()) == 3)


@pytest.mark.parametrize(("parts", "calls"), [(2, 2), (312, 32)])
def test_no_more_are_called_than_there_are_parts_nor_than_a_few_dozen(pool: Pool, parts: int, calls: int) -> None:
    pool.cut(parts)
    pool.serve(*(f"machine {number}" for number in range(40)))
    with pool.handed_out():
        until(lambda: len(pool.states()) == calls)
        time.sleep(1)
    assert len(pool.states()) == calls


def test_nobody_is_called_for_parts_that_are_in_hands(pool: Pool) -> None:
    pool.cut(3)
    pool.serve("two", "three")
    with contextlib.ExitStack() as readers:
        for number in (1, 2):
            readers.enter_context(pool.parts.claim(pool.batch, holder=f"reader {number}", seconds=600))
        with pool.handed_out():
            until(lambda: len(pool.states()) == 1)
            time.sleep(1)
    assert len(pool.states()) == 1


def test_on_the_machine_of_who_holds_the_batch_a_helper_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path))
    batch = BatchId("b-0000000000000000000000aa")
    with open_services(current_settings(), author=CLERK) as services, ThreadPoolExecutor(1) as beside:
        services.batches.open(ReceivedBatch(id=batch, created_at=FixedClock().now(), sources=()))
        services.parts.cut(batch, [_part(1)], plan="plan")
        helping = beside.submit(digitize_part.fn, batch, 1, process_name(os.getpid()))
        with pytest.raises(TimeoutError):
            helping.result(5)
        assert [each.holder for each in services.parts.standing(batch)] == [""]
        with services.parts.claim(batch, holder="who holds it", seconds=60) as claimed:
            assert claimed is not None
            claimed.held.parts.finish(batch, 1, failed={})
        assert helping.result(30) == {"parts": 0, "pages": 0}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)
