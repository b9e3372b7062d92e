"""Everything that is kept as plain folders that people can use without this program (`sohoa.export/1`).

The records are written first, all as of one moment, with a list of the files that they name; then the files. Whoever is
interrupted goes on with the files of that list. `SHA256SUMS` comes last: a folder that has it is whole.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pipeline.archive_ports import Snapshot, WholeRecords
from pipeline.domain.errors import FolderTaken, ObjectAltered, ObjectMissing, SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore, silent
from pipeline.usecases.batch_json import document_json
from pipeline.usecases.export_files import CHUNK, SumList, digest_of, write_errors, write_lines, write_new, write_text
from pipeline.usecases.export_layout import (
    ABOUT,
    FILES,
    MISSING,
    README,
    RECORDS,
    SCHEMA,
    SUMS,
    paper_folder,
    place_of,
)

_PART = ".part"
"""folder of lists that are needed until the export is whole"""
_RECORD_SUMS, _FILE_SUMS = "records.sums", "files.sums"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    records: int
    """rows of all tables"""
    files: int
    bytes: int
    failed: tuple[SohoaError, ...]
    """files that the store did not have as they should be; they stand in `missing.jsonl`"""


def export_archive(
    folder: Path,
    *,
    records: WholeRecords,
    objects: ObjectStore,
    program: str,
    now: dt.datetime,
    on_file: Callable[[int, int], None] = silent,
) -> Exported:
    """Write everything below `folder`, which is empty or holds an export that was interrupted.

    Args:
        folder: where to.
        records: what is written down.
        objects: what is kept.
        program: name and version of this program.
        now: the moment of the export, aware.
        on_file: hears (files done, files in all).

    Raises:
        FolderTaken: the folder holds something else, or an export that is whole.
        CannotWrite: it cannot be written to.
        MachineExhausted, RecordsUnavailable, StoreUnavailable, StoreRefused: run again, it goes on where it was.
    """
    part = folder / _PART
    about = _begun(folder)
    if about is None:
        with write_errors(part):
            part.mkdir(parents=True, exist_ok=True)
        with records.snapshot() as snapshot:
            about = _write_records(folder, snapshot, program=program, now=now)
    sums = SumList(part / _FILE_SUMS, folder)
    failed: list[tuple[dict[str, Any], SohoaError]] = []
    size = 0
    try:
        for done, wanted in enumerate(_listed(folder), start=1):
            target = folder / wanted["path"]
            try:
                size += _write_file(target, wanted, objects)
            except (ObjectMissing, ObjectAltered) as error:
                failed.append((wanted, error))
            else:
                sums.add(target, wanted["sha256"])
            on_file(done, about["files"])
        _name_missing(folder, failed, sums)
        sums.add(folder / README, write_text(_readme(), folder / README))
    finally:
        sums.close()
    _finish(folder)
    return Exported(
        folder=folder,
        records=sum(about["tables"].values()),
        files=about["files"] - len(failed),
        bytes=size,
        failed=tuple(error for _, error in failed),
    )


def _begun(folder: Path) -> dict[str, Any] | None:
    """Return what an interrupted export wrote about itself; None if there is none, or one without its records."""
    with write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / SUMS).exists():
            raise FolderTaken(path=str(folder), what=SUMS)
        foreign = None if (folder / _PART).exists() else next(folder.iterdir(), None)
        if foreign is not None:
            raise FolderTaken(path=str(folder), what=foreign.name)
        try:
            about: dict[str, Any] = json.loads((folder / ABOUT).read_bytes())
        except FileNotFoundError:
            return None
    return about


def _write_records(folder: Path, snapshot: Snapshot, *, program: str, now: dt.datetime) -> dict[str, Any]:
    """Write records, fields and the list of files, and then, as a sign that they are whole, what the export is."""
    sums = SumList(folder / _PART / _RECORD_SUMS, folder)
    try:
        counts = {}
        for table in snapshot.tables():
            target = folder / RECORDS / f"{table}.jsonl"
            digest, counts[table] = write_lines(snapshot.rows(table), target)
            sums.add(target, digest)
        for batch, document, newest in snapshot.papers():
            understood = document.understood
            place = paper_folder(understood.id, kind=understood.type, dossier=understood.dossier, batch=batch)
            target = folder / place / "fields.json"
            text = json.dumps(document_json(document, newest=newest), ensure_ascii=False, indent=1)
            sums.add(target, write_text(f"{text}\n", target))
        digest, files = write_lines(_entries(snapshot), folder / FILES)
        sums.add(folder / FILES, digest)
        about = {
            "schema": SCHEMA,
            "created_at": now.isoformat(timespec="seconds"),
            "program": program,
            "form": snapshot.form,
            "tables": counts,
            "files": files,
        }
        sums.add(folder / ABOUT, write_text(json.dumps(about, indent=1) + "\n", folder / ABOUT))
    finally:
        sums.close()
    return about


def _entries(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for file in snapshot.files():
        yield {"area": file.area.value, "sha256": file.sha256, "path": place_of(file)}


def _listed(folder: Path) -> Iterator[dict[str, Any]]:
    with write_errors(folder / FILES), (folder / FILES).open("rb") as lines:
        yield from map(json.loads, lines)


def _write_file(target: Path, wanted: dict[str, Any], objects: ObjectStore) -> int:
    """Leave an object as a file, unless it is there; return its size in bytes."""
    there = digest_of(target)
    if there is None:
        with objects.open(Area(wanted["area"]), ContentHash(wanted["sha256"])) as stream:
            return write_new(stream, target)
    digest, size = there
    if digest != wanted["sha256"]:
        raise FolderTaken(path=str(target.parent), what=target.name)
    return size


def _name_missing(folder: Path, failed: list[tuple[dict[str, Any], SohoaError]], sums: SumList) -> None:
    if failed:
        digest, _ = write_lines(({**wanted, "error": error.code} for wanted, error in failed), folder / MISSING)
        sums.add(folder / MISSING, digest)


def _finish(folder: Path) -> None:
    """Put the lists of digests together, and give the result its name when everything else is there."""
    part = folder / _PART
    whole = part / SUMS
    with write_errors(folder):
        with whole.open("wb") as target:
            for name in (_RECORD_SUMS, _FILE_SUMS):
                with (part / name).open("rb") as source:
                    shutil.copyfileobj(source, target, CHUNK)
        os.sync()  # the list says that everything else is there, also after a power cut
        whole.rename(folder / SUMS)
        shutil.rmtree(part)


def _readme() -> str:
    return resources.files("pipeline.usecases").joinpath("export_readme.txt").read_text(encoding="utf-8")
