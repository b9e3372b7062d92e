"""The arguments of the commands about telling other systems what happens."""

from __future__ import annotations

import argparse

from app.language import Say
from pipeline.domain.client import client_id
from pipeline.domain.event import EventKind
from pipeline.text.fold import nfc


def declare_webhook(webhook: argparse.ArgumentParser, say: Say) -> None:
    """Declare keeping addresses that are told what happens."""
    actions = ("list", "show", "add", "change", "test", "pause", "resume", "remove", "secret")
    webhook.add_argument(
        "action", nargs="?", choices=actions, default="list", metavar="ACTION", help=say("help.webhook_action")
    )
    webhook.add_argument("id", nargs="?", metavar="ID", help=say("help.webhook_id"))
    webhook.add_argument("--client", type=client_id, metavar="ID", help=say("help.webhook_client"))
    webhook.add_argument("--address", metavar="URL", help=say("help.webhook_address"))
    webhook.add_argument(
        "--agency", type=nfc, action="append", default=[], metavar="CODE", help=say("help.webhook_agency")
    )
    _kinds(webhook, say)
    webhook.add_argument("--at-once", action="store_true", help=say("help.webhook_at_once"))


def declare_events(events: argparse.ArgumentParser, say: Say) -> None:
    """Declare looking at events, telling what is due, and telling again."""
    actions = ("list", "deliver", "dead", "replay")
    events.add_argument(
        "action", nargs="?", choices=actions, default="list", metavar="ACTION", help=say("help.events_action")
    )
    events.add_argument("webhook", nargs="?", metavar="WEBHOOK", help=say("help.events_webhook"))
    events.add_argument("--after", type=_number, default=0, metavar="N", help=say("help.events_after"))
    events.add_argument("--limit", type=_number, default=50, metavar="N", help=say("help.limit"))
    _kinds(events, say)
    events.add_argument("--follow", action="store_true", help=say("help.events_follow"))
    which = events.add_mutually_exclusive_group()
    which.add_argument("--event", type=_event, metavar="ID", help=say("help.events_event"))
    which.add_argument("--from", dest="first", type=_event, metavar="ID", help=say("help.events_from"))
    which.add_argument("--all-dead", action="store_true", help=say("help.events_all_dead"))
    events.add_argument("--to", dest="last", type=_event, metavar="ID", help=say("help.events_to"))


def _kinds(command: argparse.ArgumentParser, say: Say) -> None:
    command.add_argument(
        "--kind",
        type=EventKind,
        choices=list(EventKind),
        action="append",
        default=[],
        metavar="KIND",
        help=say("help.events_kind"),
    )


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _event(text: str) -> int:
    """Return the number of an event that is named by it or by its id, `e-12`."""
    return _number(text.removeprefix("e-"))
