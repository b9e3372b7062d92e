"""`sign-batch`: one flow run an order of signatures; the key is opened once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from app.following import followed_signing
from app.services import Services, open_services
from app.settings import current_settings
from app.signers import open_completer, open_signer
from flows.authorship import telling_run, this_run
from flows.limits import A_SIGNATURE, ASKING
from flows.processes import note_process, show_life
from flows.repeating import kept_without_server, repeated
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.ports import silent
from pipeline.signing_ports import Signer
from pipeline.usecases.sign_documents import SigningOrder, left_to_do, sign_documents
from pipeline.usecases.sign_keeping import SigningOutcome
from pipeline.usecases.sign_waiting import complete_waiting, waiting_items

FLOW_NAME = "sign-batch"
WAITING_FLOW_NAME = "complete-signatures"

OpenSigner = Callable[[], AbstractContextManager[Signer]]
"""opens the key of an order, once for all its documents"""


@flow(name=FLOW_NAME, persist_result=False, on_running=[note_process, show_life])
def sign_batch(document_ids: list[str], role: str, level: str, signer: str | None = None) -> dict[str, int]:
    """Sign the named documents; the entry point of the deployment. What `role` has signed already is left alone.

    `signer` is a name in the settings; nobody is there to be asked, so its secret has to lie in a file.

    A run that was killed goes on where it was: its order stands in the records.
    """
    with telling_run(), open_services(current_settings(), author=this_run()) as services:
        named = SigningOrder(
            documents=tuple(map(DocumentId, document_ids)),
            role=SignerRole(role),
            level=SignatureLevel(level),
            organ=services.settings.signing.organ,
            signer=signer,
        )
        order = replace(named, documents=left_to_do(named, versions=services.versions, orders=services.orders))
        opening = partial(open_signer, services.settings, role=order.role, clock=services.clock, name=order.signer)
        outcomes = _sign(order, opening, services=services, on_document=silent, repeating=True)
    counts = {
        "signed": sum(outcome.version is not None for outcome in outcomes),
        "failed": sum(outcome.version is None for outcome in outcomes),
        "waiting": sum(outcome.version is not None and outcome.error is not None for outcome in outcomes),
        "already": len(document_ids) - len(order.documents),
    }
    get_run_logger().info("%(signed)d signed, %(waiting)d of them wait, %(failed)d failed", counts)
    return counts


@flow(name=WAITING_FLOW_NAME, persist_result=False, timeout_seconds=ASKING, on_running=[note_process, show_life])
def complete_signatures() -> dict[str, int]:
    """Give waiting documents their time stamps and evidence; the entry point of the schedule. No key is needed."""

    @task(name="complete", cache_policy=NO_CACHE, persist_result=False)
    def complete() -> int:
        with open_services(current_settings(), author=this_run()) as services:
            if not waiting_items(services.orders):
                return 0
            with open_completer(services.settings, clock=services.clock) as completer:
                outcomes = complete_waiting(
                    complete=completer,
                    objects=services.objects,
                    versions=services.versions,
                    orders=services.orders,
                    clock=services.clock,
                )
        return sum(outcome.error is None for outcome in outcomes)

    return {"completed": repeated(complete)()}


def sign_here(
    order: SigningOrder, opening: OpenSigner, *, services: Services, on_document: Callable[[SigningOutcome], None]
) -> tuple[SigningOutcome, ...]:
    """Sign in this process, as a flow run that the server shows.

    Raises:
        OrchestratorUnavailable: the server stopped answering before the work was done.
        SohoaError: what the use case raises.
    """
    results: list[tuple[SigningOutcome, ...]] = []

    @flow(name=FLOW_NAME, persist_result=False, on_running=[note_process, show_life])
    def sign_in_this_process(
        documents: list[str],  # noqa: ARG001 - shown by the server as the run's parameters
        role: str,  # noqa: ARG001 - likewise
    ) -> int:
        results.append(_sign(order, opening, services=services, on_document=on_document, repeating=False))
        return len(results[0])

    with kept_without_server(results):
        sign_in_this_process(list(order.documents), order.role.value)
    return results[0]


def _sign(
    order: SigningOrder,
    opening: OpenSigner,
    *,
    services: Services,
    on_document: Callable[[SigningOutcome], None],
    repeating: bool,
) -> tuple[SigningOutcome, ...]:
    results: list[tuple[SigningOutcome, ...]] = []

    # where somebody is asked for a passphrase or a PIN, that takes as long as it takes
    limit = ASKING + A_SIGNATURE * len(order.documents) if repeating else None

    @task(name="sign", cache_policy=NO_CACHE, persist_result=False, timeout_seconds=limit)
    def sign() -> int:
        todo = order
        if repeating:  # what a try before this one signed is left alone
            todo = replace(order, documents=left_to_do(order, versions=services.versions, orders=services.orders))
        with followed_signing(on_document) as heard, opening() as signer:
            results.append(
                sign_documents(
                    todo,
                    signer=signer,
                    objects=services.objects,
                    library=services.library,
                    versions=services.versions,
                    orders=services.orders,
                    clock=services.clock,
                    on_document=heard,
                )
            )
        return len(results[0])

    (repeated(sign) if repeating else sign)()
    return results[0]
