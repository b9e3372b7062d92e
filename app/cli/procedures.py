"""`sohoa procedures`: which procedures there are, what a dossier of each consists of, and loading a catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.services import Services, open_services, types_of
from pipeline.domain.procedure import Procedure
from pipeline.understand.procedure_file import built_in_procedures, read_procedures


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List the procedures in force on a day, or check or load catalogue files; without a file, the product's own.

    Raises:
        BadProcedures: a file is wrong; nothing of any file is loaded then.
    """
    if arguments.action == "check":
        return _check(arguments, context)
    with open_services(context.settings, author=context.author) as services:
        if arguments.action == "load":
            return _load(arguments, context, services)
        day = arguments.on or services.clock.now().astimezone().date()
        found = services.procedures.on(day)
    if arguments.json:
        context.print_json([_json(each) for each in found])
    elif not found:
        context.note("procedures.none", day=f"{day:%d/%m/%Y}")
    else:
        context.out.print(_table(found, context))
    return ExitCode.DONE


def _check(arguments: argparse.Namespace, context: Context) -> ExitCode:
    found = _read(arguments, context)
    if arguments.json:
        context.print_json([_json(each) for each in found])
    else:
        context.tell("procedures.right", count=len(found))
    return ExitCode.DONE


def _load(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    found = _read(arguments, context)
    changed = services.procedures.load(found)
    if arguments.json:
        context.print_json({"procedures": len(found), "changed": changed})
    else:
        context.tell("procedures.loaded", count=len(found), changed=changed)
    return ExitCode.DONE


def _read(arguments: argparse.Namespace, context: Context) -> tuple[Procedure, ...]:
    types = types_of(context.settings)
    if not arguments.files:
        return built_in_procedures(types=types)
    return tuple(each for file in arguments.files for each in read_procedures(file, types=types))


def _table(found: Sequence[Procedure], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("code", "procedure", "in_force_since", "components"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in found:
        parts = "\n".join(
            f"{'•' if part.required else '○'} {part.name}" + (f" ({part.condition})" if part.condition else "")
            for part in each.components
        )
        table.add_row(each.code, each.name, f"{each.since:%d/%m/%Y}", parts)
    return table


def _json(procedure: Procedure) -> dict[str, Any]:
    return {
        "code": procedure.code,
        "name": procedure.name,
        "field": procedure.field,
        "since": procedure.since.isoformat(),
        "until": procedure.until.isoformat() if procedure.until else None,
        "results": list(procedure.results),
        "source": procedure.source,
        "components": [
            {
                "code": part.code,
                "name": part.name,
                "types": list(part.types),
                "required": part.required,
                "condition": part.condition or None,
                "copies": part.copies,
            }
            for part in procedure.components
        ],
    }
