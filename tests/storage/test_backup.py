"""Backups of an installation in use: what they hold, what they refuse, and that whoever is interrupted goes on."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sqlite3
from pathlib import Path

import pytest

from pipeline.domain.backup_errors import BackupDamaged, RestoreNotEmpty, RestoreOtherDatabase
from pipeline.domain.errors import FolderTaken, ObjectAltered, ObjectMissing, RecordsNewer, ToolMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, silent
from pipeline.usecases.back_up import BackedUp, back_up
from pipeline.usecases.restore_backup import Restored, finish_restoring, restore_backup
from storage.database import connect
from storage.database_backup import database_backup
from storage.folder_keeper import FolderKeeper
from storage.folder_layout import object_path
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.earlier import bring_to

SIGNATURE = "chữ ký của một danh sách".encode()


class Installation:
    """A database with one record that names one object, and a folder of objects."""

    def __init__(self, folder: Path, clock: SetClock) -> None:
        self.folder = folder
        folder.mkdir()
        self.clock = clock
        self.url = f"sqlite:///{folder / 'sohoa.db'}"
        self.root = folder / "archive"
        self.objects = FolderObjects(self.root)
        self.note = folder / "restoring.json"

    def fill(self) -> str:
        """Write a source down, and return the name of its object."""
        kept = self.objects.put(Area.ARCHIVE, io.BytesIO(SIGNATURE))
        open_records(self.url, clock=self.clock, author=CLERK).close()
        with sqlite3.connect(self.folder / "sohoa.db") as connection:
            self.add_batch(connection, "b-1", kept.sha256)
        return str(kept.sha256)

    def add_batch(self, connection: sqlite3.Connection, batch: str, sha256: str) -> None:
        """Write down a batch with one file."""
        connection.execute(
            "INSERT INTO batches (id, created_at, state) VALUES (?, '2026-01-31 01:30:00', 'received')", (batch,)
        )
        connection.execute(
            "INSERT INTO received_sources (batch, name, position, sha256, size, folder) VALUES (?, 'a.pdf', 0, ?, 1, '')",
            (batch, sha256),
        )

    def back_up(self, target: Path) -> BackedUp:
        self.clock.time += dt.timedelta(seconds=1)
        return back_up(
            target,
            database=database_backup(self.url, environment=os.environ),
            store=self.objects,
            target=lambda: FolderObjects(target / "objects"),
            settings="{}\n",
            elsewhere="[]\n",
            program="sohoa test",
            now=self.clock.now(),
        )

    def restore(self, source: Path, *, url: str | None = None) -> Restored:
        return restore_backup(
            source,
            database=database_backup(url or self.url, environment=os.environ),
            source=FolderObjects(source / "objects"),
            store=self.objects,
            keeper=FolderKeeper(self.root),
            note=self.note,
        )

    def batches(self) -> list[str]:
        with sqlite3.connect(self.folder / "sohoa.db") as connection:
            return [each for (each,) in connection.execute("SELECT id FROM batches ORDER BY id")]


@pytest.fixture
def old(tmp_path: Path, clock: SetClock) -> Installation:
    return Installation(tmp_path / "old", clock)


@pytest.fixture
def new(tmp_path: Path, clock: SetClock) -> Installation:
    return Installation(tmp_path / "new", clock)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def test_what_was_backed_up_comes_back(old: Installation, new: Installation, backup: Path) -> None:
    sha256 = old.fill()
    made = old.back_up(backup)
    assert (made.objects, made.copied, made.failed) == (1, 1, ())
    done = new.restore(backup)
    assert (done.objects, done.failed, done.manifest) == (1, (), made.manifest)
    assert new.batches() == ["b-1"]
    assert object_path(new.root, Area.ARCHIVE, ContentHash(sha256)).read_bytes() == SIGNATURE


def test_the_copy_is_of_one_moment_whatever_is_written_meanwhile(old: Installation, tmp_path: Path) -> None:
    sha256 = old.fill()
    with sqlite3.connect(old.folder / "sohoa.db") as connection:
        connection.executemany(
            "INSERT INTO batches (id, created_at, state) VALUES (?, '2026-01-31 01:30:00', 'received')",
            [(f"x-{number:06}" + "x" * 400,) for number in range(30_000)],
        )
    heard: list[tuple[int, int]] = []

    def write_beside(done: int, total: int) -> None:
        heard.append((done, total))
        with sqlite3.connect(old.folder / "sohoa.db") as connection:
            old.add_batch(connection, f"y-{len(heard)}", sha256)

    target = tmp_path / "copy.sqlite"
    with database_backup(old.url, environment=os.environ).copied(target, on_part=write_beside) as inventory:
        assert [each.needs[0].rows for each in inventory.needed(Area.ARCHIVE, limit=9)] == [1]
    assert len(heard) > 1
    with sqlite3.connect(target) as copy:
        assert copy.execute("SELECT count(*) FROM batches WHERE id LIKE 'y-%'").fetchone() == (0,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sum(each.startswith("y-") for each in old.batches()) == len(heard)


def test_what_is_there_already_is_not_copied_again(old: Installation, backup: Path) -> None:
    sha256 = old.fill()
    old.back_up(backup)
    further = old.objects.put(Area.ARCHIVE, io.BytesIO(b"more"))
    with sqlite3.connect(old.folder / "sohoa.db") as connection:
        old.add_batch(connection, "b-2", further.sha256)
    again = old.back_up(backup)
    assert (again.objects, again.copied, again.bytes) == (2, 1, 4)
    assert {each.name for each in (backup / "objects").glob("archive/sha256/*/*/*")} == {sha256, further.sha256}


def test_an_object_that_the_store_lacks_is_named(old: Installation, new: Installation, backup: Path) -> None:
    sha256 = ContentHash(old.fill())
    object_path(old.root, Area.ARCHIVE, sha256).unlink()
    made = old.back_up(backup)
    assert [(type(each), each.details["sha256"]) for each in made.failed] == [(ObjectMissing, sha256)]
    (line,) = (made.point / "missing.jsonl").read_text().splitlines()
    assert json.loads(line) == {"area": "archive", "sha256": sha256, "stored_as": sha256, "error": "object.missing"}
    done = new.restore(backup)
    assert [each.details["sha256"] for each in done.failed] == [sha256]
    assert new.batches() == ["b-1"]


def test_an_object_that_was_altered_in_the_backup_is_named(old: Installation, new: Installation, backup: Path) -> None:
    sha256 = ContentHash(old.fill())
    old.back_up(backup)
    file = object_path(backup / "objects", Area.ARCHIVE, sha256)
    file.chmod(0o600)
    file.write_bytes(SIGNATURE.upper())
    done = new.restore(backup)
    assert [(type(each), each.details["sha256"]) for each in done.failed] == [(ObjectAltered, sha256)]
    assert not new.objects.has(Area.ARCHIVE, sha256)


@pytest.mark.parametrize("name", ["database.sqlite", "objects.jsonl", "settings.json", "elsewhere.json"])
@pytest.mark.parametrize("how", ["altered", "gone"])
def test_a_damaged_point_is_refused_before_anything_is_written(
    old: Installation, new: Installation, backup: Path, name: str, how: str
) -> None:
    old.fill()
    file = old.back_up(backup).point / name
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(BackupDamaged, match=name):
        new.restore(backup)
    assert not (new.folder / "sohoa.db").exists()
    assert not new.note.exists()


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"schema": "sohoa.backup/1", "files": {"../x": {}}}'])
def test_what_is_no_manifest_is_refused(old: Installation, new: Installation, backup: Path, manifest: str) -> None:
    old.fill()
    (old.back_up(backup).point / "manifest.json").write_text(manifest)
    with pytest.raises(BackupDamaged):
        new.restore(backup)


def test_a_point_without_manifest_is_none(old: Installation, new: Installation, backup: Path) -> None:
    old.fill()
    first, second = old.back_up(backup), old.back_up(backup)
    (second.point / "manifest.json").unlink()
    assert new.restore(backup).manifest == first.manifest
    third = old.back_up(backup)
    assert sorted(each.name for each in (backup / "points").iterdir()) == [first.point.name, third.point.name]


@pytest.mark.parametrize("what", ["database", "store"])
def test_only_an_empty_place_is_filled(old: Installation, new: Installation, backup: Path, what: str) -> None:
    old.fill()
    old.back_up(backup)
    if what == "database":
        open_records(new.url, clock=new.clock, author=CLERK).close()
    else:
        new.objects.put(Area.ARCHIVE, io.BytesIO(b"somebody else's"))
    with pytest.raises(RestoreNotEmpty, match=what):
        new.restore(backup)


def test_once_finished_it_is_not_empty(old: Installation, new: Installation, backup: Path) -> None:
    old.fill()
    old.back_up(backup)
    new.restore(backup)
    new.restore(backup)  # as long as it is not finished it goes on
    finish_restoring(new.note)
    with pytest.raises(RestoreNotEmpty):
        new.restore(backup)


def test_what_was_begun_goes_on_though_newer_points_were_added(
    old: Installation, new: Installation, backup: Path
) -> None:
    old.fill()
    first = old.back_up(backup)
    new.restore(backup)
    old.back_up(backup)
    assert new.restore(backup).manifest == first.manifest


def test_another_folder_is_left_alone(old: Installation, backup: Path) -> None:
    old.fill()
    backup.mkdir()
    (backup / "thư.txt").write_text("riêng tư")
    with pytest.raises(FolderTaken):
        old.back_up(backup)
    assert [each.name for each in backup.iterdir()] == ["thư.txt"]


def test_another_kind_of_database_is_refused(old: Installation, new: Installation, backup: Path) -> None:
    old.fill()
    old.back_up(backup)
    with pytest.raises(RestoreOtherDatabase):
        new.restore(backup, url="postgresql://nobody@127.0.0.1:9/nothing")
    assert not new.note.exists()


def test_a_newer_database_is_refused(old: Installation, tmp_path: Path) -> None:
    old.fill()
    with pytest.raises(RecordsNewer):
        database_backup(f"sqlite:///{tmp_path / 'other.db'}", environment=os.environ).restore(
            old.folder / "sohoa.db", form="9999"
        )
    assert not (tmp_path / "other.db").exists()


def test_who_has_no_client_programs_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        database_backup("postgresql://nobody@127.0.0.1:9/nothing", environment=os.environ).restore(
            tmp_path / "x", form="0001"
        )
    assert caught.value.details == {"tool": "pg_restore", "package": "postgresql-client"}


@pytest.mark.parametrize("step", ["0004", "0012"])
def test_a_backup_of_an_earlier_version_is_upgraded_on_the_way(
    old: Installation, new: Installation, backup: Path, step: str
) -> None:
    engine = connect(old.url)
    bring_to(engine, step)
    engine.dispose()
    with contextlib.closing(sqlite3.connect(old.folder / "sohoa.db")) as connection, connection:
        old.add_batch(connection, "b-old", old.objects.put(Area.ARCHIVE, io.BytesIO(SIGNATURE)).sha256)
    target = backup / "database"
    backup.mkdir()
    database = database_backup(old.url, environment=os.environ)
    with database.copied(target, on_part=silent):
        pass
    assert database.form() == step
    database_backup(new.url, environment=os.environ).restore(target, form=step)
    open_records(new.url, clock=new.clock, author=CLERK).close()
    assert new.batches() == ["b-old"]
