"""`sohoa digitize PATH…`: take files in and make them searchable, understood, stored papers."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.context import Context, ExitCode
from app.cli.progress import show_progress
from app.cli.tables import documents_table
from app.holding import hold_batch
from app.language import Say
from app.orchestrator import prefect_client, server_answers
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import BadInput, SohoaError, all_errors
from pipeline.domain.page import PageState
from pipeline.domain.source import SourceState
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.usecases.batch_json import batch_json
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.export_batch import export_batch
from pipeline.usecases.receive_batch import receive_batch


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the command."""
    parser = commands.add_parser("digitize", help=say("help.digitize"), description=say("help.digitize"))
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=say("help.digitize_path"))
    parser.add_argument("--dossier", metavar="CODE", help=say("help.digitize_dossier"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=say("help.digitize_out"))
    parser.add_argument("--detach", action="store_true", help=say("help.digitize_detach"))
    parser.add_argument("--json", action="store_true", help=say("help.json"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Do it."""
    dossier = None
    if arguments.dossier is not None:
        codes = find_dossier_codes(arguments.dossier)
        if codes != (arguments.dossier.strip(),):
            context.note("digitize.bad_dossier", code=arguments.dossier)
            return ExitCode.USAGE
        dossier = codes[0]
    with open_services(context.settings) as services:
        received = receive_batch(
            arguments.paths,
            dossier=dossier,
            objects=services.objects,
            batches=services.batches,
            clock=services.clock,
        )
        if arguments.detach:
            return _detach(received, arguments, context)
        digitized = digitize(received, context, services)
        if arguments.out is not None:
            export_batch(digitized, arguments.out, objects=services.objects, versions=services.versions)
        report(digitized, arguments, context, services)
    return name_what_is_left(digitized, context)


def digitize(received: ReceivedBatch, context: Context, services: Services) -> DigitizedBatch:
    """Return the batch digitized: as it is when it is done, else as a flow where a server answers, else directly."""
    known = services.batches.load(received.id)
    if isinstance(known, DigitizedBatch):
        context.note("digitize.done_before", batch=received.id)
        return known
    with show_progress(context) as listener:
        if server_answers(context.settings.prefect.api_url):
            with prefect_client(context.settings):
                from flows.digitize import digitize_here  # noqa: PLC0415 - Prefect takes a second to import

                return digitize_here(received, services=services, listener=listener)
        context.note("digitize.directly", api_url=context.settings.prefect.api_url)
        with hold_batch(services.batches, received.id):
            return digitize_batch(received, services=services.digitizing, policy=services.policy, on_progress=listener)


def report(digitized: DigitizedBatch, arguments: argparse.Namespace, context: Context, services: Services) -> None:
    """Write the result to stdout."""
    if arguments.json:
        newest = {
            each.understood.id: services.versions.versions(each.understood.id)[-1] for each in digitized.documents
        }
        context.print_json(batch_json(digitized, newest=newest))
        return
    context.out.print(documents_table(digitized.documents, catalogue=services.catalogue, say=context.say))
    context.out.print(
        context.say(
            "digitize.summary",
            batch=digitized.id,
            sources=len(digitized.sources),
            pages=len(digitized.pages),
            blank=sum(page.state is PageState.BLANK for page in digitized.pages),
            dossiers=len(digitized.dossiers),
            documents=len(digitized.documents),
            doubtful=sum(each.understood.state is DocumentState.NEEDS_REVIEW for each in digitized.documents),
        ),
        markup=False,
        highlight=False,
    )


def name_what_is_left(digitized: DigitizedBatch, context: Context) -> ExitCode:
    """Name on stderr what was refused, failed or needs a person, and return the exit code that says so."""
    errors = {error.code: error for error in all_errors()}
    refused = [source for source in digitized.sources if source.state is SourceState.REFUSED]
    for source in refused:
        error = errors.get(source.error or "", BadInput)(name=source.name)
        context.note("digitize.refused", name=source.name, code=source.error, reason=_sentence(error, context.say))
    failed = [page for page in digitized.pages if page.state is PageState.FAILED]
    for page in failed:
        context.note("digitize.page_failed", name=page.ref.source, page=page.ref.number, code=page.reason)
    doubtful = [each.understood for each in digitized.documents if each.understood.state is DocumentState.NEEDS_REVIEW]
    for document in doubtful:
        first = document.pages[0]
        context.note("digitize.needs_look", document=document.id, name=first.source, page=first.number)
    if len(refused) == len(digitized.sources):
        return ExitCode.NOTHING
    return ExitCode.SOME if refused or failed or doubtful else ExitCode.DONE


def _sentence(error: SohoaError, say: Say) -> str:
    return say(f"error.{error.code}", **error.details)


def _detach(received: ReceivedBatch, arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Hand the batch to the task worker and return at once."""
    if not server_answers(context.settings.prefect.api_url):
        context.note("digitize.no_server", api_url=context.settings.prefect.api_url)
        return ExitCode.NOTHING
    with prefect_client(context.settings):
        from flows.counter import digitize_now  # noqa: PLC0415 - Prefect takes a second to import

        digitize_now.delay(received.id)
    if arguments.json:
        context.print_json({"id": received.id, "sources": len(received.sources)})
    else:
        context.out.print(context.say("digitize.detached", batch=received.id), markup=False, highlight=False)
    return ExitCode.DONE
