"""`sohoa quarantine`: what desktop agents brought back and the checks refused."""

from __future__ import annotations

import argparse

from app.agent_signing import set_aside
from app.cli.context import Context, ExitCode
from app.language import reason_words


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List refused returns; the exit code says whether a person has to look."""
    found = set_aside(context.settings)
    if arguments.json:
        context.print_json(
            [
                {
                    "file": str(each.file),
                    "document": each.document,
                    "reason": each.reason,
                    "at": each.at.isoformat(timespec="seconds"),
                }
                for each in found
            ]
        )
    elif not found:
        context.note("quarantine.empty")
    else:
        for each in found:
            context.tell(
                "quarantine.line",
                document=each.document,
                reason=reason_words(each.reason, context.say),
                file=each.file,
                at=f"{each.at:%d/%m/%Y %H:%M}",
            )
    return ExitCode.SOME if found else ExitCode.DONE
