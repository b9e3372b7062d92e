"""`sohoa settings`: what is in force, and where it came from."""

from __future__ import annotations

import argparse

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.settings import named_groups, setting_names, settings_json, shown_value


def run_settings(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show what is in force and where it came from."""
    if arguments.json:
        context.out.file.write(settings_json(context.provenance) + "\n")
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("setting", "value", "from"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for name in setting_names(named=named_groups(context.settings)):
        origin = context.provenance.origins.get(name)
        table.add_row(name, Text(shown_value(context.settings, name)), origin or context.say("settings.default"))
    context.out.print(table)
    return ExitCode.DONE
