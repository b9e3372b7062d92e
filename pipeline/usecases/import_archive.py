"""An export (`sohoa.export/1`) into an empty installation: looked at as a whole before anything is written.

The objects come first, which nobody sees; then all records in one transaction. Whoever is interrupted runs it again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.archive_ports import PlainRow, WholeRecords
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.errors import ExportDamaged, ExportNewer, RecordsNotEmpty
from pipeline.ports import Area, ObjectStore, ProgressListener, silent
from pipeline.usecases.export_files import digest_of
from pipeline.usecases.export_layout import ABOUT, FILES, MISSING, RECORDS, SCHEMA, SUMS

_SUM = re.compile(rb"(?P<digest>[0-9a-f]{64})  (?P<path>[^\\\n]+)\n")
"""a line of SHA256SUMS as an export writes it: names with a backslash or a line break are never made"""
_SCHEMA_NAME = SCHEMA.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was taken in."""

    records: int
    """rows of all tables"""
    files: int
    missing: int
    """files that the export itself lacks"""


def import_archive(
    folder: Path, *, records: WholeRecords, objects: ObjectStore, on_progress: ProgressListener = silent
) -> Imported:
    """Take an export in. `on_progress` hears how many files are checked, and then how many are kept.

    Raises:
        ExportDamaged, ExportNewer, RecordsNotEmpty: nothing was written.
        StoreUnavailable, StoreRefused, MachineExhausted, RecordsUnavailable: no record was written; run again.
    """
    about = _about(folder, records)
    filled = records.filled()
    if filled is not None:
        raise RecordsNotEmpty(table=filled)
    digest = _check_sums(folder, about, on_progress)
    missing = {wanted["path"] for wanted in _lines(folder, MISSING)} if (folder / MISSING).exists() else set()
    total = about["files"]
    for done, wanted in enumerate(_lines(folder, FILES), start=1):
        if wanted["path"] not in missing:
            _keep(folder, wanted, objects)
        on_progress(Stage.IMPORT, Progress(done, total))
    counts = records.restore(
        lambda table: _rows(folder, table, about["tables"]),
        details={"export": digest, "made_at": about["created_at"], "made_by": about["program"]},
    )
    return Imported(records=sum(counts.values()), files=total - len(missing), missing=len(missing))


def _about(folder: Path, records: WholeRecords) -> Mapping[str, Any]:
    """Return what an export says of itself.

    Raises:
        ExportDamaged: it is none.
        ExportNewer: it is of another form than this program and this database know.
    """
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        name = about["schema"].partition("/")[0]
        if name != _SCHEMA_NAME:
            raise ExportDamaged(file=ABOUT, reason=about["schema"])
        if about["schema"] != SCHEMA:
            raise ExportNewer(found=about["schema"], known=SCHEMA)
        with records.snapshot() as snapshot:
            if about["form"] != snapshot.form:
                raise ExportNewer(found=f"{SCHEMA}, {about['form']}", known=f"{SCHEMA}, {snapshot.form}")
            if set(about["tables"]) != set(snapshot.tables()):
                differing = ", ".join(sorted(set(about["tables"]) ^ set(snapshot.tables())))
                raise ExportDamaged(file=ABOUT, reason=differing)
    except OSError as error:
        raise ExportDamaged(file=ABOUT, reason=error.strerror or type(error).__name__) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportDamaged(file=ABOUT, reason=f"{type(error).__name__}: {error}") from error
    found: Mapping[str, Any] = about
    return found


def _check_sums(folder: Path, about: Mapping[str, Any], on_progress: ProgressListener) -> str:
    """Read every file of the export and return the digest of the list.

    Raises:
        ExportDamaged: one is missing or altered, or the list lacks what an export has to have.
    """
    needed = {ABOUT, FILES, *(f"{RECORDS}/{table}.jsonl" for table in about["tables"])}
    whole, total = hashlib.sha256(), sum(1 for _ in _sum_lines(folder))
    for done, line in enumerate(_sum_lines(folder), start=1):
        whole.update(line)
        told = _SUM.fullmatch(line)
        if told is None:
            raise ExportDamaged(file=SUMS, reason=f"{done}: {line[:100].decode(errors='replace').strip()}")
        path = told["path"].decode()
        found = digest_of(_inside(folder, path))
        if found is None or found[0] != told["digest"].decode():
            raise ExportDamaged(file=path, reason="missing" if found is None else "SHA-256")
        needed.discard(path)
        on_progress(Stage.CHECK, Progress(done, total))
    if needed:
        raise ExportDamaged(file=SUMS, reason=", ".join(sorted(needed)))
    return whole.hexdigest()


def _sum_lines(folder: Path) -> Iterator[bytes]:
    try:
        with (folder / SUMS).open("rb") as lines:
            yield from lines
    except OSError as error:
        raise ExportDamaged(file=SUMS, reason=error.strerror or type(error).__name__) from error


def _inside(folder: Path, path: str) -> Path:
    """Return a path below the folder; a list that leads elsewhere is no list of an export."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise ExportDamaged(file=SUMS, reason=path)
    return folder / parts


def _lines(folder: Path, name: str) -> Iterator[Any]:
    """Yield the values of a file of JSON Lines."""
    try:
        with (folder / name).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise ExportDamaged(file=f"{name}:{number}", reason=str(error)) from error
    except OSError as error:
        raise ExportDamaged(file=name, reason=error.strerror or type(error).__name__) from error


def _keep(folder: Path, wanted: Mapping[str, Any], objects: ObjectStore) -> None:
    """Keep a file as the object that it was."""
    path = wanted["path"]
    try:
        stream = _inside(folder, path).open("rb")
    except OSError as error:
        raise ExportDamaged(file=path, reason=error.strerror or type(error).__name__) from error
    with stream:
        kept = objects.put(Area(wanted["area"]), stream)
    if kept.sha256 != wanted["sha256"]:
        raise ExportDamaged(file=path, reason="SHA-256")


def _rows(folder: Path, table: str, counts: Mapping[str, int]) -> Iterator[PlainRow]:
    """Yield the rows of a table: as many as the export says there are."""
    count = 0
    for row in _lines(folder, f"{RECORDS}/{table}.jsonl"):
        count += 1
        yield row
    if count != counts[table]:
        raise ExportDamaged(file=f"{RECORDS}/{table}.jsonl", reason=f"{count} ≠ {counts[table]}")
