"""`sohoa depository look-up`: what an owner has in the national depository, and taking one of it over."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich import box
from rich.table import Table

from app.cli.context import Context, ExitCode
from app.cli.digitize import digitize
from app.cli.progress import show_progress
from app.connectors.opening import open_connectors
from app.services import Services, open_services
from app.taking_over import look_up, question_of, take_over
from app.workshop import open_workshop
from pipeline.connector_ports import Connectors
from pipeline.domain.exchange import OfferedResult, ResultQuestion
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import Owner
from pipeline.usecases.keep_depository import named_owner


def run_look_up(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """List what an owner has there for a dossier; with `--take`, take a result over and digitize it."""
    dossier = DossierCode(arguments.dossier)
    with (
        open_services(context.settings, author=context.author) as services,
        open_connectors(
            context.settings.connectors,
            types=services.catalogue,
            clock=services.clock,
            note=services.connector_book.note,
        ) as others,
    ):
        owner = named_owner(arguments.id, owners=services.owners)
        question = question_of(owner, procedure=None, component=None, services=services)
        if arguments.take:
            return _take(arguments, owner, question, dossier, context=context, services=services, others=others)
        found = look_up(owner, question, dossier=dossier, services=services, others=others)
    _show(found, arguments, context)
    return ExitCode.DONE


def _take(
    arguments: argparse.Namespace,
    owner: Owner,
    question: ResultQuestion,
    dossier: DossierCode,
    *,
    context: Context,
    services: Services,
    others: Connectors,
) -> ExitCode:
    with open_workshop(services) as workshop:
        taken = take_over(
            arguments.take,
            owner,
            question,
            dossier=dossier,
            agency=context.settings.office.agency,
            services=services,
            workshop=workshop,
            others=others,
        )
        with show_progress(context) as listener:
            done = digitize(taken.batch, context, workshop, listener)
    documents = [each.understood.id for each in done.documents]
    if arguments.json:
        context.print_json({"batch": done.id, "result": taken.result.code, "documents": documents})
    else:
        context.tell("national.taken", code=taken.result.code, batch=done.id, documents=", ".join(documents))
    return ExitCode.DONE


def _show(found: Sequence[OfferedResult], arguments: argparse.Namespace, context: Context) -> None:
    if arguments.json:
        context.print_json(
            [
                {
                    "code": each.code,
                    "title": each.title,
                    "reference": each.reference or None,
                    "organ": each.organ or None,
                    "sha256": each.sha256,
                    "size": each.size,
                }
                for each in found
            ]
        )
        return
    if not found:
        context.note("national.nothing")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for key in ("code", "paper", "organ"):
        table.add_column(context.say(f"table.{key}"), overflow="fold")
    for each in found:
        table.add_row(each.code, f"{each.title} {each.reference}".strip(), each.organ)
    context.out.print(table)
