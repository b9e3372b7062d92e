"""Carrying out a list that is killed before and after every call it makes, and run again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.disposal import Disposal, DisposalId, ItemState
from pipeline.domain.retention import HoldKind
from pipeline.ports import Area
from pipeline.usecases.carry_out_disposal import DisposalServices, carry_out_disposal
from tests.storage.disposal_office import LAN, TEN_YEARS, Office, open_office

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Mortal:
    """Passes calls on and dies at the one with a number, before or after it is done."""

    def __init__(self, target: object, calls: Iterator[int], *, at: int, after: bool) -> None:
        self._target = target
        self._calls = calls
        self._at = at
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._target, name)

        def call(*arguments: object, **named: object) -> object:
            is_last = next(self._calls) == self._at
            if is_last and not self._after:
                raise Killed
            result = method(*arguments, **named)
            if is_last:
                raise Killed
            return result

        return call


def mortal(services: DisposalServices, *, at: int, after: bool) -> DisposalServices:
    calls = iter(range(100_000))
    parts = {
        name: Mortal(getattr(services, name), calls, at=at, after=after)
        for name in ("work", "traces", "objects", "care")
    }
    return replace(services, **parts)


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DisposalId]:
    """A folder with the office of an approved list: two papers, and an old reading that nobody knows the source of."""
    folder = tmp_path_factory.mktemp("office")
    with open_office(f"sqlite:///{folder / 'sohoa.db'}", folder / "archive") as office:
        office.keep()
        old = office.put("old reading", Area.DERIVED)
        office.desk().ledger.record("read-old", old, about=[])
        disposal = office.propose()
        office.decide(disposal.id)
    return folder, disposal.id


def ended(office: Office, disposal: DisposalId) -> tuple[object, ...]:
    """Everything that may be seen afterwards but for the moments."""
    done = office.desk().disposals.load(disposal)
    assert done is not None
    objects = [
        (area, each.sha256) for area in Area for each in office.care.objects(area) if each.sha256 != done.certificate
    ]
    items = [(each.state, each.reason, each.removed) for each in done.items]
    kept = office.desk().inventory.needed(Area.ARCHIVE, limit=99)
    assert done.certificate is not None
    assert [each.sha256 for each in kept] == [done.certificate]
    return done.state, items, objects


def carried_out(folder: Path, disposal: DisposalId, deaths: Callable[[Office], object]) -> tuple[object, ...]:
    with open_office(f"sqlite:///{folder / 'sohoa.db'}", folder / "archive", people=[LAN]) as office:
        deaths(office)
        done = office.carry_out(disposal)
        assert {each.state for each in done.items} == {ItemState.DISPOSED}
        return ended(office, disposal)


@pytest.mark.parametrize(
    "after", [pytest.param(False, marks=pytest.mark.long, id="before"), pytest.param(True, id="after")]
)
def test_wherever_it_ends_it_ends_the_same(
    approved: tuple[Path, DisposalId],
    tmp_path: Path,
    after: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    origin, disposal = approved
    shutil.copytree(origin, tmp_path / "whole")
    expected = carried_out(tmp_path / "whole", disposal, lambda _: None)
    survived = False
    at = 0
    while not survived:
        folder = tmp_path / str(at)
        shutil.copytree(origin, folder)

        def dies(office: Office, at: int = at) -> None:
            nonlocal survived
            services = mortal(office.services(LAN), at=at, after=after)
            try:
                carry_out_disposal(disposal, services=services, rules=[TEN_YEARS])
            except Killed:
                return
            survived = True

        assert carried_out(folder, disposal, dies) == expected, f"call {at}"
        shutil.rmtree(folder)
        at += 1
    assert at > 20, "that many calls were tried"


def test_a_hold_placed_while_it_is_interrupted_saves_what_is_not_begun(
    approved: tuple[Path, DisposalId], tmp_path: Path
) -> None:
    origin, disposal = approved
    shutil.copytree(origin, tmp_path / "office")
    folder = tmp_path / "office"
    with open_office(f"sqlite:///{folder / 'sohoa.db'}", folder / "archive") as office:
        services = office.services(LAN)
        first = _first_item_removed(services, disposal)
        hold = office.hold(HoldKind.DOSSIER, "b-1-dossier")
        done = office.carry_out(disposal)
    assert [(each.state, each.reason) for each in done.items] == [
        (ItemState.DISPOSED, ""),
        (ItemState.KEPT, f"held:{hold.id}"),
    ]
    assert first.items[0].state is ItemState.REMOVING


def _first_item_removed(services: DisposalServices, disposal: DisposalId) -> Disposal:
    services.work.begin(disposal, at=services.clock.now())
    claimed = services.work.claim(disposal, 1, at=services.clock.now())
    services.care.remove(Area(claimed.removed[0].area), claimed.removed[0].sha256)
    found = services.disposals.load(disposal)
    assert found is not None
    return found
