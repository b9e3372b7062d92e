"""Telling webhooks, on SQLite and PostgreSQL: at least once, in order for each document, under one id, whatever fails."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.event import EVERYBODY, Attempt, EventNumber
from pipeline.domain.webhook import SendFault, Webhook, WebhookState
from pipeline.usecases.deliver_events import Delivered, DeliveryPolicy, deliver_events
from pipeline.usecases.keep_webhooks import (
    WebhookServices,
    add_webhook,
    revive_dead,
    set_state,
    tell_again,
)
from storage.events_sql import SqlEvents
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.telling import ADDRESS, POLICY, PORTAL, MemoryReceiver, deliver, happens, keeping, portal_webhook

ANSWERS = (204, 204, 204, 500, 400, 503, SendFault.TIMEOUT, SendFault.BROKEN)
HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def receiver(clock: SetClock) -> MemoryReceiver:
    return MemoryReceiver(clock)


@pytest.fixture
def services(records: Records, receiver: MemoryReceiver, clock: SetClock) -> WebhookServices:
    return keeping(records, receiver, clock)


@pytest.fixture
def webhook(records: Records, services: WebhookServices) -> Webhook:
    return portal_webhook(records, services)


def until(
    end: dt.datetime, webhook: Webhook, services: WebhookServices, clock: SetClock, *, every: dt.timedelta
) -> None:
    """Let time pass, and look into the outbox again and again."""
    while clock.time < end:
        deliver(webhook, services)
        clock.time += every


def test_a_receiver_that_is_down_for_an_hour_gets_everything_in_order(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    begin = clock.time
    numbers = []
    receiver.answer = lambda _: SendFault.UNREACHABLE if clock.time - begin < HOUR else 204
    for minute in range(80):  # papers go on changing meanwhile
        numbers += happens(records, f"d-{minute % 7}", "d-always")
        until(clock.time + MINUTE, webhook, services, clock, every=15 * SECOND)
    until(clock.time + 2 * HOUR, webhook, services, clock, every=MINUTE)
    assert sorted(receiver.numbers()) == numbers
    for document in {f"d-{each}" for each in range(7)} | {"d-always"}:
        assert receiver.numbers(document) == sorted(receiver.numbers(document))
    # it was asked again and again, and not for each of the hundreds that waited
    failed = len(receiver.came) - len(receiver.taken)
    assert 50 <= failed <= 100
    # within the longest rest of its return it was told again
    first_taken = next(at for at, told, _ in receiver.came if told == receiver.taken[0])
    assert first_taken - begin <= HOUR + 2 * MINUTE
    assert records.webhooks.deliveries.standing(webhook.id, audience=EVERYBODY).waiting == 0


def test_an_event_is_told_as_codes_and_ids_and_signed(
    records: Records, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    records.clients.add(PORTAL)
    webhook, secret = add_webhook(PORTAL, ADDRESS, services=services)
    (number,) = happens(records, "d-1")
    assert deliver(webhook, services) == Delivered(told=1)
    assert receiver.taken == [
        {
            "id": f"e-{number}",
            "number": number,
            "kind": "copy.added",
            "at": "2026-01-31T01:30:00.000000Z",
            "document": "d-1",
            "agency": "",
            "details": {},
        }
    ]
    (_, _, headers) = receiver.came[0]
    assert headers["webhook-id"] == f"e-{number}"
    assert headers["webhook-timestamp"] == str(int(clock.time.timestamp()))
    assert headers["webhook-signature"].startswith("v1,")
    assert secret.startswith("whsec_")
    ((_, attempt),) = records.webhooks.deliveries.attempts(webhook.id, limit=10)
    assert (attempt.event, attempt.status, attempt.milliseconds, attempt.reason) == (number, 204, 3, "")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_fails_each_document_is_told_of_in_order_and_nothing_is_lost(
    records: Records, clock: SetClock, data: st.DataObject
) -> None:
    receiver = MemoryReceiver(clock)
    services = keeping(records, receiver, clock, chance=data.draw(st.sampled_from([0.0, 0.3, 1.0])))
    webhook = portal_webhook(records, services)
    seed, tried = data.draw(st.integers(0, 1000)), Counter[object]()

    def answer(told: Mapping[str, object]) -> int | SendFault:  # the same whichever thread comes first
        tried[told["number"]] += 1
        return random.Random(f"{seed} {told['number']} {tried[told['number']]}").choice(ANSWERS)

    receiver.answer = answer
    numbers: list[int] = []
    for _ in range(data.draw(st.integers(1, 6))):
        if data.draw(st.booleans()):
            numbers += happens(records, *data.draw(st.lists(st.sampled_from(["d-a", "d-b", "d-c"]), max_size=4)))
        current = replace(webhook)
        policy = DeliveryPolicy(side_by_side=data.draw(st.integers(1, 3)))
        for _ in range(data.draw(st.integers(0, 4))):
            if data.draw(st.booleans()):  # killed between the answer and the writing down
                at, audience = clock.time, current.audience(PORTAL)
                for each in records.events.claim(webhook.id, at=at, seconds=120, limit=2, audience=audience):
                    receiver.taken.append({"number": each.event.number, "document": each.event.document})
            else:
                deliver_events(current, services=services.delivery, policy=policy)
            clock.time += dt.timedelta(seconds=data.draw(st.sampled_from([0, 1, 30, 200])))
    receiver.answer = lambda _: 204
    for _ in range(10):
        clock.time += 2 * HOUR
        deliver(webhook, services)
    assert sorted(receiver.numbers()) == numbers
    for document in ("d-a", "d-b", "d-c"):
        assert receiver.numbers(document) == sorted(receiver.numbers(document))
    services.delivery.books.webhooks.remove(webhook.id)


def test_who_is_killed_between_the_answer_and_the_writing_sends_again_under_the_same_id(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    (number,) = happens(records, "d-1")

    dying = replace(services.delivery, events=_DyingEvents(records.engine))
    with pytest.raises(Killed):
        deliver_events(webhook, services=dying, policy=POLICY)
    assert deliver(webhook, services) == Delivered()  # until the lease is over
    clock.time += POLICY.lease
    assert deliver(webhook, services) == Delivered(told=1)
    assert [each["id"] for each in receiver.taken] == [f"e-{number}"] * 2


class Killed(BaseException):
    """As a process ends that is killed."""


class _DyingEvents(SqlEvents):
    """The outbox of a process that is killed when it has an answer."""

    def told(self, reader: str, attempt: Attempt) -> None:
        raise Killed


def test_what_a_receiver_refuses_holds_up_its_document_only_and_becomes_a_dead_letter(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    poison, other, later = happens(records, "d-1", "d-2", "d-1")
    receiver.answer = lambda told: 422 if told["number"] == poison else 204
    policy = replace(POLICY, attempts=3)
    total = Delivered()
    for _ in range(10):
        total += deliver(webhook, services, policy=policy)
        clock.time += HOUR
    assert receiver.numbers() == [other, later]
    assert total == Delivered(told=2, failed=2, dead=1)
    (letter,) = records.webhooks.deliveries.dead(webhook.id, audience=EVERYBODY, limit=10)
    assert (letter.event.number, letter.attempts, letter.reason) == (poison, 3, SendFault.REFUSED)
    standing = records.webhooks.deliveries.standing(webhook.id, audience=EVERYBODY)
    assert (standing.waiting, standing.dead, standing.failures) == (0, 1, 0)
    # a person has it told again: under the same id
    receiver.answer = lambda _: 200
    assert revive_dead(webhook, services=services) == 1
    assert deliver(webhook, services) == Delivered(told=1)
    assert receiver.taken[-1]["id"] == f"e-{poison}"
    assert records.webhooks.deliveries.dead(webhook.id, audience=EVERYBODY, limit=10) == ()


def test_an_event_is_given_up_after_days(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver, clock: SetClock
) -> None:
    begin = clock.time
    happens(records, "d-1")
    receiver.answer = lambda _: SendFault.TIMEOUT
    until(begin + dt.timedelta(days=8), webhook, services, clock, every=2 * HOUR)
    (letter,) = records.webhooks.deliveries.dead(webhook.id, audience=EVERYBODY, limit=10)
    assert dt.timedelta(days=7) <= letter.at - begin <= dt.timedelta(days=7, hours=3)
    assert letter.reason == SendFault.TIMEOUT


def test_a_receiver_that_is_gone_is_told_nothing_more_and_nothing_is_lost(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    numbers = happens(records, "d-1", "d-2")
    receiver.answer = lambda _: 410
    assert deliver(webhook, services) == Delivered(failed=1)
    disabled = records.webhooks.webhooks.find(webhook.id)
    assert disabled is not None
    assert (disabled.state, disabled.reason) == (WebhookState.DISABLED, SendFault.GONE)
    numbers += happens(records, "d-1")
    assert deliver(webhook, services) == Delivered()
    assert len(receiver.came) == 1
    assert records.webhooks.deliveries.standing(webhook.id, audience=EVERYBODY).waiting == 3
    receiver.answer = lambda _: 204
    set_state(disabled, WebhookState.ACTIVE, services=services)
    assert deliver(webhook, services).told == 3
    assert sorted(receiver.numbers()) == numbers


def test_what_happens_while_it_is_paused_waits(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    paused = set_state(webhook, WebhookState.PAUSED, services=services)
    numbers = happens(records, "d-1", "d-1")
    assert deliver(webhook, services) == Delivered()
    assert records.webhooks.deliveries.standing(webhook.id, audience=EVERYBODY).waiting == 2
    set_state(paused, WebhookState.ACTIVE, services=services)
    assert deliver(webhook, services) == Delivered(told=2)
    assert receiver.numbers() == numbers


def test_events_are_told_again_under_their_own_numbers(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    numbers = happens(records, "d-1", "d-1", "d-2", "d-1")
    deliver(webhook, services)
    first, last = EventNumber(numbers[1]), EventNumber(numbers[3] + 100)  # none is told before its turn
    assert tell_again(webhook, PORTAL, first=first, last=last, services=services) == 3
    assert tell_again(webhook, PORTAL, first=first, last=last, services=services) == 0  # they wait already
    deliver(webhook, services)
    assert [each["id"] for each in receiver.taken[4:]] == [f"e-{each}" for each in numbers[1:]]
    trail = records.trail.entries(limit=1000, after=0)
    assert [
        each.deed.details
        for each in trail
        if isinstance(each, AuditEntry) and each.deed.action is Action.EVENTS_REPLAYED
    ] == [
        {"first": str(first), "last": str(last), "events": "3"},
        {"first": str(first), "last": str(last), "events": "0"},
    ]


def test_several_documents_are_told_side_by_side(
    records: Records, webhook: Webhook, services: WebhookServices, receiver: MemoryReceiver
) -> None:
    numbers = happens(records, *(f"d-{each}" for each in range(8)), "d-1", "d-1")

    def slow(_: Mapping[str, object]) -> int:
        return 204

    receiver.answer = slow
    assert deliver(webhook, services, policy=DeliveryPolicy(side_by_side=4)) == Delivered(told=10)
    assert sorted(receiver.numbers()) == numbers
    assert receiver.numbers("d-1") == sorted(receiver.numbers("d-1"))
