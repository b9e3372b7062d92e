"""Where a client is told of what happens, how that goes, and having it told again."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Response

from app.webhooks.delivering import webhook_services
from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import BadKeyFile, NotFound
from pipeline.domain.event import EventNumber
from pipeline.domain.webhook import Webhook, WebhookId, WebhookState
from pipeline.domain.webhook_errors import (
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookBeyondClient,
    WebhookWithoutSecret,
)
from pipeline.usecases.keep_webhooks import (
    WebhookServices,
    add_webhook,
    change_webhook,
    ping,
    revive_dead,
    rotate_secret,
    secrets_shown,
    set_state,
    tell_again,
    webhook_of,
)
from web.api.caller import Caller, CallerDep
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.events import (
    MOST_NUMBER,
    WEBHOOK_ID,
    AttemptShown,
    DeadLetterShown,
    NewSecret,
    NewWebhook,
    Replay,
    Replayed,
    SecretChange,
    SecretShown,
    SecretsShown,
    SendShown,
    WebhookChange,
    WebhookShown,
)
from web.api.paging import AfterQuery, LimitQuery, cursor, number_in_place, place_behind
from web.api.route import api_router

router = api_router("webhooks")

WebhookPath = Annotated[WebhookId, Path(pattern=WEBHOOK_ID, description="Id of a webhook.")]
_ATTEMPTS, _DEAD = "attempts", "dead_letters"
_WRONG: Final = (WebhookAddressRefused, WebhookBeyondClient)


@router.post("/webhooks", status_code=201)
@needs(ApiScope.WEBHOOKS_WRITE, creates=True, refuses=(*_WRONG, TooManyWebhooks, BadKeyFile))
def make_webhook(new: NewWebhook, caller: CallerDep, response: Response) -> WebhookShown:
    """Keep an address to which events are sent from now on; its secret is asked for at `/webhooks/{webhook}/secrets`."""
    services = _services(caller)
    webhook, _ = add_webhook(caller.client, new.address, agencies=new.agencies, kinds=new.kinds, services=services)
    response.headers["Location"] = f"/api/v1/webhooks/{webhook.id}"
    return _shown(webhook, caller)


@router.get("/webhooks")
@needs(ApiScope.WEBHOOKS_WRITE)
def list_webhooks(caller: CallerDep) -> Page[WebhookShown]:
    """List the client's webhooks, oldest first; there are never more than one answer holds."""
    found = caller.services.webhooks.webhooks.every(caller.client.id)
    return Page(items=tuple(_shown(each, caller) for each in found), next=None)


@router.get("/webhooks/{webhook}")
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound,))
def get_webhook(webhook: WebhookPath, caller: CallerDep) -> WebhookShown:
    """Return a webhook and how far telling it has come."""
    return _shown(_own(webhook, caller), caller)


@router.patch("/webhooks/{webhook}")
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound, RecordChanged, *_WRONG))
def patch_webhook(webhook: WebhookPath, change: WebhookChange, caller: CallerDep) -> WebhookShown:
    """Change where and of what a webhook hears, pause it or let it go on; what happens while it is paused waits."""
    services, found = _services(caller), _own(webhook, caller)
    if found.version != change.version:
        raise RecordChanged(id=webhook, seen=change.version, now=found.version)
    found = change_webhook(
        found, caller.client, address=change.address, agencies=change.agencies, kinds=change.kinds, services=services
    )
    if change.state is not None:
        found = set_state(found, WebhookState(change.state.value), services=services)
    return _shown(found, caller)


@router.delete("/webhooks/{webhook}", status_code=204)
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound,))
def delete_webhook(webhook: WebhookPath, caller: CallerDep) -> None:
    """Forget a webhook with all that it was still to be told."""
    caller.services.webhooks.webhooks.remove(_own(webhook, caller).id)


@router.get("/webhooks/{webhook}/secrets")
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound, BadKeyFile))
def list_secrets(webhook: WebhookPath, caller: CallerDep, response: Response) -> SecretsShown:
    """Return the secrets in force; that they were shown is written down."""
    response.headers["Cache-Control"] = "no-store"
    shown = secrets_shown(_own(webhook, caller), trail=caller.services.trail, services=_services(caller))
    return SecretsShown(
        items=tuple(
            SecretShown(secret=text, created_at=kept.created_at, expires_at=kept.expires_at) for kept, text in shown
        )
    )


@router.post("/webhooks/{webhook}/secrets", status_code=201)
@needs(ApiScope.WEBHOOKS_WRITE, creates=True, refuses=(NotFound, BadKeyFile))
def make_secret(webhook: WebhookPath, new: NewSecret, caller: CallerDep, response: Response) -> SecretChange:
    """Put a new secret in the place of the one before, which signs beside it for a while."""
    _, old_until = rotate_secret(_own(webhook, caller), at_once=new.at_once, services=_services(caller))
    response.headers["Location"] = f"/api/v1/webhooks/{webhook}/secrets"
    return SecretChange(old_until=old_until)


@router.post("/webhooks/{webhook}/test")
@needs(ApiScope.WEBHOOKS_WRITE, creates=True, refuses=(NotFound, WebhookWithoutSecret, BadKeyFile))
def test_webhook(webhook: WebhookPath, caller: CallerDep) -> SendShown:
    """Send a signed message of kind `ping`, which tells of nothing, and say what came of it."""
    return SendShown.of(ping(_own(webhook, caller), services=_services(caller)))


@router.get("/webhooks/{webhook}/attempts")
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound,))
def list_attempts(
    *, webhook: WebhookPath, caller: CallerDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[AttemptShown]:
    """List attempts of the last weeks, the newest first."""
    place = _number(after, of=_ATTEMPTS)
    books = caller.services.webhooks.deliveries
    found = books.attempts(_own(webhook, caller).id, limit=limit + 1, before=place)
    following = cursor(_ATTEMPTS, str(found[limit - 1][0])) if len(found) > limit else None
    return Page(items=tuple(AttemptShown.of(each) for _, each in found[:limit]), next=following)


@router.get("/webhooks/{webhook}/dead-letters")
@needs(ApiScope.WEBHOOKS_WRITE, refuses=(NotFound,))
def list_dead_letters(
    *, webhook: WebhookPath, caller: CallerDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[DeadLetterShown]:
    """List events that the webhook could not be told, in order."""
    place = _number(after, of=_DEAD) or 0
    own = _own(webhook, caller)
    audience = own.audience(caller.client)
    found = caller.services.webhooks.deliveries.dead(own.id, audience=audience, limit=limit + 1, after=place)
    following = cursor(_DEAD, str(found[limit - 1].event.number)) if len(found) > limit else None
    return Page(items=tuple(map(DeadLetterShown.of, found[:limit])), next=following)


@router.post("/webhooks/{webhook}/replay", status_code=202)
@needs(ApiScope.WEBHOOKS_WRITE, creates=True, refuses=(NotFound,))
def replay_events(webhook: WebhookPath, replay: Replay, caller: CallerDep) -> Replayed:
    """Have events sent again under the same ids: a range that the webhook has come to, or all dead letters."""
    services, own = _services(caller), _own(webhook, caller)
    if replay.first is None:
        return Replayed(events=revive_dead(own, services=services))
    first, last = EventNumber(replay.first), EventNumber(replay.last or MOST_NUMBER)
    return Replayed(events=tell_again(own, caller.client, first=first, last=last, services=services))


def _number(after: str | None, *, of: str) -> int | None:
    """Return the number that a cursor names.

    Raises:
        CursorRefused
    """
    place = place_behind(after, of=of)
    return None if place is None else number_in_place(place[0])


def _services(caller: Caller) -> WebhookServices:
    return webhook_services(caller.services, sender=caller.office.sender)


def _own(webhook: WebhookId, caller: Caller) -> Webhook:
    """Return a webhook of the caller's; that of somebody else is answered as one that never was."""
    return webhook_of(caller.client, webhook, services=_services(caller))[0]


def _shown(webhook: Webhook, caller: Caller) -> WebhookShown:
    audience = webhook.audience(caller.client)
    return WebhookShown.of(webhook, caller.services.webhooks.deliveries.standing(webhook.id, audience=audience))
