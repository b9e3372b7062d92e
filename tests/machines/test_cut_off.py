"""A worker whose cable is pulled loses what it works on, others take it up, and it does no harm when it comes back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest

from pipeline.specimens.batch import SpecimenBatch, write_batch
from tests.crash.standing import Standing, differences, standing_of, told
from tests.machines.province import PAGES, Province, province
from tests.servers.process import ServersMissing
from tests.servers.required import give_up

pytestmark = [pytest.mark.services, pytest.mark.tools, pytest.mark.slow, pytest.mark.long, pytest.mark.enable_socket]

_TAKEN_UP_SECONDS = 60.0
"""after which somebody else works on what a machine held that vanished (issue 9)"""
_BEGUN_PAGES = 4
_PATIENCE_SECONDS = 600.0
_NO_PART_OF_IT = {"left in the home folder", "table parts"}
"""of how it stands: files of servers, and who read which pages"""

_Found = TypeVar("_Found")


@pytest.fixture(scope="module")
def whole() -> Iterator[Province]:
    """An installation with two machines for workers."""
    try:
        with province("one", "two") as running:
            yield running
    except ServersMissing as error:
        give_up(str(error))


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> SpecimenBatch:
    """About sixty pages."""
    return write_batch(tmp_path_factory.mktemp("scans"), seed=31, dossiers=10, dpi=100)


@pytest.fixture(scope="module")
def undisturbed(whole: Province, scans: SpecimenBatch) -> Standing:
    """How an installation stands where one machine made them that nobody disturbed."""
    alone = whole.anew("undisturbed")
    with alone.working(alone.workers[0]):
        alone.sohoa(alone.machines[PAGES], "digitize", scans.folder, "--detach")
        _once(lambda: _is_done(alone) or None)
    return _standing(alone)


def test_a_machine_that_is_cut_off_loses_its_batch(
    whole: Province, scans: SpecimenBatch, undisturbed: Standing
) -> None:
    here = whole.anew("cut-off")
    pages = here.machines[PAGES]
    with contextlib.ExitStack() as workers:
        for machine in here.workers:
            workers.enter_context(here.working(machine))
        here.sohoa(pages, "digitize", scans.folder, "--detach")
        first = _once(lambda: _hold(here) if _pages(here) >= _BEGUN_PAGES else None)
        lost = here.machines[first.machine]
        lost.cut()
        began = time.monotonic()
        second = _once(lambda: hold if (hold := _hold(here)) and hold.turn > first.turn else None)
        seconds = time.monotonic() - began
        lost.join()
        # it comes back while the other one is at work, and goes on as if it still held the batch
        read_by_then = _pages(here)
        _once(lambda: _is_done(here) or None)
        found = differences(undisturbed, _standing(here))
    assert second.machine != first.machine
    assert seconds <= _TAKEN_UP_SECONDS
    assert read_by_then < len(scans.pages), "it came back when all was over"
    assert not found, told(found)


@dataclass(frozen=True, slots=True)
class _Hold:
    """Who holds a batch, or a part of one."""

    machine: str
    turn: int


def _hold(whole: Province) -> _Hold | None:
    rows = whole.ask("SELECT holder, turn FROM leases WHERE expires_at > clock_timestamp()")
    return _Hold(str(rows[0][0]).partition(":")[0], int(rows[0][1])) if rows else None


def _pages(whole: Province) -> int:
    return int(whole.ask("SELECT count(*) FROM pages")[0][0])


def _is_done(whole: Province) -> bool:
    """Say whether the batch is written down, nobody holds it, and no run is under way."""
    states = {each["state_type"] for each in whole.flows.told("flow_runs")}
    written = whole.ask("SELECT 1 FROM batches WHERE state = 'digitized'")
    return bool(written) and _hold(whole) is None and not {"RUNNING", "PENDING"} & states


def _once(found: Callable[[], _Found | None]) -> _Found:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (value := found()) is not None:
            return value
        time.sleep(0.2)
    raise AssertionError(f"not within {_PATIENCE_SECONDS:.0f} s")


def _standing(whole: Province) -> Standing:
    standing = standing_of(whole.office(), database=whole.database, s3=whole.s3)
    return {name: lines for name, lines in standing.items() if name not in _NO_PART_OF_IT}
