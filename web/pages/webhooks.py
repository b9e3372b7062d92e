"""Other systems that are told what happens, as the administrator sees them: how that goes, what could not be told, telling again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.language import reason_words
from app.webhooks.delivering import webhook_services
from pipeline.domain.account import Role
from pipeline.domain.event import EventNumber
from pipeline.domain.webhook import Webhook, WebhookId, WebhookState
from pipeline.usecases.keep_webhooks import (
    WebhookServices,
    ping,
    revive_dead,
    set_state,
    tell_again,
    webhook_of,
)
from web.api.models.events import MOST_NUMBER
from web.guard import allowed
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()

_LISTED = 50
"""attempts and dead letters on a page"""
_DONE = frozenset({"paused", "resumed", "replayed", "taken", "failed"})
_SAID = {"pause": "paused", "resume": "resumed"}
_STATES = {"pause": WebhookState.PAUSED, "resume": WebhookState.ACTIVE}


@router.get("/system/webhooks")
@allowed(Role.ADMINISTRATOR)
def webhooks(visit: VisitDep) -> Response:
    """List webhooks and how telling them goes."""
    found = visit.services.webhooks.webhooks.every()
    clients = {each.id: each for each in visit.services.clients.every()}
    books = visit.services.webhooks.deliveries
    rows = [
        (each, clients[each.client], books.standing(each.id, audience=each.audience(clients[each.client])))
        for each in found
    ]
    return show(
        visit,
        "webhooks/list.html",
        here="webhooks",
        rows=rows,
        hosts=visit.office.settings.webhooks.hosts,
        now=visit.services.clock.now(),
    )


@router.get("/system/webhooks/{webhook}")
@allowed(Role.ADMINISTRATOR)
def one(visit: VisitDep, webhook: str, done: str = "", before: int | None = None, after: int = 0) -> Response:
    """Show a webhook, its attempts and its dead letters."""
    found, client = webhook_of(None, WebhookId(webhook), services=_services(visit))
    audience, books = found.audience(client), visit.services.webhooks.deliveries
    attempts = books.attempts(found.id, limit=_LISTED + 1, before=before)
    dead = books.dead(found.id, audience=audience, limit=_LISTED + 1, after=max(after, 0))
    return show(
        visit,
        "webhooks/one.html",
        here="webhooks",
        webhook=found,
        client=client,
        standing=books.standing(found.id, audience=audience),
        attempts=attempts[:_LISTED],
        attempts_before=attempts[_LISTED - 1][0] if len(attempts) > _LISTED else None,
        dead=dead[:_LISTED],
        dead_after=dead[_LISTED - 1].event.number if len(dead) > _LISTED else None,
        has_secret=bool(visit.services.webhooks.secrets.of(found.id, at=visit.services.clock.now())),
        reason=lambda code: reason_words(code, visit.say),
        now=visit.services.clock.now(),
        done=done if done in _DONE else "",
    )


@router.post("/system/webhooks/{webhook}/state")
@allowed(Role.ADMINISTRATOR)
def change_state(visit: VisitDep, webhook: str, to: Annotated[str, Form(pattern="^(pause|resume)$")]) -> Response:
    """Pause a webhook, or let it go on."""
    set_state(_webhook(visit, webhook), _STATES[to], services=_services(visit))
    return go_to(f"/system/webhooks/{webhook}?done={_SAID[to]}", visit)


@router.post("/system/webhooks/{webhook}/test")
@allowed(Role.ADMINISTRATOR)
def try_out(visit: VisitDep, webhook: str) -> Response:
    """Send a message that tells of nothing; what came of it is the first of the attempts."""
    answer = ping(_webhook(visit, webhook), services=_services(visit))
    return go_to(f"/system/webhooks/{webhook}?done={'failed' if answer.fault else 'taken'}", visit)


@router.post("/system/webhooks/{webhook}/replay")
@allowed(Role.ADMINISTRATOR)
def replay(visit: VisitDep, webhook: str, event: Annotated[int | None, Form(ge=1, le=MOST_NUMBER)] = None) -> Response:
    """Have one event told again, or all dead letters."""
    services = _services(visit)
    found, client = webhook_of(None, WebhookId(webhook), services=services)
    if event is None:
        revive_dead(found, services=services)
    else:
        number = EventNumber(event)
        tell_again(found, client, first=number, last=number, services=services)
    return go_to(f"/system/webhooks/{webhook}?done=replayed", visit)


def _services(visit: Visit) -> WebhookServices:
    return webhook_services(visit.services, sender=visit.office.sender)


def _webhook(visit: Visit, webhook: str) -> Webhook:
    return webhook_of(None, WebhookId(webhook), services=_services(visit))[0]
