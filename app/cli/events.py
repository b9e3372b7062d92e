"""`sohoa events`: what others are told, telling what is due, and telling again."""

from __future__ import annotations

import argparse
import json
import threading

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.language import reason_words
from app.services import Services, open_services
from app.webhooks.delivering import (
    deliver_due,
    delivery_policy,
    delivery_services,
    event_deliverer,
    webhook_services,
)
from pipeline.domain.event import Audience, EventNumber
from pipeline.domain.webhook import WebhookId
from pipeline.usecases.deliver_events import event_body
from pipeline.usecases.keep_webhooks import revive_dead, tell_again, webhook_of


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List events or dead letters, tell what is due, or tell again."""
    if arguments.action in {"dead", "replay"} and not arguments.webhook:
        context.note("result.needs", action=arguments.action, argument="WEBHOOK")
        return ExitCode.USAGE
    is_named = arguments.all_dead or arguments.event is not None or arguments.first is not None
    if arguments.action == "replay" and not is_named:
        context.note("result.needs", action="replay", argument="--event | --from | --all-dead")
        return ExitCode.USAGE
    do = {"list": _list, "deliver": _deliver, "dead": _dead, "replay": _replay}[arguments.action]
    with open_services(context.settings, author=context.author) as services:
        return do(arguments, context, services)


def _list(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    audience = Audience(kinds=frozenset(arguments.kind))
    found = services.events.after(arguments.after, limit=arguments.limit, audience=audience)
    if arguments.json:
        context.print_json([json.loads(event_body(each)) for each in found])
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("event", "created_at", "kind", "paper", "agency"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in found:
        at = f"{each.at.astimezone():%d/%m/%Y %H:%M:%S}"
        table.add_row(each.id, at, each.kind.value, each.document, each.agency or "–")
    context.out.print(table)
    return ExitCode.DONE


def _deliver(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    """Tell what is due now, or go on telling until the person says stop."""
    if arguments.follow:
        with event_deliverer(services):
            context.note("events.following")
            threading.Event().wait()
    done = deliver_due(delivery_services(services), delivery_policy(context.settings), stopped=lambda: False)
    if arguments.json:
        context.print_json({"told": done.told, "failed": done.failed, "dead": done.dead})
    else:
        context.tell("events.delivered", told=done.told, failed=done.failed, dead=done.dead)
    return ExitCode.SOME if done.failed or done.dead else ExitCode.DONE


def _dead(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    webhook, client = webhook_of(None, WebhookId(arguments.webhook), services=webhook_services(services))
    found = services.webhooks.deliveries.dead(
        webhook.id, audience=webhook.audience(client), limit=arguments.limit, after=arguments.after
    )
    if arguments.json:
        context.print_json(
            [
                {
                    "event": json.loads(event_body(each.event)),
                    "at": each.at.isoformat(timespec="seconds"),
                    "attempts": each.attempts,
                    "reason": each.reason,
                }
                for each in found
            ]
        )
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("event", "given_up_at", "kind", "paper", "attempts", "reason"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in found:
        at = f"{each.at.astimezone():%d/%m/%Y %H:%M:%S}"
        reason = reason_words(each.reason, context.say)
        table.add_row(each.event.id, at, each.event.kind.value, each.event.document, str(each.attempts), reason)
    context.out.print(table)
    return ExitCode.DONE


def _replay(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    needs = webhook_services(services)
    webhook, client = webhook_of(None, WebhookId(arguments.webhook), services=needs)
    if arguments.all_dead:
        count = revive_dead(webhook, services=needs)
    else:
        first = arguments.first if arguments.event is None else arguments.event
        last = arguments.last if arguments.event is None else arguments.event
        count = tell_again(
            webhook,
            client,
            first=EventNumber(first),
            last=EventNumber(services.trail.last().number if last is None else last),
            services=needs,
        )
    if arguments.json:
        context.print_json({"events": count})
    else:
        context.tell("events.replayed", count=count)
    return ExitCode.DONE
