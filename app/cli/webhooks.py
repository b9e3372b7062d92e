"""`sohoa webhook`: addresses of other systems that are told what happens."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.language import reason_words
from app.services import Services, open_services
from app.webhooks.delivering import webhook_services
from pipeline.domain.errors import NotFound
from pipeline.domain.webhook import SendAnswer, Standing, Webhook, WebhookId, WebhookState
from pipeline.usecases.keep_webhooks import (
    WebhookServices,
    add_webhook,
    change_webhook,
    ping,
    rotate_secret,
    set_state,
    webhook_of,
)

_NEEDED = {"list": (), "add": ("client", "address")}
_STATES = {"pause": WebhookState.PAUSED, "resume": WebhookState.ACTIVE}


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List, show, add, change, try, pause, resume or remove webhooks, or give one a new secret."""
    missing = next((each for each in _NEEDED.get(arguments.action, ("id",)) if not getattr(arguments, each)), None)
    if missing is not None:
        argument = "ID" if missing == "id" else f"--{missing}"
        context.note("result.needs", action=arguments.action, argument=argument)
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as opened:
        services = webhook_services(opened)
        if arguments.action == "list":
            return _show(opened.webhooks.webhooks.every(arguments.client), "", arguments, context, opened)
        if arguments.action == "add":
            webhook, secret = _add(arguments, services)
            return _show([webhook], secret, arguments, context, opened)
        webhook, client = webhook_of(None, WebhookId(arguments.id), services=services)
        if arguments.action == "test":
            return _tell_test(ping(webhook, services=services), arguments, context)
        if arguments.action == "remove":
            opened.webhooks.webhooks.remove(webhook.id)
            context.note("webhook.removed", webhook=webhook.id)
            return ExitCode.DONE
        secret = ""
        if arguments.action == "secret":
            secret, _ = rotate_secret(webhook, at_once=arguments.at_once, services=services)
        elif arguments.action in _STATES:
            webhook = set_state(webhook, _STATES[arguments.action], services=services)
        elif arguments.action == "change":
            webhook = change_webhook(
                webhook,
                client,
                address=arguments.address,
                agencies=arguments.agency or None,
                kinds=arguments.kind or None,
                services=services,
            )
        return _show([webhook], secret, arguments, context, opened)


def _add(arguments: argparse.Namespace, services: WebhookServices) -> tuple[Webhook, str]:
    client = services.delivery.clients.find(arguments.client)
    if client is None:
        raise NotFound(what="client", id=arguments.client)
    return add_webhook(client, arguments.address, agencies=arguments.agency, kinds=arguments.kind, services=services)


def _tell_test(answer: SendAnswer, arguments: argparse.Namespace, context: Context) -> ExitCode:
    reason = "" if answer.fault is None else answer.fault.value
    if arguments.json:
        told = {"status": answer.status, "milliseconds": answer.milliseconds, "reason": reason or None}
        context.print_json(told)
    elif answer.fault is None:
        context.tell("webhook.test_taken", status=answer.status, milliseconds=answer.milliseconds)
    else:
        context.note("webhook.test_failed", reason=reason_words(reason, context.say), status=answer.status or "–")
    return ExitCode.DONE if answer.fault is None else ExitCode.SOME


def _show(
    found: Sequence[Webhook], secret: str, arguments: argparse.Namespace, context: Context, services: Services
) -> ExitCode:
    """Print webhooks; a secret alone on stdout, with everything else beside it."""
    standings = [_standing(each, services) for each in found]
    if arguments.json:
        told = zip(found, standings, strict=True)
        context.print_json([_json(each, standing, secret) for each, standing in told])
    elif secret:
        context.err.print(_table(found, standings, context))
        context.note("webhook.secret", webhook=found[0].id)
        context.out.print(secret, soft_wrap=True)
    elif found:
        context.out.print(_table(found, standings, context))
    else:
        context.note("webhook.none")
    return ExitCode.DONE


def _standing(webhook: Webhook, services: Services) -> Standing:
    client = services.clients.find(webhook.client)
    if client is None:
        raise NotFound(what="client", id=webhook.client)
    return services.webhooks.deliveries.standing(webhook.id, audience=webhook.audience(client))


def _table(found: Sequence[Webhook], standings: Sequence[Standing], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("webhook", "client", "address", "agencies", "kinds", "state", "waiting", "dead"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each, standing in zip(found, standings, strict=True):
        state = context.say(f"webhook_state.{each.state.value}")
        why = f"\n{reason_words(each.reason, context.say)}" if each.reason else ""
        table.add_row(
            each.id,
            each.client,
            each.address,
            ", ".join(sorted(agency or "–" for agency in each.agencies)),
            "\n".join(sorted(each.kinds)) or context.say("webhook.all_kinds"),
            state + why,
            str(standing.waiting),
            str(standing.dead),
        )
    return table


def _json(webhook: Webhook, standing: Standing, secret: str) -> dict[str, Any]:
    rests = standing.rests_until
    return {
        "id": webhook.id,
        "client": webhook.client,
        "address": webhook.address,
        "agencies": sorted(webhook.agencies),
        "kinds": sorted(each.value for each in webhook.kinds),
        "state": webhook.state.value,
        "reason": webhook.reason or None,
        "created_at": webhook.created_at.isoformat(timespec="seconds"),
        "version": webhook.version,
        "waiting": standing.waiting,
        "dead": standing.dead,
        "failures": standing.failures,
        "rests_until": rests and rests.isoformat(timespec="seconds"),
        **({"secret": secret} if secret else {}),
    }
