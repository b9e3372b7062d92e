"""The arguments of `sohoa audit`."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.language import Say


def declare_audit(audit: argparse.ArgumentParser, say: Say) -> None:
    """Declare `seal` and `export`; without an action the trail is checked."""
    actions = audit.add_subparsers(metavar="ACTION", title=say("help.audit_actions"))
    _action(actions, "seal", say)
    export = _action(actions, "export", say)
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help=say("help.audit_out"))


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, say: Say
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=say(f"help.audit_{name}"), description=say(f"help.audit_{name}"))
    action.set_defaults(run=f"app.cli.auditing:run_{name}")
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action
