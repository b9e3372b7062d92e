"""The arguments of `sohoa storage`."""

from __future__ import annotations

import argparse

from app.language import Say


def declare_storage(storage: argparse.ArgumentParser, say: Say) -> None:
    """Declare what can be done about where things are kept; without an action, what the store does is looked at."""
    actions = storage.add_subparsers(metavar="ACTION", title=say("help.storage_actions"))
    _action(actions, "init", say, run="app.cli.storing:run_init")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, say: Say, *, run: str
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=say(f"help.storage_{name}"), description=say(f"help.storage_{name}"))
    action.set_defaults(run=run)
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action
