"""What `SyncQueue` promises, on SQLite and PostgreSQL: nothing is lost, nothing is sent or counted twice."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from pipeline.connector_ports import SyncQueue
from pipeline.domain.exchange import OtherSystem, Synchronisation, SyncState
from pipeline.domain.ids import DossierCode, content_hash
from pipeline.usecases.prove_records import unproven_records
from storage.audit_tables import audit_entries
from storage.database import writing
from storage.disposal_scrub import scrub_document
from storage.exchange_tables import sync_queue, synchronised
from storage.records import Records
from tests.e2e.papers import keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI

PORTAL, ONE_STOP = OtherSystem.NATIONAL_PORTAL, OtherSystem.ONE_STOP
NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
MINUTE = dt.timedelta(minutes=1)
FIRST, SECOND = DossierCode("H42.12-260201-0001"), DossierCode("H42.12-260201-0002")


def claim(queue: SyncQueue, at: dt.datetime = NOW, limit: int = 10) -> list[tuple[Synchronisation, bytes]]:
    return [(each.item, each.message) for each in queue.claim(PORTAL, at=at, seconds=60, limit=limit)]


def test_a_message_is_handed_out_once_until_its_time_is_up(records: Records) -> None:
    queued = records.sync_queue.queue(PORTAL, FIRST, b"one", at=NOW)
    assert (queued.state, queued.content, queued.is_known) == (SyncState.WAITING, content_hash(b"one"), False)
    assert [message for _, message in claim(records.sync_queue)] == [b"one"]
    assert claim(records.sync_queue) == []
    # who claimed it died
    assert [message for _, message in claim(records.sync_queue, NOW + MINUTE)] == [b"one"]


def test_the_same_message_is_queued_once_and_never_again(records: Records) -> None:
    queue = records.sync_queue
    first = queue.queue(PORTAL, FIRST, b"one", at=NOW)
    assert queue.queue(PORTAL, FIRST, b"one", at=NOW + MINUTE) == first
    (sent,) = claim(queue)
    queue.settle(sent[0], at=NOW)
    again = queue.queue(PORTAL, FIRST, b"one", at=NOW + MINUTE)
    assert (again.state, again.is_known) == (SyncState.TAKEN, True)
    assert claim(queue, NOW + 10 * MINUTE) == []


def test_a_newer_message_takes_the_older_ones_place(records: Records) -> None:
    queue = records.sync_queue
    queue.queue(PORTAL, FIRST, b"one", at=NOW)
    queue.queue(PORTAL, FIRST, b"two", at=NOW)
    assert [message for _, message in claim(queue)] == [b"two"]


def test_a_newer_message_waits_for_the_one_on_its_way_and_follows_it(records: Records) -> None:
    queue = records.sync_queue
    queue.queue(PORTAL, FIRST, b"one", at=NOW)
    ((sent, _),) = claim(queue)
    queue.queue(PORTAL, FIRST, b"two", at=NOW)
    assert claim(queue) == []  # it would overtake the first
    after = queue.settle(sent, at=NOW + MINUTE / 2)
    assert (after.state, after.taken, after.content) == (SyncState.WAITING, content_hash(b"one"), content_hash(b"two"))
    ((next_, message),) = claim(queue, NOW + MINUTE / 2)
    assert (message, next_.is_known) == (b"two", True)
    queue.retry(sent, due=NOW + 99 * MINUTE, reason="late word of the first")  # changes nothing any more
    assert queue.settle(next_, at=NOW + MINUTE).state is SyncState.TAKEN


def test_failures_are_counted_and_put_off(records: Records) -> None:
    queue = records.sync_queue
    queue.queue(PORTAL, FIRST, b"one", at=NOW)
    ((sent, _),) = claim(queue)
    queue.retry(sent, due=NOW + 10 * MINUTE, reason="connector.unavailable")
    (waiting,) = queue.all(PORTAL)
    assert (waiting.attempts, waiting.reason, waiting.due_at) == (1, "connector.unavailable", NOW + 10 * MINUTE)
    assert claim(queue, NOW + 9 * MINUTE) == []
    assert len(claim(queue, NOW + 10 * MINUTE)) == 1


def test_what_was_refused_waits_for_a_changed_dossier(records: Records) -> None:
    queue = records.sync_queue
    queue.queue(PORTAL, FIRST, b"one", at=NOW)
    ((sent, _),) = claim(queue)
    refused = queue.settle(sent, at=NOW, refused="Sai mã thủ tục")
    assert (refused.state, refused.reason, refused.is_known) == (SyncState.REFUSED, "Sai mã thủ tục", False)
    assert queue.queue(PORTAL, FIRST, b"one", at=NOW).state is SyncState.REFUSED
    assert queue.queue(PORTAL, FIRST, b"better", at=NOW).state is SyncState.WAITING
    assert [message for _, message in claim(queue, NOW + MINUTE)] == [b"better"]


def test_a_dossier_counts_once_however_often_it_is_sent(records: Records, clock: SetClock) -> None:
    queue = records.sync_queue
    for number in range(3):
        queue.queue(PORTAL, FIRST, b"%d" % number, at=NOW + number * MINUTE)
        ((sent, _),) = claim(queue, NOW + number * MINUTE)
        queue.settle(sent, at=NOW + number * MINUTE)
        queue.settle(sent, at=NOW + number * MINUTE)  # the answer came twice
    with records.engine.connect() as connection:
        assert connection.execute(sa.select(synchronised)).all() != []
        assert connection.scalar(sa.select(sa.func.count()).select_from(synchronised)) == 1
        assert connection.scalar(sa.select(sync_queue.c.message)) is None  # nothing about people stays behind
    (done,) = queue.all(PORTAL)
    assert (done.first_taken_at, done.taken_at) == (NOW, NOW + 2 * MINUTE)


def test_that_a_dossier_was_taken_stands_in_the_trail(records: Records) -> None:
    records.sync_queue.queue(PORTAL, FIRST, b"one", at=NOW)
    ((sent, _),) = claim(records.sync_queue)
    records.sync_queue.settle(sent, at=NOW)
    with records.engine.connect() as connection:
        query = sa.select(audit_entries.c.details).where(audit_entries.c.action == "dossier.sent")
        (details,) = connection.scalars(query).all()
    assert (details["dossier"], details["system"]) == (FIRST, "national_portal")
    assert list(unproven_records(records.proofs)) == []


def test_systems_do_not_disturb_each_other(records: Records) -> None:
    queue = records.sync_queue
    queue.queue(PORTAL, FIRST, b"one", at=NOW)
    queue.queue(ONE_STOP, FIRST, b"one", at=NOW)
    ((sent, _),) = claim(queue)
    queue.settle(sent, at=NOW)
    assert [each.state for each in queue.all(ONE_STOP)] == [SyncState.WAITING]


def test_lists_go_on_where_they_stopped(records: Records) -> None:
    queue = records.sync_queue
    for dossier in (SECOND, FIRST):
        queue.queue(PORTAL, dossier, dossier.encode(), at=NOW)
    assert [each.dossier for each in queue.all(PORTAL, limit=1)] == [FIRST]
    assert [each.dossier for each in queue.all(PORTAL, after=FIRST)] == [SECOND]
    assert list(queue.all(PORTAL, state=SyncState.TAKEN)) == []


def test_a_message_that_waits_goes_with_a_paper_that_is_disposed_of(records: Records) -> None:
    (document,) = keep_papers(records, MemoryObjects(), 1, dossier=FIRST)
    for dossier in (FIRST, SECOND):
        records.sync_queue.queue(PORTAL, dossier, b"Nguyen Thi An", at=NOW)
    found = records.library.document(document)
    assert found is not None
    with writing(records.engine) as connection:
        scrub_document(connection, found[0], document)
    assert [each.dossier for each, _ in claim(records.sync_queue)] == [SECOND]
    (withdrawn,) = records.sync_queue.all(PORTAL, state=SyncState.REFUSED)
    assert (withdrawn.dossier, withdrawn.reason) == (FIRST, "disposed")
    # what is left of the dossier is another message
    assert records.sync_queue.queue(PORTAL, FIRST, b"less", at=NOW).state is SyncState.WAITING


def test_two_senders_never_get_the_same(records: Records) -> None:
    dossiers = [DossierCode(f"H42.12-260201-{number:04}") for number in range(12)]
    for dossier in dossiers:
        records.sync_queue.queue(PORTAL, dossier, b"x", at=NOW)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: claim(records.sync_queue, limit=4), range(6)))
    assert sorted(item.dossier for each in found for item, _ in each) == dossiers
