"""Back-pressure: what a machine is short of, so that it begins nothing new; what was begun goes on, and the rest waits in the records."""

from __future__ import annotations

import contextlib
import logging
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from app.services import Services
from app.setting_groups import StoreKind
from app.settings import Settings
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import content_hash
from pipeline.ports import Area, ObjectStore

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 5.0
ABSENT = content_hash(b"")
"""an object that need not be there: to be told so, the store has to answer"""


class Shortage(StrEnum):
    """What there is too little of."""

    SCRATCH = "scratch"
    """room for temporary files"""
    HOME = "home"
    """room in the home folder"""
    ARCHIVE = "archive"
    """room for the local archive"""
    MEMORY = "memory"
    OBJECTS = "objects"
    """the object store does not answer"""


def shortages(settings: Settings, objects: ObjectStore) -> tuple[Shortage, ...]:
    """Return what this machine is short of now; nothing: it may begin new work."""
    found = short_of_room(settings)
    try:
        objects.has(Area.ARCHIVE, ABSENT)
    except SohoaError:
        return (*found, Shortage.OBJECTS)
    return found


class RoomWatch:
    """Says again and again whether this machine may begin something: before each part of a batch, and looks now and then."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._looked_at = -math.inf
        self._short: tuple[Shortage, ...] = ()

    def has_room(self) -> bool:
        """Say whether nothing was short at the last look, a few seconds ago at most."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_SECONDS:
            short = shortages(self._services.settings, self._services.objects)
            if short and short != self._short:
                _log.warning("no further part is begun: short of %s", ", ".join(short))
            self._looked_at, self._short = now, short
        return not self._short


def short_of_room(settings: Settings) -> tuple[Shortage, ...]:
    """Return of what room this machine has too little."""
    places = {Shortage.SCRATCH: Path(tempfile.gettempdir()), Shortage.HOME: settings.home}
    if settings.store.kind is StoreKind.FOLDER:
        places[Shortage.ARCHIVE] = settings.archive_folder
    least = settings.room.disk_mib << 20
    found = [each for each, place in places.items() if place.exists() and shutil.disk_usage(place).free < least]
    available = available_memory()
    if available is not None and available < settings.room.memory_mib << 20:
        found.append(Shortage.MEMORY)
    return tuple(found)


def available_memory(root: Path = Path("/")) -> int | None:
    """Return bytes of memory that can be had without swapping; None: the system does not say.

    That is `MemAvailable` (proc_meminfo(5)), or less where a control group of this process may not have so much: a container,
    or a unit of systemd (`memory.max`, Linux: Documentation/admin-guide/cgroup-v2.rst).
    """
    left = [each for each in (_free_memory(root), *_left_to_groups(root)) if each is not None]
    return min(left, default=None)


def _free_memory(root: Path) -> int | None:
    kibibytes = _named_numbers(root / "proc/meminfo").get("MemAvailable:")
    return None if kibibytes is None else kibibytes << 10


def _left_to_groups(root: Path) -> Iterator[int]:
    """Yield what is left to each control group of this process that has a limit; files in its memory can be dropped."""
    with contextlib.suppress(OSError, ValueError):
        of_second_version = (root / "proc/self/cgroup").read_text(encoding="utf-8").partition("0::/")[2].splitlines()
        group = root / "sys/fs/cgroup" / (of_second_version or [""])[0]
        for each in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):  # the topmost has no limit, and "max" is none
                most = int((each / "memory.max").read_text(encoding="ascii"))
                used = int((each / "memory.current").read_text(encoding="ascii"))
                yield max(0, most - used + _named_numbers(each / "memory.stat").get("inactive_file", 0))


def _named_numbers(file: Path) -> Mapping[str, int]:
    """Return the numbers of a file of the kernel with a name and a number in each line."""
    try:
        lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    except OSError:
        return {}
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdecimal()}


def wait_for_room(
    services: Services, *, stopped: threading.Event | None = None, tell: Callable[[str], None] = _log.warning
) -> None:
    """Return when this machine may begin new work, or `stopped` is set; what it waits for is told when that changes."""
    told: tuple[Shortage, ...] = ()
    pause = stopped or threading.Event()
    while (short := shortages(services.settings, services.objects)) and not pause.is_set():
        if short != told:
            tell(f"nothing new is begun: short of {', '.join(short)}")
            told = short
        pause.wait(_LOOK_SECONDS)
    if told and not short:
        tell("there is room again; work goes on")
