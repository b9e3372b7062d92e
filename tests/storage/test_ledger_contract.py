"""What `Ledger` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from storage.records import Records
from tests.storage.samples import digest


def test_a_result_is_found_by_its_key(records: Records) -> None:
    assert records.ledger.find("read-1") is None
    records.ledger.record("read-1", digest("one"), about=[])
    records.ledger.record("read-2", digest("two"), about=[])
    assert records.ledger.find("read-1") == digest("one")
    assert records.ledger.find("read-2") == digest("two")


def test_recording_again_changes_nothing(records: Records) -> None:
    records.ledger.record("read-1", digest("one"), about=[])
    records.ledger.record("read-1", digest("one"), about=[])
    assert records.ledger.find("read-1") == digest("one")


def test_a_result_that_was_made_again_replaces_the_one_that_was_removed(records: Records) -> None:
    records.ledger.record("read-1", digest("removed to save space"), about=[])
    records.ledger.record("read-1", digest("made again"), about=[])
    assert records.ledger.find("read-1") == digest("made again")


def test_many_write_at_once(records: Records) -> None:
    keys = [f"read-{number}" for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: records.ledger.record(key, digest(key), about=[]), keys))
    assert [records.ledger.find(key) for key in keys] == [digest(key) for key in keys]
