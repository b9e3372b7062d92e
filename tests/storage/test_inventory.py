"""What must be there: every object that a record names, and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.archive_ports import Need, NeededObject
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.ports import Area
from storage import named_objects
from storage.every_table import MODULES, metadata
from storage.inventory_sql import SqlInventory
from storage.named_objects import NAMINGS, NOT_NEEDED
from storage.records import Records
from storage.sealed_tables import sealed_objects
from tests.storage.samples import digest, digitized_batch, received_batch

DIGEST_NAMES = re.compile(
    r"sha256|digest|hash|checksum|manifest|object|seal|certificate|signed|shown|original|blob|file|previous|before|after|root"
)
"""what columns are called that hold digests"""


def test_every_module_of_tables_is_known() -> None:
    files = Path(named_objects.__file__).parent.glob("*tables.py")
    assert {file.stem for file in files} == {module.__name__.removeprefix("storage.") for module in MODULES}


def columns_like_digests() -> set[str]:
    wide = (sa.Text, sa.JSON, sa.LargeBinary)
    return {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, wide) and DIGEST_NAMES.search(column.name)
    }


def test_every_column_that_looks_like_a_digest_is_in_the_inventory_or_has_a_reason() -> None:
    listed = {f"{each.column.table.name}.{each.column.name}" for each in NAMINGS}
    missing = columns_like_digests() - listed - NOT_NEEDED.keys()
    assert missing == set(), f"add these to {named_objects.__name__}: NAMINGS or NOT_NEEDED"


def test_the_lists_name_columns_that_exist() -> None:
    existing = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert NOT_NEEDED.keys() - existing == set()
    assert NOT_NEEDED.keys() & {f"{each.column.table.name}.{each.column.name}" for each in NAMINGS} == set()
    assert all(NOT_NEEDED.values())


def test_every_column_of_the_inventory_is_indexed() -> None:
    for each in NAMINGS:
        firsts = [next(iter(index.columns)).name for index in each.column.table.indexes]
        assert each.column.name in firsts, each.column


@pytest.fixture
def inventory(records: Records) -> SqlInventory:
    records.batches.open(received_batch())
    records.batches.complete(digitized_batch(), texts={})
    return SqlInventory(records.engine)


def need(table: str, column: str, record: str, rows: int = 1) -> Need:
    return Need(table=table, column=column, record=record, rows=rows)


def test_everything_that_a_batch_keeps_is_needed_and_says_why(inventory: SqlInventory) -> None:
    found = {each.sha256: each for each in inventory.needed(Area.ARCHIVE, limit=100)}
    assert list(found) == sorted(found)
    assert found[digest("scan")] == NeededObject(
        area=Area.ARCHIVE,
        sha256=digest("scan"),
        stored_as=digest("scan"),
        sizes=(5 << 32,),
        needs=(need("received_sources", "sha256", "b-1/Hồ sơ chị Lan/bản quét.pdf"),),
    )
    assert found[digest("copy of b-1-letter")].needs == (
        need("documents", "copy_sha256", "b-1-letter"),
        need("copy_versions", "sha256", "b-1-letter/1"),
    )
    assert found[digest("signed")].needs == (need("documents", "signed_source", "b-1-decision"),)
    texts = inventory.needed(Area.DERIVED, limit=100)
    assert {each.sha256 for each in texts} == {digest("text of b-1-letter"), digest("text of b-1-decision")}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_join_without_gap_or_overlap(inventory: SqlInventory, limit: int) -> None:
    whole = inventory.needed(Area.ARCHIVE, limit=100)
    pages: list[NeededObject] = []
    after: ContentHash | None = None
    while page := inventory.needed(Area.ARCHIVE, limit=limit, after=after):
        assert len(page) <= limit
        pages += page
        after = page[-1].sha256
    assert pages == list(whole)


def test_an_object_of_many_records_is_one_object(records: Records, inventory: SqlInventory) -> None:
    records.batches.open(received_batch("b-2"))
    (scan,) = (each for each in inventory.needed(Area.ARCHIVE, limit=100) if each.sha256 == digest("scan"))
    assert scan.needs == (need("received_sources", "sha256", "b-1/Hồ sơ chị Lan/bản quét.pdf", rows=2),)


def test_sizes_that_contradict_each_other_are_both_told(records: Records, inventory: SqlInventory) -> None:
    with records.engine.begin() as connection:
        connection.execute(sa.text("UPDATE copy_versions SET size = 1 WHERE document = 'b-1-letter'"))
    wanted = digest("copy of b-1-letter")
    assert inventory.named(Area.ARCHIVE, [wanted])[wanted].sizes == (81234, 1)


def test_objects_are_asked_for_by_name(inventory: SqlInventory) -> None:
    wanted = [digest("signed"), digest("nobody's"), digest("text of b-1-letter")]
    found = inventory.named(Area.ARCHIVE, wanted)
    assert set(found) == {digest("signed")}
    assert found[digest("signed")].needs[0].record == DocumentId("b-1-decision")
    assert inventory.named(Area.ARCHIVE, []) == {}


def test_sealed_objects_are_known_by_both_names(records: Records, inventory: SqlInventory) -> None:
    plain, sealed = digest("signed"), digest("sealed")
    row = {"area": "archive", "sha256": plain, "sealed_sha256": sealed, "size": 7, "key": "k", "wrapped_key": b"w"}
    with records.engine.begin() as connection:
        connection.execute(sa.insert(sealed_objects), [row])
    found = inventory.named(Area.ARCHIVE, [plain])[plain]
    assert (found.sha256, found.stored_as, found.sizes) == (plain, sealed, (7,))
    assert found in inventory.needed(Area.ARCHIVE, limit=100)
    assert inventory.standing_for(Area.ARCHIVE, [sealed, digest("scan")]) == {sealed: plain}
    assert inventory.standing_for(Area.DERIVED, [sealed]) == {}
