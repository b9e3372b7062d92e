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
from app.shortage import RoomWatch, Shortage, available_memory, shortages, wait_for_room
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


def _told(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text, encoding="ascii")


def test_memory_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None
    _told(tmp_path, "proc/meminfo", "MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    2048 kB\n")
    assert available_memory(tmp_path) == 2048 * 1024


@pytest.mark.parametrize("limited", ["sohoa.slice/work.service", "sohoa.slice", ""])
def test_memory_is_no_more_than_is_left_to_the_group(tmp_path: Path, limited: str) -> None:
    """As the kernel tells it in a unit of systemd, and in a container, where its own group is the topmost."""
    _told(tmp_path, "proc/meminfo", "MemAvailable:    2048 kB\n")
    _told(tmp_path, "proc/self/cgroup", "1:name=systemd:/\n0::/sohoa.slice/work.service\n" if limited else "0::/\n")
    _told(tmp_path, "sys/fs/cgroup/sohoa.slice/work.service/memory.max", "max\n")
    group = f"sys/fs/cgroup/{limited}"
    _told(tmp_path, f"{group}/memory.max", "1048576\n")
    _told(tmp_path, f"{group}/memory.current", "1000000\n")
    assert available_memory(tmp_path) == 48_576
    _told(tmp_path, f"{group}/memory.stat", "anon 900000\ninactive_file 50000\nactive_file 50000\n")
    assert available_memory(tmp_path) == 98_576
    _told(tmp_path, f"{group}/memory.max", "max\n")
    assert available_memory(tmp_path) == 2048 * 1024


def test_a_shortage_is_looked_for_now_and_then(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([(), (Shortage.MEMORY,), ()])
    monkeypatch.setattr("app.shortage.shortages", lambda *_: next(looks))
    watch = RoomWatch(services)
    assert [watch.has_room() for _ in range(3)] == [True] * 3
    monkeypatch.setattr("app.shortage._LOOK_SECONDS", 0.0)
    assert [watch.has_room() for _ in range(2)] == [False, True]


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
