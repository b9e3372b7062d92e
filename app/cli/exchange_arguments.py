"""The arguments of `sohoa exchange`."""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path

from app.language import Say
from pipeline.domain.document import DocumentState
from pipeline.domain.exchange import SyncState

_Actions = argparse._SubParsersAction  # noqa: SLF001 - argparse gives the type no public name


def declare_exchange(exchange: argparse.ArgumentParser, say: Say) -> None:
    """Declare what can go to other systems and archives."""
    actions = exchange.add_subparsers(metavar="ACTION", required=True, title=say("help.exchange_actions"))
    over = _action(actions, "hand-over", say, run="run_hand_over")
    over.add_argument("ids", nargs="*", metavar="ID", help=say("help.document_id"))
    over.add_argument(
        "--dossier", type=_text, action="append", default=[], metavar="CODE", help=say("help.exchange_dossier")
    )
    over.add_argument("--out", type=Path, required=True, metavar="DIR|FILE.zip", help=say("help.exchange_out"))
    over.add_argument("--label", type=_text, default="", metavar="TEXT", help=say("help.exchange_label"))
    over.add_argument("--purpose", type=_text, default="", metavar="TEXT", help=say("help.purpose"))
    check = _action(actions, "check", say, run="run_check")
    check.add_argument("package", type=Path, metavar="DIR|FILE.zip", help=say("help.exchange_package"))
    _declare_table(_action(actions, "table", say, run="run_table"), say)
    queue = _action(actions, "queue", say, run="run_queue")
    queue.add_argument("codes", nargs="+", type=_text, metavar="CODE", help=say("help.exchange_dossier"))
    queue.add_argument("--procedure", metavar="CODE", help=say("help.exchange_procedure"))
    _action(actions, "send", say, run="run_send")
    take = _action(actions, "take", say, run="run_take")
    take.add_argument("file", type=Path, metavar="FILE.json", help=say("help.exchange_take_file"))
    take.add_argument("--agency", type=_text, default="", metavar="CODE", help=say("help.exchange_take_agency"))
    waiting = _action(actions, "list", say, run="run_list")
    waiting.add_argument(
        "--state", type=SyncState, choices=list(SyncState), metavar="STATE", help=say("help.exchange_state")
    )


def _declare_table(table: argparse.ArgumentParser, say: Say) -> None:
    table.add_argument(
        "--out", type=Path, required=True, metavar="FILE.csv|FILE.xlsx", help=say("help.exchange_table_out")
    )
    table.add_argument(
        "--rows",
        choices=("papers", "fields"),
        default="papers",
        metavar="papers|fields",
        help=say("help.exchange_rows"),
    )
    table.add_argument("--field", action="append", default=[], metavar="NAME", help=say("help.exchange_field"))
    table.add_argument("--batch", metavar="ID", help=say("help.filter_batch"))
    table.add_argument("--dossier", type=_text, metavar="CODE", help=say("help.filter_dossier"))
    table.add_argument("--type", metavar="TYPE", help=say("help.filter_type"))
    table.add_argument(
        "--state", type=DocumentState, choices=list(DocumentState), metavar="STATE", help=say("help.filter_state")
    )
    table.add_argument("--purpose", type=_text, default="", metavar="TEXT", help=say("help.purpose"))


def _action(actions: _Actions[argparse.ArgumentParser], name: str, say: Say, *, run: str) -> argparse.ArgumentParser:
    words = say(f"help.exchange_{name.replace('-', '_')}")
    action = actions.add_parser(name, help=words, description=words)
    action.set_defaults(run=f"app.cli.exchanging:{run}")
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    action.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return action


def _text(typed: str) -> str:
    return unicodedata.normalize("NFC", typed)
