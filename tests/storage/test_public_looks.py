"""What `PublicBook` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from pipeline.domain.ids import DocumentId
from storage.audit_tables import audit_entries
from storage.public_tables import public_looks
from storage.records import Records
from tests.e2e.papers import keep_papers
from tests.fakes.objects import MemoryObjects

HOUR = dt.datetime(2026, 2, 1, 8, 0, tzinfo=dt.UTC)
RESULT = DocumentId("d-1")


def entries(records: Records) -> list[tuple[str, str, dict[str, str]]]:
    columns = audit_entries.c
    query = sa.select(columns.action, columns.subject_id, columns.details).order_by(columns.number)
    with records.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_looks_of_an_hour_are_one_entry_of_the_trail(records: Records) -> None:
    book = records.public_book
    first = [book.note(RESULT, at=HOUR + dt.timedelta(minutes=minute)) for minute in (1, 2, 59)]
    assert first == [True, False, False]
    assert book.note(RESULT, at=HOUR + dt.timedelta(minutes=60))
    assert book.note(DocumentId("d-2"), at=HOUR)
    shown = ("read", RESULT, {"part": "public"})
    assert entries(records) == [shown, shown, ("read", "d-2", {"part": "public"})]


def test_looks_at_the_same_moment_are_one_entry(records: Records) -> None:
    with ThreadPoolExecutor(8) as pool:
        noted = list(pool.map(lambda _: records.public_book.note(RESULT, at=HOUR), range(16)))
    assert noted.count(True) == 1
    assert len(entries(records)) == 1


def test_notes_of_yesterday_go(records: Records) -> None:
    for days in (0, 1, 2):
        assert records.public_book.note(RESULT, at=HOUR + dt.timedelta(days=days))
    with records.engine.connect() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(public_looks))
    assert (kept, len(entries(records))) == (2, 3)


def test_a_file_leads_to_the_paper_of_which_it_is_a_state(records: Records) -> None:
    papers = keep_papers(records, MemoryObjects(), 2)
    found = {each: records.public_book.document_of(records.versions.versions(each)[0].sha256) for each in papers}
    assert set(found.values()) <= set(papers)
    assert all(found.values())
    unknown = records.versions.versions(papers[0])[0].sha256.replace("a", "b").replace("0", "1")
    assert records.public_book.document_of(type(papers[0])(unknown)) is None  # type: ignore[arg-type]
