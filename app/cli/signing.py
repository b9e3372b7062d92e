"""`sohoa sign ID…`: sign copies."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from app.cli.asking import remembered
from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.cli.resuming import outcome_json, run_resume
from app.desk_signers import usual_level
from app.following import followed_signing
from app.orchestrator import prefect_client, server_answers
from app.services import Services, open_services
from app.signers import open_signer
from pipeline.domain.batch import DigitizedBatch, Stage
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.signature import SignerRole
from pipeline.signing_ports import Signer
from pipeline.usecases.sign_documents import SigningOrder, sign_documents, unsigned_by
from pipeline.usecases.sign_keeping import SigningOutcome


def run_sign(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Sign copies; a batch's id stands for those of its documents that the role has not signed yet."""
    if arguments.resume:
        return run_resume(arguments, context)
    if not arguments.ids:
        context.note("sign.name_documents")
        return ExitCode.USAGE
    with open_services(context.settings, author=context.author) as services:
        order = SigningOrder(
            documents=_documents(arguments.ids, arguments.role, services),
            role=arguments.role,
            level=arguments.level or usual_level(context.settings, arguments.signer),
            organ=arguments.organ or context.settings.signing.organ,
            reference=arguments.appendix_of,
            signer=arguments.signer,
            vetoes={DocumentId(document): reason for document, reason in arguments.veto},
        )
        if not order.documents:
            context.note("sign.nothing_left", role=order.role.value)
        outcomes, stopped = sign(order, context, services)
    if arguments.json:
        context.print_json([outcome_json(each) for each in outcomes])
    for each in outcomes:
        if each.error is not None:
            context.complain(each.error)
    signed = sum(each.version is not None for each in outcomes)
    if not arguments.json and order.documents:
        # the levels reached: what waits for its time stamp is not called B-T
        reached = sorted({each.version.level.value for each in outcomes if each.version and each.version.level})
        level = ", ".join(reached) or order.level.value
        context.tell("sign.summary", signed=signed, total=len(order.documents), level=level, role=order.role.value)
    if stopped is not None:
        context.complain(stopped)
    if signed == len(order.documents) and not any(each.error for each in outcomes):
        return ExitCode.DONE
    return ExitCode.SOME if signed else ExitCode.NOTHING


def sign(
    order: SigningOrder, context: Context, services: Services
) -> tuple[tuple[SigningOutcome, ...], SohoaError | None]:
    """Sign with progress on stderr; return how the documents ended, and the error that stopped the rest, if one did."""
    outcomes: list[SigningOutcome] = []
    if not order.documents:
        return (), None
    # the person is asked before the progress bar takes the terminal
    secrets = remembered(order.role, order.signer, context)
    opening = partial(
        open_signer, context.settings, role=order.role, clock=services.clock, name=order.signer, ask=secrets
    )
    with show_progress(context) as listener:
        count = counting(Stage.SIGN, listener)
        count(0, len(order.documents))

        def on_document(outcome: SigningOutcome) -> None:
            outcomes.append(outcome)
            count(len(outcomes), len(order.documents))

        try:
            _sign(order, opening, context, services, on_document)
        except SohoaError as error:
            return tuple(outcomes), error
    return tuple(outcomes), None


def _sign(
    order: SigningOrder,
    opening: Callable[[], AbstractContextManager[Signer]],
    context: Context,
    services: Services,
    on_document: Callable[[SigningOutcome], None],
) -> None:
    """Sign as a flow where a server answers, else directly."""
    if server_answers(context.settings.prefect.api_url):
        with prefect_client(context.settings):
            from flows.sign import sign_here  # noqa: PLC0415 - Prefect reads its settings when it is imported

            sign_here(order, opening, services=services, on_document=on_document)
        return
    context.note("digitize.directly", api_url=context.settings.prefect.api_url)
    with followed_signing(on_document) as heard, opening() as signer:
        sign_documents(
            order,
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
            on_document=heard,
        )


def _documents(ids: list[str], role: SignerRole, services: Services) -> tuple[DocumentId, ...]:
    """Return the documents meant, each once."""
    wanted: dict[DocumentId, None] = {}
    for each in ids:
        if not each.startswith("b-"):
            wanted[DocumentId(each)] = None
            continue
        batch = services.batches.load(BatchId(each))
        if not isinstance(batch, DigitizedBatch):
            raise NotFound(what="batch", id=each)
        inside = [document.understood.id for document in batch.documents]
        wanted |= dict.fromkeys(unsigned_by(role, inside, versions=services.versions))
    return tuple(wanted)
