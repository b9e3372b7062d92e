"""Components of dossiers: what is there, what stands in without a scan, what is not digitized, and of which procedure it all is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from pipeline.domain.api_errors import PurposeNeeded, RequestRefused
from pipeline.domain.arrange_errors import AttachmentRefused
from pipeline.domain.attachment import AttachmentId
from pipeline.domain.audit_seal import day_of
from pipeline.domain.client import ApiScope
from pipeline.domain.errors import DocumentDisposed, MachineExhausted, NotFound, StoreRefused
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import AccessBasis, HoldingId, Identifier, IdentifierKind
from pipeline.usecases.attach_stored_copy import (
    attach_stored_copy,
    choose_procedure,
    clear_not_digitized,
    detach_stored_copy,
    mark_not_digitized,
)
from pipeline.usecases.component_list import component_list
from web.api.caller import Caller, CallerDep
from web.api.marks import needs
from web.api.models.dossier_components import (
    AttachedShown,
    ComponentsShown,
    NewAttachment,
    NewProcedureOfDossier,
    NewReason,
    NotDigitizedShown,
    ProcedureOfDossier,
)
from web.api.purposes import BASIS, DOSSIER
from web.api.route import api_router
from web.api.routes.dossiers import DossierPath
from web.api.visits import AgencyHeader, agency_of, dossiers_of, identifier_of, who_asks

router = api_router("dossiers")

ComponentPath = Annotated[
    str, Path(min_length=1, max_length=60, description="Code of a component within the procedure.")
]
AttachmentPath = Annotated[AttachmentId, Path(pattern=r"^[A-Za-z0-9-]{1,60}$", description="Id of an attachment.")]


@router.get("/dossiers/{dossier}/components")
@needs(ApiScope.DOSSIERS_READ, personal=True, refuses=(NotFound, StoreRefused, MachineExhausted))
def get_components(
    *,
    dossier: DossierPath,
    caller: CallerDep,
    owner_kind: Annotated[IdentifierKind | None, Query(description="Register of `owner_number`.")] = None,
    owner_number: Annotated[
        str | None,
        Query(
            min_length=8,
            max_length=20,
            pattern=r"^[0-9A-Za-z-]+$",
            description="Whose dossier it is, by your word; counts where no paper of it names anybody.",
        ),
    ] = None,
    agency: AgencyHeader = None,
) -> ComponentsShown:
    """Return how complete a dossier is: what is present, missing, over, not digitized, and what could be used again."""
    _refuse_other_dossier(caller, dossier)
    named: tuple[Identifier, ...] = ()
    if (owner_kind is None) != (owner_number is None):
        raise RequestRefused(name="query.owner_number", problem="kind and number are named together")
    if owner_kind is not None and owner_number is not None:
        named = (identifier_of(owner_kind, owner_number, name="query.owner_number"),)
    today = day_of(caller.now())
    told = component_list(
        dossier,
        who=who_asks(caller),
        agency=agency_of(caller, agency, dossier),
        scope=caller.scope,
        today=today,
        services=dossiers_of(caller),
        named=named,
    )
    return ComponentsShown.of(told, today)


@router.post("/dossiers/{dossier}/components", status_code=201)
@needs(
    ApiScope.DOSSIERS_WRITE,
    personal=True,
    creates=True,
    refuses=(NotFound, AttachmentRefused, DocumentDisposed, StoreRefused, MachineExhausted),
)
def attach_component(
    *,
    dossier: DossierPath,
    new: NewAttachment,
    caller: CallerDep,
    response: Response,
    agency: AgencyHeader = None,
) -> AttachedShown:
    """Let a stored paper stand for a component of a dossier, without a scan.

    Whether it may is judged anew, its file read from the first byte to the last: the obstacles are in the refusal. The ground of
    the look is the dossier itself.
    """
    _refuse_other_dossier(caller, dossier)
    owner = new.owner
    attached = attach_stored_copy(
        dossier,
        new.component,
        HoldingId(new.holding),
        who=who_asks(caller),
        agency=agency_of(caller, agency, dossier),
        scope=caller.scope,
        today=day_of(caller.now()),
        services=dossiers_of(caller),
        named=(identifier_of(owner.kind, owner.number, name="body.owner.number"),) if owner else (),
    )
    response.headers["Location"] = f"/api/v1/dossiers/{dossier}/components"
    return AttachedShown.of(attached)


@router.delete("/dossiers/{dossier}/components/{attachment}")
@needs(ApiScope.DOSSIERS_WRITE, refuses=(NotFound,))
def detach_component(dossier: DossierPath, attachment: AttachmentPath, caller: CallerDep) -> AttachedShown:
    """Take an attached paper back; again changes nothing."""
    taken = detach_stored_copy(
        dossier, attachment, who=caller.client.id, scope=caller.scope, services=dossiers_of(caller)
    )
    return AttachedShown.of(taken)


@router.put("/dossiers/{dossier}/components/{component}/not-digitized")
@needs(ApiScope.DOSSIERS_WRITE, refuses=(NotFound,))
def put_not_digitized(
    *,
    dossier: DossierPath,
    component: ComponentPath,
    new: NewReason,
    caller: CallerDep,
    agency: AgencyHeader = None,
) -> NotDigitizedShown:
    """Say why a component is not digitized; another reason ends the one before, and both stay on record."""
    mark = mark_not_digitized(
        dossier,
        component,
        new.reason,
        note=new.note,
        who=caller.client.id,
        agency=agency_of(caller, agency, dossier),
        scope=caller.scope,
        today=day_of(caller.now()),
        services=dossiers_of(caller),
    )
    return NotDigitizedShown.of(mark)


@router.delete("/dossiers/{dossier}/components/{component}/not-digitized", status_code=204)
@needs(ApiScope.DOSSIERS_WRITE, refuses=(NotFound,))
def delete_not_digitized(dossier: DossierPath, component: ComponentPath, caller: CallerDep) -> None:
    """Take that back; again changes nothing."""
    clear_not_digitized(dossier, component, who=caller.client.id, scope=caller.scope, services=dossiers_of(caller))


@router.put("/dossiers/{dossier}/procedure")
@needs(ApiScope.DOSSIERS_WRITE, refuses=(NotFound,))
def put_procedure(
    dossier: DossierPath, new: NewProcedureOfDossier, caller: CallerDep, agency: AgencyHeader = None
) -> ProcedureOfDossier:
    """Say of which procedure a dossier is. One of which no paper has come here yet becomes known by this, as the agency's own."""
    core = choose_procedure(
        dossier,
        new.procedure,
        who=caller.client.id,
        agency=agency_of(caller, agency, dossier),
        scope=caller.scope,
        today=day_of(caller.now()),
        services=dossiers_of(caller),
        announcing=True,
    )
    return ProcedureOfDossier(dossier=dossier, procedure=core)


def _refuse_other_dossier(caller: Caller, dossier: DossierCode) -> None:
    """Refuse to look into depositories for another dossier than the one that is settled, or on another ground."""
    stated = caller.stated
    if stated.basis is not AccessBasis.DOSSIER:
        raise PurposeNeeded(header=BASIS)
    if stated.dossier != dossier:
        raise PurposeNeeded(header=DOSSIER)
