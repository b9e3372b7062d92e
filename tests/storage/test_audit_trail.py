"""The audit trail: what is written, what cannot be changed, and that every tampering is found and named."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind, entry_hash
from pipeline.domain.audit_findings import AuditFault, AuditFinding
from pipeline.domain.audit_seal import KeptSeal
from pipeline.ports import Area
from pipeline.usecases.prove_records import unproven_records
from storage.records import Records
from tests.fakes.author import CLERK
from tests.storage.audit_trails import MONDAY, Trail, three_days
from tests.storage.conftest import SetClock
from tests.storage.samples import digitized_batch, received_batch


@pytest.fixture
def trail(records: Records, clock: SetClock) -> Trail:
    return three_days(records, clock)


def entry(fault: AuditFault, first: int, last: int | None = None, detail: str = "") -> AuditFinding:
    return AuditFinding(fault=fault, first=first, last=first if last is None else last, detail=detail)


# --- what is written -------------------------------------------------------------------------------------------------------


def test_a_change_is_written_with_who_what_and_how_it_stood_before_and_after(records: Records) -> None:
    records.batches.open(received_batch())
    records.batches.complete(digitized_batch(), texts={})
    entries = [each for each in records.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    assert [(each.deed.action, each.deed.subject.kind, each.deed.subject.id) for each in entries] == [
        (Action.BATCH_RECEIVED, SubjectKind.BATCH, "b-1"),
        (Action.BATCH_COMPLETED, SubjectKind.BATCH, "b-1"),
        (Action.BATCH_COMPLETED, SubjectKind.DOCUMENT, "b-1-letter"),
        (Action.BATCH_COMPLETED, SubjectKind.COPIES, "b-1-letter"),
        (Action.BATCH_COMPLETED, SubjectKind.DOCUMENT, "b-1-decision"),
        (Action.BATCH_COMPLETED, SubjectKind.COPIES, "b-1-decision"),
    ]
    assert {each.author for each in entries} == {CLERK}
    assert entries[0].deed.before == {}
    assert sorted(entries[0].deed.after) == ["batches", "received_sources"]
    assert entries[1].deed.before == entries[0].deed.after
    assert [each.number for each in entries] == [1, 2, 3, 4, 5, 6]


def test_what_changes_nothing_and_what_fails_leaves_no_entry(records: Records) -> None:
    records.batches.open(received_batch())
    records.batches.open(received_batch())
    twice = (digitized_batch().documents[0],) * 2
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        records.batches.complete(replace(digitized_batch(), documents=twice), texts={})
    assert records.trail.last().number == 1


def test_words_that_no_database_takes_are_kept_as_they_were_hashed(trail: Trail) -> None:
    odd = Deed(
        action=Action.READ,
        subject=Subject(SubjectKind.DOCUMENT, "d-1"),
        reason="a\0b\ud800",
        details={"why": "Nguyễn \0 \u2028 𠀀 \ud800"},
    )
    trail.records.trail.note([odd])
    assert trail.findings() == []


# --- what cannot be changed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit_entries", "audit_days"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE", "REPLACE"])
def test_the_database_refuses_to_change_or_remove_entries_and_seals(trail: Trail, table: str, verb: str) -> None:
    engine = trail.records.engine
    is_sqlite = engine.dialect.name == "sqlite"
    statement = {
        "UPDATE": f"UPDATE {table} SET previous = 'x'",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"DELETE FROM {table}" if is_sqlite else f"TRUNCATE {table} CASCADE",
        "REPLACE": f"REPLACE INTO {table} SELECT * FROM {table}" if is_sqlite else f"DELETE FROM {table} WHERE true",
    }[verb]
    before = trail.records.trail.entries(limit=100), trail.records.seals.seals(limit=100)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert before == (trail.records.trail.entries(limit=100), trail.records.seals.seals(limit=100))


# --- what is found ---------------------------------------------------------------------------------------------------------


def test_a_sound_trail_has_no_findings(trail: Trail) -> None:
    summary, found = trail.verify()
    assert found == []
    assert (summary.entries, summary.seals, summary.sealed) == (9, 2, 6)
    assert (summary.unsealed_days, summary.unstamped, summary.doubtful_stamps) == (0, 0, 0)


def test_days_that_wait_for_their_seal_are_counted(trail: Trail) -> None:
    trail.clock.time += dt.timedelta(days=3)
    assert trail.verify()[0].unsealed_days == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("author", "mallory"),
        ("role", "auditor"),
        ("origin", "elsewhere"),
        ("action", "searched"),
        ("subject_kind", "batch"),
        ("subject_id", "d-2"),
        ("reason", ""),
        ("details", '{"count": "4"}'),
        ("before", '{"documents": "00"}'),
        ("after", '{"documents": "00"}'),
        ("at", "2026-03-02 02:02:01.000000"),
    ],
)
def test_an_edited_column_is_found(trail: Trail, column: str, value: str) -> None:
    trail.tamper(f"UPDATE audit_entries SET {column} = '{value}' WHERE number = 3")
    assert trail.findings() == [entry(AuditFault.ENTRY_ALTERED, 3)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("action", "batch.stolen"), ("subject_kind", "secret"), ("details", "[1]"), ("after", '{"a": 1}')],
)
def test_what_no_entry_can_hold_is_a_finding_and_no_crash(trail: Trail, column: str, value: str) -> None:
    trail.tamper(f"UPDATE audit_entries SET {column} = '{value}' WHERE number = 3")
    (found,) = trail.findings()
    assert (found.fault, found.first) == (AuditFault.ENTRY_ALTERED, 3)
    assert value.strip("[]1") in found.detail
    trail.read("d-10")  # work goes on


def test_text_that_is_no_json_and_no_time_is_found(trail: Trail) -> None:
    if trail.records.engine.dialect.name == "postgresql":
        trail.tamper("UPDATE audit_entries SET at = 'infinity' WHERE number = 3")
    else:
        trail.tamper("UPDATE audit_entries SET at = 'gestern', details = '{' WHERE number = 3")
    assert trail.findings()[0].fault is AuditFault.ENTRY_ALTERED


def test_an_edited_hash_is_found_as_is_an_edited_link(trail: Trail) -> None:
    trail.tamper("UPDATE audit_entries SET previous = hash WHERE number = 8")
    assert trail.findings() == [entry(AuditFault.ENTRY_ALTERED, 8)]


def test_removed_entries_are_named(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_entries WHERE number IN (3, 4)")
    assert trail.findings() == [
        entry(AuditFault.ENTRIES_REMOVED, 3, 4),
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=1, last=5, day="2026-03-02"),
    ]


def test_a_removed_beginning_is_named(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_entries WHERE number <= 2")
    assert trail.findings()[0] == entry(AuditFault.ENTRIES_REMOVED, 1, 2)


def test_removed_entries_whose_gap_was_closed_are_found(trail: Trail) -> None:
    trail.tamper(
        "DELETE FROM audit_entries WHERE number = 3",
        *(f"UPDATE audit_entries SET number = {n - 1} WHERE number = {n}" for n in range(4, 10)),
    )
    assert trail.findings() == [
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=1, last=5, day="2026-03-02"),
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=6, last=6, day="2026-03-03"),
        entry(AuditFault.ENTRIES_MOVED, 3, 8, "+1"),
    ]


def test_an_inserted_entry_is_named(trail: Trail) -> None:
    copied = "author, role, origin, action, subject_kind, subject_id, before, after, reason, details, previous, hash"
    trail.tamper(
        *(f"UPDATE audit_entries SET number = {n + 1} WHERE number = {n}" for n in range(9, 3, -1)),
        f"INSERT INTO audit_entries (number, at, {copied}) SELECT 4, at, {copied} FROM audit_entries WHERE number = 5",
        "UPDATE audit_entries SET author = 'mallory' WHERE number = 4",
    )
    found = trail.findings()
    assert entry(AuditFault.ENTRY_ALTERED, 4) in found
    assert entry(AuditFault.ENTRY_INSERTED, 4) in found
    assert entry(AuditFault.ENTRIES_MOVED, 5, 10, "-1") in found


def test_entries_that_changed_places_are_named(trail: Trail) -> None:
    trail.tamper(
        "UPDATE audit_entries SET number = 100 WHERE number = 2",
        "UPDATE audit_entries SET number = 2 WHERE number = 4",
        "UPDATE audit_entries SET number = 4 WHERE number = 100",
    )
    found = trail.findings()
    assert found[:2] == [entry(AuditFault.ENTRIES_MOVED, 2, 2, "+2"), entry(AuditFault.ENTRIES_MOVED, 4, 4, "-2")]
    assert [each.fault for each in found[2:]] == [AuditFault.SEAL_CONTRADICTED]


def test_an_end_that_was_cut_off_is_named_as_far_as_it_was_sealed(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_entries WHERE number >= 6")
    assert trail.findings()[0] == entry(AuditFault.ENTRIES_REMOVED, 6, 6)


def test_an_end_that_was_never_sealed_can_be_cut_off_unseen(trail: Trail) -> None:
    """What a trail cannot show by itself; the records that those entries were about do (test_record_proofs)."""
    trail.tamper("DELETE FROM audit_entries WHERE number = 9")
    assert trail.findings() == []


def test_a_chain_that_was_made_anew_is_contradicted_by_its_seals(trail: Trail) -> None:
    forge(trail, 3, author="mallory")
    found = trail.findings()
    assert found == [
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=1, last=5, day="2026-03-02"),
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=6, last=6, day="2026-03-03"),
    ]


def test_an_entry_whose_hash_alone_was_made_anew_is_named_by_the_next_one(trail: Trail) -> None:
    forge(trail, 3, author="mallory", follow=False)
    assert trail.findings()[0].fault in {AuditFault.SEAL_CONTRADICTED, AuditFault.ENTRY_ALTERED}
    assert entry(AuditFault.ENTRY_ALTERED, 3) in trail.findings()


# --- seals -----------------------------------------------------------------------------------------------------------------


def test_a_day_without_entries_is_sealed_too(records: Records, clock: SetClock) -> None:
    trail = Trail(records, clock)
    clock.time = MONDAY
    trail.read("d-1")
    clock.time = MONDAY + dt.timedelta(days=3)
    assert trail.seal() == 3
    seals = [each.seal for each in records.seals.seals(limit=10) if isinstance(each, KeptSeal)]
    assert [(each.day.isoformat(), each.first, each.last, each.count) for each in seals] == [
        ("2026-03-02", 1, 1, 1),
        ("2026-03-03", 2, 1, 0),
        ("2026-03-04", 2, 1, 0),
    ]
    # RFC 6962 §2.1: the hash of an empty list is the hash of an empty string
    assert seals[1].root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert trail.seal() == 0
    assert trail.findings() == []


def test_a_day_ends_at_midnight_of_the_office(records: Records, clock: SetClock) -> None:
    trail = Trail(records, clock)
    clock.time = dt.datetime(2026, 3, 2, 16, 59, 59, tzinfo=dt.UTC)  # 23:59:59 on 2 March in Ha Noi
    trail.read("d-1")
    clock.time = dt.datetime(2026, 3, 2, 17, 0, 0, tzinfo=dt.UTC)
    trail.read("d-2")
    assert trail.seal() == 1
    last = records.seals.last()
    assert isinstance(last, KeptSeal)
    assert (last.seal.day, last.seal.first, last.seal.last) == (dt.date(2026, 3, 2), 1, 1)


def test_a_clock_that_goes_back_leaves_no_entry_without_a_seal(trail: Trail) -> None:
    trail.clock.time = MONDAY
    trail.read("late")
    trail.clock.time = MONDAY + dt.timedelta(days=5)
    trail.seal()
    summary, found = trail.verify()
    assert found == []
    assert summary.sealed == 10


def seal(fault: AuditFault, day: str, detail: str = "") -> AuditFinding:
    return AuditFinding(fault=fault, day=day, detail=detail)


def test_an_edited_seal_is_named(trail: Trail) -> None:
    trail.tamper("UPDATE audit_days SET root = :root WHERE day = '2026-03-02'", root="0" * 64)
    assert trail.findings() == [
        AuditFinding(fault=AuditFault.SEAL_CONTRADICTED, first=1, last=5, day="2026-03-02"),
        seal(AuditFault.SEAL_ALTERED, "2026-03-02", "digest"),
    ]


def test_a_seal_that_is_no_seal_is_named(trail: Trail) -> None:
    trail.tamper("UPDATE audit_days SET object = 'none' WHERE day = '2026-03-03'")
    (found,) = [each for each in trail.findings() if each.day == "2026-03-03"]
    assert found.fault is AuditFault.SEAL_ALTERED


def test_a_removed_seal_is_named(trail: Trail) -> None:
    trail.clock.time += dt.timedelta(days=1)
    assert trail.seal() == 1
    trail.tamper("DELETE FROM audit_days WHERE day = '2026-03-03'")
    assert trail.findings() == [seal(AuditFault.SEAL_MISSING, "2026-03-03")]


def test_a_removed_first_seal_is_named(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_days WHERE day = '2026-03-02'")
    assert trail.findings() == [seal(AuditFault.SEAL_MISSING, "2026-03-03", "before")]


def test_a_seal_whose_object_or_token_was_replaced_is_named(trail: Trail) -> None:
    first, second = trail.records.seals.seals(limit=2)
    assert isinstance(first, KeptSeal)
    assert isinstance(second, KeptSeal)
    assert first.token is not None
    del trail.objects.kept[Area.ARCHIVE, first.object]
    trail.tamper("UPDATE audit_days SET token = :token WHERE day = '2026-03-03'", token=first.token)
    assert trail.findings() == [
        seal(AuditFault.STAMP_FALSE, "2026-03-03", "HASH_FAILURE"),
        seal(AuditFault.SEAL_OBJECT_LOST, "2026-03-02", "object.missing"),
    ]


# --- a forger --------------------------------------------------------------------------------------------------------------


def forge(trail: Trail, number: int, *, author: str, follow: bool = True) -> None:
    """Rewrite an entry's author and make its hash, and with `follow` all later ones, anew, as a capable attacker would."""
    entries = [each for each in trail.records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    previous = entries[number - 1].previous
    for each in entries[number - 1 :]:
        by = replace(each.author, name=author) if each.number == number else each.author
        link = entry_hash(number=each.number, at=each.at, author=by, deed=each.deed, previous=previous)
        trail.tamper(
            "UPDATE audit_entries SET author = :author, previous = :previous, hash = :hash WHERE number = :number",
            author=by.name,
            previous=previous,
            hash=link,
            number=each.number,
        )
        previous = link
        if not follow:
            return


# --- many at once ----------------------------------------------------------------------------------------------------------

WRITER = """
import sys
from app.clock import SystemClock
from pipeline.domain.audit import Action, Author, Deed, Subject, SubjectKind
from pipeline.domain.ids import BatchId
from storage.records import open_records
from tests.storage.samples import digitized_batch, received_batch
from dataclasses import replace

url, name = sys.argv[1:]
records = open_records(url, clock=SystemClock(), author=Author(name=name, role="system", origin="process"))
for number in range(12):
    records.trail.note([Deed(action=Action.READ, subject=Subject(SubjectKind.DOCUMENT, f"{name}-{number}"))] * 3)
    records.batches.open(received_batch("b-shared"))
    records.batches.open(received_batch(f"b-{name}-{number}"))
    records.batches.complete(replace(digitized_batch("b-shared")), texts={})
"""


@pytest.mark.slow
def test_processes_that_write_at_once_make_one_chain(database_url: str, records: Records, clock: SetClock) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, database_url, name]) for name in ("an", "bình", "chi")]
    assert [each.wait(120) for each in writers] == [0, 0, 0]
    trail = Trail(records, clock)
    summary, found = trail.verify()
    assert found == []
    # of each process 36 looks and 12 batches; the shared batch was opened once, and completed once with 2 papers
    assert summary.entries == summary.last == 3 * (36 + 12) + 1 + 5
    assert list(unproven_records(records.proofs)) == []
    entries = [each for each in records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    assert {each.author.name for each in entries} == {"an", "bình", "chi"}
