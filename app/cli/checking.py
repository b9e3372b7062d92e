"""`sohoa doctor`, `sohoa settings`, `sohoa types`: is this installation fit, what is in force, which papers are known."""

from __future__ import annotations

import argparse

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.doctor import Health, examine
from app.language import Say
from app.settings import setting_names, settings_json, shown_value
from pipeline.understand.catalogue import load_types

_MARK = {Health.OK: ("✓", "green"), Health.WARNING: ("!", "yellow"), Health.PROBLEM: ("✗", "red")}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the commands."""
    for name, run in (("doctor", run_doctor), ("settings", run_settings), ("types", run_types)):
        parser = commands.add_parser(name, help=say(f"help.{name}"), description=say(f"help.{name}"))
        parser.add_argument("--json", action="store_true", help=say("help.json"))
        parser.set_defaults(run=run)


def run_doctor(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Examine the installation."""
    findings = []
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("check", "result"):
        table.add_column(context.say(f"table.{key}"))
    for finding in examine(context.settings):
        findings.append(finding)
        mark, style = _MARK[finding.health]
        remedy = f"\n→ {context.say(finding.remedy, name=finding.name)}" if finding.remedy else ""
        table.add_row(
            Text(f"{mark} {context.say(f'check.{finding.name}')}", style=style), Text(finding.detail + remedy)
        )
    if arguments.json:
        context.print_json(
            [{"check": each.name, "health": each.health.value, "detail": each.detail} for each in findings]
        )
    else:
        context.out.print(table)
    return ExitCode.SOME if any(each.health is Health.PROBLEM for each in findings) else ExitCode.DONE


def run_settings(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Show what is in force and where it came from."""
    if arguments.json:
        context.out.file.write(settings_json(context.provenance) + "\n")
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("setting", "value", "from"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for name in setting_names():
        origin = context.provenance.origins.get(name)
        table.add_row(name, Text(shown_value(context.settings, name)), origin or context.say("settings.default"))
    context.out.print(table)
    return ExitCode.DONE


def run_types(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List the document types in force."""
    folder = context.settings.types.folder
    catalogue = load_types(*([folder] if folder else []))
    if arguments.json:
        context.print_json(
            [{"code": each.code, "title": each.title, "family": each.family.value} for each in catalogue]
        )
        return ExitCode.DONE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("type", "title", "family"):
        table.add_column(context.say(f"table.{key}"))
    for each in catalogue:
        table.add_row(each.code, each.title, each.family.value)
    context.out.print(table)
    return ExitCode.DONE
