"""A machine that is short of something begins nothing new, says so, and goes on by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.room_settings import RoomSettings
from app.services import Services, open_services
from app.settings import Settings
from app.shortage import Shortage, available_memory, shortages, wait_for_room
from pipeline.domain.errors import StoreUnavailable
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects

MORE_THAN_THERE_IS = 1 << 40
"""MiB: an exbibyte"""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path), author=CLERK) as services:
        yield services


def _with(services: Services, **room: int) -> Services:
    return replace(services, settings=services.settings.model_copy(update={"room": RoomSettings(**room)}))


class _Away(MemoryObjects):
    """A store that does not answer."""

    def has(self, area: Area, sha256: ContentHash) -> bool:
        del area, sha256
        raise StoreUnavailable(store="away")


def test_with_room_for_everything_nothing_is_short(services: Services) -> None:
    settings = _with(services, disk_mib=0, memory_mib=0).settings
    assert shortages(settings, services.objects) == ()


def test_each_shortage_is_named(services: Services) -> None:
    disk = _with(services, disk_mib=MORE_THAN_THERE_IS, memory_mib=0).settings
    memory = _with(services, disk_mib=0, memory_mib=MORE_THAN_THERE_IS).settings
    neither = _with(services, disk_mib=0, memory_mib=0).settings

    assert set(shortages(disk, services.objects)) == {Shortage.SCRATCH, Shortage.HOME, Shortage.ARCHIVE}
    assert shortages(memory, services.objects) == (Shortage.MEMORY,)
    assert shortages(neither, _Away()) == (Shortage.OBJECTS,)


def test_memory_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    2048 kB\n", encoding="ascii")

    assert available_memory(told) == 2048 * 1024
    assert available_memory(tmp_path / "none") is None


def test_who_has_to_wait_says_for_what_once_and_goes_on(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.shortage._LOOK_SECONDS", 0.01)
    looks = iter([(Shortage.MEMORY,), (Shortage.MEMORY,), (Shortage.OBJECTS,), ()])
    monkeypatch.setattr("app.shortage.shortages", lambda *_: next(looks))
    told: list[str] = []

    wait_for_room(services, tell=told.append)

    assert [line.rpartition(": short of ")[2] for line in told[:2]] == ["memory", "objects"]
    assert len(told) == 3


def test_who_is_told_to_stop_waits_no_longer(services: Services) -> None:
    stopped = threading.Event()
    stopped.set()

    wait_for_room(_with(services, disk_mib=MORE_THAN_THERE_IS), stopped=stopped)
