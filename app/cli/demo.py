"""`sohoa demo`: a tour with invented papers, from the scan to the verified signature."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path

from app.cli import digitize, signing
from app.cli.context import Context, ExitCode
from app.cli.running import SEED
from app.cli.tables import documents_table
from app.language import Say
from app.orchestrator import local_server, server_answers
from app.services import Services, open_services
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from pipeline.specimens.batch import write_batch
from pipeline.usecases.export_batch import export_batch
from pipeline.usecases.receive_batch import receive_batch
from pipeline.usecases.sign_documents import SigningOrder, unsigned_by
from pipeline.usecases.validate_signed import validate_file


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the command."""
    demo = commands.add_parser("demo", help=say("help.demo"), description=say("help.demo"))
    demo.add_argument("--out", type=Path, default=Path(".demo"), metavar="DIR", help=say("help.demo_out"))
    demo.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Make invented papers, digitize them through the flow, sign and verify the results, and show it all."""
    started = time.monotonic()
    scans, out = arguments.out / "scans", arguments.out / "out"
    if not scans.is_dir():
        context.note("demo.specimens", seed=SEED)
        write_batch(scans, seed=SEED)
    with open_services(context.settings) as services:
        received = receive_batch(
            [scans], dossier=None, objects=services.objects, batches=services.batches, clock=services.clock
        )
        with contextlib.ExitStack() as servers:
            if _work_left(received, services) and not server_answers(context.settings.prefect.api_url):
                logs = context.settings.home / "log"
                servers.enter_context(
                    local_server(context.settings, log_folder=logs, on_step=lambda step: context.note(f"run.{step}"))
                )
            digitized = digitize.digitize(received, context, services)
            _sign_results(digitized, context, services)
        export_batch(digitized, out, objects=services.objects, versions=services.versions)
        context.out.print(documents_table(digitized.documents, catalogue=services.catalogue, say=context.say))
        valid = _verify_results(digitized, context, services)
    context.out.print(
        context.say(
            "demo.places",
            scans=scans,
            out=out,
            example=next((out / each / "copy.pdf" for each in _results(digitized, services)), out),
            home=context.settings.home,
            seconds=f"{time.monotonic() - started:.0f}",
        ),
        markup=False,
        highlight=False,
    )
    return ExitCode.DONE if valid else ExitCode.SOME


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
    for outcome in signing.sign(order, context, services):
        if outcome.error is not None:
            context.complain(outcome.error)


def _verify_results(digitized: DigitizedBatch, context: Context, services: Services) -> bool:
    """Verify every signed result and say how many are valid."""
    verdicts = [_verdict(document, services) for document in _results(digitized, services)]
    context.out.print(
        context.say("demo.verified", valid=verdicts.count(Verdict.VALID), total=len(verdicts)),
        markup=False,
        highlight=False,
    )
    return all(verdict is Verdict.VALID for verdict in verdicts)


def _verdict(document: DocumentId, services: Services) -> Verdict:
    newest = services.versions.versions(document)[-1]
    with services.objects.local(Area.ARCHIVE, newest.sha256) as file:
        return validate_file(
            file,
            at=services.clock.now(),
            workers=services.workers,
            validator=services.validator,
            seconds=services.policy.seconds.validate,
        ).verdict
