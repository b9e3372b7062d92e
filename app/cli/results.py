"""`sohoa result`: issue results under their codes, show, revoke, supersede, and print them for paper."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli.context import Context, ExitCode
from app.cli.writing import writing
from app.services import Services, open_services
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.usecases.issue_result import (
    convert_to_paper,
    find_result,
    issue_result,
    revoke_result,
    supersede_result,
)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Do what is asked with a result; say how it stands afterwards."""
    if missing := _missing(arguments):
        context.note("result.needs", action=arguments.action, argument=missing)
        return ExitCode.USAGE
    if arguments.dossier is not None and find_dossier_codes(arguments.dossier) != (arguments.dossier,):
        context.note("digitize.bad_dossier", code=arguments.dossier)
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        result = _do(arguments, context, services)
    if arguments.json:
        context.print_json(result_json(result))
        return ExitCode.DONE
    say_result(result, context)
    return ExitCode.DONE


def _missing(arguments: argparse.Namespace) -> str:
    """Return the argument without which the action makes no sense."""
    needed = {"revoke": ("reason",), "supersede": ("by", "reason"), "print": ("converter", "out")}
    return next((f"--{name}" for name in needed.get(arguments.action, ()) if not getattr(arguments, name)), "")


def _do(arguments: argparse.Namespace, context: Context, services: Services) -> Result:
    results, clock = services.results, services.clock
    if arguments.action == "issue":
        issued = issue_result(
            DocumentId(arguments.id),
            address=context.settings.result_address,
            with_data=arguments.data,
            results=results,
            library=services.library,
            versions=services.versions,
            objects=services.objects,
            clock=clock,
            catalogue=services.catalogue,
            dossier=DossierCode(arguments.dossier) if arguments.dossier else None,
            any_type=arguments.anyway,
        )
        return issued.result
    if arguments.action == "revoke":
        return revoke_result(arguments.id, arguments.reason, results=results, clock=clock)
    if arguments.action == "supersede":
        return supersede_result(arguments.id, arguments.by, arguments.reason, results=results, clock=clock)
    if arguments.action == "print":
        return _print(arguments, context, services)
    return find_result(arguments.id, results=results)


def _print(arguments: argparse.Namespace, context: Context, services: Services) -> Result:
    target: Path = arguments.out
    with writing(target):
        return convert_to_paper(
            arguments.id,
            target,
            system=context.settings.results.system,
            converter=arguments.converter,
            results=services.results,
            versions=services.versions,
            objects=services.objects,
            clock=services.clock,
        )


def say_result(result: Result, context: Context) -> None:
    """Tell in a line how a result stands."""
    context.tell(
        f"result.{result.state.value}",
        code=result.code,
        document=result.document,
        reason=result.reason,
        by=result.superseded_by or "",
    )


def result_json(result: Result) -> dict[str, Any]:
    """Return a result as `--json` gives it."""
    return {
        "code": result.code,
        "dossier": result.dossier,
        "document": result.document,
        "created_at": result.created_at.isoformat(timespec="seconds"),
        "state": result.state.value,
        "reason": result.reason or None,
        "superseded_by": result.superseded_by,
        "changed_at": result.changed_at.isoformat(timespec="seconds") if result.changed_at else None,
    }
