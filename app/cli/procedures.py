"""`sohoa procedures`: which procedures there are, what a dossier of each consists of, and taking over a catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.connector_work import asker_of
from app.connectors.opening import open_connectors
from app.services import Services, open_services, types_of
from pipeline.domain.audit_seal import day_of
from pipeline.domain.procedure import Procedure
from pipeline.understand.procedure_file import built_in_procedures, read_procedures
from pipeline.usecases.ask_systems import refresh_procedures
from pipeline.usecases.import_procedures import CatalogueChange, CatalogueImport, ProcedureChange, import_procedures


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List the procedures in force on a day, or check, compare or take over catalogue files; without a file, the product's own.

    Raises:
        BadProcedures: a file is wrong; nothing of any file is taken over then.
    """
    if arguments.action == "check":
        return _check(arguments, context)
    with open_services(context.settings, author=context.author) as services:
        if arguments.action != "list":
            return _import(arguments, context, services)
        day = arguments.on or day_of(services.clock.now())
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


def _import(arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    """Say what a catalogue changes, and write it unless it was only to be compared."""
    dry_run = arguments.action == "compare" or arguments.dry_run
    if arguments.action == "refresh":
        came = _refreshed(services, dry_run=dry_run)
    else:
        came = import_procedures(
            _read(arguments, context), procedures=services.procedures, whole_on=arguments.whole_on, dry_run=dry_run
        )
    if arguments.json:
        changes = [_change_json(each) for each in came.changes]
        context.print_json({"procedures": len(came.changes), "changed": came.written, "changes": changes})
        return ExitCode.DONE
    for each in came.changes:
        if each.change is not CatalogueChange.SAME:
            _tell_change(each, context)
    counts = {change.value: count for change, count in came.counts.items()}
    context.tell("procedures.compared", **counts)
    if not dry_run:
        context.tell("procedures.loaded", count=len(came.changes), changed=came.written)
    return ExitCode.DONE


def _refreshed(services: Services, *, dry_run: bool) -> CatalogueImport:
    """Ask the national catalogue, and take over what it publishes."""
    settings = services.settings.connectors
    note = services.connector_book.note
    with open_connectors(settings, types=services.catalogue, clock=services.clock, note=note) as others:
        return refresh_procedures(
            catalogue=others.procedures, procedures=services.procedures, asker=asker_of(services), dry_run=dry_run
        )


def _tell_change(change: ProcedureChange, context: Context) -> None:
    """Tell in a line what becomes of a procedure, and in one more for each component."""
    kind = context.say(f"catalogue_change.{change.change.value}")
    parts = ", ".join(context.say(f"catalogue_part.{each}") for each in change.parts)
    since, until = change.after.since, change.after.until
    days = f"{since:%d/%m/%Y}–{until:%d/%m/%Y}" if until else f"{since:%d/%m/%Y}–"
    context.tell(
        "procedures.change", kind=kind, code=change.code, name=change.after.name, days=days, parts=parts or "–"
    )
    for each in change.components if change.before else ():
        part = each.after or each.before
        name = part.name if part else each.code
        kind = context.say(f"catalogue_change.{each.change.value}")
        context.tell("procedures.component_change", kind=kind, code=each.code, name=name)


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


def _change_json(change: ProcedureChange) -> dict[str, Any]:
    return {
        "code": change.code,
        "change": change.change.value,
        "before": _json(change.before) if change.before else None,
        "after": _json(change.after),
        "parts": list(change.parts),
        "components": [{"code": each.code, "change": each.change.value} for each in change.components],
        "results": {"new": list(change.new_results), "gone": list(change.gone_results)},
    }


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
