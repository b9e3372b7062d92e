"""Tell webhooks what happened: signed, at least once, in order for each document, under one id for ever.

An event stands in the outbox since the transaction of its change, and among a webhook's deliveries until the receiver has
said 2xx and that is written down. Whoever is killed before loses nothing; whoever is killed between the answer and the
writing sends once more, under the same id. A failure is tried again with growing waits, drawn by chance so that receivers
are not all asked at the same moment ("full jitter"); after so many attempts or days the event is a dead letter: the
document's next event comes, so that one message that a receiver cannot take holds nothing up for ever, and a person has
it told again.

A receiver that fails as a whole is left alone for a while, and then asked with one event, so that ten thousand events
do not wait for ten thousand time-outs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from pipeline.client_ports import ApiClients
from pipeline.desk_ports import Events
from pipeline.domain.audit import canonical_json, utc_text
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.event import EVENT_DETAILS, Attempt, Delivery, Event
from pipeline.domain.webhook import SendAnswer, SendFault, Webhook, WebhookState, signed_headers
from pipeline.domain.webhook_errors import WebhookWithoutSecret
from pipeline.event_ports import EventSender, WebhookBooks
from pipeline.ports import Clock
from pipeline.session_ports import SecretBox

_DOUBLED = 30
"""times at most: longer waits than any bound could not be counted"""
_LONGEST_ASKED = dt.timedelta(hours=1)
"""for which a receiver may ask to be left alone (`Retry-After`)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """How hard telling is tried."""

    attempts: int = 100
    """after which an event is a dead letter"""
    longest: dt.timedelta = dt.timedelta(days=7)
    """since the first attempt, after which it is one as well"""
    first_wait: dt.timedelta = dt.timedelta(seconds=5)
    """before an event is tried again, at most; each further failure doubles it"""
    longest_wait: dt.timedelta = dt.timedelta(hours=1)
    first_rest: dt.timedelta = dt.timedelta(seconds=1)
    """for which a receiver that fails as a whole is left alone, at most; each further failure doubles it"""
    longest_rest: dt.timedelta = dt.timedelta(minutes=1)
    side_by_side: int = 4
    """events of different documents that a receiver is told at once"""
    lease: dt.timedelta = dt.timedelta(minutes=2)
    """for which events are left to one process: longer than any attempt can take"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryServices:
    """What telling needs."""

    events: Events
    books: WebhookBooks
    clients: ApiClients
    sender: EventSender
    box: SecretBox
    clock: Clock
    chance: Callable[[], float]
    """gives numbers from 0 to 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What came of telling a webhook what was due."""

    told: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        """Return both together."""
        return Delivered(told=self.told + other.told, failed=self.failed + other.failed, dead=self.dead + other.dead)


def event_body(event: Event) -> bytes:
    """Return an event as others are told it: codes and ids, and nothing about people."""
    told = EVENT_DETAILS[event.kind]
    return canonical_json(
        {
            "id": event.id,
            "number": int(event.number),
            "kind": event.kind.value,
            "at": utc_text(event.at),
            "document": event.document,
            "agency": event.agency,
            "details": {name: each for name, each in event.details.items() if name in told},
        }
    ).encode()


def sealed_for(webhook: str) -> str:
    """Return what a secret of a webhook is sealed about: it opens for no other one."""
    return f"webhook {webhook}"


def secrets_of(webhook: Webhook, *, services: DeliveryServices) -> Sequence[bytes]:
    """Return what messages to a webhook are signed with now.

    Raises:
        WebhookWithoutSecret
        BadKeyFile: the key of the installation does not open them.
    """
    kept = services.books.secrets.of(webhook.id, at=services.clock.now())
    if not kept:
        raise WebhookWithoutSecret(webhook=webhook.id)
    return [services.box.open(each.sealed, about=sealed_for(webhook.id)) for each in kept]


def deliver_events(webhook: Webhook, *, services: DeliveryServices, policy: DeliveryPolicy) -> Delivered:
    """Tell a webhook some of what is due, events of different documents side by side.

    Nothing is told where the webhook or its client is not active. All zeros: nothing is due.

    Raises:
        WebhookWithoutSecret, BadKeyFile
        RecordsUnavailable: what was claimed is told again when its lease is over.
    """
    client = services.clients.find(webhook.client)
    if webhook.state is not WebhookState.ACTIVE or client is None or client.disabled:
        return Delivered()
    claimed = services.events.claim(
        webhook.id,
        at=services.clock.now(),
        seconds=int(policy.lease.total_seconds()),
        limit=policy.side_by_side,
        audience=webhook.audience(client),
    )
    if not claimed:
        return Delivered()
    secrets = secrets_of(webhook, services=services)
    tell = partial(_tell, webhook, secrets=secrets, services=services, policy=policy)
    if len(claimed) == 1:
        return tell(claimed[0])
    with ThreadPoolExecutor(len(claimed), thread_name_prefix="sohoa-event") as pool:
        return sum(pool.map(tell, claimed), Delivered())


def _tell(
    webhook: Webhook,
    delivery: Delivery,
    *,
    secrets: Sequence[bytes],
    services: DeliveryServices,
    policy: DeliveryPolicy,
) -> Delivered:
    """Send one event and write down what came of it."""
    event, at = delivery.event, services.clock.now()
    body = event_body(event)
    answer = services.sender.send(webhook.address, body, signed_headers(event.id, body, at=at, secrets=secrets))
    attempt = Attempt(
        event=event.number,
        at=at,
        status=answer.status,
        milliseconds=answer.milliseconds,
        reason=answer.fault.value if answer.fault else "",
    )
    now = services.clock.now()
    if answer.fault is None:
        services.events.told(webhook.id, attempt)
        return Delivered(told=1)
    if answer.fault is SendFault.GONE:
        services.events.retry(webhook.id, attempt, due=now)
        _disable(webhook, services.books)
        return Delivered(failed=1)
    rests_until = _rests_until(answer, delivery, now, services.chance(), policy)
    if _is_over(delivery, now, policy):
        services.events.set_aside(webhook.id, attempt, rests_until=rests_until)
        return Delivered(dead=1)
    wait = max(_wait(delivery.attempts, services.chance(), policy.first_wait, policy.longest_wait), _asked(answer))
    services.events.retry(webhook.id, attempt, due=now + wait, rests_until=rests_until)
    return Delivered(failed=1)


def _is_over(delivery: Delivery, now: dt.datetime, policy: DeliveryPolicy) -> bool:
    since = delivery.tried_since or now
    return delivery.attempts + 1 >= policy.attempts or now - since >= policy.longest


def _rests_until(
    answer: SendAnswer, delivery: Delivery, now: dt.datetime, chance: float, policy: DeliveryPolicy
) -> dt.datetime | None:
    """Return until when the receiver is left alone; None: what failed is the event's own fault."""
    if answer.fault is SendFault.REFUSED:
        return None
    rest = _wait(delivery.failures, chance, policy.first_rest, policy.longest_rest)
    return now + max(rest, _asked(answer))


def _wait(failures: int, chance: float, first: dt.timedelta, longest: dt.timedelta) -> dt.timedelta:
    """Return a wait by chance, up to a bound that grows with each failure."""
    bound = min(first * (1 << min(failures, _DOUBLED)), longest)
    return bound * chance


def _asked(answer: SendAnswer) -> dt.timedelta:
    return min(answer.retry_after or dt.timedelta(0), _LONGEST_ASKED)


def _disable(webhook: Webhook, books: WebhookBooks) -> None:
    """Tell a webhook nothing any more, since its receiver wants nothing; what happens from now on waits."""
    gone = replace(webhook, state=WebhookState.DISABLED, reason=SendFault.GONE.value)
    try:
        books.webhooks.change(gone)
    except RecordChanged:
        return  # somebody has just changed it, or it was disabled by the answer to another event: the next one decides
