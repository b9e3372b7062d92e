"""Webhooks to be told, what happens to papers, and receivers in memory whose faults a test decides."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.secret_box import KeyedBox
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.client import ApiClient, ApiScope, ClientId
from pipeline.domain.ids import DocumentId
from pipeline.domain.webhook import SendAnswer, SendFault, Webhook, fault_of
from pipeline.event_ports import EventSender
from pipeline.ports import Clock
from pipeline.usecases.deliver_events import Delivered, DeliveryPolicy, DeliveryServices, deliver_events
from pipeline.usecases.keep_webhooks import WebhookServices, add_webhook
from storage.database import writing
from storage.recorded import append
from storage.records import Records
from tests.storage.conftest import SEALING_KEYS, SetClock

_ids = itertools.count(1)
POLICY = DeliveryPolicy(side_by_side=1)
ADDRESS = "https://events.example.vn/hook"
PORTAL = ApiClient(
    id=ClientId("cong-tinh"),
    name="Cổng dịch vụ công tỉnh",
    agencies=frozenset({"", "H42.12"}),
    scopes=frozenset({ApiScope.EVENTS_READ, ApiScope.WEBHOOKS_WRITE}),
    secret_hash="5" * 64,
    created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)


@dataclass
class MemoryReceiver:
    """Takes messages as `EventSender` sends them; `answer` decides by message and moment what comes of it."""

    clock: SetClock
    answer: Callable[[Mapping[str, object]], int | SendFault] = lambda _: 204
    takes: dt.timedelta = dt.timedelta(0)
    """that an attempt lasts"""
    came: list[tuple[dt.datetime, dict[str, object], Mapping[str, str]]] = field(default_factory=list)
    taken: list[dict[str, object]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def refuse(self, address: str) -> None:
        """Refuse nothing: the real sender has tests of its own."""
        del address

    def send(self, address: str, body: bytes, headers: Mapping[str, str]) -> SendAnswer:
        """Take a message."""
        told = json.loads(body)
        self.addresses.append(address)
        self.came.append((self.clock.now(), told, headers))
        answer = self.answer(told)
        self.clock.time += self.takes
        fault = answer if isinstance(answer, SendFault) else fault_of(answer)
        if fault is None:
            self.taken.append(told)
        return SendAnswer(status=None if isinstance(answer, SendFault) else answer, milliseconds=3, fault=fault)

    def numbers(self, document: str | None = None) -> list[int]:
        """Return numbers of the events that were taken, each when it came first, of one document or of all."""
        mine = [each for each in self.taken if document in {None, each["document"]}]
        return list(dict.fromkeys(int(str(each["number"])) for each in mine))


def keeping(records: Records, receiver: EventSender, clock: Clock, *, chance: float = 1.0) -> WebhookServices:
    """Return what keeping and telling webhooks needs; waits are as long as they may be."""
    box = KeyedBox(lambda: SEALING_KEYS, file=Path("keys"), random_bytes=bytes)
    delivery = DeliveryServices(
        events=records.events,
        books=records.webhooks,
        clients=records.clients,
        sender=receiver,
        box=box,
        clock=clock,
        chance=lambda: chance,
    )
    return WebhookServices(
        delivery=delivery,
        new_id=lambda: f"019b0000-0000-7000-8000-{next(_ids):012}",
        random_bytes=lambda count: bytes(range(count)),
        overlap=dt.timedelta(hours=24),
    )


def portal_webhook(records: Records, services: WebhookServices, *, agencies: Sequence[str] = ()) -> Webhook:
    """Keep a client and a webhook of it."""
    if records.clients.find(PORTAL.id) is None:
        records.clients.add(PORTAL)
    return add_webhook(PORTAL, ADDRESS, agencies=agencies, services=services)[0]


def happens(records: Records, *documents: str) -> list[int]:
    """Let a copy of each document get a further version, as far as the trail and the outbox know; return the numbers."""
    before = records.trail.last().number
    deeds = [
        Deed(action=Action.COPY_ADDED, subject=Subject(SubjectKind.COPIES, DocumentId(each))) for each in documents
    ]
    with writing(records.engine) as connection:
        append(connection, deeds, book=records.book)
    return list(range(before + 1, before + 1 + len(deeds)))


def deliver(
    webhook: Webhook, services: WebhookServices, *, policy: DeliveryPolicy = POLICY, rounds: int = 1000
) -> Delivered:
    """Tell what is due until nothing is."""
    total = Delivered()
    for _ in range(rounds):
        current = services.delivery.books.webhooks.find(webhook.id)
        assert current is not None
        come = deliver_events(current, services=services.delivery, policy=policy)
        if come == Delivered():
            return total
        total += come
    raise AssertionError("there is no end to it")
