"""The arguments of `sohoa find`."""

from __future__ import annotations

import argparse
import datetime as dt

from app.language import Say
from pipeline.domain.document import DocumentState


def declare_find(find: argparse.ArgumentParser, say: Say) -> None:
    """Declare the filters, the dates and the paging; words and limit are declared where their types are."""
    find.add_argument("--prefix", action="store_true", help=say("help.find_prefix"))
    find.add_argument("--type", metavar="TYPE", help=say("help.filter_type"))
    find.add_argument("--dossier", metavar="CODE", help=say("help.filter_dossier"))
    find.add_argument("--batch", metavar="ID", help=say("help.filter_batch"))
    find.add_argument("--agency", metavar="CODE", help=say("help.filter_agency"))
    find.add_argument(
        "--state", type=DocumentState, choices=list(DocumentState), metavar="STATE", help=say("help.filter_state")
    )
    for name in ("since", "until", "received-since", "received-until"):
        find.add_argument(f"--{name}", type=_day, metavar="DATE", help=say(f"help.find_{name.replace('-', '_')}"))
    find.add_argument("--after", default="", metavar="PLACE", help=say("help.find_after"))


def _day(typed: str) -> dt.date:
    """Return a day, such as `2026-01-31`."""
    return dt.date.fromisoformat(typed)
