"""The arguments of `sohoa storage`."""

from __future__ import annotations

import argparse

from app.language import Say


def declare_storage(storage: argparse.ArgumentParser, say: Say) -> None:
    """Declare what can be done about where things are kept; without an action, what the store does is looked at."""
    actions = storage.add_subparsers(metavar="ACTION", title=say("help.storage_actions"))
    _action(actions, "init", say, run="app.cli.storing:run_init")
    grants = _action(actions, "grants", say, run="app.cli.granting:run")
    grants.add_argument("role", metavar="ROLE", help=say("help.storage_role"))
    key = actions.add_parser("key", help=say("help.storage_key"), description=say("help.storage_key"))
    keys = key.add_subparsers(metavar="ACTION", required=True, title=say("help.storage_actions"))
    for name in ("new", "rotate", "list"):
        _action(keys, name, say, run=f"app.cli.storage_keys:run_{name}", of="storage_key")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, say: Say, *, run: str, of: str = "storage"
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=say(f"help.{of}_{name}"), description=say(f"help.{of}_{name}"))
    action.set_defaults(run=run)
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action
