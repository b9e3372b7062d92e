"""`sohoa sign --resume`: go on with interrupted orders, then give waiting signatures their time stamps."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from app.cli.asking import remembered
from app.cli.context import Context, ExitCode
from app.cli.progress import counting, show_progress
from app.following import followed_signing
from app.named_signers import Ask
from app.services import Services, open_services
from app.signers import open_completer, open_signer
from pipeline.domain.batch import Stage
from pipeline.domain.errors import SohoaError
from pipeline.domain.signing_order import KeptOrder, OrderState
from pipeline.usecases.sign_documents import resume_order
from pipeline.usecases.sign_keeping import SigningOutcome
from pipeline.usecases.sign_waiting import complete_waiting, waiting_items


def run_resume(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Finish what was begun; orders named on the command line, else all."""
    outcomes: list[SigningOutcome] = []
    stopped: SohoaError | None = None
    with open_services(context.settings, author=context.author) as services, show_progress(context) as listener:
        pending = list(services.orders.pending())
        unknown = [each for each in arguments.ids if each not in {order.id for order in pending}]
        if unknown:
            context.note("sign.no_such_order", orders=", ".join(unknown))
            return ExitCode.NOTHING
        wanted = [order for order in pending if not arguments.ids or order.id in arguments.ids]
        total = sum(len(order.items) for order in wanted if order.state is OrderState.OPEN)
        total += len(waiting_items(services.orders))
        count = counting(Stage.SIGN, listener)

        def hear(outcome: SigningOutcome) -> None:
            outcomes.append(outcome)
            count(len(outcomes), total)

        try:
            for order in wanted:
                if order.state is OrderState.OPEN:
                    name = arguments.signer or order.signer
                    go_on(order, name, remembered(order.role, name, context), services, hear)
            complete(services, hear)
        except SohoaError as error:
            stopped = error
    return _report(outcomes, stopped, arguments, context)


def go_on(
    order: KeptOrder, name: str | None, ask: Ask, services: Services, hear: Callable[[SigningOutcome], None]
) -> None:
    """Sign what an order left unsigned.

    Raises:
        SohoaError: its key cannot be opened, or what the use case raises.
    """
    with (
        followed_signing(hear, order=order.id) as heard,
        open_signer(services.settings, role=order.role, clock=services.clock, name=name, ask=ask) as signer,
    ):
        resume_order(
            order,
            signer=signer,
            objects=services.objects,
            library=services.library,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
            on_document=heard,
        )


def complete(services: Services, hear: Callable[[SigningOutcome], None]) -> None:
    """Give waiting signatures their time stamps; no key is needed.

    Raises:
        SigningFailed: no time-stamp authority is named.
    """
    if not waiting_items(services.orders):
        return
    with open_completer(services.settings, clock=services.clock) as completer:
        complete_waiting(
            complete=completer,
            objects=services.objects,
            versions=services.versions,
            orders=services.orders,
            clock=services.clock,
            on_document=hear,
        )


def _report(
    outcomes: list[SigningOutcome], stopped: SohoaError | None, arguments: argparse.Namespace, context: Context
) -> ExitCode:
    errors = [outcome.error for outcome in outcomes if outcome.error is not None] + ([stopped] if stopped else [])
    for error in errors:
        context.complain(error)
    signed = sum(outcome.version is not None for outcome in outcomes)
    if arguments.json:
        context.print_json([outcome_json(each) for each in outcomes])
    elif not outcomes and not errors:
        context.note("orders.none")
    else:
        context.tell("sign.resumed", signed=signed, total=len(outcomes))
    if not errors:
        return ExitCode.DONE
    return ExitCode.SOME if signed else ExitCode.NOTHING


def outcome_json(outcome: SigningOutcome) -> dict[str, Any]:
    """Return the end of one document as `--json` gives it."""
    version = outcome.version
    return {
        "document": outcome.document,
        "version": version.number if version else None,
        "sha256": version.sha256 if version else None,
        "signer": version.signer if version else None,
        "level": version.level.value if version and version.level else None,
        "error": outcome.error.code if outcome.error else None,
    }
