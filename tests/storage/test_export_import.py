"""Everything out as plain folders, and everything back in: the same answers, the same bytes, an unbroken trail."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.ids import BatchId
from pipeline.domain.search import SearchQuery
from pipeline.usecases.export_archive import Exported, export_archive
from pipeline.usecases.import_archive import import_archive
from storage.every_table import metadata
from storage.owner_tables import owners
from storage.records import Records, open_records
from storage.whole_records import LEFT_OUT
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SERVER, SetClock
from tests.storage.every_row import all_rows, fill_empty_tables
from tests.storage.kept_archive import TEXT, keep_archive, keep_batch

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
Opened = Callable[[str], Records]


@pytest.fixture
def opened(clock: SetClock) -> Iterator[Opened]:
    """Opens databases that are closed at the end."""
    open_ones: list[Records] = []

    def open_one(url: str) -> Records:
        open_ones.append(open_records(url, clock=clock, author=CLERK))
        return open_ones[-1]

    yield open_one
    for each in open_ones:
        each.close()


@pytest.fixture
def archive(records: Records) -> tuple[Records, MemoryObjects]:
    objects = MemoryObjects()
    keep_archive(records, objects)
    return records, objects


def export(folder: Path, archive: tuple[Records, MemoryObjects]) -> Exported:
    records, objects = archive
    return export_archive(folder, records=records.whole, objects=objects, program="sohoa 1.0", now=NOW)


def test_what_is_no_record_is_named_with_its_reason() -> None:
    assert LEFT_OUT.keys() - {table.name for table in metadata.sorted_tables} == set()
    assert all(LEFT_OUT.values())


def test_an_export_is_plain_files_that_standard_tools_check(
    tmp_path: Path, archive: tuple[Records, MemoryObjects]
) -> None:
    done = export(tmp_path / "out", archive)
    checked = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    files = sorted(
        each.relative_to(tmp_path / "out").as_posix() for each in (tmp_path / "out").rglob("*") if each.is_file()
    )
    assert len(files) == len(checked.stdout.splitlines()) + 1  # the list itself
    papers = "dossiers/H42.12-220801-0001"
    assert [each for each in files if "b-1" in each or each.count("/") == 0] == sorted(
        [
            "README.txt",
            "SHA256SUMS",
            f"{papers}/quyet_dinh b-1-decision/copy v1.pdf",
            f"{papers}/quyet_dinh b-1-decision/fields.json",
            f"{papers}/quyet_dinh b-1-decision/signed as it came.pdf",
            f"{papers}/quyet_dinh b-1-decision/text.txt",
            f"{papers}/cong_van b-1-letter/copy v1.pdf",
            f"{papers}/cong_van b-1-letter/copy v2 copy B-T.pdf",
            f"{papers}/cong_van b-1-letter/fields.json",
            f"{papers}/cong_van b-1-letter/text.txt",
            "export.json",
            "files.jsonl",
            "signing/o-b-1/manifest.json",
            "signing/o-b-1/manifest.p7s",
            "sources/b-1/0001 bản quét.pdf",
            "sources/b-1/0002 ảnh.jpg",
            "sources/b-1/unpacked/0003 trang_ 1_.pdf",
        ]
    )
    assert (tmp_path / "out" / papers / "cong_van b-1-letter" / "text.txt").read_text(encoding="utf-8") == TEXT
    fields = json.loads((tmp_path / "out" / papers / "quyet_dinh b-1-decision" / "fields.json").read_bytes())
    assert fields["fields"]["code_number"]["value"] == "12"
    assert (done.failed, done.files) == ((), 22)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=SERVER)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, opened: Opened) -> Iterator[Records]:
    """An empty installation on another machine."""
    if request.param == "sqlite":
        yield opened(f"sqlite:///{tmp_path / 'elsewhere.db'}")
        return
    with request.getfixturevalue("postgres").lent_database() as url:
        yield opened(url)


def test_an_import_has_the_same_records_bytes_and_answers(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records
) -> None:
    before, kept = archive
    export(tmp_path / "out", archive)
    objects = MemoryObjects()
    done = import_archive(tmp_path / "out", records=elsewhere.whole, objects=objects)
    assert objects.kept == kept.kept
    was, now = all_rows(before.engine), all_rows(elsewhere.engine)
    (entry,) = (each for each in now["audit_entries"] if each not in was["audit_entries"])
    assert now | {"audit_entries": [each for each in now["audit_entries"] if each != entry]} == was
    assert done.records == sum(map(len, was.values()))
    for batch in ("b-1", "b-2"):
        assert elsewhere.batches.load(BatchId(batch)) == before.batches.load(BatchId(batch))


def test_every_table_comes_along(tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records) -> None:
    fill_empty_tables(archive[0].engine)
    export(tmp_path / "out", archive)
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=MemoryObjects())
    was, now = all_rows(archive[0].engine), all_rows(elsewhere.engine)
    assert [table for table, kept in was.items() if not kept] == []
    assert {table: kept for table, kept in now.items() if kept != was[table]}.keys() == {"audit_entries"}


def test_rows_may_refer_to_later_rows_of_their_table(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records
) -> None:
    owner = {"kind": "person", "name": "Lan", "paper": "", "created_at": NOW}
    with archive[0].engine.begin() as connection:
        for id_, same in (("w-2", None), ("w-1", "w-2")):
            connection.execute(sa.insert(owners), [{**owner, "id": id_, "same_as": same}])
    export(tmp_path / "out", archive)
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=MemoryObjects())
    assert all_rows(elsewhere.engine)["owners"] == all_rows(archive[0].engine)["owners"]


def test_the_trail_goes_on_where_it_was(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records
) -> None:
    export(tmp_path / "out", archive)
    last = archive[0].trail.last()
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=MemoryObjects())
    (entry,) = elsewhere.trail.entries(limit=10, after=last.number)
    assert isinstance(entry, AuditEntry)
    assert (entry.number, entry.previous, entry.deed.action) == (last.number + 1, last.hash, Action.IMPORTED)
    keep_batch(elsewhere, MemoryObjects(), "b-3")
    assert elsewhere.trail.last().number > entry.number


def test_what_is_there_is_found_as_before(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records
) -> None:
    export(tmp_path / "out", archive)
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=MemoryObjects())
    for words in ("giấy phép", "giay phep", "QĐ-UBND", '"so b-2"', "không có"):
        query = SearchQuery(words=words)
        assert elsewhere.library.search(query) == archive[0].library.search(query)
    assert elsewhere.library.search(SearchQuery(words="giay phep")).total == 4


def test_new_rows_follow_those_that_came(
    tmp_path: Path, archive: tuple[Records, MemoryObjects], elsewhere: Records
) -> None:
    export(tmp_path / "out", archive)
    import_archive(tmp_path / "out", records=elsewhere.whole, objects=MemoryObjects())
    keep_batch(elsewhere, MemoryObjects(), "b-3")
    assert elsewhere.library.search(SearchQuery(words="giay phep")).total == 6
