"""Order signatures on the pages: nothing is signed that whoever orders it was not shown, or that is not theirs to sign."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.desk_ports import Accounts, Delegations, Displays
from pipeline.domain.account import Account
from pipeline.domain.document import DocumentState, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.result import Result, ResultState
from pipeline.domain.search import Scope
from pipeline.domain.signing_errors import DoubtsLeft, NotShown, ResultNotInForce, ResultRefused
from pipeline.domain.signing_order import KeptOrder
from pipeline.ports import Clock, CopyVersions, Library
from pipeline.signing_ports import Results, SigningOrders
from pipeline.usecases.delegate_signing import right_to_key, today
from pipeline.usecases.note_display import MustSee, not_shown
from pipeline.usecases.sign_documents import SigningOrder, place_order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderServices:
    """What ordering signatures needs."""

    library: Library
    versions: CopyVersions
    results: Results
    orders: SigningOrders
    displays: Displays
    delegations: Delegations
    accounts: Accounts
    clock: Clock


def order_results(
    order: SigningOrder,
    *,
    account: Account,
    owners: Collection[str] | None,
    scope: Scope,
    must_see: MustSee,
    services: OrderServices,
) -> KeptOrder:
    """Write down an official's order to sign results; those that are vetoed need not have been shown.

    The digest that was shown is the one that is signed: what gets another version before its turn is refused (ShownDiffers).

    Raises:
        NotFound: a document is not there within `scope`.
        ResultRefused, ResultNotInForce: it is no result, or not in force.
        NotShown: the settings demand that it is shown, and this account was not shown all of its newest version.
        NotYourKey: the signer belongs to others (`owners`, see `right_to_key`).
    """
    delegation = right_to_key(
        account,
        signer=order.signer or "",
        owners=owners,
        accounts=services.accounts,
        delegations=services.delegations,
        day=today(services.clock),
    )
    for document in order.documents:
        _result(document, scope=scope, services=services)
    shown = newest_files(order.documents, versions=services.versions)
    wanted = {document: sha256 for document, sha256 in shown.items() if document not in order.vetoes}
    missing = not_shown(wanted, account=account.id, must_see=must_see, displays=services.displays)
    if missing:
        raise NotShown(documents=" ".join(missing), count=len(missing))
    placed = replace(order, shown=shown, account=account.id, delegation=delegation.id if delegation else None)
    return place_order(placed, versions=services.versions, orders=services.orders, clock=services.clock)


def order_copies(
    order: SigningOrder,
    *,
    account: Account,
    owners: Collection[str] | None,
    scope: Scope,
    may_doubt: Collection[DocumentId],
    services: OrderServices,
) -> KeptOrder:
    """Write down a clerk's order to sign copies; papers with doubts are signed only if they stand in `may_doubt`.

    Raises:
        NotFound: a document is not there within `scope`.
        DoubtsLeft: a paper has fields that nobody has looked at.
        NotYourKey: the signer belongs to others.
    """
    delegation = right_to_key(
        account,
        signer=order.signer or "",
        owners=owners,
        accounts=services.accounts,
        delegations=services.delegations,
        day=today(services.clock),
    )
    left = []
    for document in order.documents:
        found = services.library.document(document, scope=scope)
        if found is None:
            raise NotFound(what="document", id=document)
        if doubts_of(found[1]) and document not in may_doubt:
            left.append(document)
    if left:
        raise DoubtsLeft(documents=" ".join(left), count=len(left))
    shown = newest_files(order.documents, versions=services.versions)
    placed = replace(order, shown=shown, account=account.id, delegation=delegation.id if delegation else None)
    return place_order(placed, versions=services.versions, orders=services.orders, clock=services.clock)


def doubts_of(document: StoredDocument) -> int:
    """Return how many points of a paper nobody has looked at: its fields, or the paper itself."""
    understood = document.understood
    fields = sum(field.state is FieldState.NEEDS_REVIEW for field in understood.fields.values())
    return fields or int(understood.state is DocumentState.NEEDS_REVIEW)


def newest_files(documents: Sequence[DocumentId], *, versions: CopyVersions) -> Mapping[DocumentId, ContentHash]:
    """Return the digest of the newest version of each document's copy."""
    return {document: history[-1].sha256 for document in documents if (history := versions.versions(document))}


def _result(document: DocumentId, *, scope: Scope, services: OrderServices) -> Result:
    if services.library.document(document, scope=scope) is None:
        raise NotFound(what="document", id=document)
    result = services.results.find(document)
    if result is None:
        raise ResultRefused(document=document, reason="not_issued")
    if result.state is not ResultState.ISSUED:
        raise ResultNotInForce(code=result.code, state=result.state.value)
    return result
