"""Settings and services in, telling webhooks out: once through what is due, or all the time."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

from app.ids import random_bytes
from app.secret_box import secret_box
from app.services import Services
from app.settings import Settings
from app.webhooks.sender import HttpEventSender
from pipeline.domain.errors import SohoaError
from pipeline.domain.webhook import Webhook, WebhookId, WebhookState
from pipeline.event_ports import EventSender
from pipeline.usecases.deliver_events import Delivered, DeliveryPolicy, DeliveryServices, deliver_events
from pipeline.usecases.keep_webhooks import WebhookServices

_POLL_SECONDS = 0.5
"""after which the outbox is looked into again: an event leaves within two seconds of its change"""
_AFTER_FAILURE_SECONDS = 10.0
"""until the records are asked again that did not answer"""
_SIDE_BY_SIDE = 32
"""webhooks that are told at once; each of them has threads of its own for events"""
_ROUNDS = 25
"""in a row for one webhook, so that those that wait for a thread get one"""
_FORGET_EVERY = dt.timedelta(hours=1)
_LEASE_MARGIN = dt.timedelta(minutes=1)
"""beside the time that sending may take: looking a name up is not bounded by us"""

_log = logging.getLogger(__name__)


def delivery_services(services: Services, *, sender: EventSender | None = None) -> DeliveryServices:
    """Return what telling needs.

    Raises:
        BadSettings
    """
    settings = services.settings
    return DeliveryServices(
        events=services.events,
        books=services.webhooks,
        clients=services.clients,
        sender=sender or HttpEventSender(settings.webhooks),
        box=secret_box(settings, clock=services.clock),
        clock=services.clock,
        chance=random.SystemRandom().random,
    )


def webhook_services(services: Services, *, sender: EventSender | None = None) -> WebhookServices:
    """Return what keeping webhooks needs.

    Raises:
        BadSettings
    """
    return WebhookServices(
        delivery=delivery_services(services, sender=sender),
        new_id=services.new_id,
        random_bytes=random_bytes,
        overlap=dt.timedelta(hours=services.settings.webhooks.secret_hours),
    )


def delivery_policy(settings: Settings) -> DeliveryPolicy:
    """Return how hard telling is tried, as the settings say."""
    chosen = settings.webhooks
    return DeliveryPolicy(
        attempts=chosen.attempts,
        longest=dt.timedelta(days=chosen.days),
        side_by_side=chosen.side_by_side,
        lease=dt.timedelta(seconds=chosen.seconds) + _LEASE_MARGIN,
    )


def event_deliverer(services: Services, *, sender: EventSender | None = None) -> EventDeliverer:
    """Return what tells webhooks all the time, as long as it is open.

    Raises:
        BadSettings
    """
    settings = services.settings
    return EventDeliverer(
        delivery_services(services, sender=sender), delivery_policy(settings), log_days=settings.webhooks.log_days
    )


def deliver_due(services: DeliveryServices, policy: DeliveryPolicy, *, stopped: Callable[[], bool]) -> Delivered:
    """Tell all webhooks what is due, until nothing is; return what came of it. One that fails holds no other up."""

    def tell(webhook: Webhook) -> Delivered:
        total = Delivered()
        while not stopped() and (come := _round(webhook, services, policy)) != Delivered():
            total += come
        return total

    active = _active(services)
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="sohoa-webhook") as pool:
        return sum(pool.map(tell, active), Delivered())


def _active(services: DeliveryServices) -> list[Webhook]:
    return [each for each in services.books.webhooks.every() if each.state is WebhookState.ACTIVE]


def _round(webhook: Webhook, services: DeliveryServices, policy: DeliveryPolicy) -> Delivered:
    """Tell a webhook some of what is due; what is wrong with one is logged and stays with it."""
    try:
        return deliver_events(webhook, services=services, policy=policy)
    except SohoaError as error:
        _log.warning("webhook %s is not told: %s", webhook.id, error)
        return Delivered()


@dataclass(slots=True)
class _Busy:
    """Webhooks that a thread is at work on."""

    ids: set[WebhookId] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, webhook: WebhookId) -> bool:
        with self.lock:
            is_free = webhook not in self.ids
            self.ids.add(webhook)
            return is_free

    def free(self, webhook: WebhookId) -> None:
        with self.lock:
            self.ids.discard(webhook)


class EventDeliverer:
    """Tells webhooks what happens as long as it is open. Several processes may: events are claimed, each by one of them."""

    def __init__(self, services: DeliveryServices, policy: DeliveryPolicy, *, log_days: float) -> None:
        self._services, self._policy = services, policy
        self._log_kept = dt.timedelta(days=log_days)
        self._busy = _Busy()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="sohoa-webhook")
        self._thread = threading.Thread(target=self._follow, name="sohoa-events", daemon=True)
        self._forgotten_at: dt.datetime | None = None

    def __enter__(self) -> Self:
        """Begin, with what an earlier process left."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take nothing further, and wait for what is on its way: it would be told a second time otherwise."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _follow(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            try:
                self._look()
            except Exception:  # noqa: BLE001 - the edge of a thread: what is in the outbox is told when the records answer again
                _log.exception("the outbox could not be looked into")
                self._stopped.wait(_AFTER_FAILURE_SECONDS)

    def _look(self) -> None:
        for webhook in _active(self._services):
            if self._busy.take(webhook.id):
                self._pool.submit(self._tell, webhook)
        now = self._services.clock.now()
        if self._forgotten_at is None or now - self._forgotten_at >= _FORGET_EVERY:
            self._forgotten_at = now
            self._services.books.log.forget(before=now - self._log_kept)

    def _tell(self, webhook: Webhook) -> None:
        try:
            for _ in range(_ROUNDS):
                if self._stopped.is_set() or _round(webhook, self._services, self._policy) == Delivered():
                    return
        except Exception:  # noqa: BLE001 - the edge of a thread: what was claimed is told when its lease is over
            _log.exception("webhook %s could not be told", webhook.id)
        finally:
            self._busy.free(webhook.id)
