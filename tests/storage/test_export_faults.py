"""Exports and imports that are interrupted, damaged, of another form, or in the wrong place: nothing half done is ever visible."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.domain.errors import (
    ExportDamaged,
    ExportNewer,
    FolderTaken,
    ObjectMissing,
    RecordsNotEmpty,
    StoreUnavailable,
)
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, StoredObject
from pipeline.usecases.export_archive import Exported, export_archive
from pipeline.usecases.import_archive import import_archive
from storage.records import Records, open_records
from storage.whole_records import record_tables
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.every_row import all_rows
from tests.storage.kept_archive import keep_archive, keep_batch

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


@pytest.fixture
def archive(tmp_path: Path, clock: SetClock) -> Iterator[tuple[Records, MemoryObjects]]:
    """A filled installation."""
    records, objects = open_records(f"sqlite:///{tmp_path / 'here.db'}", clock=clock, author=CLERK), MemoryObjects()
    keep_archive(records, objects)
    yield records, objects
    records.close()


@pytest.fixture
def elsewhere(records: Records) -> Records:
    """An empty one, in each kind of database."""
    return records


@pytest.fixture
def beside(tmp_path: Path, clock: SetClock) -> Iterator[Records]:
    """An empty one, where the kind of database does not matter."""
    records = open_records(f"sqlite:///{tmp_path / 'beside.db'}", clock=clock, author=CLERK)
    yield records
    records.close()


def export(folder: Path, archive: tuple[Records, MemoryObjects]) -> Exported:
    records, objects = archive
    return export_archive(folder, records=records.whole, objects=objects, program="sohoa 1.0", now=NOW)


def test_an_installation_with_records_takes_no_export(tmp_path: Path, archive: tuple[Records, MemoryObjects]) -> None:
    export(tmp_path / "out", archive)
    before = all_rows(archive[0].engine)
    with pytest.raises(RecordsNotEmpty):
        import_archive(tmp_path / "out", records=archive[0].whole, objects=MemoryObjects())
    assert all_rows(archive[0].engine) == before


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"schema": "sohoa.export/2"}, "sohoa.export/2"),
        ({"form": "9999"}, "sohoa.export/1, 9999"),
    ],
)
def test_an_export_of_a_newer_version_is_refused_by_name(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], beside: Records, changes: dict[str, str], found: str
) -> None:
    export(tmp_path / "out", archive)
    about = tmp_path / "out" / "export.json"
    about.write_text(json.dumps(json.loads(about.read_bytes()) | changes))
    with pytest.raises(ExportNewer) as raised:
        import_archive(tmp_path / "out", records=beside.whole, objects=MemoryObjects())
    assert raised.value.details["found"] == found


PAPER = "dossiers/H42.12-220801-0001/cong_van b-1-letter"


@pytest.mark.parametrize(
    "name",
    [
        "export.json",
        "files.jsonl",
        "records/documents.jsonl",
        "README.txt",
        f"{PAPER}/copy v1.pdf",
        f"{PAPER}/fields.json",
    ],
)
@pytest.mark.parametrize("harm", ["flipped", "gone"])
def test_a_damaged_export_is_found_before_anything_is_written(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], beside: Records, name: str, harm: str
) -> None:
    export(tmp_path / "out", archive)
    file = tmp_path / "out" / name
    if harm == "gone":
        file.unlink()
    else:
        data = bytearray(file.read_bytes())
        data[-3] ^= 1
        file.write_bytes(data)
    objects = MemoryObjects()
    with pytest.raises(ExportDamaged) as raised:
        import_archive(tmp_path / "out", records=beside.whole, objects=objects)
    assert raised.value.details["file"] == name
    assert (objects.kept, beside.whole.filled()) == ({}, None)


def test_what_is_no_export_is_named(tmp_path: Path, beside: Records) -> None:
    for text in (b"", b"[]", b"{}", b'{"schema": 1}', b'{"schema": "other/1"}'):
        (tmp_path / "export.json").write_bytes(text)
        with pytest.raises(ExportDamaged):
            import_archive(tmp_path, records=beside.whole, objects=MemoryObjects())


def test_a_list_that_leads_outside_is_refused(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], beside: Records
) -> None:
    export(tmp_path / "out", archive)
    with (tmp_path / "out" / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  ../outside\n")
    with pytest.raises(ExportDamaged, match="outside"):
        import_archive(tmp_path / "out", records=beside.whole, objects=MemoryObjects())


class Failing(MemoryObjects):
    """A store that stops answering after some calls."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.answers = answers

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        self._count()
        return super().put(area, stream)

    @contextlib.contextmanager
    def open(self, area: Area, sha256: ContentHash) -> Iterator[BinaryIO]:
        self._count()
        with super().open(area, sha256) as stream:
            yield stream

    def _count(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise StoreUnavailable(reason="gone")


@pytest.mark.parametrize("answers", [0, 1, 12])
def test_an_interrupted_import_shows_nothing_and_runs_again(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records, answers: int
) -> None:
    export(tmp_path / "out", archive)
    objects = Failing(answers)
    with pytest.raises(StoreUnavailable):
        import_archive(tmp_path / "out", records=elsewhere.whole, objects=objects)
    assert elsewhere.whole.filled() is None
    objects.answers = 1000
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=objects)
    assert objects.kept == archive[1].kept


def test_records_go_in_all_or_none(tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records) -> None:
    """The last table that is written holds a row that cannot be: what was written before it is not there either."""
    export(tmp_path / "out", archive)

    def spoiled(table: str) -> Iterator[dict[str, object]]:
        for line in (tmp_path / "out" / "records" / f"{table}.jsonl").read_bytes().splitlines():
            row = json.loads(line)
            yield row | {"document": "nobody's"} if table == last else row

    last = next(
        each.name
        for each in reversed(record_tables())
        if "document" in each.columns and (tmp_path / "out" / "records" / f"{each.name}.jsonl").stat().st_size
    )
    with pytest.raises(ExportDamaged) as raised:
        elsewhere.whole.restore(spoiled, details={})
    assert raised.value.details["file"] == last
    assert elsewhere.whole.filled() is None


@pytest.mark.parametrize("answers", [0, 1, 12])
def test_an_interrupted_export_goes_on_with_the_records_of_its_moment(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], answers: int
) -> None:
    records, objects = archive
    failing = Failing(answers)
    failing.kept = objects.kept
    with pytest.raises(StoreUnavailable):
        export(tmp_path / "out", (records, failing))
    assert not (tmp_path / "out" / "SHA256SUMS").exists()
    keep_batch(records, objects, "b-3")
    assert export(tmp_path / "out", archive).files == 22
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    assert not list((tmp_path / "out").rglob("*b-3*"))
    assert not list((tmp_path / "out").rglob("*.part*"))


def test_nothing_is_written_over(tmp_path: Path, archive: tuple[Records, MemoryObjects]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(FolderTaken) as raised:
        export(out, archive)
    assert raised.value.details == {"path": str(out), "what": "thesis.txt"}
    assert [each.name for each in out.iterdir()] == ["thesis.txt"]
    (out / "thesis.txt").unlink()
    export(out, archive)
    with pytest.raises(FolderTaken) as again:
        export(out, archive)
    assert again.value.details["what"] == "SHA256SUMS"


def test_what_the_store_lost_does_not_keep_the_rest_back(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], beside: Records
) -> None:
    records, objects = archive
    lost = next(each for each in records.inventory.needed(Area.ARCHIVE, limit=99) if each.needs[0].table == "documents")
    data = objects.kept.pop((Area.ARCHIVE, lost.sha256))
    done = export(tmp_path / "out", archive)
    assert [(type(each), each.details["sha256"]) for each in done.failed] == [(ObjectMissing, lost.sha256)]
    (missing,) = map(json.loads, (tmp_path / "out" / "missing.jsonl").read_text().splitlines())
    assert (missing["sha256"], missing["error"]) == (lost.sha256, "object.missing")
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    objects_there = MemoryObjects()
    taken = import_archive(tmp_path / "out", records=beside.whole, objects=objects_there)
    assert (taken.files, taken.missing) == (done.files, 1)
    assert objects_there.kept == objects.kept
    assert data not in objects_there.kept.values()
