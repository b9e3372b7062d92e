"""`verify --all`, `mirror`, `export --all`, `import`: everything that is kept, as one person at a terminal has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from pipeline.domain.fixity import StoreName
from pipeline.ports import Area
from storage.encrypted_objects import EncryptedObjects
from storage.folder_keeper import FolderKeeper
from storage.master_keys import read_master_keys
from storage.objects_s3 import S3Objects
from storage.records import open_records
from storage.s3_client import S3Access
from tests.app.care_places import Place, Places
from tests.fakes.author import CLERK
from tests.storage.kept_archive import copy_of, keep_archive
from tests.storage.stores_in_care import folder_store

SERVER = (pytest.mark.services, pytest.mark.enable_socket)


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    return Places(request, tmp_path)


def fill(place: Place) -> None:
    records = open_records(place.url(), clock=SystemClock(), author=CLERK)
    store = bucket_objects(place) if "SOHOA_STORE__KIND" in place.settings else None
    keep_archive(records, store or folder_store(StoreName.STORE, place.home / "archive")[0].objects)
    records.close()


def bucket_objects(place: Place) -> Any:  # noqa: ANN401 - the store, whatever its kind
    settings = place.settings
    access = S3Access(
        endpoint=settings["SOHOA_STORE__ENDPOINT"],
        access_key=settings["SOHOA_STORE__ACCESS_KEY"],
        secret_key=settings["SOHOA_STORE__SECRET_KEY"],
        bucket=settings["SOHOA_STORE__BUCKET"],
        region=settings["SOHOA_STORE__REGION"],
        secure=False,
    )
    return S3Objects(access, scratch=place.home)


KINDS = ["one machine", pytest.param("servers", marks=SERVER)]


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, places: Places) -> Place:
    """A filled installation with a mirror that is complete."""
    place = places.make("here", request.param, mirrored=True)
    fill(place)
    assert place.run("mirror") == 0
    return place


def object_of(place: Place, record: str) -> tuple[Area, Any]:
    records = open_records(place.url(), clock=SystemClock(), author=CLERK)
    found = [
        (each.area, each.sha256)
        for area in (Area.ARCHIVE, Area.DERIVED)
        for each in records.inventory.needed(area, limit=1000)
        if any(need.record == record for need in each.needs)
    ]
    records.close()
    return found[0]


def test_all_is_well_until_somebody_does_harm(kept: Place) -> None:
    told = kept.verdict()
    assert (told["sound"], told["objects"], told["audit"]["findings"], told["audit"]["records"]) == (True, [], [], [])
    assert [(each["store"], each["objects"]) for each in told["stores"]] == [("store", 19), ("mirror", 19)]


def test_harm_to_objects_is_named_and_put_right(kept: Place) -> None:
    flipped, deleted, replaced = (object_of(kept, each) for each in ("b-1-letter/2", "o-b-1", "b-2/ảnh.jpg"))
    data = kept.vandal.read(*flipped)
    kept.vandal.write(*flipped, bytes([data[0] ^ 1]) + data[1:])
    kept.vandal.delete(*deleted)
    kept.vandal.write(*replaced, b"another picture")
    told = kept.verdict()
    assert not told["sound"]
    assert {
        (each["store"], each["outcome"], need["table"], need["record"])
        for each in told["objects"]
        for need in each["needs"]
    } == {
        ("store", "altered", "copy_versions", "b-1-letter/2"),
        ("store", "altered", "signing_items", "o-b-1/b-1-letter"),
        ("store", "missing", "signing_orders", "o-b-1"),
        ("store", "altered", "received_sources", "b-2/ảnh.jpg"),
        ("store", "altered", "sources", "b-2/ảnh.jpg"),
    }
    assert kept.run("verify", "--all") == 1
    assert f"BỊ SỬA archive/{flipped[1]}" in kept.said
    assert "copy_versions.sha256 b-1-letter/2" in kept.said
    repaired = kept.verdict("--repair")
    assert repaired["sound"]
    assert {each["outcome"] for each in repaired["objects"] if each["repaired"]} == {"altered", "missing"}
    assert kept.vandal.read(*flipped) == data
    assert kept.verdict()["objects"] == []


HARM_TO_RECORDS = {
    "edited row": (
        ["UPDATE documents SET type = 'giay_phep_xay_dung' WHERE id = 'b-1-letter'"],
        ("records", ("document", "b-1-letter", "altered", ["documents"])),
    ),
    "removed row": (
        ["DELETE FROM fields WHERE document = 'b-1-decision' AND name = 'subject'"],
        ("records", ("document", "b-1-decision", "altered", ["fields"])),
    ),
    "inserted row": (
        [
            "INSERT INTO results (dossier, number, document, created_at, state, reason) VALUES ('A-1', 1, 'b-2-letter', '2026-01-01 00:00:00', 'in_force', '')"
        ],
        ("records", ("result", "b-2-letter", "inserted", ["results"])),
    ),
    "edited entry": (
        ["UPDATE audit_entries SET reason = 'nothing' WHERE number = 5"],
        ("findings", ("entry_altered", 5, 5)),
    ),
    "removed entry": (["DELETE FROM audit_entries WHERE number = 3"], ("findings", ("entries_removed", 3, 3))),
}


@pytest.mark.parametrize("harm", HARM_TO_RECORDS)
def test_harm_to_records_is_named(kept: Place, harm: str) -> None:
    statements, (where, expected) = HARM_TO_RECORDS[harm]
    unguard(kept)
    for statement in statements:
        kept.execute(statement)
    told = kept.verdict()
    found = [
        (each["kind"], each["id"], each["fault"], each["tables"])
        if where == "records"
        else (each["fault"], each["first"], each["last"])
        for each in told["audit"][where]
    ]
    assert expected in found
    assert len(found) == 1 or harm == "removed entry"
    assert told["objects"] == []
    assert kept.verdict("--repair")["sound"] is False


def test_broken_laws_are_named_and_mended(kept: Place) -> None:
    kept.execute("DELETE FROM events WHERE number = (SELECT max(number) FROM events)")
    told = kept.verdict()
    broken = {each["law"]: each["broken"] for each in told["laws"] if each["broken"]}
    ((fault, detail, repaired),) = [(each["fault"], each["detail"], each["repaired"]) for each in broken.pop("events")]
    assert (broken, fault, detail, repaired) == ({}, "event_missing", None, False)
    assert kept.run("verify", "--all") == 1
    assert "THIẾU SỰ KIỆN" in kept.said
    assert "Quy luật “sự kiện gửi đi”: BỊ VI PHẠM" in kept.out
    repaired = kept.verdict("--repair")
    assert repaired["sound"]
    assert [each["repaired"] for law in repaired["laws"] for each in law["broken"]] == [True]
    assert kept.verdict()["sound"]


def unguard(place: Place) -> None:
    """Take the guards of the trail away, as whoever owns the database can."""
    if "SOHOA_RECORDS__URL" in place.settings:
        place.execute("ALTER TABLE audit_entries DISABLE TRIGGER ALL")
        return
    for verb in ("update", "delete"):
        place.execute(f"DROP TRIGGER audit_entries_no_{verb}")


def test_a_stray_is_named_and_stays(kept: Place) -> None:
    stray = "ab" * 32
    kept.vandal.write(Area.ARCHIVE, stray, b"nobody's")  # type: ignore[arg-type]
    told = kept.verdict("--repair")
    assert [(each["outcome"], each["sha256"]) for each in told["objects"]] == [("unknown", stray)]
    assert kept.vandal.read(Area.ARCHIVE, stray) == b"nobody's"  # type: ignore[arg-type]


@pytest.mark.parametrize("there", KINDS)
def test_a_move_to_another_machine(kept: Place, places: Places, there: str, tmp_path: Path) -> None:
    assert kept.run("export", "--all", "--out", tmp_path / "out", "--purpose", "chuyển máy") == 0
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    new = places.make("there", there)
    assert new.run("import", tmp_path / "out") == 0
    assert new.verdict()["sound"]
    for question in (["find", "giay phep", "--json"], ["list", "--json"], ["show", "b-1", "--json"]):
        assert (kept.run(*question), new.run(*question)) == (0, 0)
        assert new.out == kept.out
    assert new.run("import", tmp_path / "out") == 3
    assert "records.not_empty" in new.said


@pytest.fixture
def sealed(places: Places, tmp_path: Path) -> Place:
    """An installation that seals what it keeps, filled, with a mirror that is complete."""
    place = places.make("sealed", "one machine", mirrored=True)
    place.settings["SOHOA_ENCRYPTION__KEY_FILE"] = str(tmp_path / "keys.txt")
    assert place.run("storage", "key", "new") == 0
    records = open_records(place.url(), clock=SystemClock(), author=CLERK)
    folder = folder_store(StoreName.STORE, place.home / "archive")[0].objects
    keys = read_master_keys(tmp_path / "keys.txt")
    keep_archive(records, EncryptedObjects(folder, names=records.sealed_names, keys=keys, random_bytes=os.urandom))
    records.close()
    assert place.run("mirror") == 0
    return place


def stored_name(place: Place, record: str) -> tuple[Area, Any]:
    records = open_records(place.url(), clock=SystemClock(), author=CLERK)
    area, sha256 = object_of(place, record)
    found = records.inventory.named(area, [sha256])[sha256].stored_as
    records.close()
    assert found != sha256
    return area, found


def test_sealed_objects_are_mirrored_sealed_and_put_right(sealed: Place, tmp_path: Path) -> None:
    mirrored = [each.read_bytes() for each in (tmp_path / "sealed mirror").rglob("*") if each.is_file()]
    assert len([each for each in mirrored if each]) >= 19
    assert not any(b"copy of b-1" in each or "cùng một chữ".encode() in each for each in mirrored)
    area, name = stored_name(sealed, "b-1-letter/2")
    sealed.vandal.write(area, name, b"\0" + sealed.vandal.read(area, name)[1:])
    told = sealed.verdict()
    assert [(each["outcome"], each["stored_as"], each["needs"][0]["record"]) for each in told["objects"]] == [
        ("altered", name, "b-1-letter/2")
    ]
    assert sealed.verdict("--repair")["sound"]
    assert sealed.verdict()["sound"]


def test_sealed_objects_that_do_not_open_are_named_though_their_bytes_are_whole(sealed: Place) -> None:
    (_, first), (_, second) = (object_of(sealed, each) for each in ("b-1-letter/1", "b-1-letter/2"))
    engine = sa.create_engine(sealed.url())
    swap = sa.text(
        "UPDATE sealed_objects SET sha256 = CASE sha256 WHEN :a THEN 'aside' WHEN :b THEN :a ELSE :b END"
        " WHERE sha256 = :this"
    )
    with engine.begin() as connection:
        for this in (first, second, "aside"):
            connection.execute(swap, {"a": first, "b": second, "this": this})
        # the letter's text, whose key is lost
        text = connection.scalar(sa.text("SELECT text_sha256 FROM documents WHERE id = 'b-1-letter'"))
        lost = sa.text("UPDATE sealed_objects SET wrapped_key = :key WHERE area = 'derived' AND sha256 = :text")
        assert connection.execute(lost, {"key": bytes(40), "text": text}).rowcount == 1
    engine.dispose()
    told = sealed.verdict("--repair")
    # of the two that stand for each other, the records contradict the names also in their sizes
    assert {(each["sha256"], each["outcome"]) for each in told["objects"]} == {
        (first, "wrong_size"),
        (second, "wrong_size"),
        (text, "unopened"),
    }
    assert not told["sound"]


def test_a_sealed_archive_is_exported_plain_only_if_that_is_said(sealed: Place, places: Places, tmp_path: Path) -> None:
    assert sealed.run("export", "--all", "--out", tmp_path / "out") == 2
    assert "--plain" in sealed.said
    assert not (tmp_path / "out").exists()
    assert sealed.run("export", "--all", "--plain", "--out", tmp_path / "out") == 0
    assert (tmp_path / "out/dossiers/H42.12-220801-0001/cong_van b-1-letter/copy v1.pdf").read_bytes() == copy_of(
        "b-1-letter"
    ).encode()
    new = places.make("plain", "one machine")
    assert new.run("import", tmp_path / "out") == 0
    assert new.verdict()["sound"]
    again = places.make("sealed anew", "one machine")
    again.settings["SOHOA_ENCRYPTION__KEY_FILE"] = str(tmp_path / "other keys.txt")
    assert again.run("storage", "key", "new") == 0
    assert again.run("import", tmp_path / "out") == 0
    assert again.verdict()["sound"]
    assert not any(
        b"copy of b-1" in each.read_bytes() for each in (again.home / "archive").rglob("*") if each.is_file()
    )


def test_what_is_put_right_is_locked_again(places: Places) -> None:
    place = places.make("here", "one machine", mirrored=True)
    place.settings["SOHOA_STORE__RETAIN_YEARS"] = "10"
    fill(place)
    assert place.run("mirror") == 0
    area, name = object_of(place, "b-1-letter/2")
    place.vandal.write(area, name, b"a lie")
    assert place.verdict("--repair")["sound"]
    assert FolderKeeper(place.home / "archive").lock(area, name).until is not None


def test_wrong_use_is_told(places: Places, tmp_path: Path) -> None:
    place = places.make("here", "one machine")
    assert place.run("mirror") == 2
    assert "mirror.kind" in place.said
    assert place.run("verify", "--all", "some.pdf") == 2
    assert place.run("export", "--out", tmp_path / "out") == 2
    place.settings |= {"SOHOA_MIRROR__KIND": "folder", "SOHOA_MIRROR__FOLDER": str(place.home / "archive")}
    assert place.run("mirror") == 2
    assert "kho thứ hai trùng với kho chính" in place.said
    del place.settings["SOHOA_MIRROR__KIND"], place.settings["SOHOA_MIRROR__FOLDER"]
    assert place.run("import", tmp_path / "nowhere") == 3
    assert "export.damaged" in place.said
