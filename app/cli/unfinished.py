"""`sohoa resume`: go on with everything that was begun and is not done, as far as nobody has to be asked."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

from app.cli.context import Context, ExitCode
from app.cli.resuming import complete, go_on
from app.named_signers import nobody_to_ask
from app.orchestrator import prefect_client, server_answers
from app.services import Services, open_services
from pipeline.domain.errors import SohoaError
from pipeline.domain.signing_order import OrderState
from pipeline.usecases.resume_batches import Resumed
from pipeline.usecases.sign_keeping import SigningOutcome


@dataclass(slots=True)
class _Signing:
    """What became of signing orders that were begun."""

    outcomes: list[SigningOutcome] = field(default_factory=list)
    for_person: list[str] = field(default_factory=list)
    """orders whose key only a person can open"""

    @property
    def signed(self) -> int:
        """Documents that were signed, or got their time stamps."""
        return sum(each.version is not None and each.error is None for each in self.outcomes)


def run_resume_all(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Hand in again what nobody works on, give up runs that died, finish orders of signatures whose keys need nobody.

    Raises:
        SohoaError: records cannot be reached, or the Prefect server went away.
    """
    with open_services(context.settings, author=context.author) as services:
        found = _batches(context, services)
        left = found.unfinished if found else len(services.unfinished.batches(limit=_MANY))
        signing = _orders(context, services)
    if arguments.json:
        context.print_json(_told(found, left, signing))
    else:
        _tell(found, left, signing, context)
    return ExitCode.SOME if signing.for_person or (left and found is None) else ExitCode.DONE


_MANY = 10_000
"""unfinished batches that are counted where no server answers"""


def _batches(context: Context, services: Services) -> Resumed | None:
    """Look once at unfinished batches and Prefect's runs; None: no server answers."""
    if not server_answers(context.settings.prefect.api_url):
        return None
    with prefect_client(context.settings):
        from flows.reconcile import reconcile_once  # noqa: PLC0415 - Prefect reads its settings when it is imported

        return reconcile_once(services)


def _orders(context: Context, services: Services) -> _Signing:
    signing = _Signing()
    for order in services.orders.pending():
        if order.state is OrderState.OPEN:
            try:
                go_on(order, order.signer, nobody_to_ask, services, signing.outcomes.append)
            except SohoaError as error:
                context.complain(error)
                signing.for_person.append(order.id)
    try:
        complete(services, signing.outcomes.append)
    except SohoaError as error:
        context.complain(error)
    return signing


def _tell(found: Resumed | None, left: int, signing: _Signing, context: Context) -> None:
    if found is None:
        context.note("resume.no_server", api_url=context.settings.prefect.api_url, left=left)
    else:
        context.tell(
            "resume.batches",
            left=left,
            submitted=len(found.submitted),
            at_work=found.at_work,
            given_up=len(found.given_up),
        )
        for batch in found.submitted:
            context.tell("resume.batch", batch=batch)
    context.tell("resume.signing", signed=signing.signed, waiting=len(signing.for_person))
    if signing.for_person:
        context.note("resume.for_person", orders=", ".join(signing.for_person))


def _told(found: Resumed | None, left: int, signing: _Signing) -> dict[str, object]:
    return {
        "server": found is not None,
        "unfinished": left,
        "submitted": list(found.submitted) if found else [],
        "at_work": found.at_work if found else 0,
        "given_up": len(found.given_up) if found else 0,
        "signed": signing.signed,
        "orders_for_person": signing.for_person,
    }
