"""`sohoa digitize PATH…`: take files in and make them searchable, understood, stored papers."""

from __future__ import annotations

import argparse

from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.cli.tables import documents_table
from app.following import followed
from app.holding import hold_batch
from app.language import say_error
from app.orchestrator import prefect_client, server_answers
from app.page_words import page_words
from app.services import Services, open_services
from app.workshop import Workshop, intake_limits, network_refusal, open_workshop
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch, Stage
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import BadInput, OrchestratorUnavailable, SohoaError
from pipeline.domain.every_error import all_errors
from pipeline.domain.ids import DossierCode
from pipeline.domain.page import PageState
from pipeline.domain.page_notes import needs_look
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.ports import ProgressListener
from pipeline.text.dossier_code import find_dossier_codes
from pipeline.usecases.batch_json import batch_json
from pipeline.usecases.digitize_batch import digitize_batch, publish_settled, settled_batch
from pipeline.usecases.export_batch import export_batch
from pipeline.usecases.inspect_sources import refusal_details
from pipeline.usecases.look_up import look_at_batch
from pipeline.usecases.receive_batch import receive_batch


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Do it."""
    dossier = None
    if arguments.dossier is not None:
        dossier = _dossier_code(arguments.dossier)
        if dossier is None:
            context.note("digitize.bad_dossier", code=arguments.dossier)
            return ExitCode.USAGE
    if arguments.detach and not server_answers(context.settings.prefect.api_url):
        context.note("digitize.no_server", api_url=context.settings.prefect.api_url)
        return ExitCode.NOTHING
    with open_services(context.settings, author=context.author) as services:
        with show_progress(context) as listener:
            received = receive_batch(
                arguments.paths,
                dossier=dossier,
                agency=context.settings.office.agency,
                objects=services.objects,
                batches=services.batches,
                clock=services.clock,
                on_file=counting(Stage.RECEIVE, listener),
            )
        if arguments.detach:
            return _detach(received, arguments, context, services)
        refusal = network_refusal(context.settings)
        if refusal is not None:
            context.note("digitize.read_by_tesseract", reason=say_error(refusal, context.say))
        with open_workshop(services) as workshop, show_progress(context) as listener:
            digitized = digitize(received, context, workshop, listener)
            if arguments.out is not None:
                export_batch(
                    digitized,
                    arguments.out,
                    objects=services.objects,
                    versions=services.versions,
                    on_document=counting(Stage.EXPORT, listener),
                )
        _report(digitized, arguments, context, services)
        return _name_what_is_left(digitized, context, services)


def digitize(
    received: ReceivedBatch, context: Context, workshop: Workshop, listener: ProgressListener
) -> DigitizedBatch:
    """Return the batch digitized: as it is when it is done, else as a flow where a server answers, else directly."""
    batches = workshop.services.batches
    settled = settled_batch(received.id, batches=batches)
    if settled is not None:
        context.note("digitize.done_before", batch=received.id)
        # what others read and corrected is shown to whoever hands the same files in again
        look_at_batch(settled.id, part="fields", batches=batches, looker=workshop.services.looker())
        publish_settled(settled, services=workshop.digitizing, policy=workshop.policy, on_progress=listener)
        return settled
    if server_answers(context.settings.prefect.api_url):
        try:
            with prefect_client(context.settings):
                from flows.digitize import digitize_here  # noqa: PLC0415 - Prefect reads its settings when it is imported

                return digitize_here(received, workshop=workshop, listener=listener)
        except OrchestratorUnavailable as lost:
            context.complain(lost)
    context.note("digitize.directly", api_url=context.settings.prefect.api_url)
    with hold_batch(batches, received.id) as held, followed(workshop.services, received.id, listener) as heard:
        services = workshop.digitizing.under(held)
        return digitize_batch(received, services=services, policy=workshop.policy, on_progress=heard)


def _dossier_code(typed: str) -> DossierCode | None:
    codes = find_dossier_codes(typed)
    return codes[0] if codes == (typed.strip(),) else None


def _report(digitized: DigitizedBatch, arguments: argparse.Namespace, context: Context, services: Services) -> None:
    """Write the result to stdout."""
    if arguments.json:
        newest = {
            each.understood.id: services.versions.versions(each.understood.id)[-1] for each in digitized.documents
        }
        context.print_json(batch_json(digitized, newest=newest))
        return
    if digitized.documents:
        context.out.print(documents_table(digitized.documents, catalogue=services.catalogue, say=context.say))
    context.tell(
        "digitize.summary",
        batch=digitized.id,
        sources=len(digitized.sources),
        pages=len(digitized.pages),
        blank=sum(page.state is PageState.BLANK for page in digitized.pages),
        dossiers=len(digitized.dossiers),
        documents=len(digitized.documents),
        doubtful=sum(each.understood.state is DocumentState.NEEDS_REVIEW for each in digitized.documents),
    )


def _name_what_is_left(digitized: DigitizedBatch, context: Context, services: Services) -> ExitCode:
    """Name on stderr what was refused, failed or needs a person, and return the exit code that says so."""
    refused = [source for source in digitized.sources if source.state is SourceState.REFUSED]
    for source in refused:
        error = _reason(source, services)
        context.note(
            "digitize.refused",
            name=source.name,
            code=source.error,
            reason=context.say(f"error.{error.code}", **error.details),
        )
    failed = [page for page in digitized.pages if page.state is PageState.FAILED]
    for page in (*failed, *filter(needs_look, digitized.pages)):
        notes, remedies = page_words(page, context.say) or ("", "")
        context.note(
            "digitize.page_doubtful", name=page.ref.source, page=page.ref.number, notes=notes, remedies=remedies
        )
    doubtful = [each.understood for each in digitized.documents if each.understood.state is DocumentState.NEEDS_REVIEW]
    for document in doubtful:
        first = document.pages[0]
        context.note("digitize.needs_look", document=document.id, name=first.source, page=first.number)
    # an archive is opened, whatever becomes of its members
    usable = [each for each in digitized.sources if each.media_type is not MediaType.ZIP and each not in refused]
    if not usable:
        return ExitCode.NOTHING
    return ExitCode.SOME if refused or failed or doubtful else ExitCode.DONE


def _reason(source: SourceOutcome, services: Services) -> SohoaError:
    """Return the error that a source was refused with, as far as it is still known."""
    errors = {error.code: error for error in all_errors()}
    limits = intake_limits(services.settings)
    details = {
        "allowed": services.settings.reading.document_seconds,
        **refusal_details(source, objects=services.objects, ledger=services.ledger, limits=limits),
        "name": source.name,
    }
    return errors.get(source.error or "", BadInput)(**details)


def _detach(received: ReceivedBatch, arguments: argparse.Namespace, context: Context, services: Services) -> ExitCode:
    """Hand the batch to the task worker and return at once."""
    settled = settled_batch(received.id, batches=services.batches)
    if settled is not None:
        context.note("digitize.done_before", batch=received.id)
    else:
        with prefect_client(context.settings):
            from flows.counter import hand_over  # noqa: PLC0415 - Prefect reads its settings when it is imported

            hand_over(received.id)
    if arguments.json:
        context.print_json({"id": received.id, "sources": len(received.sources)})
    elif settled is None:
        context.tell("digitize.detached", batch=received.id)
    return ExitCode.DONE
