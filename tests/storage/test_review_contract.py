"""What the books of reviewing promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.correction import Place
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.intake import Lane
from pipeline.domain.review import Claim, Draft, TypedEntry
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType
from storage.intake_tables import intakes
from storage.records import Records
from storage.review_tables import drafts
from tests.storage.samples import SCAN, digest, digitized_batch, received_batch

NOW = dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LETTER, DECISION = DocumentId("b-1-letter"), DocumentId("b-1-decision")
SUBJECT, NUMBER = FieldName("subject"), FieldName("code_number")
ELSEWHERE = Scope(frozenset({"another"}))
PLACE = Place(page=1, box=Box(1, 2.5, 30, 40), raw="Về việc cấp")


@pytest.fixture(autouse=True)
def kept(records: Records) -> None:
    records.batches.open(received_batch())
    records.batches.complete(digitized_batch(), texts={})


def claim(login: str, *, at: dt.datetime = NOW, document: DocumentId = LETTER) -> Claim:
    return Claim(document=document, login=login, name=f"Chị {login}", since=at, until=at + 2 * MINUTE)


def test_pages_are_named_with_their_sources(records: Records) -> None:
    (page,) = records.review.pages.of(LETTER)
    assert (page.ref.source, page.ref.number, page.rotation, page.skew) == (SCAN, 1, 90, 0.7)
    assert (page.sha256, page.media_type) == (digest(SCAN), MediaType.PDF)
    assert records.review.pages.of(LETTER, scope=ELSEWHERE) == ()
    assert records.review.pages.of(DocumentId("d-none")) == ()


def test_drafts_are_each_persons_own_and_the_last_word_counts(records: Records) -> None:
    book = records.review.drafts
    first = Draft(value="Về vịệc", accepted=False, version=1)
    last = Draft(value="Về việc", accepted=True, version=1, place=PLACE)
    listed = Draft(value=("Như Điều 3", "Lưu: VT"), accepted=False, version=2)
    absent = Draft(value=None, accepted=True, version=1)
    book.save(LETTER, "lan", {SUBJECT: first, NUMBER: absent}, at=NOW)
    book.save(LETTER, "lan", {SUBJECT: last}, at=NOW)
    book.save(LETTER, "hoa", {SUBJECT: listed}, at=NOW)
    assert book.of(LETTER, "lan") == {SUBJECT: last, NUMBER: absent}
    assert book.of(LETTER, "hoa") == {SUBJECT: listed}
    assert book.of(DECISION, "lan") == {}
    book.drop(LETTER, "lan", [NUMBER])
    assert book.of(LETTER, "lan") == {SUBJECT: last}
    book.drop(LETTER, "lan")
    assert (book.of(LETTER, "lan"), book.of(LETTER, "hoa")) == ({}, {SUBJECT: listed})
    with pytest.raises(NotFound):
        book.save(DocumentId("d-none"), "lan", {SUBJECT: last}, at=NOW)


def test_drafts_that_nobody_took_up_again_are_forgotten(records: Records) -> None:
    book = records.review.drafts
    book.save(LETTER, "lan", {SUBJECT: Draft(value="a", accepted=False, version=1)}, at=NOW)
    book.save(DECISION, "hoa", {SUBJECT: Draft(value="b", accepted=False, version=1)}, at=NOW + dt.timedelta(days=91))
    with records.engine.connect() as connection:
        assert connection.scalars(sa.select(drafts.c.login)).all() == ["hoa"]


def test_a_claim_holds_until_it_lapses(records: Records) -> None:
    book = records.review.claims
    assert book.of(LETTER) is None
    mine = book.take(claim("lan"), at=NOW)
    assert mine == claim("lan")
    assert book.take(claim("hoa", at=NOW + MINUTE), at=NOW + MINUTE) == mine
    renewed = book.take(claim("lan", at=NOW + MINUTE), at=NOW + MINUTE)
    assert (renewed.since, renewed.until) == (NOW, NOW + 3 * MINUTE)
    later = NOW + 3 * MINUTE
    assert book.take(claim("hoa", at=later), at=later) == claim("hoa", at=later)
    book.drop(LETTER, "lan")
    assert book.of(LETTER) == claim("hoa", at=later)
    book.drop(LETTER, "hoa")
    assert book.of(LETTER) is None
    with pytest.raises(NotFound):
        book.take(claim("lan", document=DocumentId("d-none")), at=NOW)


def test_a_claim_is_overruled_only_where_its_holder_is_named(records: Records) -> None:
    book = records.review.claims
    book.take(claim("lan"), at=NOW)
    assert book.take(claim("hoa"), at=NOW, against="an").login == "lan"
    assert book.take(claim("hoa"), at=NOW, against="lan").login == "hoa"
    assert book.take(claim("an"), at=NOW, against="lan").login == "hoa", "somebody else was quicker"


def test_of_many_at_one_moment_one_gets_the_paper(records: Records) -> None:
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda number: records.review.claims.take(claim(f"c{number}"), at=NOW).login, range(8)))
    assert len(set(got)) == 1


def test_entries_are_kept_one_by_one_with_the_document(records: Records) -> None:
    book = records.review.entries
    first = TypedEntry(document=LETTER, name=NUMBER, by="lan", value="12", at=NOW)
    listed = TypedEntry(document=LETTER, name=SUBJECT, by="lan", value=("a", "b"), at=NOW)
    again = TypedEntry(document=LETTER, name=NUMBER, by="lan", value=None, at=NOW + MINUTE)
    book.add([first, listed])
    book.add([again])
    assert book.of(LETTER) == (first, listed, again)
    assert book.entered_by("lan", [LETTER, DECISION]) == {LETTER}
    assert book.entered_by("hoa", [LETTER, DECISION]) == set()
    with pytest.raises(NotFound):
        book.add([TypedEntry(document=DocumentId("d-none"), name=NUMBER, by="lan", value="1", at=NOW)])
    entries = [each for each in records.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    made = [each.deed for each in entries if each.deed.action is Action.FIELDS_ENTERED]
    assert [(each.subject.id, each.details["fields"]) for each in made] == [
        (LETTER, "code_number, subject"),
        (LETTER, "code_number"),
    ]
    assert made[0].before["documents"] == made[0].after["documents"]
    assert made[0].after["field_entries"] != made[1].after["field_entries"]


def test_a_citizen_who_waits_comes_first(records: Records) -> None:
    old = NOW - dt.timedelta(days=300)
    records.batches.open(received_batch("b-0", created_at=old))
    records.batches.complete(replace(digitized_batch("b-0"), created_at=old), texts={})
    with records.engine.begin() as connection:
        row = {
            "id": "i-1",
            "account": "a-1",
            "agency": "",
            "opened_at": NOW,
            "touched_at": NOW,
            "lane": Lane.COUNTER.value,
            "channel": "upload",
            "state": "closed",
            "batch": "b-1",
            "changes": 0,
        }
        connection.execute(sa.insert(intakes), [row])
    waiting = records.review.queue.batches(scope=EVERYTHING, limit=10)
    assert [(each.batch, each.at_counter) for each in waiting] == [("b-1", True), ("b-0", False)]


def test_what_waits_is_listed_with_who_has_it(records: Records) -> None:
    records.batches.open(received_batch("b-0", created_at=NOW - dt.timedelta(days=300)))
    records.batches.complete(digitized_batch("b-0"), texts={})
    queue = records.review.queue
    waiting = queue.batches(scope=EVERYTHING, limit=10)
    assert [(each.batch, each.documents, each.waiting) for each in waiting] == [("b-0", 2, 1), ("b-1", 2, 1)]
    assert queue.batches(scope=EVERYTHING, limit=1) == waiting[:1]
    assert queue.batches(scope=ELSEWHERE, limit=10) == ()
    records.review.claims.take(claim("lan"), at=NOW)
    (paper,) = queue.documents(BatchId("b-1"), scope=EVERYTHING)
    assert (paper.document, paper.claim) == (LETTER, claim("lan"))
    assert queue.documents(BatchId("b-1"), scope=ELSEWHERE) == ()
    (found,) = [each for each in digitized_batch().documents if each.understood.id == LETTER]
    assert found.understood.state is DocumentState.NEEDS_REVIEW
