"""A worker whose cable is pulled loses the batch, or the part of one, that it works on; others take it up, and when it comes back it does no harm."""

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
_ON_ITS_WAY_SECONDS = 1.0
"""in which what a machine said before its cable was pulled has come"""
_BEGUN_PAGES = 4
_PATIENCE_SECONDS = 600.0
_PARTS_OF = {"SOHOA_PREFECT__PART_PAGES": "4"}
"""so that there are parts enough for a machine that helps"""
_NO_PART_OF_IT = {"left in the home folder"}
"""of how it stands: files of servers"""

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


def test_a_machine_that_only_helps_and_is_cut_off_loses_its_part(
    whole: Province, scans: SpecimenBatch, undisturbed: Standing
) -> None:
    here = whole.anew("helper-cut-off")
    with contextlib.ExitStack() as workers:
        for machine in here.workers:
            workers.enter_context(here.working(machine, settings=_PARTS_OF))
        # a server that does not know the flow calls nobody: that would take as long as such a batch
        _once(lambda: here.knows_flows or None)
        here.sohoa(here.machines[PAGES], "digitize", scans.folder, "--detach")
        batch, part = _cut_a_helper_off(here)
        lost, began = here.machines[part.machine], time.monotonic()
        _once(lambda: _is_further(here, part) or None)
        seconds = time.monotonic() - began + _ON_ITS_WAY_SECONDS
        still = _hold(here)
        parts_left = _parts(here)
        # it comes back while others are at work, and goes on as if it still held the part
        lost.join()
        _once(lambda: _is_done(here) or None)
        found = differences(undisturbed, _standing(here))
    assert seconds <= _TAKEN_UP_SECONDS
    assert still == batch, "whoever finishes the batch was not cut off, and need not begin anew"
    assert parts_left, "it came back when all was over"
    assert not found, told(found)


@dataclass(frozen=True, slots=True)
class _Hold:
    """Who holds a batch, or a part of one."""

    machine: str
    turn: int
    part: int = 0
    """its number; 0: the batch itself"""


def _cut_a_helper_off(whole: Province) -> tuple[_Hold, _Hold]:
    """Pull the cable of a machine that reads a part of a batch which another one holds; return who held the batch, and the part."""
    while True:
        batch, part = _once(lambda: _helped(whole))
        machine = whole.machines[part.machine]
        machine.cut()
        time.sleep(_ON_ITS_WAY_SECONDS)
        if not _is_further(whole, part):
            return batch, part
        machine.join()


def _helped(whole: Province) -> tuple[_Hold, _Hold] | None:
    """Return who holds the batch, and a part that another machine reads."""
    batch = _hold(whole)
    if batch is None:
        return None
    return next(((batch, part) for part in _parts(whole) if part.machine not in {"", batch.machine}), None)


def _parts(whole: Province) -> list[_Hold]:
    """Return the parts that are not done, and who reads them."""
    rows = whole.ask("SELECT holder, turn, number FROM parts WHERE state <> 'done' ORDER BY number")
    return [_Hold(str(holder).partition(":")[0], int(turn), int(number)) for holder, turn, number in rows]


def _is_further(whole: Province, part: _Hold) -> bool:
    """Say whether somebody else has had a part since, or it is done."""
    now = next((each for each in _parts(whole) if each.part == part.part), None)
    return now is None or now.turn > part.turn


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
