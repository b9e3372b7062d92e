"""Back-pressure: what a machine is short of, so that it begins nothing new; what was begun goes on, and the rest waits in the records."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
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
_ABSENT = content_hash(b"")
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
        objects.has(Area.ARCHIVE, _ABSENT)
    except SohoaError:
        return (*found, Shortage.OBJECTS)
    return found


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


def available_memory(file: Path = Path("/proc/meminfo")) -> int | None:
    """Return bytes of memory that can be had without swapping (`MemAvailable`, proc_meminfo(5)); None: the system does not say."""
    with contextlib.suppress(OSError):
        for line in file.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) << 10
    return None


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
