"""`sohoa renew`: keep long-term signatures alive, or foretell when that is due."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.services import Services, open_services
from app.signers import open_renewer
from pipeline.domain.batch import Stage
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import DocumentId
from pipeline.domain.moments import in_zone
from pipeline.ports import silent
from pipeline.usecases.renew_copies import (
    Forecast,
    Renewal,
    forecast_copies,
    named_copies,
    renew_copies,
    signed_copies,
)
from signing.forecast import look_ahead


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Renew the copies that are named, or of all those that are due; with `--forecast` only say what is due and why."""
    if bool(arguments.ids) is bool(arguments.all):
        context.note("renew.name_documents")
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        found = foretold(arguments.ids, services, on_copy=counting(Stage.FORESEE, listener))
        if arguments.forecast:
            return _show(found, arguments, context)
        now = services.clock.now()
        wanted = [each for each in found if each.error is None and (arguments.ids or each.is_due(now))]
        done: list[Renewal] = []
        count = counting(Stage.RENEW, listener)

        def hear(outcome: Renewal) -> None:
            done.append(outcome)
            count(len(done), len(wanted))

        stopped = _renew(wanted, services, hear)
    errors = [each.error for each in found if each.error] + [each.error for each in done if each.error]
    errors += [stopped] if stopped else []
    return _report(done, len(wanted), errors, arguments, context)


def foretold(ids: Sequence[str], services: Services, *, on_copy: Callable[[int, int], None] = silent) -> list[Forecast]:
    """Return the forecast for the copies of these documents, or for all; raises as `named_copies`."""
    named = [DocumentId(each) for each in ids]
    return forecast_copies(
        named_copies(named, library=services.library, versions=services.versions)
        if named
        else signed_copies(services.versions),
        margin=dt.timedelta(days=services.settings.signing.renew_days),
        look=look_ahead,
        objects=services.objects,
        versions=services.versions,
        on_copy=on_copy,
    )


def _renew(wanted: Sequence[Forecast], services: Services, hear: Callable[[Renewal], None]) -> SohoaError | None:
    """Renew; return what stopped the rest, if something did."""
    if not wanted:
        return None
    try:
        with open_renewer(services.settings, clock=services.clock) as renew:
            renew_copies(
                wanted,
                renew=renew,
                objects=services.objects,
                versions=services.versions,
                clock=services.clock,
                on_document=hear,
            )
    except SohoaError as error:
        return error
    return None


def _report(
    done: Sequence[Renewal],
    wanted: int,
    errors: Sequence[SohoaError],
    arguments: argparse.Namespace,
    context: Context,
) -> ExitCode:
    renewed = sum(each.version is not None for each in done)
    if arguments.json:
        context.print_json([_renewal_json(each) for each in done])
    elif not wanted:
        context.note("renew.none_due")
    else:
        context.tell("renew.summary", renewed=renewed, total=wanted)
    for error in errors:
        context.complain(error)
    if not errors:
        return ExitCode.DONE
    return ExitCode.SOME if renewed else ExitCode.NOTHING


def _show(found: Sequence[Forecast], arguments: argparse.Namespace, context: Context) -> ExitCode:
    if arguments.json:
        context.print_json([_forecast_json(each) for each in found])
    elif not found:
        context.note("renew.nothing")
    else:
        context.out.print(_table(found, context))
    for each in found:
        if each.error:
            context.complain(each.error)
    return ExitCode.SOME if any(each.error for each in found) else ExitCode.DONE


def _table(found: Sequence[Forecast], context: Context) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("document", "level", "signer", "due", "proven_until", "reason"):
        table.add_column(context.say(f"table.{key}"), no_wrap=key == "document", overflow="fold")
    for each in found:
        reason = context.say(f"renew.reason_{each.outlook.reason.value}") if each.outlook else "–"
        table.add_row(
            each.document,
            each.version.level.value if each.version.level else "–",
            Text(each.version.signer or "–"),
            _day(each.due),
            _day(each.outlook.until if each.outlook else None),
            reason,
        )
    return table


def _day(moment: dt.datetime | None) -> str:
    return f"{in_zone(moment):%d/%m/%Y}" if moment else "–"


def _forecast_json(forecast: Forecast) -> dict[str, Any]:
    outlook = forecast.outlook
    return {
        "document": forecast.document,
        "version": forecast.version.number,
        "level": forecast.version.level.value if forecast.version.level else None,
        "due": forecast.due.isoformat() if forecast.due else None,
        "until": outlook.until.isoformat() if outlook else None,
        "reason": outlook.reason.value if outlook else None,
        "error": forecast.error.code if forecast.error else None,
    }


def _renewal_json(renewal: Renewal) -> dict[str, Any]:
    version = renewal.version
    return {
        "document": renewal.document,
        "version": version.number if version else None,
        "sha256": version.sha256 if version else None,
        "error": renewal.error.code if renewal.error else None,
    }
