"""Let a stored paper stand for a component of a dossier, so that its owner is not asked for it again; and take that back."""

from __future__ import annotations

import datetime as dt

from pipeline.domain.arrange_errors import AttachmentRefused
from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import HoldingId
from pipeline.domain.procedure import ProcedureCode, procedure_core
from pipeline.domain.search import Scope
from pipeline.ports import DocumentFilter
from pipeline.usecases.component_list import DossierServices, component_list, look_for, purpose_of


def attach_stored_copy(
    dossier: DossierCode,
    component: str,
    holding: HoldingId,
    *,
    who: str,
    agency: str,
    scope: Scope,
    today: dt.date,
    services: DossierServices,
) -> AttachedPaper:
    """Write that a stored paper stands for a component; its owner's log says so.

    Whether it may is judged anew: what was shown may have been revoked or altered since.

    Raises:
        NotFound: no paper of that dossier within `scope`, or its procedure has no such component.
        AttachmentRefused: the paper is not its owners', or something speaks against using it.
    """
    told = component_list(dossier, who=who, agency=agency, scope=scope, today=today, services=services)
    wanted = next((each for each in told.components if each.component.code == component), None)
    if wanted is None:
        raise NotFound(what="component", id=component)
    if wanted.attached is not None:
        if wanted.attached.holding == holding:
            return wanted.attached
        raise AttachmentRefused(document=holding, reason="other_attached")
    paper = next((each for each in wanted.stored if each.holding.id == holding), None)
    if paper is None:
        raise AttachmentRefused(document=holding, reason="not_offered")
    if paper.obstacles:
        raise AttachmentRefused(document=paper.holding.document, reason=paper.obstacles[0].value)
    used = look_for(paper.holding, dossier, who=who, agency=agency, list_=told.procedure, services=services)
    services.access_book.note([used])
    return services.dossiers.attach(
        AttachedPaper(
            id=AttachmentId(services.new_id()),
            dossier=dossier,
            component=component,
            document=paper.holding.document,
            holding=holding,
            agency=agency,
            purpose=purpose_of(told.procedure),
            attached_at=services.clock.now(),
            attached_by=who,
        )
    )


def detach_stored_copy(
    dossier: DossierCode, attachment: AttachmentId, *, who: str, scope: Scope, services: DossierServices
) -> AttachedPaper:
    """Take it back; the dossier's papers must lie within `scope`.

    Raises:
        NotFound
    """
    _refuse_stranger(dossier, scope, services)
    if all(each.id != attachment for each in services.dossiers.attached(dossier)):
        raise NotFound(what="attachment", id=attachment)
    return services.dossiers.detach(attachment, at=services.clock.now(), by=who)


def choose_procedure(
    dossier: DossierCode, code: str, *, who: str, scope: Scope, today: dt.date, services: DossierServices
) -> ProcedureCode:
    """Write which procedure a dossier is of.

    Raises:
        NotFound: no paper of that dossier within `scope`, or no such procedure is in force.
    """
    _refuse_stranger(dossier, scope, services)
    core = procedure_core(code)
    if core is None or services.procedures.find(core, today) is None:
        raise NotFound(what="procedure", id=code)
    services.dossiers.choose(dossier, core, at=services.clock.now(), by=who)
    return core


def _refuse_stranger(dossier: DossierCode, scope: Scope, services: DossierServices) -> None:
    if not services.library.documents(DocumentFilter(dossier=dossier, limit=1), scope=scope):
        raise NotFound(what="dossier", id=dossier)
