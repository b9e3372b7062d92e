"""Webhooks of a client: add, change, new secrets, try out, tell again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind, canonical_json, utc_text
from pipeline.domain.client import ApiClient
from pipeline.domain.errors import NotFound
from pipeline.domain.event import Attempt, EventKind, EventNumber
from pipeline.domain.webhook import (
    SECRET_BYTES,
    SealedSecret,
    SendAnswer,
    Webhook,
    WebhookId,
    WebhookState,
    secret_text,
    signed_headers,
)
from pipeline.domain.webhook_errors import TooManyWebhooks, WebhookBeyondClient
from pipeline.usecases.deliver_events import DeliveryServices, sealed_for, secrets_of

MOST_WEBHOOKS = 20
"""of one client: each costs a look every second"""
PING = "ping"
"""kind of a message that tells of nothing"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookServices:
    """What keeping webhooks needs."""

    delivery: DeliveryServices
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    overlap: dt.timedelta
    """for which an old secret signs beside a new one"""


def add_webhook(
    client: ApiClient,
    address: str,
    *,
    agencies: Collection[str] = (),
    kinds: Collection[EventKind] = (),
    services: WebhookServices,
) -> tuple[Webhook, str]:
    """Keep a new webhook and return it with its secret, which nobody can be told again.

    Args:
        client: whose it is.
        address: where events are sent.
        agencies: of whose papers it hears; none: of all that the client may see.
        kinds: of what it hears; none: of all.
        services: what is needed.

    Raises:
        WebhookAddressRefused, WebhookBeyondClient, TooManyWebhooks
    """
    needs = services.delivery
    needs.sender.refuse(address)
    if len(needs.books.webhooks.every(client.id)) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(client=client.id, allowed=MOST_WEBHOOKS)
    now = needs.clock.now()
    webhook = Webhook(
        id=WebhookId(services.new_id()),
        client=client.id,
        address=address,
        agencies=_within(client, agencies),
        kinds=frozenset(kinds),
        created_at=now,
    )
    secret = services.random_bytes(SECRET_BYTES)
    sealed = needs.box.seal(secret, about=sealed_for(webhook.id))
    needs.books.webhooks.add(webhook, SealedSecret(number=1, sealed=sealed, created_at=now))
    return webhook, secret_text(secret)


def change_webhook(
    webhook: Webhook,
    client: ApiClient,
    *,
    address: str | None = None,
    agencies: Collection[str] | None = None,
    kinds: Collection[EventKind] | None = None,
    services: WebhookServices,
) -> Webhook:
    """Change where and of what a webhook hears; None leaves it as it is.

    Raises:
        WebhookAddressRefused, WebhookBeyondClient, RecordChanged
    """
    if address is not None:
        services.delivery.sender.refuse(address)
    changed = replace(
        webhook,
        address=webhook.address if address is None else address,
        agencies=webhook.agencies if agencies is None else _within(client, agencies),
        kinds=webhook.kinds if kinds is None else frozenset(kinds),
    )
    return webhook if changed == webhook else services.delivery.books.webhooks.change(changed)


def set_state(webhook: Webhook, state: WebhookState, *, reason: str = "", services: WebhookServices) -> Webhook:
    """Pause a webhook or let it go on; what happened meanwhile is told then.

    Raises:
        RecordChanged
    """
    if webhook.state is state:
        return webhook
    return services.delivery.books.webhooks.change(replace(webhook, state=state, reason=reason))


def rotate_secret(webhook: Webhook, *, at_once: bool = False, services: WebhookServices) -> tuple[str, dt.datetime]:
    """Give a webhook a new secret; return it and until when the old one signs beside it.

    Args:
        webhook: whose.
        at_once: the old one is known to somebody who should not know it: it ends now.
        services: what is needed.
    """
    needs = services.delivery
    now = needs.clock.now()
    old_until = now if at_once else now + services.overlap
    secret = services.random_bytes(SECRET_BYTES)
    sealed = needs.box.seal(secret, about=sealed_for(webhook.id))
    needs.books.secrets.rotate(webhook.id, sealed, at=now, old_until=old_until)
    return secret_text(secret), old_until


def secrets_shown(
    webhook: Webhook, *, trail: AuditTrail, services: WebhookServices
) -> Sequence[tuple[SealedSecret, str]]:
    """Return the secrets of a webhook that are in force, newest first, for its receiver; it is written down.

    Raises:
        BadKeyFile: the key of the installation does not open them.
    """
    needs = services.delivery
    kept = needs.books.secrets.of(webhook.id, at=needs.clock.now())
    opened = [secret_text(needs.box.open(each.sealed, about=sealed_for(webhook.id))) for each in kept]
    subject = Subject(SubjectKind.WEBHOOK, webhook.id)
    trail.note([Deed(action=Action.READ, subject=subject, details={"part": "secrets"})])
    return tuple(zip(kept, opened, strict=True))


def ping(webhook: Webhook, *, services: WebhookServices) -> SendAnswer:
    """Send a signed message that tells of nothing, and return what came of it; it stands in the log.

    Raises:
        WebhookWithoutSecret, BadKeyFile
    """
    needs = services.delivery
    at = needs.clock.now()
    id_ = f"{PING}-{services.new_id()}"
    body = canonical_json({"id": id_, "kind": PING, "at": utc_text(at)}).encode()
    secrets = secrets_of(webhook, services=needs)
    answer = needs.sender.send(webhook.address, body, signed_headers(id_, body, at=at, secrets=secrets))
    attempt = Attempt(
        event=None,
        at=at,
        status=answer.status,
        milliseconds=answer.milliseconds,
        reason=answer.fault.value if answer.fault else "",
    )
    needs.books.log.note(webhook.id, attempt)
    return answer


def tell_again(
    webhook: Webhook, client: ApiClient, *, first: EventNumber, last: EventNumber, services: WebhookServices
) -> int:
    """Have a webhook told events again that it heard of or could not be told; return how many."""
    needs = services.delivery
    return needs.books.deliveries.replay(
        webhook.id, first=first, last=last, audience=webhook.audience(client), at=needs.clock.now()
    )


def revive_dead(webhook: Webhook, *, services: WebhookServices) -> int:
    """Have a webhook told all its dead letters again; return how many."""
    needs = services.delivery
    return needs.books.deliveries.revive(webhook.id, at=needs.clock.now())


def webhook_of(client: ApiClient | None, webhook: WebhookId, *, services: WebhookServices) -> tuple[Webhook, ApiClient]:
    """Return a webhook and its client; where a client asks, only its own.

    Raises:
        NotFound: there is none, or it is another client's.
    """
    found = services.delivery.books.webhooks.find(webhook)
    if found is None or (client is not None and found.client != client.id):
        raise NotFound(what="webhook", id=webhook)
    owner = client or services.delivery.clients.find(found.client)
    if owner is None:
        raise NotFound(what="client", id=found.client)
    return found, owner


def _within(client: ApiClient, agencies: Collection[str]) -> frozenset[str]:
    wanted = frozenset(agencies) or client.agencies
    beyond = wanted - client.agencies
    if beyond:
        raise WebhookBeyondClient(client=client.id, agency=min(beyond))
    return wanted
