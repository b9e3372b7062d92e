"""`sohoa doctor`: is this installation fit for work?"""

from __future__ import annotations

import argparse

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.storing import run_probe
from app.doctor import Finding, Health, examine
from app.language import Say, say_error
from pipeline.domain.errors import CannotWrite

_MARK = {Health.OK: ("✓", "green"), Health.WARNING: ("!", "yellow"), Health.PROBLEM: ("✗", "red")}


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Examine the installation, or what its object store really does."""
    if arguments.storage:
        return run_probe(arguments, context)
    findings = list(examine(context.settings))
    details = [say_error(each.error, context.say) if each.error else each.detail for each in findings]
    remedies = [_remedy(each, context.say) for each in findings]
    if arguments.json:
        context.print_json(
            [
                {"check": each.name, "of": each.of, "health": each.health.value, "detail": detail, "remedy": remedy}
                for each, detail, remedy in zip(findings, details, remedies, strict=True)
            ]
        )
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for key in ("check", "result"):
            table.add_column(context.say(f"table.{key}"))
        for each, detail, remedy in zip(findings, details, remedies, strict=True):
            mark, style = _MARK[each.health]
            said = "\n".join(filter(None, (detail, remedy and f"→ {remedy}")))
            named = f"{context.say(f'check.{each.name}')} {each.of}".rstrip()
            table.add_row(Text(f"{mark} {named}", style=style), Text(said))
        context.out.print(table)
    return ExitCode.SOME if any(each.health is Health.PROBLEM for each in findings) else ExitCode.DONE


def _remedy(finding: Finding, say: Say) -> str:
    """Say what to do; where a folder cannot be written, whatever was looked at, that comes first."""
    if isinstance(finding.error, CannotWrite):
        return say("remedy.folder", **finding.error.details)
    return say(finding.remedy, name=finding.of or finding.name) if finding.remedy else ""
