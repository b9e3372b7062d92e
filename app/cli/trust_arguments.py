"""The arguments of `sohoa trust` and `sohoa renew`."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from app.language import Say
from signing.trust_stores import TrustStoreName


def declare_trust(trust: argparse.ArgumentParser, say: Say) -> None:
    """Declare `add`, `list`, `bundle` and `load`; without any of them the list is shown."""
    actions = trust.add_subparsers(metavar="ACTION", title=say("help.trust_actions"))
    add = _action(actions, "add", say)
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help=say("help.trust_file"))
    add.add_argument(
        "--store", type=TrustStoreName, choices=list(TrustStoreName), required=True, help=say("help.trust_store")
    )
    add.add_argument("--from", dest="since", type=day_or_moment, metavar="DATE", help=say("help.trust_from"))
    add.add_argument("--until", type=day_or_moment, metavar="DATE", help=say("help.trust_until"))
    add.add_argument("--yes", action="store_true", help=say("help.trust_yes"))
    _action(actions, "list", say)
    bundle = _action(actions, "bundle", say)
    bundle.add_argument("--out", type=Path, metavar="FILE", required=True, help=say("help.trust_out"))
    load = _action(actions, "load", say)
    load.add_argument("file", type=Path, metavar="FILE", help=say("help.trust_bundle_file"))
    load.add_argument("--sha256", metavar="DIGEST", help=say("help.trust_sha256"))
    load.add_argument("--yes", action="store_true", help=say("help.trust_yes"))


def declare_renew(renew: argparse.ArgumentParser, say: Say) -> None:
    """Declare which copies, and whether only to foretell."""
    renew.add_argument("ids", nargs="*", metavar="ID", help=say("help.renew_id"))
    renew.add_argument("--all", action="store_true", help=say("help.renew_all"))
    renew.add_argument("--forecast", action="store_true", help=say("help.renew_forecast"))


def day_or_moment(typed: str) -> dt.datetime:
    """Return a moment; a day alone is its beginning, in this machine's time zone."""
    moment = dt.datetime.fromisoformat(typed)
    return moment if moment.tzinfo else moment.astimezone()


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    say: Say,
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=say(f"help.trust_{name}"), description=say(f"help.trust_{name}"))
    action.set_defaults(run=f"app.cli.trusting:run_{name}")
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action
