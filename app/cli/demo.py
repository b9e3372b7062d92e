"""`sohoa demo`: a tour with invented papers, from the scan to the verified signature."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

from app.cli.arguments import SEED
from app.cli.context import Context, ExitCode
from app.cli.digitize import digitize
from app.cli.progress import show_progress
from app.cli.running import own_crew
from app.cli.signing import sign
from app.cli.tables import documents_table
from app.cli.writing import writing
from app.orchestrator import server_answers, start_server, start_work
from app.services import Services, open_services
from app.workshop import Workshop, open_workshop
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from pipeline.specimens.batch import write_batch
from pipeline.usecases.export_batch import export_batch
from pipeline.usecases.receive_batch import receive_batch
from pipeline.usecases.sign_documents import SigningOrder, unsigned_by
from pipeline.usecases.validate_signed import validate_file


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Make invented papers, digitize them through the flow, sign and verify the results, and show it all."""
    started = time.monotonic()
    scans, out = arguments.out / "scans", arguments.out / "out"
    _make_scans(scans, context)
    with open_services(context.settings, author=context.author) as services, open_workshop(services) as workshop:
        received = receive_batch(
            [scans],
            dossier=None,
            agency=context.settings.office.agency,
            objects=services.objects,
            batches=services.batches,
            clock=services.clock,
        )
        with contextlib.ExitStack() as servers:
            if _work_left(received, services) and not server_answers(context.settings.prefect.api_url):
                crew = servers.enter_context(own_crew(context))
                server = start_server(crew, context.settings)
                start_work(crew, context.settings, server, on_step=lambda step: context.note(f"run.{step}"))
            with show_progress(context) as listener:
                digitized = digitize(received, context, workshop, listener)
            _sign_results(digitized, context, services)
        export_batch(digitized, out, objects=services.objects, versions=services.versions)
        results = _results(digitized, services)
        verdicts = [_verdict(document, workshop) for document in results]
        if arguments.json:
            context.print_json({"scans": str(scans), "out": str(out), "signed": len(verdicts), "verdicts": verdicts})
        else:
            context.out.print(documents_table(digitized.documents, catalogue=services.catalogue, say=context.say))
            context.tell("demo.verified", valid=verdicts.count(Verdict.VALID), total=len(verdicts))
            context.tell(
                "demo.places",
                scans=scans,
                out=out,
                example=next((out / each / "copy.pdf" for each in results), out),
                home=context.settings.home,
                seconds=f"{time.monotonic() - started:.0f}",
            )
    return ExitCode.DONE if all(verdict is Verdict.VALID for verdict in verdicts) else ExitCode.SOME


def _make_scans(scans: Path, context: Context) -> None:
    """Draw the sample batch beside its place first, so that an interrupted run leaves no half of one."""
    if scans.is_dir():
        return
    context.note("demo.specimens", seed=SEED)
    with writing(scans), tempfile.TemporaryDirectory(prefix=".scans-", dir=scans.parent) as folder:
        write_batch(Path(folder) / "scans", seed=SEED)
        (Path(folder) / "scans").replace(scans)


def _work_left(received: ReceivedBatch, services: Services) -> bool:
    known = services.batches.load(received.id)
    if not isinstance(known, DigitizedBatch):
        return True
    return bool(unsigned_by(SignerRole.COPY, _results(known, services), versions=services.versions))


def _results(digitized: DigitizedBatch, services: Services) -> tuple[DocumentId, ...]:
    """Return the papers that an agency issues: those are signed."""
    return tuple(
        document.understood.id
        for document in digitized.documents
        if services.catalogue[document.understood.type].result
    )


def _sign_results(digitized: DigitizedBatch, context: Context, services: Services) -> None:
    wanted = unsigned_by(SignerRole.COPY, _results(digitized, services), versions=services.versions)
    if not wanted:
        return
    order = SigningOrder(
        documents=wanted,
        role=SignerRole.COPY,
        level=SignatureLevel.B_T,
        organ=context.settings.signing.organ,
    )
    outcomes, stopped = sign(order, context, services)
    for error in (*(each.error for each in outcomes), stopped):
        if error is not None:
            context.complain(error)


def _verdict(document: DocumentId, workshop: Workshop) -> Verdict:
    services = workshop.services
    newest = services.versions.versions(document)[-1]
    with services.objects.local(Area.ARCHIVE, newest.sha256) as file:
        return validate_file(
            file,
            at=services.clock.now(),
            workers=workshop.workers,
            validator=workshop.validator,
            seconds=services.settings.reading.document_seconds,
        ).verdict
