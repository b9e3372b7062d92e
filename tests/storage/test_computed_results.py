"""Computed results are read again like all that is kept; one that is not whole is forgotten, so that it is computed again."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.ports import Area
from pipeline.usecases.stage import recall, remember
from pipeline.usecases.verify_objects import Care, Computed, ObjectsCheck, verify_objects
from storage.folder_keeper import FolderKeeper
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.kept_archive import TEXT, keep_archive
from tests.storage.stores_in_care import folder_store


def test_results_that_are_lost_or_altered_are_forgotten(records: Records, clock: SetClock, tmp_path: Path) -> None:
    store, vandal = folder_store(StoreName.STORE, tmp_path / "archive")
    keep_archive(records, store.objects)
    source = records.batches.load("b-1").sources[0].sha256  # type: ignore[union-attr, arg-type]
    for key, value in (("read-1", "one"), ("read-2", "two"), ("copy-3", "three"), ("copy-4", "two")):
        remember(key, value, about=[source], ledger=records.ledger, objects=store.objects)
    text = store.objects.put(Area.DERIVED, io.BytesIO(TEXT.encode())).sha256
    records.ledger.record("text-5", text, about=[source])  # the same object as a paper's text
    care = Care(
        store=store,
        mirror=None,
        inventory=records.inventory,
        computed=Computed(
            inventory=records.inventory_with_results,
            book=records.laws.results,
            keeper=FolderKeeper(tmp_path / "archive"),
        ),
        book=records.fixity,
        trail=records.trail,
        clock=clock,
        settled=dt.timedelta(days=1),
    )

    def check(*, repairing: bool = False) -> ObjectsCheck:
        clock.time += dt.timedelta(hours=1)
        return verify_objects(care, before=clock.now(), repairing=repairing)

    assert check().findings == ()
    lost, altered = (records.ledger.find(key) for key in ("copy-3", "read-2"))
    assert lost is not None
    assert altered is not None
    vandal.delete(Area.DERIVED, lost)
    vandal.write(Area.DERIVED, altered, b'"something else"')
    vandal.delete(Area.DERIVED, text)
    told = {(each.outcome, tuple(need.record for need in each.needed.needs)) for each in check().findings}
    assert told == {
        (CheckOutcome.MISSING, ("copy-3",)),
        (CheckOutcome.ALTERED, ("copy-4",)),
        (CheckOutcome.MISSING, ("b-1-decision", "text-5")),
    }
    # of what a record names only another store has the bytes
    assert [each.needed.sha256 for each in check(repairing=True).open] == [text]
    assert [records.ledger.find(key) for key in ("copy-3", "read-2", "copy-4")] == [None] * 3
    assert not store.objects.has(Area.DERIVED, altered)
    remember("read-2", "two", about=[source], ledger=records.ledger, objects=store.objects)
    assert recall("read-2", str, ledger=records.ledger, objects=store.objects) == "two"
    assert [each.needed.sha256 for each in check().findings] == [text]
