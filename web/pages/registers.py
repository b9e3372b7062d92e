"""Other systems beside a dossier and its papers: the one-stop system, the population database, the national depository."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.connector_work import asker_of, person_services
from app.language import say_error
from app.taking_over import look_up, question_of, take_over
from pipeline.domain.account import Role
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.exchange import OfferedResult, OtherSystem
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.intake import Lane
from pipeline.domain.owner import Owner, OwnerId
from pipeline.usecases.ask_systems import ask_one_stop
from pipeline.usecases.claim_document import refuse_claimed
from pipeline.usecases.component_list import ComponentList, ComponentStanding, Standing
from pipeline.usecases.confirm_person import confirm_person
from pipeline.usecases.expected_components import expected_components
from web.dossier_reach import refuse_others_dossier
from web.failures import status_of
from web.guard import allowed
from web.pages.dossiers import listed
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()
_LONGEST = 100
_WANTED = frozenset({Standing.MISSING, Standing.EXPIRED, Standing.SUPERSEDED, Standing.REUSABLE})


@router.post("/documents/{document}/confirm-person")
@allowed(Role.CLERK)
def confirm(document: DocumentId, visit: VisitDep) -> Response:
    """Ask the population database about the person whom a paper names."""
    services = visit.services
    if services.library.document(document, scope=visit.scope) is None:
        raise NotFound(what="document", id=document)
    refuse_claimed(document, visit.person.login, claims=services.review.claims, clock=services.clock)
    others = visit.office.connectors.others
    confirm_person(document, by=visit.person.login, services=person_services(services, others))
    return go_to(f"/documents/{document}/review", visit)


@router.get("/dossiers/{dossier}/one-stop")
@allowed(Role.CLERK, Role.OFFICIAL)
def one_stop(dossier: DossierCode, visit: VisitDep) -> Response:
    """Show what the one-stop system knows of a dossier; a part of pages, which do not wait for it."""
    connectors = visit.office.connectors
    if not connectors.is_set(OtherSystem.ONE_STOP):
        return Response(status_code=204)
    refuse_others_dossier(dossier, visit)
    known, problem = None, ""
    try:
        known = ask_one_stop(dossier, one_stop=connectors.others.one_stop, asker=asker_of(visit.services))
    except SohoaError as error:
        problem = say_error(error, visit.say)
    told = _told(dossier, visit) if known else None
    expected = expected_components(known, told) if known else ()
    return show(
        visit, "registers/one_stop.html", dossier=dossier, known=known, expected=expected, told=told, problem=problem
    )


@router.get("/dossiers/{dossier}/national")
@allowed(Role.CLERK)
def national(dossier: DossierCode, visit: VisitDep) -> Response:
    """Show what may be looked for in the national depository."""
    return _national(dossier, visit, listed(dossier, visit))


@router.post("/dossiers/{dossier}/national/look-up")
@allowed(Role.CLERK)
def find(
    dossier: DossierCode,
    visit: VisitDep,
    owner: Annotated[str, Form(max_length=_LONGEST)],
    component: Annotated[str, Form(max_length=_LONGEST)] = "",
) -> Response:
    """Look in the national depository for what a component of a dossier needs."""
    told = listed(dossier, visit)
    whose, wanted = _owner(told, owner), _component(told, component)
    question = question_of(
        whose, procedure=told.procedure, component=wanted.component if wanted else None, services=visit.services
    )
    others = visit.office.connectors.others
    try:
        found = look_up(whose, question, dossier=dossier, services=visit.services, others=others)
    except SohoaError as error:
        return _national(dossier, visit, told, problem=error)
    return _national(dossier, visit, told, owner=whose, component=component, found=tuple(found))


@router.post("/dossiers/{dossier}/national/take-over")
@allowed(Role.CLERK)
def take(
    dossier: DossierCode,
    visit: VisitDep,
    owner: Annotated[str, Form(max_length=_LONGEST)],
    code: Annotated[str, Form(max_length=_LONGEST)],
    component: Annotated[str, Form(max_length=_LONGEST)] = "",
) -> Response:
    """Take a result over, which then is digitized as a paper of the dossier."""
    told = listed(dossier, visit)
    whose, wanted = _owner(told, owner), _component(told, component)
    question = question_of(
        whose, procedure=told.procedure, component=wanted.component if wanted else None, services=visit.services
    )
    try:
        taken = take_over(
            code,
            whose,
            question,
            dossier=dossier,
            agency=visit.agency,
            services=visit.services,
            workshop=visit.office.workshop,
            others=visit.office.connectors.others,
        )
    except SohoaError as error:
        return _national(dossier, visit, told, problem=error)
    visit.office.jobs.digitize(taken.batch.id, lane=Lane.COUNTER)
    return go_to(f"/batches/{taken.batch.id}", visit)


def _national(
    dossier: DossierCode,
    visit: Visit,
    told: ComponentList,
    *,
    owner: Owner | None = None,
    component: str = "",
    found: tuple[OfferedResult, ...] | None = None,
    problem: SohoaError | None = None,
) -> Response:
    return show(
        visit,
        "registers/national.html",
        status=status_of(problem) if problem else 200,
        dossier=dossier,
        told=told,
        wanted=[each for each in told.components if each.standing in _WANTED],
        is_set=visit.office.connectors.is_set(OtherSystem.DEPOSITORY),
        owner=owner,
        component=component,
        found=found,
        problem=say_error(problem, visit.say) if problem else "",
    )


def _told(dossier: DossierCode, visit: Visit) -> ComponentList | None:
    """Return how a dossier stands here; None where nothing of it has come yet."""
    try:
        return listed(dossier, visit)
    except NotFound:
        return None


def _owner(told: ComponentList, id_: str) -> Owner:
    found = next((each for each in told.owners if each.id == OwnerId(id_)), None)
    if found is None:
        raise NotFound(what="owner", id=id_)
    return found


def _component(told: ComponentList, code: str) -> ComponentStanding | None:
    if not code:
        return None
    found = next((each for each in told.components if each.component.code == code), None)
    if found is None:
        raise NotFound(what="component", id=code)
    return found
