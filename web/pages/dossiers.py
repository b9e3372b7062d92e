"""Dossiers held against what their procedures ask for: `/dossiers/{code}`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from app.reusing import dossier_services
from pipeline.domain.account import Role
from pipeline.domain.attachment import AttachmentId
from pipeline.domain.document import FieldValue, StoredDocument
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.ids import DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.not_digitized import NotDigitizedReason
from pipeline.domain.owner import HoldingId
from pipeline.usecases.attach_stored_copy import (
    attach_stored_copy,
    choose_procedure,
    clear_not_digitized,
    detach_stored_copy,
    mark_not_digitized,
)
from pipeline.usecases.component_list import ComponentList, component_list
from pipeline.usecases.open_dossier import DossierServices
from web.guard import allowed
from web.show import OFFICE_TIME, go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()
_LONGEST = 60
_LONGEST_NOTE = 300
_ONE_LOOK = dt.timedelta(minutes=30)
"""opening the page again within this time is the same look"""
_NUMBERS = (FieldName("reference"), FieldName("code_number"))


@router.get("/dossiers")
@allowed(Role.CLERK, Role.OFFICIAL)
def find(visit: VisitDep, code: Annotated[str, Query(max_length=_LONGEST)] = "") -> Response:
    """Open a dossier by its code."""
    if code.strip():
        return go_to(f"/dossiers/{DossierCode(code.strip())}", visit)
    return show(visit, "dossiers/find.html")


@router.get("/dossiers/{dossier}")
@allowed(Role.CLERK, Role.OFFICIAL)
def one(dossier: DossierCode, visit: VisitDep) -> Response:
    """Show what a dossier has of what its procedure asks for."""
    told = listed(dossier, visit)
    return show(
        visit,
        "dossiers/page.html",
        told=told,
        counts=told.counts,
        reasons=list(NotDigitizedReason),
        asks_one_stop=visit.office.connectors.is_set(OtherSystem.ONE_STOP),
        asks_depository=visit.office.connectors.is_set(OtherSystem.DEPOSITORY),
        **_words(told, visit),
    )


@router.post("/dossiers/{dossier}/procedure")
@allowed(Role.CLERK)
def choose(dossier: DossierCode, visit: VisitDep, procedure: Annotated[str, Form(max_length=_LONGEST)]) -> Response:
    """Say which procedure a dossier is of."""
    choose_procedure(
        dossier,
        procedure,
        who=visit.person.login,
        agency=visit.agency,
        scope=visit.scope,
        today=_today(visit),
        services=_services(visit),
    )
    return go_to(f"/dossiers/{dossier}", visit)


@router.post("/dossiers/{dossier}/attach")
@allowed(Role.CLERK)
def attach(
    dossier: DossierCode,
    visit: VisitDep,
    component: Annotated[str, Form(max_length=_LONGEST)],
    holding: Annotated[str, Form(max_length=_LONGEST)],
) -> Response:
    """Let a stored paper stand for a component."""
    attach_stored_copy(
        dossier,
        component,
        HoldingId(holding),
        who=visit.person.login,
        agency=visit.agency,
        scope=visit.scope,
        today=_today(visit),
        services=_services(visit),
    )
    return go_to(f"/dossiers/{dossier}", visit)


@router.post("/dossiers/{dossier}/detach")
@allowed(Role.CLERK)
def detach(dossier: DossierCode, visit: VisitDep, attachment: Annotated[str, Form(max_length=_LONGEST)]) -> Response:
    """Take it back."""
    detach_stored_copy(
        dossier, AttachmentId(attachment), who=visit.person.login, scope=visit.scope, services=_services(visit)
    )
    return go_to(f"/dossiers/{dossier}", visit)


@router.post("/dossiers/{dossier}/not-digitized")
@allowed(Role.CLERK)
def not_digitized(
    dossier: DossierCode,
    visit: VisitDep,
    component: Annotated[str, Form(max_length=_LONGEST)],
    reason: Annotated[NotDigitizedReason, Form()],
    note: Annotated[str, Form(max_length=_LONGEST_NOTE)] = "",
) -> Response:
    """Say why a component is not digitized."""
    mark_not_digitized(
        dossier,
        component,
        reason,
        note=note,
        who=visit.person.login,
        agency=visit.agency,
        scope=visit.scope,
        today=_today(visit),
        services=_services(visit),
    )
    return go_to(f"/dossiers/{dossier}", visit)


@router.post("/dossiers/{dossier}/to-digitize")
@allowed(Role.CLERK)
def to_digitize(
    dossier: DossierCode, visit: VisitDep, component: Annotated[str, Form(max_length=_LONGEST)]
) -> Response:
    """Take that back."""
    clear_not_digitized(dossier, component, who=visit.person.login, scope=visit.scope, services=_services(visit))
    return go_to(f"/dossiers/{dossier}", visit)


def listed(dossier: DossierCode, visit: Visit) -> ComponentList:
    """Return how a dossier stands, as its visitor may see it.

    Raises:
        NotFound, RecordsUnavailable: see `component_list`.
    """
    return component_list(
        dossier,
        who=visit.person.login,
        agency=visit.agency,
        scope=visit.scope,
        today=_today(visit),
        services=_services(visit),
    )


def _words(told: ComponentList, visit: Visit) -> Mapping[str, Any]:
    """Return what the page says beside the list: titles of papers, and procedures to choose from."""
    services = visit.services
    attached = [each.attached.document for each in told.components if each.attached]
    found = (services.library.document(each) for each in attached)
    shown: list[StoredDocument] = [
        *(paper for each in told.components for paper in each.papers),
        *told.others,
        *(each[1] for each in found if each),
    ]
    titles: dict[DocumentId, str] = {
        each.understood.id: _title(
            each.understood.type, {name: field.value for name, field in each.understood.fields.items()}, visit
        )
        for each in shown
    }
    for stored in (paper.copy for each in told.components for paper in each.stored):
        titles[stored.holding.document] = _title(stored.holding.type, stored.description, visit)
    return {"titles": titles, "procedures": services.procedures.on(told.day)}


def _title(type_: TypeCode, fields: Mapping[FieldName, FieldValue], visit: Visit) -> str:
    """Return what a paper is called: its type and number, as far as they are known."""
    declared = visit.services.catalogue.types.get(type_)
    number = next((str(fields[name]) for name in _NUMBERS if name in fields), "")
    return f"{declared.title if declared else type_} {number}".strip()


def _today(visit: Visit) -> dt.date:
    return visit.now().astimezone(OFFICE_TIME).date()


def _services(visit: Visit) -> DossierServices:
    return dossier_services(visit.services, visit.office.workshop, visit.looker(), one_look=_ONE_LOOK)
