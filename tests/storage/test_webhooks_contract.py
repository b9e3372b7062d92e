"""Webhooks as they are kept, on SQLite and PostgreSQL: whose papers they hear of, their secrets, what they leave behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.audit import Action, AuditEntry, Subject, SubjectKind
from pipeline.domain.client import ClientId
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.domain.event import Audience, EventKind
from pipeline.domain.search import Scope
from pipeline.domain.webhook import Webhook, WebhookId, WebhookState
from pipeline.domain.webhook_errors import TooManyWebhooks, WebhookBeyondClient, WebhookWithoutSecret
from pipeline.usecases.deliver_events import Delivered, deliver_events
from pipeline.usecases.keep_webhooks import (
    MOST_WEBHOOKS,
    WebhookServices,
    add_webhook,
    change_webhook,
    ping,
    rotate_secret,
    set_state,
)
from pipeline.usecases.prove_records import unproven_records
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.samples import digitized_batch, received_batch
from tests.storage.telling import ADDRESS, POLICY, PORTAL, MemoryReceiver, deliver, happens, keeping, portal_webhook

HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)


@pytest.fixture
def receiver(clock: SetClock) -> MemoryReceiver:
    return MemoryReceiver(clock)


@pytest.fixture
def services(records: Records, receiver: MemoryReceiver, clock: SetClock) -> WebhookServices:
    return keeping(records, receiver, clock)


@pytest.fixture
def webhook(records: Records, services: WebhookServices) -> Webhook:
    return portal_webhook(records, services)


def test_a_client_hears_of_papers_of_its_agencies_only(
    records: Records, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    records.clients.add(replace(PORTAL, agencies=frozenset({"H42.12"})))
    client = records.clients.find(PORTAL.id)
    assert client is not None
    webhook, _ = add_webhook(client, ADDRESS, services=services)
    for batch, agency in (("b-1", "H42.12"), ("b-2", "H42.13")):
        records.batches.open(replace(received_batch(batch), agency=agency))
        records.batches.complete(digitized_batch(batch), texts={})
    deliver(webhook, services)
    assert {(each["agency"], str(each["document"])[:3]) for each in receiver.taken} == {("H42.12", "b-1")}
    assert {each.agency for each in records.events.after(0, limit=100)} == {"H42.12", "H42.13"}
    mine = Audience(Scope(frozenset({"H42.12"})))
    assert {each.agency for each in records.events.after(0, limit=100, audience=mine)} == {"H42.12"}
    # nor does it learn how many there are of others
    assert records.webhooks.deliveries.standing(webhook.id, audience=webhook.audience(client)).waiting == 0
    with pytest.raises(WebhookBeyondClient):
        add_webhook(client, ADDRESS, agencies=["H42.13"], services=services)


def test_a_client_that_loses_an_agency_hears_nothing_of_it_any_more(
    records: Records, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    webhook = portal_webhook(records, services)
    records.batches.open(replace(received_batch("b-1"), agency="H42.12"))
    records.batches.complete(digitized_batch("b-1"), texts={})
    receiver.answer = lambda _: 503
    deliver(webhook, services)  # they stand among its deliveries
    client = records.clients.find(PORTAL.id)
    assert client is not None
    records.clients.change(replace(client, agencies=frozenset({""})))
    receiver.answer = lambda _: 204
    services.delivery.clock.time += HOUR  # type: ignore[attr-defined] # the clock of the test
    assert deliver(webhook, services) == Delivered()
    records.clients.change(replace(client, version=2, disabled=True))
    happens(records, "d-1")
    assert deliver(webhook, services) == Delivered()


def test_a_webhook_hears_of_the_kinds_that_it_asked_for(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    happens(records, "d-1")
    change_webhook(webhook, PORTAL, kinds=[EventKind.RESULT_REVOKED], services=services)
    happens(records, "d-1")
    assert deliver(webhook, services) == Delivered()
    assert receiver.came == []


def test_two_secrets_sign_while_one_takes_the_place_of_the_other(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    def signatures() -> int:
        happens(records, "d-1")
        deliver(webhook, services)
        return len(receiver.came[-1][2]["webhook-signature"].split(" "))

    assert signatures() == 1
    _, old_until = rotate_secret(webhook, services=services)
    assert old_until - clock.time == dt.timedelta(hours=24)
    assert signatures() == 2
    clock.time += dt.timedelta(hours=24)
    assert signatures() == 1
    rotate_secret(webhook, services=services)
    rotate_secret(webhook, at_once=True, services=services)
    assert signatures() == 1


def test_without_a_secret_nothing_is_sent_and_nothing_lost(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    with records.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM webhook_secrets")  # as an import leaves it
    happens(records, "d-1")
    with pytest.raises(WebhookWithoutSecret):
        deliver_events(webhook, services=services.delivery, policy=POLICY)
    assert receiver.came == []
    rotate_secret(webhook, services=services)
    clock.time += POLICY.lease
    assert deliver(webhook, services) == Delivered(told=1)


def test_a_test_tells_of_nothing_and_stands_in_the_log(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    assert ping(webhook, services=services).fault is None
    (_, told, headers) = receiver.came[0]
    assert (told["kind"], told["id"]) == ("ping", headers["webhook-id"])
    ((_, attempt),) = records.webhooks.deliveries.attempts(webhook.id, limit=10)
    assert (attempt.event, attempt.status) == (None, 204)


def test_a_removed_webhook_leaves_nothing(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    happens(records, "d-1", "d-2")
    receiver.answer = lambda _: 400
    deliver(webhook, services, policy=replace(POLICY, attempts=1))
    records.webhooks.webhooks.remove(webhook.id)
    with records.engine.begin() as connection:
        for table in (
            "webhooks",
            "webhook_secrets",
            "event_readers",
            "deliveries",
            "dead_letters",
            "delivery_attempts",
        ):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_a_client_has_only_so_many(records: Records, services: WebhookServices) -> None:
    for _ in range(MOST_WEBHOOKS):
        portal_webhook(records, services)
    with pytest.raises(TooManyWebhooks):
        portal_webhook(records, services)
    assert len(records.webhooks.webhooks.every(PORTAL.id)) == MOST_WEBHOOKS
    assert records.webhooks.webhooks.every(ClientId("other")) == ()


def test_attempts_are_forgotten(records: Records, webhook: Webhook, services: WebhookServices, clock: SetClock) -> None:
    happens(records, "d-1")
    deliver(webhook, services)
    assert records.webhooks.log.forget(before=clock.time) == 0
    assert records.webhooks.log.forget(before=clock.time + SECOND) == 1


def test_every_change_stands_in_the_trail(records: Records, webhook: Webhook, services: WebhookServices) -> None:
    changed = set_state(webhook, WebhookState.PAUSED, reason="bảo trì", services=services)
    assert records.webhooks.webhooks.find(webhook.id) == changed
    rotate_secret(webhook, services=services)
    with pytest.raises(RecordChanged):  # somebody was faster
        set_state(webhook, WebhookState.DISABLED, services=services)
    assert list(unproven_records(records.proofs)) == []
    records.webhooks.webhooks.remove(webhook.id)
    entries = [each for each in records.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    assert [each.deed.action for each in entries if each.deed.subject == Subject(SubjectKind.WEBHOOK, webhook.id)] == [
        Action.WEBHOOK_ADDED,
        Action.WEBHOOK_CHANGED,
        Action.WEBHOOK_SECRET_GIVEN,
        Action.WEBHOOK_REMOVED,
    ]
    assert list(unproven_records(records.proofs)) == []


def test_one_that_is_not_there(records: Records, webhook: Webhook) -> None:
    books, never = records.webhooks, WebhookId("01a204d3-0dd0-79b2-8898-b2a549d67f4c")
    assert books.webhooks.find(never) is None
    with pytest.raises(NotFound):
        books.webhooks.change(replace(webhook, id=never))
    with pytest.raises(NotFound):
        books.webhooks.remove(never)
    with pytest.raises(NotFound):
        books.secrets.rotate(never, "sealed", at=webhook.created_at, old_until=webhook.created_at)
    assert books.secrets.of(never, at=webhook.created_at) == ()
