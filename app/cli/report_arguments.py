"""The arguments of `sohoa report`."""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path

from app.language import Say


def declare_report(report: argparse.ArgumentParser, say: Say) -> None:
    """Declare what is reported."""
    actions = report.add_subparsers(metavar="ACTION", required=True, title=say("help.report_actions"))
    words = say("help.report_indices")
    indices = actions.add_parser("indices", help=words, description=words)
    indices.set_defaults(run="app.cli.reporting:run_indices")
    indices.add_argument("--period", required=True, metavar="2026-03|2026-Q1|2026", help=say("help.report_period"))
    indices.add_argument("--agency", type=_text, metavar="CODE", help=say("help.report_agency"))
    indices.add_argument("--procedure", metavar="CODE", help=say("help.report_procedure"))
    indices.add_argument(
        "--out", type=Path, required=True, metavar="FILE.xlsx|FILE.csv|FILE.json", help=say("help.report_out")
    )
    indices.add_argument("--purpose", type=_text, default="", metavar="TEXT", help=say("help.purpose"))
    indices.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=say("help.json"))
    indices.add_argument("--language", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _text(typed: str) -> str:
    return unicodedata.normalize("NFC", typed)
