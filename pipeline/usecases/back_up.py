"""A backup of an installation that is in use (`sohoa.backup/1`): its database, and the objects that this database names.

    objects/                        every object by the name it has in the store; shared by all points
    points/<moment>/database.…      the database as of one moment
    points/<moment>/objects.jsonl   the objects that it names
    points/<moment>/settings.json   the settings in force, secrets masked
    points/<moment>/elsewhere.json  files that a backup must not hold, or does not: they have to be kept elsewhere
    points/<moment>/missing.jsonl   objects that the store itself did not have as they should be
    points/<moment>/manifest.json   SHA-256 of all these files; written last: a point that has it is whole

The database comes first. Objects are only added, and an object is there before a record names it: whatever the copy of
the database names is in the store when the objects are copied afterwards. The other way round, a paper that comes in
between would be named by the database and missing among the objects. Only an approved disposal removes objects: what it
removes between the two is named in `missing.jsonl`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.archive_ports import Inventory
from pipeline.backup_ports import DatabaseBackup
from pipeline.domain.backup_errors import BackupBusy
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.errors import FolderTaken, ObjectAltered, ObjectMissing, SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore, ProgressListener, silent
from pipeline.usecases.export_files import digest_of, write_errors, write_lines, write_text
from pipeline.usecases.verify_store import NEEDED_AREAS, needed_objects

SCHEMA = "sohoa.backup/1"
POINTS, OBJECTS = "points", "objects"
MANIFEST, LIST, MISSING = "manifest.json", "objects.jsonl", "missing.jsonl"
SETTINGS, ELSEWHERE = "settings.json", "elsewhere.json"
DATABASE: Mapping[str, str] = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
"""the file of the database by its kind"""
_LOCK = "lock"
_OF_A_DISK = "lost+found"
"""ext2 to ext4 have it where they begin (mke2fs(8)): a disk of its own for backups is never quite empty"""
_OWN = frozenset({POINTS, OBJECTS, _LOCK, _OF_A_DISK})


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup holds, and what this run added."""

    point: Path
    """folder of the point"""
    manifest: str
    """SHA-256 of its manifest"""
    objects: int
    """that the database names"""
    copied: int
    bytes: int
    """of those that were copied"""
    failed: tuple[SohoaError, ...]
    """objects that the store did not have as they should be"""


def back_up(
    folder: Path,
    *,
    database: DatabaseBackup,
    store: ObjectStore,
    target: Callable[[], ObjectStore],
    settings: str,
    elsewhere: str,
    program: str,
    now: dt.datetime,
    on_progress: ProgressListener = silent,
) -> BackedUp:
    """Add a point to the backup in `folder`. Objects that it has already are not copied again.

    Args:
        folder: an empty folder, or one that holds backups.
        database: the records.
        store: the objects under the names they have there: sealed ones stay sealed.
        target: opens the objects of the backup, below `folder`.
        settings: JSON of the settings, without secrets.
        elsewhere: JSON of the files that somebody has to keep elsewhere.
        program: name and version of this program.
        now: names the point; aware.
        on_progress: hears how far it is.

    Raises:
        FolderTaken: the folder holds something else.
        BackupBusy: another process writes into it.
        RecordsUnavailable, RecordsDamaged, ToolMissing, ToolFailed, StoreUnavailable, StoreRefused, CannotWrite,
        MachineExhausted: run again; what was copied stays.
    """
    with _alone(folder):
        point = _new_point(folder, now)
        file = point / DATABASE[database.kind]
        heard = _heard(Stage.COPY_RECORDS, on_progress)
        with database.copied(file, on_part=heard) as inventory, write_errors(file):
            _, count = write_lines(_named(inventory), point / LIST)
        copied, size, failed = _copy(point, count, store, target(), on_progress)
        write_text(settings, point / SETTINGS)
        write_text(elsewhere, point / ELSEWHERE)
        if failed:
            write_lines(({**wanted, "error": error.code} for wanted, error in failed), point / MISSING)
        about = {
            "schema": SCHEMA,
            "created_at": now.isoformat(timespec="seconds"),
            "program": program,
            "database": {"kind": database.kind, "file": file.name, "form": database.form()},
            "objects": count,
            "missing": len(failed),
        }
        manifest = _finish(point, about)
    errors = tuple(error for _, error in failed)
    return BackedUp(point=point, manifest=manifest, objects=count, copied=copied, bytes=size, failed=errors)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other backups out of the folder; ends with the process, however that ends."""
    with write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        foreign = next((each.name for each in sorted(folder.iterdir()) if each.name not in _OWN), None)
        if foreign is not None:
            raise FolderTaken(path=str(folder), what=foreign)
        lock = (folder / _LOCK).open("ab")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupBusy(path=str(folder)) from error
        yield


def _new_point(folder: Path, now: dt.datetime) -> Path:
    """Remove points that an interrupted run left without their manifest, and make a new one."""
    points = folder / POINTS
    with write_errors(points):
        points.mkdir(exist_ok=True)
        for each in points.iterdir():
            if not (each / MANIFEST).exists():
                shutil.rmtree(each)
        point = points / now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        point.mkdir()
    return point


def _named(inventory: Inventory) -> Iterator[dict[str, Any]]:
    for area in NEEDED_AREAS:
        for page in needed_objects(inventory, area):
            for each in page:
                yield {"area": area.value, "sha256": each.sha256, "stored_as": each.stored_as}


def listed(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list."""
    with write_errors(file), file.open("rb") as lines:
        yield from map(json.loads, lines)


def _copy(
    point: Path, total: int, store: ObjectStore, target: ObjectStore, on_progress: ProgressListener
) -> tuple[int, int, list[tuple[dict[str, Any], SohoaError]]]:
    """Copy what the backup lacks; return how many objects and bytes that were, and what could not be copied."""
    copied = size = 0
    failed: list[tuple[dict[str, Any], SohoaError]] = []
    for done, wanted in enumerate(listed(point / LIST), start=1):
        area, name = Area(wanted["area"]), ContentHash(wanted["stored_as"])
        if not target.has(area, name):
            try:
                with store.open(area, name) as stream:
                    kept = target.put(area, stream)
            except (ObjectMissing, ObjectAltered) as error:
                failed.append((wanted, error))
            else:
                copied, size = copied + 1, size + kept.size
        on_progress(Stage.COPY_OBJECTS, Progress(done, total))
    return copied, size, failed


def _finish(point: Path, about: Mapping[str, Any]) -> str:
    """Write the manifest when everything that it names is durable; return its SHA-256."""
    files = {}
    for each in sorted(point.iterdir()):
        found = digest_of(each)
        if found is not None:
            files[each.name] = {"sha256": found[0], "size": found[1]}
    os.sync()
    digest = write_text(json.dumps({**about, "files": files}, indent=1) + "\n", point / MANIFEST)
    os.sync()  # also the manifest's name, before anybody is told that there is a backup
    return digest


def _heard(stage: Stage, on_progress: ProgressListener) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(stage, Progress(done, total))
