"""What the pages on which people sign have in common: signers to choose from, orders in words, beginning and going on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.desk_signers import SignerChoice, choice_of, choices
from app.language import reason_words, say_error
from app.signing_runs import GivenSecrets
from app.toolchain import copying_tools
from pipeline.domain.account import AccountId
from pipeline.domain.desk import DelegationId
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_order import AWAITING_STATES, ItemState, KeptOrder, OrderId, OrderState, SigningItem
from pipeline.usecases.delegate_signing import right_to_key, today
from pipeline.usecases.note_display import MustSee, PictureServices
from pipeline.usecases.order_at_desk import OrderServices
from web.paper_words import about, number_of, type_title
from web.visit import Visit

_KINDS = {
    ItemState.WAITING: "plain",
    ItemState.KEEPING: "info",
    ItemState.SIGNED: "info",
    ItemState.AWAITING_TIMESTAMP: "attention",
    ItemState.AWAITING_EVIDENCE: "attention",
    ItemState.VETOED: "attention",
    ItemState.FAILED: "blocking",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """A paper of an order as its page shows it."""

    item: SigningItem
    title: str
    about: str
    dossier: str
    kind: str
    """of badge"""
    words: str
    reason: str


def picture_services(visit: Visit) -> PictureServices:
    """Return what drawing versions needs."""
    services = visit.services
    return PictureServices(
        library=services.library,
        versions=services.versions,
        objects=services.objects,
        ledger=services.ledger,
        workers=visit.office.workshop.workers,
        tools=copying_tools(),
        seconds=services.settings.reading.page_seconds,
    )


def order_services(visit: Visit) -> OrderServices:
    """Return what ordering signatures needs."""
    services = visit.services
    return OrderServices(
        library=services.library,
        versions=services.versions,
        results=services.results,
        orders=services.orders,
        displays=services.displays,
        delegations=services.delegations,
        accounts=services.accounts,
        clock=services.clock,
    )


def must_see(visit: Visit) -> MustSee:
    """Return which results have to be shown before they are signed."""
    wanted = visit.office.settings.signing.must_see
    return MustSee(1.0 if wanted == "each" else wanted)


def signers_for(role: SignerRole, visit: Visit) -> Sequence[SignerChoice]:
    """Return the signers that the visitor may use today."""
    services = visit.services
    return choices(
        services.settings,
        role,
        visit.person,
        accounts=services.accounts,
        delegations=services.delegations,
        clock=services.clock,
    )


def signer_named(role: SignerRole, name: str, visit: Visit) -> SignerChoice:
    """Return a signer by its name, whoever may use it.

    Raises:
        KeyUnusable: there is none of that name for the role.
    """
    services = visit.services
    return choice_of(services.settings, role, name, accounts=services.accounts, clock=services.clock)


def begin(order: KeptOrder, choice: SignerChoice, visit: Visit, *, secret: str, otp: str) -> None:
    """Have an order carried out beside the requests, under the visitor's name."""
    services, account = visit.services, visit.person

    def may_sign() -> object:
        return right_to_key(
            account,
            signer=choice.name,
            owners=choice.owners,
            accounts=services.accounts,
            delegations=services.delegations,
            day=today(services.clock),
        )

    secrets = GivenSecrets(secret, otp)
    visit.office.signing.begin(order, choice=choice, secrets=secrets, services=services, may_sign=may_sign)


def order_of(order: OrderId, visit: Visit) -> KeptOrder:
    """Return an order all of whose papers the visitor may see: its list names them all.

    Raises:
        NotFound
    """
    found, library = visit.services.orders.load(order), visit.services.library
    if found is None or not all(library.document(each, scope=visit.scope) for each in _named_by(found)):
        raise NotFound(what="order", id=order)
    return found


def _named_by(order: KeptOrder) -> Sequence[DocumentId]:
    """Return papers that tell whose an order is: of one that was given on the pages any, for all of them were in one scope."""
    return [each.document for each in (order.items[:1] if order.account else order.items)]


def is_mine(order: KeptOrder, visit: Visit) -> bool:
    """Say whether the visitor gave an order on the pages."""
    return order.account == visit.person.id


def shown_items(order: KeptOrder, visit: Visit) -> Sequence[ShownItem]:
    """Return the papers of an order in words."""
    return [_shown_item(each, visit) for each in order.items]


def _shown_item(item: SigningItem, visit: Visit) -> ShownItem:
    found = visit.services.library.document(item.document, scope=visit.scope)
    document = found[1] if found else None
    title = (
        f"{type_title(document.understood.type, visit.services)} {number_of(document)}" if document else item.document
    )
    return ShownItem(
        item=item,
        title=title.strip(),
        about=about(document) if document else "",
        dossier=(document.understood.dossier or "") if document else "",
        kind=_KINDS[item.state],
        words=visit.say(f"item_state.{item.state.value}"),
        reason=item_reason(item, visit),
    )


def item_reason(item: SigningItem, visit: Visit) -> str:
    """Return why a paper was not signed, or waits, in words: a person's own, or those of the error."""
    key = f"order_item.{item.reason}"
    if key in visit.words.known:
        return visit.say(key)
    return reason_words(item.reason, visit.say) if item.reason else ""


def order_json(order: KeptOrder, visit: Visit) -> dict[str, Any]:
    """Return how an order stands, as its page's script shows it."""
    counts = Counter(each.state for each in order.items)
    running = visit.office.signing.is_running(order.id)
    error = visit.office.signing.ended_by(order.id)
    return {
        "total": len(order.items),
        "signed": counts[ItemState.SIGNED],
        "awaiting": sum(counts[each] for each in AWAITING_STATES),
        "vetoed": counts[ItemState.VETOED],
        "failed": counts[ItemState.FAILED],
        "left": counts[ItemState.WAITING] + counts[ItemState.KEEPING],
        "state": order.state.value,
        "running": running,
        "words": standing(order, visit),
        "problem": say_error(error, visit.say) if error is not None and not running else "",
        "items": {each.document: _item_json(each, visit) for each in order.items},
    }


def _item_json(item: SigningItem, visit: Visit) -> Mapping[str, str]:
    return {
        "kind": _KINDS[item.state],
        "words": visit.say(f"item_state.{item.state.value}"),
        "reason": item_reason(item, visit),
    }


def standing(order: KeptOrder, visit: Visit) -> str:
    """Return in words how an order stands."""
    if visit.office.signing.is_running(order.id):
        return visit.say("order.running")
    return visit.say(f"order.{'broken_off' if order.state is OrderState.OPEN else order.state.value}")


def person_name(account: str | None, visit: Visit) -> str:
    """Return the name of whoever gave an order."""
    found = visit.services.accounts.get(AccountId(account)) if account else None
    return found.name if found else ""


def in_stead_of(order: KeptOrder, visit: Visit) -> str:
    """Return the name of the person in whose stead an order was given; empty where it was one's own."""
    found = visit.services.delegations.get(DelegationId(order.delegation)) if order.delegation else None
    return person_name(found.principal, visit) if found else ""


def documents_typed(values: Sequence[str]) -> tuple[DocumentId, ...]:
    """Return the documents that a form names, each once."""
    return tuple(dict.fromkeys(DocumentId(each) for each in values))
