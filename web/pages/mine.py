"""What owners see of their own depository. Every question is put for the owner who has signed in, whatever the address says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import StreamingResponse

from app.language import reason_words
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import ContentHash, TypeCode
from pipeline.domain.owner import ConsentId, HoldingId
from pipeline.domain.web_errors import FormRefused
from pipeline.ports import Area
from pipeline.usecases.owner_view import (
    OwnerServices,
    OwnPaper,
    agree,
    disagree,
    own_accesses,
    own_consents,
    own_file_name,
    own_paper,
    own_papers,
)
from web.guard import for_everybody, for_owners
from web.handing_out import attachment, hand_out
from web.own_export import ORIGINAL, export_pieces
from web.paper_words import number_of, type_title
from web.show import OFFICE_TIME, go_to, show
from web.visit import Visit, VisitDep

router = APIRouter(prefix="/mine")

_PAGE = 50
_LOOKS = 50


@router.get("")
@for_owners
def papers(
    visit: VisitDep, state: HoldingState | None = None, first: Annotated[int, Query(ge=0, le=1_000_000)] = 0
) -> Response:
    """Show the papers of whoever has signed in."""
    found = own_papers(visit.owner, services=_services(visit), state=state, first=first, limit=_PAGE)
    return _show(
        visit, "mine/papers.html", found=found, states=list(HoldingState), state=state, first=first, page=_PAGE
    )


@router.get("/none")
@for_everybody
def nothing_here(visit: VisitDep) -> Response:
    """Say to somebody whose number no paper bears that nothing is kept under it."""
    return show(visit, "mine/none.html")


@router.get("/papers/{holding}")
@for_owners
def paper(visit: VisitDep, holding: HoldingId) -> Response:
    """Show a paper of one's own."""
    found = own_paper(visit.owner, holding, part="own_paper", services=_services(visit))
    return _show(visit, "mine/paper.html", found=found, words=lambda reason: reason_words(reason, visit.say))


@router.get("/papers/{holding}/copy")
@for_owners
def copy(visit: VisitDep, holding: HoldingId) -> Response:
    """Hand out the newest state of a paper's copy."""
    found = own_paper(visit.owner, holding, part="own_copy", services=_services(visit))
    return _hand_out(visit, found.paper, found.copy.sha256 if found.copy else None)


@router.get("/papers/{holding}/original")
@for_owners
def original(visit: VisitDep, holding: HoldingId) -> Response:
    """Hand out the signed file that came in."""
    found = own_paper(visit.owner, holding, part="own_original", services=_services(visit))
    file = found.signed_original.sha256 if found.signed_original else None
    return _hand_out(visit, found.paper, file, addition=ORIGINAL)


@router.get("/log")
@for_owners
def log(visit: VisitDep, before: str | None = None) -> Response:
    """Show who looked at one's papers, and why."""
    looks = own_accesses(visit.owner, services=_services(visit), limit=_LOOKS, before=before)
    return _show(visit, "mine/log.html", looks=looks, before=before, page=_LOOKS, agencies=_agencies(visit))


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """What was typed about a consent."""

    agency: str = ""
    purpose: str = ""
    types: tuple[str, ...] = ()
    until: str = ""
    wrong: str = field(default="")
    """entry that does not fit"""


@router.get("/consents")
@for_owners
def consents(visit: VisitDep) -> Response:
    """Show what one has agreed to, and a form to agree to more."""
    return _show_consents(visit, ConsentForm())


@router.post("/consents")
@for_owners
def give(
    visit: VisitDep,
    agency: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
    types: Annotated[list[str] | None, Form()] = None,
    until: Annotated[str, Form()] = "",
) -> Response:
    """Agree to something; what does not fit is shown with what was typed."""
    typed = ConsentForm(agency, purpose, tuple(types or ()), until)
    try:
        agree(
            visit.owner,
            agency=agency,
            purpose=purpose,
            types=tuple(TypeCode(each) for each in typed.types),
            until=_day(until),
            agencies=_agencies(visit),
            known_types=frozenset(each.code for each in visit.services.catalogue),
            services=_services(visit),
        )
    except FormRefused as refused:
        wrong = ConsentForm(agency, purpose, typed.types, until, str(refused.details["name"]))
        return _show_consents(visit, wrong, status=400)
    return go_to("/mine/consents", visit)


@router.post("/consents/{consent}/withdraw")
@for_owners
def withdraw(visit: VisitDep, consent: ConsentId) -> Response:
    """Withdraw a consent of one's own."""
    disagree(visit.owner, consent, services=_services(visit))
    return go_to("/mine/consents", visit)


@router.get("/rights")
@for_owners
def rights(visit: VisitDep) -> Response:
    """Say in plain words what rights one has, and where to turn."""
    return _show(visit, "mine/rights.html")


@router.get("/export")
@for_owners
def export(visit: VisitDep) -> Response:
    """Hand out everything that is one's own in one ZIP file, as it is made."""
    pieces = export_pieces(visit.owner, services=_services(visit), objects=visit.services.objects, visit=visit)
    name = f"kho-du-lieu-{visit.now().astimezone(OFFICE_TIME):%Y%m%d}.zip"
    return StreamingResponse(pieces, media_type="application/zip", headers=attachment(name))


def _show(visit: Visit, template: str, /, *, status: int = 200, **values: object) -> Response:
    owner = visit.services.owners.get(visit.owner)
    return show(
        visit,
        template,
        status=status,
        owner=owner,
        title_of=lambda code: type_title(code, visit.services),
        number_of=number_of,
        **values,
    )


def _show_consents(visit: Visit, typed: ConsentForm, *, status: int = 200) -> Response:
    now = visit.now()
    given = own_consents(visit.owner, services=_services(visit))
    held = visit.services.depository.of(visit.owner)
    today = now.astimezone(OFFICE_TIME).date()
    return _show(
        visit,
        "mine/consents.html",
        status=status,
        typed=typed,
        consents=[(each, each.withdrawn_at is None and (each.until is None or now < each.until)) for each in given],
        agencies=_agencies(visit),
        types=sorted({each.type for each in held}, key=lambda code: type_title(code, visit.services)),
        purposes=[each.name for each in visit.services.procedures.on(today)],
        first_day=today,
        last_day=lambda end: end - dt.timedelta(seconds=1),
    )


def _agencies(visit: Visit) -> Mapping[str, str]:
    """Return the agencies that work with this installation: how consents name them → how people read them."""
    settings = visit.office.settings
    own, organ = settings.own_agency, settings.signing.organ
    found = {own: organ if own == organ else f"{organ} ({own})"}
    others = sorted({each.agency for each in visit.services.accounts.all()} - {"", own})
    return found | {each: each for each in others}


def _hand_out(visit: Visit, held: OwnPaper, sha256: ContentHash | None, *, addition: str = "") -> Response:
    if sha256 is None:
        raise NotFound(what="version", id=held.holding.id)
    name = own_file_name(
        held,
        title=type_title(held.holding.type, visit.services),
        addition=addition,
        templates=visit.office.settings.codes.templates(),
    )
    return hand_out(visit.services.objects, Area.ARCHIVE, sha256, name=name, media_type="application/pdf")


def _day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def _services(visit: Visit) -> OwnerServices:
    services = visit.services
    return OwnerServices(
        owners=services.owners,
        depository=services.depository,
        access_book=services.access_book,
        library=services.library,
        versions=services.versions,
        verdicts=services.verdicts,
        accounts=services.accounts,
        trail=services.trail,
        clock=services.clock,
        new_id=services.new_id,
    )
