"""What is not as it was put there is found and named exactly, and put right from a second store."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.archive_ports import Inventory, NeededObject
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.errors import ObjectAltered, StoreUnavailable
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash, content_hash
from pipeline.ports import Area
from pipeline.usecases.mirror_store import Repair, mirror_store, repair
from pipeline.usecases.verify_store import Finding, Pace, StoreCheck, StoreInCare, find_strays, verify_store
from storage.records import Records
from tests.storage.conftest import SERVER, SetClock
from tests.storage.kept_archive import keep_archive
from tests.storage.stores_in_care import Vandal, bucket_store, folder_store

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """An archive with a mirror, and somebody who does harm to either."""

    records: Records
    store: StoreInCare
    vandal: Vandal
    mirror: StoreInCare
    mirror_vandal: Vandal
    clock: SetClock

    def verify(self, store: StoreInCare | None = None, **changes: object) -> StoreCheck:
        asked = {
            "inventory": self.records.inventory,
            "book": self.records.fixity,
            "clock": self.clock,
            "before": self.clock.now(),
        }
        return verify_store(store or self.store, **{**asked, **changes})  # type: ignore[arg-type]

    def strays(self, now: dt.datetime) -> list[Finding]:
        return list(find_strays(self.store, inventory=self.records.inventory, now=now, settled=DAY))

    def repair(self, finding: Finding) -> bool:
        damaged, good = (self.store, self.mirror) if finding.store is StoreName.STORE else (self.mirror, self.store)
        return self.put_right(finding, damaged, good).done

    def put_right(self, finding: Finding, damaged: StoreInCare, good: StoreInCare) -> Repair:
        return repair(
            finding,
            damaged=damaged,
            good=good,
            book=self.records.fixity,
            trail=self.records.trail,
            clock=self.clock,
        )

    def object_of(self, table: str, column: str, record: str) -> tuple[Area, ContentHash]:
        for area in (Area.ARCHIVE, Area.DERIVED):
            for each in self.records.inventory.needed(area, limit=1000):
                if any((need.table, need.column, need.record) == (table, column, record) for need in each.needs):
                    return area, each.sha256
        raise AssertionError(record)


FURTHER = [*SERVER, pytest.mark.long]
"""what a bucket and a database do does not depend on each other: every run has each once"""


@pytest.fixture(
    params=[
        pytest.param(("folder", "sqlite"), id="folder-sqlite"),
        pytest.param(("folder", "postgresql"), id="folder-postgresql", marks=FURTHER),
        pytest.param(("s3-versions", "postgresql"), id="s3-versions-postgresql", marks=SERVER),
        pytest.param(("s3-versions", "sqlite"), id="s3-versions-sqlite", marks=FURTHER),
        pytest.param(("s3", "sqlite"), id="s3-sqlite", marks=FURTHER),
        pytest.param(("s3", "postgresql"), id="s3-postgresql", marks=FURTHER),
    ]
)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Say what the store and what the database is."""
    store, database = request.param
    return store, database


@pytest.fixture
def database_url(place: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if place[1] == "sqlite":
        return f"sqlite:///{tmp_path / 'sohoa.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def kept(
    place: tuple[str, str], request: pytest.FixtureRequest, records: Records, clock: SetClock, tmp_path: Path
) -> Kept:
    if place[0] == "folder":
        store, vandal = folder_store(StoreName.STORE, tmp_path / "archive")
        mirror, mirror_vandal = folder_store(StoreName.MIRROR, tmp_path / "mirror")
    else:
        server, versions = request.getfixturevalue("s3_server"), place[0].endswith("versions")
        store, vandal = bucket_store(StoreName.STORE, server, tmp_path, versions=versions)
        mirror, mirror_vandal = bucket_store(StoreName.MIRROR, server, tmp_path, versions=versions)
    keep_archive(records, store.objects)
    mirror_store(store, mirror, inventory=records.inventory)
    return Kept(records, store, vandal, mirror, mirror_vandal, clock)


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


HARM: dict[str, tuple[Callable[[Vandal, Area, ContentHash], None], CheckOutcome]] = {
    "a bit flipped": (
        lambda vandal, area, name: vandal.write(area, name, flip(vandal.read(area, name))),
        CheckOutcome.ALTERED,
    ),
    "deleted": (lambda vandal, area, name: vandal.delete(area, name), CheckOutcome.MISSING),
    "replaced": (lambda vandal, area, name: vandal.write(area, name, b"another paper"), CheckOutcome.ALTERED),
    "cut short": (
        lambda vandal, area, name: vandal.write(area, name, vandal.read(area, name)[:-1]),
        CheckOutcome.ALTERED,
    ),
    "emptied": (lambda vandal, area, name: vandal.write(area, name, b""), CheckOutcome.ALTERED),
}
KINDS = [
    ("received_sources", "sha256", "b-2/ảnh.jpg"),
    ("sources", "sha256", "b-1/gói.zip/trang: 1?.pdf"),
    ("documents", "copy_sha256", "b-1-letter"),
    ("documents", "signed_source", "b-2-decision"),
    ("documents", "text_sha256", "b-1-decision"),
    ("copy_versions", "sha256", "b-1-letter/2"),
    ("signing_orders", "manifest", "o-b-1"),
    ("signing_orders", "manifest_signature", "o-b-2"),
]


def test_an_archive_that_nobody_touched_is_sound(kept: Kept) -> None:
    for store in (kept.store, kept.mirror):
        check = kept.verify(store)
        assert (check.objects, check.findings) == (19, ())
    assert kept.strays(dt.datetime.now(dt.UTC) + 2 * DAY) == []


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("where", StoreName)
def test_harm_is_found_named_and_put_right(kept: Kept, harm: str, where: StoreName) -> None:
    store, vandal = (kept.store, kept.vandal) if where is StoreName.STORE else (kept.mirror, kept.mirror_vandal)
    do, outcome = HARM[harm]
    for kind in KINDS:
        do(vandal, *kept.object_of(*kind))
    check = kept.verify(store)
    found = {(need.table, need.column, need.record): each for each in check.findings for need in each.needed.needs}
    assert [(kind in found, found[kind].outcome) for kind in KINDS] == [(True, outcome)] * len(KINDS)
    assert len(check.findings) == len(KINDS)
    assert all(kept.repair(each) for each in check.findings)
    assert kept.verify(store).findings == ()
    entries = [each for each in kept.records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    repaired = [each.deed for each in entries if each.deed.action is Action.OBJECT_REPAIRED]
    assert {each.subject.id for each in repaired} == {
        f"{each.needed.area.value}/{each.needed.sha256}" for each in check.findings
    }
    assert {(each.details["store"], each.details["was"]) for each in repaired} == {(where.value, outcome.value)}


def test_altered_bytes_are_set_aside_as_evidence(kept: Kept) -> None:
    area, name = kept.object_of("documents", "copy_sha256", "b-1-letter")
    for lie in (b"first lie", b"second lie"):
        kept.clock.time += DAY
        kept.vandal.write(area, name, lie)
        (finding,) = kept.verify().findings
        assert finding.size == len(lie)
        done = kept.put_right(finding, kept.store, kept.mirror)
        assert done.done
        assert evidence(kept, done.aside) == lie


def evidence(kept: Kept, aside: str) -> bytes:
    """What was set aside, fetched by what the repair called it."""
    if not hasattr(kept.vandal, "client"):
        return Path(aside).read_bytes()
    key, _, version = aside.partition("?versionId=")
    answer = kept.vandal.client.get_object(kept.vandal.bucket, key, version_id=version or None)  # type: ignore[attr-defined]
    try:
        return bytes(answer.read())
    finally:
        answer.close()
        answer.release_conn()


def test_what_is_lost_on_both_sides_is_not_made_up(kept: Kept) -> None:
    area, name = kept.object_of("documents", "copy_sha256", "b-1-letter")
    kept.vandal.write(area, name, b"a lie")
    kept.mirror_vandal.write(area, name, b"another")
    (finding,) = kept.verify().findings
    assert not kept.repair(finding)
    assert kept.vandal.read(area, name) == b"a lie"
    with pytest.raises(ObjectAltered):
        kept.store.mender.put_right(area, name, io.BytesIO(b"no"), at=kept.clock.now())
    assert kept.vandal.read(area, name) == b"a lie"


def test_a_size_that_only_the_records_have_is_an_error_of_the_records(kept: Kept) -> None:
    with kept.records.engine.begin() as connection:
        connection.execute(sa.text("UPDATE documents SET copy_size = 5 WHERE id = 'b-1-letter'"))
    (finding,) = kept.verify().findings
    assert (finding.outcome, finding.needed.needs[0].record) == (CheckOutcome.WRONG_SIZE, "b-1-letter")
    assert not kept.repair(finding)


def test_a_digest_that_only_the_records_have_is_missing(kept: Kept) -> None:
    wanted = content_hash(b"never kept")
    with kept.records.engine.begin() as connection:
        connection.execute(sa.text("UPDATE documents SET copy_sha256 = :new WHERE id = 'b-1-letter'"), {"new": wanted})
    (finding,) = kept.verify().findings
    assert (finding.outcome, finding.needed.sha256) == (CheckOutcome.MISSING, wanted)
    assert [(each.table, each.column, each.record) for each in finding.needed.needs] == [
        ("documents", "copy_sha256", "b-1-letter")
    ]


def test_what_no_record_names_is_reported_and_left_alone(kept: Kept) -> None:
    stray = kept.store.objects.put(Area.ARCHIVE, io.BytesIO(b"nobody's")).sha256
    kept.store.objects.put(Area.DERIVED, io.BytesIO(b"made again at any time"))
    later = dt.datetime.now(dt.UTC) + 2 * DAY
    (finding,) = kept.strays(later)
    assert (finding.outcome, finding.needed.sha256, finding.size) == (CheckOutcome.UNKNOWN, stray, 8)
    assert kept.strays(later - 2 * DAY) == []  # its record may be about to be written
    assert kept.store.objects.has(Area.ARCHIVE, stray)
    assert kept.verify().findings == ()


def test_who_is_interrupted_goes_on(kept: Kept) -> None:
    before = kept.clock.now()
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(total)
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.verify(before=before, on_object=stop)
    assert seen == [19] * 5
    assert kept.verify(before=before).objects == 14
    assert kept.verify(before=before).objects == 0
    kept.clock.time += DAY
    assert kept.verify().objects == 19


def test_the_longest_unread_comes_first(kept: Kept) -> None:
    kept.verify()
    kept.clock.time += DAY
    recent = [each.sha256 for each in kept.records.fixity.due(StoreName.STORE, before=kept.clock.now(), limit=6)]
    read: list[ContentHash] = []

    def stop(done: int, _: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.verify(on_object=stop)
    kept.clock.time += DAY
    keep_archive_more(kept)
    read = [each.sha256 for each in kept.records.fixity.due(StoreName.STORE, before=kept.clock.now(), limit=1000)]
    assert read[-6:] == recent


def keep_archive_more(kept: Kept) -> None:
    kept.records.fixity.enlist(StoreName.STORE, Area.ARCHIVE, [content_hash(b"new")])
    (first,) = kept.records.fixity.due(StoreName.STORE, before=kept.clock.now(), limit=1)
    assert first.sha256 == content_hash(b"new")


def test_a_clock_that_was_set_back_does_not_read_for_ever(kept: Kept) -> None:
    before = kept.clock.now()
    kept.clock.time -= DAY
    assert kept.verify(before=before).objects == 19
    assert kept.verify(before=before).objects == 0


def test_what_is_needed_no_more_is_forgotten(kept: Kept) -> None:
    gone = content_hash(b"disposed of")
    kept.records.fixity.enlist(StoreName.STORE, Area.ARCHIVE, [gone])
    assert kept.verify().findings == ()
    assert kept.records.fixity.count(StoreName.STORE, before=kept.clock.now() + DAY) == 19


def test_what_is_disposed_of_meanwhile_is_not_missing(kept: Kept) -> None:
    _, name = kept.object_of("documents", "signed_source", "b-2-decision")

    class Disposing:
        """An inventory that knows the object until it is looked for in the store."""

        def __init__(self, inventory: Inventory) -> None:
            self._inventory = inventory
            self.gone = False

        def __getattr__(self, asked: str) -> object:
            return getattr(self._inventory, asked)

        def named(self, area: Area, hashes: Collection[ContentHash]) -> Mapping[ContentHash, NeededObject]:
            found = dict(self._inventory.named(area, hashes))
            if self.gone:
                found.pop(name, None)
            elif name in found:
                kept.vandal.delete(area, name)
                self.gone = True
            return found

    check = kept.verify(inventory=Disposing(kept.records.inventory))
    assert (check.findings, check.objects) == ((), 18)
    assert kept.records.fixity.count(StoreName.STORE, before=kept.clock.now() + DAY) == 18


def test_reading_keeps_to_its_pace(kept: Kept) -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    check = kept.verify(pace=Pace(10.0, now=lambda: now[0], sleep=sleep))
    assert sum(slept) == pytest.approx(check.bytes / 10)
    now[0] += 1000  # what was not used is not saved up
    pace = Pace(10.0, now=lambda: now[0], sleep=sleep)
    slept.clear()
    pace.spend(20)
    pace.spend(20)
    assert slept == pytest.approx([2, 2])


def test_what_was_not_sound_is_read_again(kept: Kept) -> None:
    area, name = kept.object_of("documents", "copy_sha256", "b-1-letter")
    kept.vandal.write(area, name, b"a lie")
    before = kept.clock.now()
    assert len(kept.verify(before=before).findings) == 1
    again = kept.verify(before=before - 90 * DAY)
    assert (again.objects, len(again.findings)) == (1, 1)


def test_a_store_that_gives_nothing_ends_the_run(kept: Kept) -> None:
    class Gone:
        def open(self, *_: object) -> None:
            raise StoreUnavailable(reason="connection refused")

    gone = replace(kept.store, objects=Gone())  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        kept.verify(gone)
    assert kept.verify().objects == 19


def test_the_mirror_gets_what_is_new(kept: Kept) -> None:
    area, name = kept.object_of("documents", "copy_sha256", "b-1-letter")
    data = kept.vandal.read(area, name)
    kept.mirror_vandal.delete(area, name)
    lost_area, lost = kept.object_of("copy_versions", "sha256", "b-2-letter/2")
    kept.mirror_vandal.delete(lost_area, lost)
    kept.vandal.write(lost_area, lost, b"a lie")
    done = mirror_store(kept.store, kept.mirror, inventory=kept.records.inventory)
    assert (done.objects, done.copied, done.bytes) == (19, 1, len(data))
    assert kept.mirror_vandal.read(area, name) == data
    (finding,) = done.findings
    assert (finding.store, finding.outcome, finding.needed.sha256) == (
        StoreName.STORE,
        CheckOutcome.ALTERED,
        lost,
    )
    assert not kept.mirror.objects.has(lost_area, lost)
