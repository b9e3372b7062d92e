"""A backup (`sohoa.backup/1`) into an empty installation.

The objects come first, then the database in one step, so that there is never a record whose object is still to come.
What is being restored is written down before anything else: whoever is interrupted runs it again, and it goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.backup_ports import DatabaseBackup
from pipeline.domain.backup_errors import BackupDamaged, RestoreNotEmpty, RestoreOtherDatabase
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.errors import ExportNewer, ObjectAltered, ObjectMissing, SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.object_ports import ObjectKeeper
from pipeline.ports import Area, ObjectStore, ProgressListener, silent
from pipeline.usecases.back_up import DATABASE, LIST, MANIFEST, POINTS, SCHEMA, listed
from pipeline.usecases.export_files import digest_of, write_errors, write_text
from pipeline.usecases.verify_store import NEEDED_AREAS


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was brought back."""

    point: Path
    manifest: str
    """SHA-256 of the point's manifest"""
    created_at: str
    """when the backup was made, ISO 8601"""
    objects: int
    failed: tuple[SohoaError, ...]
    """objects that the backup does not have as they should be; each is named"""


def restore_backup(
    folder: Path,
    *,
    database: DatabaseBackup,
    source: ObjectStore,
    store: ObjectStore,
    keeper: ObjectKeeper,
    note: Path,
    on_progress: ProgressListener = silent,
) -> Restored:
    """Bring the newest whole point of a backup back, or the one that was begun. `note` remains, until `finish_restoring`.

    Args:
        folder: the backup.
        database: where the records go.
        source: the objects of the backup.
        store: where the objects go, under the names they had.
        keeper: lists them.
        note: file that says which point is being restored.
        on_progress: hears how far it is.

    Raises:
        BackupDamaged, ExportNewer, RestoreOtherDatabase, RestoreNotEmpty, RecordsNewer: nothing was changed.
        RecordsUnavailable, ToolMissing, ToolFailed, StoreUnavailable, StoreRefused, CannotWrite, MachineExhausted:
        run again, it goes on.
    """
    begun = _begun(note, folder)
    point = begun or newest_point(folder)
    about, manifest = _about(point)
    if about["database"]["kind"] != database.kind:
        raise RestoreOtherDatabase(found=about["database"]["kind"], wanted=database.kind)
    form = database.form()
    if begun is None:
        _refuse_filled(form, keeper)
        write_text(json.dumps({"point": point.name, "manifest": manifest}) + "\n", note)
    failed: list[SohoaError] = []
    total = about["objects"]
    for done, wanted in enumerate(listed(point / LIST), start=1):
        area, name = Area(wanted["area"]), ContentHash(wanted["stored_as"])
        try:
            _bring(area, name, source, store)
        except (ObjectMissing, ObjectAltered) as error:
            failed.append(error)
        on_progress(Stage.RESTORE, Progress(done, total))
    if not form:
        database.restore(point / about["database"]["file"], form=about["database"]["form"])
    return Restored(
        point=point,
        manifest=manifest,
        created_at=about["created_at"],
        objects=total - len(failed),
        failed=tuple(failed),
    )


def finish_restoring(note: Path) -> None:
    """Forget what was being restored: from now on the installation is one that is not empty."""
    with write_errors(note):
        note.unlink(missing_ok=True)


def newest_point(folder: Path) -> Path:
    """Return the newest point that is whole.

    Raises:
        BackupDamaged: there is none.
    """
    whole = sorted(each.parent for each in (folder / POINTS).glob(f"*/{MANIFEST}"))
    if not whole:
        raise BackupDamaged(file=str(folder / POINTS), reason=MANIFEST)
    return whole[-1]


def _about(point: Path) -> tuple[Mapping[str, Any], str]:
    """Return what a point says of itself, and the digest of that, after every file was compared with it."""
    file = point / MANIFEST
    found = digest_of(file)
    try:
        about = json.loads(file.read_bytes())
        if about["schema"] != SCHEMA:
            raise ExportNewer(found=str(about["schema"]), known=SCHEMA)
        files = {str(name): str(each["sha256"]) for name, each in about["files"].items()}
        needed = {LIST, DATABASE[about["database"]["kind"]]}
        about["database"]["form"], about["created_at"], about["objects"] + 0  # each must be there
        if about["database"]["file"] not in needed or needed - files.keys() or any("/" in name for name in files):
            raise BackupDamaged(file=str(file), reason=", ".join(sorted(needed - files.keys())) or "files")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged(file=str(file), reason=f"{type(error).__name__}: {error}") from error
    for name, sha256 in files.items():
        there = digest_of(point / name)
        if there is None or there[0] != sha256:
            raise BackupDamaged(file=str(point / name), reason="missing" if there is None else "SHA-256")
    return about, found[0] if found else ""


def _begun(note: Path, folder: Path) -> Path | None:
    """Return the point that an interrupted run was bringing back, also where newer ones were added since."""
    try:
        noted = json.loads(note.read_bytes())
        point = folder / POINTS / Path(noted["point"]).name
        found = digest_of(point / MANIFEST)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return point if found is not None and found[0] == noted["manifest"] else None


def _refuse_filled(form: str, keeper: ObjectKeeper) -> None:
    if form:
        raise RestoreNotEmpty(what="database", found=form)
    for area in NEEDED_AREAS:
        first = next(iter(keeper.objects(area)), None)
        if first is not None:
            raise RestoreNotEmpty(what="store", found=f"{area.value}/{first.sha256}")


def _bring(area: Area, name: ContentHash, source: ObjectStore, store: ObjectStore) -> None:
    if not store.has(area, name):
        with source.open(area, name) as stream:
            store.put(area, stream)
