"""The official's desk: what waits to be signed, each as it will be signed, and one order for many: `/desk`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response

from app.desk_signers import SignerChoice, coming_look, usual_level
from pipeline.domain.account import Role
from pipeline.domain.desk import Delegation, InStead
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.result import ResultState
from pipeline.domain.signature import CopyVersion, SignerRole
from pipeline.domain.signing_order import OrderState
from pipeline.domain.web_errors import FormRefused
from pipeline.signing_ports import SignaturePlace
from pipeline.text.fold import same_words
from pipeline.usecases.delegate_signing import today
from pipeline.usecases.desk_queue import Desk, lay_out_desk
from pipeline.usecases.note_display import page_sizes
from pipeline.usecases.order_at_desk import order_results
from pipeline.usecases.sign_documents import SigningOrder
from web.guard import allowed
from web.pages.page_pictures import opened
from web.paper_words import about, number_of, plain_value, shown_value, type_title
from web.show import go_to, show
from web.signing_view import (
    begin,
    must_see,
    order_services,
    picture_services,
    signer_named,
    signers_for,
)
from web.visit import Visit, VisitDep

router = APIRouter()

_LISTED = 200
"""results that are listed at once; as they are signed, others come"""
_SIGN, _REFUSE = "sign", "refuse"
_CAPACITY, _NAME = FieldName("signer_capacity"), FieldName("signer_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPage:
    """A page of a version of a copy, as templates draw it."""

    url: str
    width: float
    """points"""
    height: float
    place: SignaturePlace | None
    """where the coming signature will stand, if on this page"""


@router.get("/desk")
@allowed(Role.OFFICIAL, assured=True)
def desk(visit: VisitDep, paper: Annotated[str, Query()] = "", signer: Annotated[str, Query()] = "") -> Response:
    """Show what waits, with one paper opened."""
    found = _desk(visit)
    ids = [each.entry.result.document for each in found.entries]
    chosen = DocumentId(paper) if paper in ids else next(iter(ids), None)
    signers = signers_for(SignerRole.OFFICIAL, visit)
    orders = visit.services.signing_queue.orders(visit.person.id, limit=5)
    return show(
        visit,
        "desk/page.html",
        desk=found,
        rows=[
            {
                "desk": each,
                "id": each.entry.result.document,
                "title": _title(each.entry.document, visit),
                "about": about(each.entry.document),
            }
            for each in found.entries
        ],
        signers=signers,
        chosen=chosen,
        unfinished=[each for each in orders if each.state is OrderState.OPEN],
        recent=orders,
        must_see_each=visit.office.settings.signing.must_see == "each",
        **(_paper(chosen, signer, visit, signers) if chosen else {}),
    )


@router.get("/desk/papers/{document}")
@allowed(Role.OFFICIAL, assured=True)
def desk_paper(document: DocumentId, visit: VisitDep, signer: Annotated[str, Query()] = "") -> Response:
    """Show one paper as it will be signed: a part of the desk."""
    if not visit.is_fragment:
        return go_to(f"/desk?{urlencode({'paper': document, 'signer': signer})}")
    signers = signers_for(SignerRole.OFFICIAL, visit)
    return show(visit, "desk/paper.html", **_paper(document, signer, visit, signers))


@router.get("/desk/papers/{document}/look.png")
@allowed(Role.OFFICIAL, assured=True)
def look_picture(document: DocumentId, visit: VisitDep, signer: Annotated[str, Query()] = "") -> Response:
    """Draw what the signature will look like, as of now."""
    found = visit.services.library.document(document, scope=visit.scope)
    if found is None:
        raise NotFound(what="document", id=document)
    history = visit.services.versions.versions(document)
    coming = _coming(found[1], history, signer_named(SignerRole.OFFICIAL, signer, visit), visit)
    return Response(coming[1], media_type="image/png", headers={"Cache-Control": "no-store"})


@router.post("/desk/sign")
@allowed(Role.OFFICIAL, assured=True)
def sign(
    visit: VisitDep,
    *,
    row: Annotated[list[str] | None, Form()] = None,
    decision: Annotated[list[str] | None, Form()] = None,
    why: Annotated[list[str] | None, Form()] = None,
    signer: Annotated[str, Form()] = "",
    secret: Annotated[str, Form()] = "",
    otp: Annotated[str, Form()] = "",
) -> Response:
    """Order what was decided on to be signed, under one authorisation, and begin."""
    rows, decisions, reasons = row or [], decision or [], why or []
    if not len(rows) == len(decisions) == len(reasons):
        raise FormRefused(name="decision")
    decided = {DocumentId(each): (what, reason) for each, what, reason in zip(rows, decisions, reasons, strict=True)}
    wanted = tuple(document for document, (what, _) in decided.items() if what in {_SIGN, _REFUSE})
    vetoes = {document: reason.strip() for document, (what, reason) in decided.items() if what == _REFUSE}
    if not wanted:
        raise FormRefused(name="decision")
    if not all(vetoes.values()):
        raise FormRefused(name="why")
    settings = visit.office.settings
    choice = signer_named(SignerRole.OFFICIAL, signer, visit)
    order = SigningOrder(
        documents=wanted,
        role=SignerRole.OFFICIAL,
        level=usual_level(settings, choice.name or None),
        organ=settings.signing.organ,
        signer=choice.name or None,
        vetoes=vetoes,
    )
    kept = order_results(
        order,
        account=visit.person,
        owners=choice.owners,
        scope=visit.scope,
        must_see=must_see(visit),
        services=order_services(visit),
    )
    begin(kept, choice, visit, secret=secret, otp=otp)
    return go_to(f"/orders/{kept.id}", visit)


def _desk(visit: Visit) -> Desk:
    services = visit.services
    return lay_out_desk(
        visit.person.id,
        day=today(services.clock),
        limit=_LISTED,
        scope=visit.scope,
        must_see=must_see(visit),
        queue=services.signing_queue,
        displays=services.displays,
        looker=visit.looker(),
    )


def _title(document: StoredDocument, visit: Visit) -> str:
    return f"{type_title(document.understood.type, visit.services)} {number_of(document)}".strip()


def _paper(document: DocumentId, signer: str, visit: Visit, signers: Sequence[SignerChoice]) -> Mapping[str, Any]:
    """Return what is shown of a paper: the very bytes that will be signed, and all that is known of them."""
    _, found = opened(document, visit, part="all")
    services = visit.services
    result = services.results.find(document)
    if result is None:
        raise NotFound(what="result", id=document)
    history = services.versions.versions(document)
    choice = next((each for each in signers if each.name == signer), next(iter(signers), None))
    pages, problem = _pages(found, history, choice, visit)
    return {
        "paper": found,
        "result": result,
        "is_in_force": result.state is ResultState.ISSUED,
        "title": _title(found, visit),
        "about": about(found),
        "version": history[-1],
        "history": history,
        "pages": pages,
        "problem": problem,
        "look": f"/desk/papers/{document}/look.png?{urlencode({'signer': choice.name})}" if choice else "",
        "choice": choice,
        "fields": [
            (_label(name, visit), shown_value(field.value), field) for name, field in found.understood.fields.items()
        ],
        "was_signed": any(each.role for each in history) or found.signed_source is not None,
        "in_stead": _in_stead(found, visit),
        "other_name": _other_name(found, choice),
    }


def _pages(
    document: StoredDocument, history: Sequence[CopyVersion], choice: SignerChoice | None, visit: Visit
) -> tuple[Sequence[CopyPage], str]:
    """Return the pages of the newest version, or none and why: what cannot be drawn cannot be signed here."""
    newest, id_ = history[-1], document.understood.id
    try:
        sizes = page_sizes(newest.sha256, services=picture_services(visit)).sizes
        place = _coming(document, history, choice, visit)[0] if choice else None
    except SohoaError as error:
        return (), error.code
    return [
        CopyPage(
            url=f"/documents/{id_}/versions/{newest.sha256}/pages/{number}.jpg",
            width=width,
            height=height,
            place=place if place is not None and place.page == number else None,
        )
        for number, (width, height) in enumerate(sizes, start=1)
    ], ""


def _coming(
    document: StoredDocument, history: Sequence[CopyVersion], choice: SignerChoice, visit: Visit
) -> tuple[SignaturePlace, bytes]:
    coming = coming_look(
        choice,
        SignerRole.OFFICIAL,
        settings=visit.office.settings,
        fields=document.understood.fields,
        history=history,
        objects=visit.services.objects,
        workers=visit.office.workshop.workers,
        at=visit.now(),
    )
    return coming.place, coming.picture


def _label(name: str, visit: Visit) -> str:
    key = f"field.{name}"
    return visit.say(key) if key in visit.words.known else name


def _in_stead(document: StoredDocument, visit: Visit) -> str:
    """Return in which way the paper says that it is signed in another's stead, where no delegation in force says so too."""
    field = document.understood.fields.get(_CAPACITY)
    values = () if field is None else (field.value,) if isinstance(field.value, str) else field.value
    said = {each.strip().split(".")[0].upper() for each in values} & set(InStead)
    return next(iter(sorted(said - _held(visit))), "")


def _other_name(document: StoredDocument, choice: SignerChoice | None) -> str:
    """Return the name under which a paper stands, where it is not that of the certificate; empty where one of them is not known."""
    field = document.understood.fields.get(_NAME)
    read = "" if field is None else plain_value(field.value)
    if choice is None or not choice.holder or not read or choice.development:
        return ""
    return "" if same_words(read, choice.holder) else read


def _held(visit: Visit) -> set[str]:
    services, account = visit.services, visit.person.id
    day = today(services.clock)
    mine: Sequence[Delegation] = services.delegations.of(account)
    return {each.capacity.value for each in mine if each.deputy == account and each.holds_on(day)}
