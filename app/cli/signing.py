"""`sohoa sign ID…` and `sohoa verify FILE|ID`."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.context import Context, ExitCode
from app.cli.tables import verdict_table
from app.language import Say
from app.orchestrator import prefect_client, server_answers
from app.services import Services, open_services
from app.signers import open_signer
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.errors import NotFound, PathMissing, SohoaError
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.signature import FileVerdict, SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from pipeline.usecases.sign_documents import SigningOrder, SigningOutcome, sign_documents
from pipeline.usecases.validate_signed import validate_file


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], say: Say) -> None:
    """Declare the commands."""
    sign = commands.add_parser("sign", help=say("help.sign"), description=say("help.sign"))
    sign.add_argument("ids", nargs="+", metavar="ID", help=say("help.sign_id"))
    sign.add_argument(
        "--role", type=SignerRole, choices=list(SignerRole), default=SignerRole.COPY, help=say("help.sign_role")
    )
    sign.add_argument(
        "--level", type=SignatureLevel, choices=[SignatureLevel.B_B, SignatureLevel.B_T], help=say("help.sign_level")
    )
    sign.add_argument("--organ", metavar="NAME", help=say("help.sign_organ"))
    sign.add_argument("--json", action="store_true", help=say("help.json"))
    sign.set_defaults(run=run_sign)

    verify = commands.add_parser("verify", help=say("help.verify"), description=say("help.verify"))
    verify.add_argument("what", metavar="FILE|ID", help=say("help.verify_what"))
    verify.add_argument("--at", metavar="TIME", type=_moment, help=say("help.verify_at"))
    verify.add_argument("--json", action="store_true", help=say("help.json"))
    verify.set_defaults(run=run_verify)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()


def run_sign(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Sign copies; a batch's id stands for all its documents."""
    with open_services(context.settings) as services:
        order = SigningOrder(
            documents=tuple(_documents(arguments.ids, services)),
            role=arguments.role,
            level=arguments.level or _usual_level(context),
            organ=arguments.organ or context.settings.signing.organ,
        )
        outcomes = sign(order, context, services)
    if arguments.json:
        context.print_json([_outcome_json(each) for each in outcomes])
    for each in outcomes:
        if each.error is not None:
            context.complain(each.error)
    signed = sum(each.version is not None for each in outcomes)
    if not arguments.json:
        context.out.print(
            context.say(
                "sign.summary", signed=signed, total=len(outcomes), level=order.level.value, role=order.role.value
            ),
            markup=False,
            highlight=False,
        )
    if signed == len(outcomes):
        return ExitCode.DONE
    return ExitCode.SOME if signed else ExitCode.NOTHING


def sign(order: SigningOrder, context: Context, services: Services) -> tuple[SigningOutcome, ...]:
    """Sign as a flow where a server answers, else directly, with progress on stderr."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(36), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=context.err, disable=not context.err.is_terminal) as bars:
        task = bars.add_task(context.say("stage.sign"), total=len(order.documents))

        def on_document(_: SigningOutcome) -> None:
            bars.advance(task)

        if server_answers(context.settings.prefect.api_url):
            with prefect_client(context.settings):
                from flows.sign import sign_here  # noqa: PLC0415 - Prefect takes a second to import

                return sign_here(order, services=services, on_document=on_document)
        context.note("digitize.directly", api_url=context.settings.prefect.api_url)
        with open_signer(context.settings, role=order.role, clock=services.clock) as signer:
            return sign_documents(
                order,
                signer=signer,
                objects=services.objects,
                library=services.library,
                versions=services.versions,
                clock=services.clock,
                on_document=on_document,
            )


def _usual_level(context: Context) -> SignatureLevel:
    """B-T wherever a time-stamp authority is to be had, which the development authority brings along."""
    signing = context.settings.signing
    return SignatureLevel.B_T if signing.timestamp_url or signing.key_file is None else SignatureLevel.B_B


def _documents(ids: list[str], services: Services) -> Iterator[DocumentId]:
    for each in ids:
        if not each.startswith("b-"):
            yield DocumentId(each)
            continue
        batch = services.batches.load(BatchId(each))
        if not isinstance(batch, DigitizedBatch):
            raise NotFound(what="batch", id=each)
        yield from (document.understood.id for document in batch.documents)


def _outcome_json(outcome: SigningOutcome) -> dict[str, Any]:
    version = outcome.version
    return {
        "document": outcome.document,
        "version": version.number if version else None,
        "sha256": version.sha256 if version else None,
        "signer": version.signer if version else None,
        "level": version.level.value if version and version.level else None,
        "error": outcome.error.code if outcome.error else None,
    }


def run_verify(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Judge the signatures of a file or of a document's newest copy."""
    with open_services(context.settings) as services, _file(arguments.what, services) as file:
        verdict = validate_file(
            file,
            at=arguments.at or services.clock.now(),
            workers=services.workers,
            validator=services.validator,
            seconds=services.policy.seconds.validate,
        )
    if arguments.json:
        context.print_json(verdict_json(verdict))
    else:
        context.out.print(
            context.say(
                "verify.result", verdict=context.say(f"verdict.{verdict.verdict.value}"), reason=verdict.reason
            ),
            markup=False,
            highlight=False,
        )
        if verdict.signatures:
            context.out.print(verdict_table(verdict, context.say))
    return ExitCode.DONE if verdict.verdict is Verdict.VALID else ExitCode.SOME


@contextlib.contextmanager
def _file(what: str, services: Services) -> Iterator[Path]:
    path = Path(what)
    if path.is_file():
        yield path
        return
    try:
        found = services.library.document(DocumentId(what))
    except SohoaError:
        found = None
    if found is None:
        raise PathMissing(path=what, problem="neither a file nor a document")
    _, document = found
    newest = services.versions.versions(document.understood.id)[-1]
    # a paper that came in signed and was not signed here is judged by the file that carries the signature
    sha256 = document.signed_source if document.signed_source and newest.number == 1 else newest.sha256
    with services.objects.local(Area.ARCHIVE, sha256) as local:
        yield local


def verdict_json(verdict: FileVerdict) -> dict[str, Any]:
    """Return a verdict as `sohoa verify --json` prints it."""
    return {
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "signatures": [
            {
                "verdict": each.verdict.value,
                "reason": each.reason,
                "signer": each.signer,
                "time": each.time.isoformat() if each.time else None,
                "time_proven": each.time_proven,
                "digest": each.digest,
                "coverage": each.coverage.value,
                "intact": each.intact,
                "changes": each.changes,
            }
            for each in verdict.signatures
        ],
    }
