"""The arguments of `sohoa retention`, `sohoa hold` and `sohoa disposal`."""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path

from app.language import Say
from pipeline.domain.retention import HoldKind

MOST_LISTED = 500
"""papers on one list unless another number is asked for: what a person can look through"""

_Actions = argparse._SubParsersAction  # noqa: SLF001 - argparse gives the type no public name


def declare_retention(retention: argparse.ArgumentParser, say: Say) -> None:
    """Declare whose retention is asked for, or which file is to be checked."""
    retention.add_argument("id", nargs="?", metavar="ID", help=say("help.retention_id"))
    retention.add_argument("--check", type=Path, metavar="FILE", help=say("help.retention_check"))


def declare_hold(hold: argparse.ArgumentParser, say: Say) -> None:
    """Declare `place`, `lift` and `list`; without any of them the holds in force are shown."""
    actions = hold.add_subparsers(metavar="ACTION", title=say("help.disposal_actions"))
    place = _action(actions, "place", say, of="hold", run="app.cli.holding:run_place")
    place.add_argument("kind", type=HoldKind, choices=list(HoldKind), metavar="KIND", help=say("help.hold_kind"))
    place.add_argument("subject", type=_text, metavar="CODE|ID", help=say("help.hold_subject"))
    _reason(place, say)
    lift = _action(actions, "lift", say, of="hold", run="app.cli.holding:run_lift")
    lift.add_argument("id", metavar="HOLD", help=say("help.hold_id"))
    _reason(lift, say)
    listing = _action(actions, "list", say, of="hold", run="app.cli.holding:run_list")
    listing.add_argument("--lifted", action="store_true", help=say("help.hold_lifted"))


def declare_disposal(disposal: argparse.ArgumentParser, say: Say) -> None:
    """Declare what is done with lists; without an action they are shown."""
    actions = disposal.add_subparsers(metavar="ACTION", title=say("help.disposal_actions"))
    propose = _action(actions, "propose", say, of="disposal", run="app.cli.disposing:run_propose")
    propose.add_argument("--secret", action="store_true", help=say("help.disposal_secret"))
    propose.add_argument("--limit", type=int, default=MOST_LISTED, metavar="N", help=say("help.limit"))
    _reason(propose, say)
    show = _action(actions, "show", say, of="disposal", run="app.cli.disposing:run_show")
    show.add_argument("id", metavar="LIST", help=say("help.disposal_id"))
    for name in ("approve", "reject"):
        decide = _action(actions, name, say, of="disposal", run=f"app.cli.disposing:run_{name}")
        decide.add_argument("id", metavar="LIST", help=say("help.disposal_id"))
        _reason(decide, say)
    carry_out = _action(actions, "carry-out", say, of="disposal", run="app.cli.disposing:run_carry_out")
    carry_out.add_argument("id", metavar="LIST", help=say("help.disposal_id"))
    certificate = _action(actions, "certificate", say, of="disposal", run="app.cli.disposing:run_certificate")
    certificate.add_argument("id", metavar="LIST", help=say("help.disposal_id"))
    certificate.add_argument("--out", type=Path, metavar="FILE", help=say("help.disposal_out"))


def _reason(action: argparse.ArgumentParser, say: Say) -> None:
    action.add_argument("--reason", type=_text, required=True, metavar="TEXT", help=say("help.disposal_reason"))


def _text(typed: str) -> str:
    return unicodedata.normalize("NFC", typed)


def _action(
    actions: _Actions[argparse.ArgumentParser], name: str, say: Say, *, of: str, run: str
) -> argparse.ArgumentParser:
    key = f"help.{of}_{name.replace('-', '_')}"
    action = actions.add_parser(name, help=say(key), description=say(key))
    action.set_defaults(run=run)
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action
