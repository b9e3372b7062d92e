"""What telling other systems needs from outside, beside `desk_ports.Events`; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.client import ClientId
from pipeline.domain.event import Attempt, Audience, EventNumber
from pipeline.domain.webhook import DeadLetter, SealedSecret, SendAnswer, Standing, Webhook, WebhookId


class Webhooks(Protocol):
    """Webhooks. Records of the office: every change stands in the audit trail."""

    def add(self, webhook: Webhook, secret: SealedSecret) -> None:
        """Keep a new webhook with its first secret; it hears of what happens from then on."""
        ...

    def find(self, webhook: WebhookId) -> Webhook | None:
        """Return a webhook."""
        ...

    def every(self, client: ClientId | None = None) -> Sequence[Webhook]:
        """Return all webhooks, or those of a client, oldest first."""
        ...

    def change(self, webhook: Webhook) -> Webhook:
        """Write a webhook anew, as the version after `webhook.version`; what it does not hear of any more is not told.

        Raises:
            RecordChanged: somebody changed it since.
            NotFound
        """
        ...

    def remove(self, webhook: WebhookId) -> None:
        """Forget a webhook with its secrets and all that it was still to be told.

        Raises:
            NotFound
        """
        ...


class WebhookSecrets(Protocol):
    """What messages are signed with, sealed. No records: an export leaves them behind."""

    def of(self, webhook: WebhookId, *, at: dt.datetime) -> Sequence[SealedSecret]:
        """Return the secrets that are in force at a moment, newest first."""
        ...

    def rotate(self, webhook: WebhookId, sealed: str, *, at: dt.datetime, old_until: dt.datetime) -> SealedSecret:
        """Keep a new secret; those before it end at `old_until`, and what has ended by now goes.

        Raises:
            NotFound
        """
        ...


class DeliveryBook(Protocol):
    """How telling goes, and telling again."""

    def standing(self, webhook: WebhookId, *, audience: Audience) -> Standing:
        """Say how far telling a webhook has come, which hears of what `audience` does."""
        ...

    def attempts(self, webhook: WebhookId, *, limit: int, before: int | None = None) -> Sequence[tuple[int, Attempt]]:
        """Return attempts with their numbers, newest first, those before a number."""
        ...

    def dead(self, webhook: WebhookId, *, audience: Audience, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Return dead letters by the numbers of their events, as far as `audience` hears of them."""
        ...

    def replay(
        self, webhook: WebhookId, *, first: EventNumber, last: EventNumber, audience: Audience, at: dt.datetime
    ) -> int:
        """Have events told again, the dead among them too, each under its own number; return how many will be.

        Nothing beyond what the webhook has come to: that it hears of anyway.
        """
        ...

    def revive(self, webhook: WebhookId, *, at: dt.datetime) -> int:
        """Have all dead letters told again; return how many they are."""
        ...


class DeliveryLog(Protocol):
    """Attempts, for as long as they help. No records."""

    def note(self, webhook: WebhookId, attempt: Attempt) -> None:
        """Write down an attempt that told of no event."""
        ...

    def forget(self, *, before: dt.datetime) -> int:
        """Remove attempts from before a moment; return how many."""
        ...


class EventSender(Protocol):
    """Brings messages to addresses, and only to those that are allowed."""

    def refuse(self, address: str) -> None:
        """Refuse an address that nothing may be sent to.

        Raises:
            WebhookAddressRefused
        """
        ...

    def send(self, address: str, body: bytes, headers: Mapping[str, str]) -> SendAnswer:
        """Send a message and return what came of it; whatever goes wrong on the way is an answer as well."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookBooks:
    """What is kept of webhooks."""

    webhooks: Webhooks
    secrets: WebhookSecrets
    deliveries: DeliveryBook
    log: DeliveryLog
