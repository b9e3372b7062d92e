"""Each law of what is kept is broken by hand: it is named with its item, put right where that is said, and nothing else is named."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import pytest

from pipeline.domain.ids import BatchId
from pipeline.domain.laws import MENDABLE, BrokenLaw, Law, LawFault
from pipeline.domain.search import SearchQuery
from pipeline.usecases.verify_laws import LawsCheck, verify_laws
from storage.records import Records
from tests.fakes.objects import MemoryObjects
from tests.storage.kept_archive import keep_archive

Broken = tuple[LawFault, str]
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


@dataclass
class Archive:
    records: Records
    objects: MemoryObjects

    def check(self, *, repairing: bool = False) -> LawsCheck:
        return verify_laws(self.records.laws, objects=self.objects, now=NOW, repairing=repairing)

    def broken(self) -> list[Broken]:
        return [(each.fault, each.item) for each in self.check().broken]

    def harm(self, *statements: str) -> list[object]:
        """Run statements as whoever owns the database can: no foreign key and no trigger is in the way."""
        url = self.records.engine.url
        if url.get_backend_name() == "sqlite":
            with contextlib.closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
                for (trigger,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                ).fetchall():
                    connection.execute(f'DROP TRIGGER "{trigger}"')
                return [_given(connection.execute(each)) for each in statements]
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as there:
            there.execute("SET session_replication_role = replica")
            return [_given(there.execute(each)) for each in statements]


def _given(cursor: sqlite3.Cursor | psycopg.Cursor[tuple[object, ...]]) -> object:
    """Return what a statement returns, or how many rows it changed."""
    if cursor.description is None:
        return cursor.rowcount
    row = cursor.fetchone()
    return None if row is None else row[0]


@pytest.fixture
def archive(records: Records) -> Archive:
    objects = MemoryObjects()
    keep_archive(records, objects)
    return Archive(records, objects)


def test_of_a_sound_archive_nothing_is_said(archive: Archive) -> None:
    check = archive.check(repairing=True)
    assert check.broken == ()
    assert check.looked_at[Law.PAGES] == 2
    assert check.looked_at[Law.COPIES] == check.looked_at[Law.SEARCH] == 4
    assert check.looked_at[Law.ORDERS] == 2
    assert check.looked_at[Law.EVENTS] == archive.records.trail.last().number


LETTER, DECISION = "b-1-letter", "b-1-decision"
_ENTRY = f"(SELECT id FROM search_entries WHERE document = '{LETTER}')"

HARM: dict[str, tuple[Sequence[str], list[Broken]]] = {
    "a page's row is gone": (
        ["DELETE FROM pages WHERE batch = 'b-1' AND number = 3"],
        [(LawFault.PAGES_UNCOUNTED, "b-1/1")],
    ),
    "a page too many": (
        [
            """INSERT INTO pages (batch, source, number, position, state, rotation, skew, confidence, codes)
            SELECT batch, source, 4, 9, state, rotation, skew, confidence, codes FROM pages
            WHERE batch = 'b-1' AND number = 3"""
        ],
        [(LawFault.PAGES_UNCOUNTED, "b-1/1")],
    ),
    "a page lies in no paper": (
        ["UPDATE pages SET state = 'kept' WHERE batch = 'b-1' AND number = 3"],
        [(LawFault.PAGE_UNACCOUNTED, "b-1/1/3")],
    ),
    "a page says that it lies elsewhere": (
        [f"UPDATE pages SET document = '{LETTER}' WHERE batch = 'b-1' AND number = 2"],
        [(LawFault.PAGE_MISPLACED, "b-1/1/2")],
    ),
    "a blank page lies in a paper": (
        ["UPDATE pages SET state = 'blank', document = NULL WHERE batch = 'b-1' AND number = 2"],
        [(LawFault.PAGE_MISPLACED, "b-1/1/2")],
    ),
    "a paper has lost its page": (
        [f"DELETE FROM document_pages WHERE document = '{LETTER}'"],
        [(LawFault.PAPER_EMPTY, LETTER), (LawFault.PAGE_UNACCOUNTED, "b-1/1/1"), (LawFault.COPY_PAGES, LETTER)],
    ),
    "a paper has a page of nowhere": (
        [f"UPDATE document_pages SET number = 77 WHERE document = '{LETTER}'"],
        [(LawFault.PAGE_UNACCOUNTED, "b-1/1/1"), (LawFault.PAGE_UNKNOWN, LETTER)],
    ),
    "a source has no end": (
        ["DELETE FROM sources WHERE batch = 'b-1' AND pages = 0 AND name NOT LIKE '%zip%'"],
        [(LawFault.SOURCE_LOST, "b-1/received 2")],
    ),
    "a version is gone": (
        [f"UPDATE copy_versions SET number = 3 WHERE document = '{LETTER}' AND number = 2"],
        [(LawFault.COPY_GAP, LETTER)],
    ),
    "the first version is gone": (
        [f"DELETE FROM copy_versions WHERE document = '{DECISION}'"],
        [(LawFault.COPY_FIRST, DECISION)],
    ),
    "the first version is another file": (
        [
            f"UPDATE documents SET copy_sha256 = (SELECT copy_sha256 FROM documents WHERE id = 'b-2-letter') WHERE id = '{DECISION}'"
        ],
        [(LawFault.COPY_FIRST, DECISION)],
    ),
    "a copy has other pages than its paper": (
        [
            f"""INSERT INTO pages (batch, source, number, position, state, rotation, skew, confidence, codes, document)
            SELECT batch, source, 4, 9, 'kept', rotation, skew, confidence, codes, '{LETTER}' FROM pages
            WHERE batch = 'b-1' AND number = 3""",
            "UPDATE sources SET pages = 4 WHERE batch = 'b-1' AND pages = 3",
            f"""INSERT INTO document_pages (document, position, batch, source, number)
            SELECT '{LETTER}', 1, batch, source, 4 FROM document_pages WHERE document = '{LETTER}'""",
        ],
        [(LawFault.COPY_PAGES, LETTER)],
    ),
    "what was signed is no version": (
        [f"UPDATE signing_items SET signed = '{'ab' * 32}' WHERE order_id = 'o-b-1'"],
        [(LawFault.SIGNED_UNKNOWN, f"o-b-1/{LETTER}")],
    ),
    "what was shown is no version": (
        [f"UPDATE signing_items SET shown = '{'ab' * 32}' WHERE order_id = 'o-b-1'"],
        [(LawFault.SHOWN_UNKNOWN, f"o-b-1/{LETTER}")],
    ),
    "an order is done and a paper waits": (
        ["UPDATE signing_items SET state = 'waiting', signed = NULL WHERE order_id = 'o-b-1'"],
        [(LawFault.ORDER_UNSETTLED, f"o-b-1/{LETTER}")],
    ),
    "an order has no manifest": (
        ["UPDATE signing_orders SET manifest_signature = NULL WHERE id = 'o-b-1'"],
        [(LawFault.MANIFEST_MISSING, "o-b-1")],
    ),
    "a paper is not in the index": (
        [
            f"DELETE FROM search_cards WHERE id = {_ENTRY}",
            f"UPDATE search_entries SET document = 'nobody' WHERE document = '{LETTER}'",
        ],
        [(LawFault.UNINDEXED, LETTER), (LawFault.INDEX_STRAY, "nobody")],
    ),
    "a paper is found by another text": (
        [f"UPDATE search_entries SET text = 'somebody else' WHERE document = '{LETTER}'"],
        [(LawFault.INDEXED_OTHERWISE, LETTER), (LawFault.WORDS_OTHERWISE, LETTER)],
    ),
    "a paper is counted by what it is not": (
        [f"UPDATE search_cards SET agency = 'H01.02' WHERE id = {_ENTRY}"],
        [(LawFault.INDEXED_OTHERWISE, LETTER), (LawFault.WORDS_OTHERWISE, LETTER)],
    ),
    "a paper that was replaced is found": (
        [f"UPDATE documents SET state = 'disposed' WHERE id = '{LETTER}'"],
        [(LawFault.INDEX_STRAY, LETTER)],
    ),
    "a reader is ahead": (
        ["INSERT INTO event_readers (name, reached) VALUES ('w-1', 99999)"],
        [(LawFault.READER_AHEAD, "w-1")],
    ),
    "somebody is to be told of no event": (
        [
            "INSERT INTO event_readers (name, reached) VALUES ('w-1', 0)",
            f"""INSERT INTO deliveries (reader, event, subject, attempts, due_at, reason)
            VALUES ('w-1', 99999, '{LETTER}', 0, '2026-01-01 00:00:00', '')""",
        ],
        [(LawFault.DELIVERY_STRAY, "w-1/99999")],
    ),
    "a result tells of a file that nobody knows": (
        [
            f"INSERT INTO ledger (key, result) VALUES ('read-1', '{'cd' * 32}')",
            f"INSERT INTO ledger_sources (key, source) VALUES ('read-1', '{'ab' * 32}')",
        ],
        [(LawFault.RESULT_OF_NOTHING, "read-1")],
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_broken_law_is_named_with_its_item(archive: Archive, harm: str) -> None:
    statements, expected = HARM[harm]
    assert all(archive.harm(*statements)), "the harm did nothing"
    check = archive.check()
    assert sorted((each.fault, each.item) for each in check.broken) == sorted(expected)
    assert check.open == check.broken
    mended = archive.check(repairing=True)
    assert {each.fault for each in mended.mended} == {fault for fault, _ in expected} & set(MENDABLE)
    assert archive.check().broken == mended.open


def test_events_are_written_again_from_the_trail(archive: Archive) -> None:
    before = archive.records.events.after(0, limit=1000)
    gone, other = before[1], before[2]
    archive.harm(
        f"DELETE FROM events WHERE number = {gone.number}",
        f"UPDATE events SET subject = '{DECISION}-x' WHERE number = {other.number}",
        "INSERT INTO events (number, at, kind, subject, details)"
        f" VALUES (99999, '2026-01-01 00:00:00', 'document.completed', '{LETTER}', '{{}}')",
    )
    assert sorted(archive.broken()) == [
        (LawFault.EVENT_CONTRADICTED, str(other.number)),
        (LawFault.EVENT_MISSING, str(gone.number)),
        (LawFault.EVENT_STRAY, "99999"),
    ]
    archive.check(repairing=True)
    assert (LawFault.EVENT_MISSING, str(gone.number)) not in archive.broken()
    assert gone in archive.records.events.after(0, limit=1000)


def test_an_event_of_a_deed_that_nobody_is_told_of(archive: Archive) -> None:
    told = {each.number for each in archive.records.events.after(0, limit=1000)}
    untold = next(number for number in range(1, 100) if number not in told)
    archive.harm(
        "INSERT INTO events (number, at, kind, subject, details)"
        f" VALUES ({untold}, '2026-01-01 00:00:00', 'document.completed', '{LETTER}', '{{}}')"
    )
    assert archive.broken() == [(LawFault.EVENT_STRAY, str(untold))]


def test_words_that_are_lost_or_too_many_are_put_right(archive: Archive) -> None:
    find = archive.records.library.search
    before = find(SearchQuery(words="giay phep"))
    (number, other) = archive.harm(
        f"SELECT id FROM search_entries WHERE document = '{LETTER}'",
        f"SELECT id FROM search_entries WHERE document = '{DECISION}'",
    )
    if archive.records.engine.dialect.name == "sqlite":
        archive.harm(
            "INSERT INTO search_words (search_words) VALUES ('delete-all')",
            f"INSERT INTO search_words (rowid, tokens) VALUES ({number}, 'xyz')",
            "INSERT INTO search_words (rowid, tokens) VALUES (777, 'xyz')",
        )
        lost = {LETTER, DECISION, "b-2-letter", "b-2-decision"}
    else:
        archive.harm(
            f"UPDATE search_words SET tokens = tokens || '''xyz'''::tsvector WHERE id = {number}",
            f"DELETE FROM search_words WHERE id = {other}",
            "INSERT INTO search_words (id, tokens) VALUES (777, '''xyz''')",
        )
        lost = {LETTER, DECISION}
    assert sorted(archive.broken()) == sorted(
        [(LawFault.INDEX_STRAY, "777"), *((LawFault.WORDS_OTHERWISE, each) for each in lost)]
    )
    assert archive.check(repairing=True).open == ()
    assert archive.broken() == []
    assert find(SearchQuery(words="giay phep")) == before
    assert find(SearchQuery(words="xyz")).total == 0


def test_a_paper_whose_text_is_lost_stays_broken(archive: Archive) -> None:
    archive.harm(f"UPDATE search_entries SET document = 'nobody' WHERE document = '{LETTER}'")
    check = verify_laws(archive.records.laws, objects=MemoryObjects(), now=NOW, repairing=True)
    assert [(each.fault, each.item) for each in check.open] == [(LawFault.UNINDEXED, LETTER)]
    assert archive.broken() == [(LawFault.UNINDEXED, LETTER)]
    assert archive.check(repairing=True).open == ()
    assert archive.broken() == []


def test_a_lease_without_end_is_ended(archive: Archive) -> None:
    batches = archive.records.batches
    with batches.lease(BatchId("b-1"), holder="w-1", seconds=30):
        assert archive.broken() == []
        archive.harm("UPDATE leases SET expires_at = '2099-01-01 00:00:00' WHERE batch = 'b-1'")
        assert archive.broken() == [(LawFault.LEASE_ENDLESS, "b-1")]
        assert archive.check(repairing=True).open == ()
        assert archive.broken() == []


def test_no_part_is_left_of_a_batch_that_is_complete(archive: Archive) -> None:
    part = "INSERT INTO parts (batch, number, plan, part, pages, state, failed, holder, turn, expires_at) VALUES"
    archive.harm(
        "INSERT INTO batches (id, created_at, state) VALUES ('b-9', '2026-01-01 00:00:00', 'received')",
        f"{part} ('b-9', 1, 'p', '{{}}', 32, 'open', '[]', 'w-1', 1, '2026-01-01 00:00:00')",
        f"{part} ('b-9', 2, 'p', '{{}}', 32, 'open', '[]', 'w-1', 1, '2099-01-01 00:00:00')",
        f"{part} ('b-1', 7, 'p', '{{}}', 32, 'open', '[]', 'w-1', 1, '2026-01-01 00:00:00')",
    )
    assert archive.broken() == [(LawFault.PART_LEFT, "b-1/7"), (LawFault.LEASE_ENDLESS, "b-9/2")]
    assert archive.check(repairing=True).open == ()
    assert archive.broken() == []


def test_a_batch_whose_papers_nobody_publishes_is_told(archive: Archive) -> None:
    archive.harm("INSERT INTO unpublished (batch) VALUES ('b-2')")
    with archive.records.batches.lease(BatchId("b-2"), holder="w-1", seconds=30):
        assert archive.broken() == []
    assert archive.broken() == [(LawFault.UNPUBLISHED, "b-2")]
    assert [each.fault for each in archive.check(repairing=True).open] == [LawFault.UNPUBLISHED]


def test_everything_is_named_at_once_and_heard_as_it_is_found(archive: Archive) -> None:
    archive.harm(
        "DELETE FROM pages WHERE batch = 'b-1' AND number = 3",
        "DELETE FROM pages WHERE batch = 'b-2' AND number = 3",
        "UPDATE signing_orders SET manifest = NULL WHERE id = 'o-b-2'",
    )
    heard: list[BrokenLaw] = []
    check = verify_laws(archive.records.laws, objects=archive.objects, now=NOW, on_broken=heard.append)
    assert list(check.broken) == heard
    assert [(each.law, each.item, each.detail) for each in heard] == [
        (Law.PAGES, "b-1/1", "2 / 3"),
        (Law.PAGES, "b-2/1", "2 / 3"),
        (Law.ORDERS, "o-b-2", ""),
    ]
    told = {"pages": 2, "copies": 0, "orders": 1, "leases": 0, "search": 0, "events": 0, "results": 0, "publishing": 0}
    assert archive.records.open_work.read().broken_laws == told
