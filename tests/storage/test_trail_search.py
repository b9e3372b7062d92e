"""Entries of the trail are found by person, action, subject and day, the newest first."""

from __future__ import annotations

import datetime as dt

from pipeline.audit_ports import TrailFilter
from pipeline.domain.audit import Action, AuditEntry, Author, Deed, Subject, SubjectKind, UnreadableEntry
from storage.records import Records
from tests.storage.audit_trails import tamper
from tests.storage.conftest import SetClock

HOA = Author(name="hoa", role="records_officer", origin="tests")
PAPER, FILE = Subject(SubjectKind.DOCUMENT, "d-1"), Subject(SubjectKind.FILE, "d-1")


def note(records: Records, action: Action, subject: Subject, *, who: Author | None = None) -> None:
    mine = records if who is None else records.acting(who)
    mine.trail.note([Deed(action=action, subject=subject)])


def found(records: Records, **wanted: object) -> list[int]:
    return [each.number for each in records.officer.trail.newest(TrailFilter(**wanted))]  # type: ignore[arg-type]


def fill(records: Records, clock: SetClock) -> None:
    """Five entries on three days."""
    clock.time = dt.datetime(2026, 1, 31, 16, 59, tzinfo=dt.UTC)
    note(records, Action.READ, PAPER)
    note(records, Action.READ, FILE)
    clock.time = dt.datetime(2026, 1, 31, 17, tzinfo=dt.UTC)  # the next day in Viet Nam
    note(records, Action.SEARCHED, Subject(SubjectKind.SEARCH, ""), who=HOA)
    clock.time = dt.datetime(2026, 2, 3, 1, tzinfo=dt.UTC)
    note(records, Action.READ, PAPER, who=HOA)
    note(records, Action.READ, Subject(SubjectKind.DOCUMENT, "d-2"))


def test_each_filter_narrows(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    assert found(records) == [5, 4, 3, 2, 1]
    assert found(records, author="hoa") == [4, 3]
    assert found(records, action=Action.SEARCHED) == [3]
    assert found(records, kind=SubjectKind.DOCUMENT) == [5, 4, 1]
    assert found(records, subject="d-1") == [4, 2, 1]
    assert found(records, kind=SubjectKind.DOCUMENT, subject="d-1", author="lan") == [1]
    assert found(records, author="nobody else") == []
    assert found(records, authors=frozenset({"hoa"})) == [4, 3]
    assert found(records, authors=frozenset({"hoa"}), author="lan") == []
    assert found(records, authors=frozenset()) == []


def test_days_are_the_offices(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    assert found(records, since=dt.date(2026, 2, 1)) == [5, 4, 3]
    assert found(records, until=dt.date(2026, 1, 31)) == [2, 1]
    assert found(records, since=dt.date(2026, 2, 1), until=dt.date(2026, 2, 1)) == [3]


def test_pages_go_on_below_a_number_whatever_comes_meanwhile(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    assert found(records, limit=2) == [5, 4]
    note(records, Action.READ, PAPER)
    assert found(records, limit=2, before=4) == [3, 2]


def test_entries_about_several_records_come_in_their_order(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    trail = records.officer.trail
    assert [each.number for each in trail.about([PAPER, FILE], limit=10)] == [1, 2, 4]
    assert [each.number for each in trail.about([FILE, PAPER], limit=2)] == [2, 4]
    assert trail.about([], limit=2) == []


def test_everybody_in_the_trail_is_named_once(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    assert records.officer.trail.authors() == ["hoa", "lan"]


def test_an_entry_that_cannot_be_read_is_shown_as_such(records: Records, clock: SetClock) -> None:
    fill(records, clock)
    tamper(records.engine, "UPDATE audit_entries SET action = 'nonsense' WHERE number = 4")
    newest = records.officer.trail.newest(TrailFilter(subject="d-1", limit=1))
    assert [type(each) for each in newest] == [UnreadableEntry]
    assert [type(each) for each in records.officer.trail.newest(TrailFilter(limit=1))] == [AuditEntry]
