"""Let a stored paper stand for a component of a dossier, so that its owner is not asked for it again; and take that back.

Also what else is said of a dossier as a whole: which procedure it is of, and which components are not digitized.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipeline.domain.arrange_errors import AttachmentRefused
from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.domain.not_digitized import NotDigitized, NotDigitizedId, NotDigitizedReason
from pipeline.domain.owner import HoldingId, Identifier
from pipeline.domain.procedure import Component, ProcedureCode, procedure_core
from pipeline.domain.reuse import ReuseObstacle
from pipeline.domain.search import Scope
from pipeline.reuse_ports import StoredCopy
from pipeline.usecases.component_list import admission_to, purpose_of, visit_for
from pipeline.usecases.depository_access import Admission
from pipeline.usecases.find_reusable import wish_for
from pipeline.usecases.open_dossier import (
    DossierServices,
    OpenDossier,
    is_free,
    open_dossier,
    refuse_strangers_dossier,
)
from pipeline.usecases.weigh_copies import PROVEN_NOW, weighed

_TOLD = {ReuseObstacle.EXPIRED: "paper_expired", ReuseObstacle.OTHER_OWNER: "paper_of_another"}
"""what people are told where an obstacle's own word says something else to them"""


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
    named: Sequence[Identifier] = (),
) -> AttachedPaper:
    """Write that a stored paper stands for a component; its owner's log says so.

    Whether it may is judged anew, from the first byte to the last: what was shown may have been revoked or altered since.
    `named` are numbers of whose dossier it is, by the word of the system that asks; they count where no paper names anybody.

    Raises:
        NotFound: nobody within `scope` has to do with that dossier, its procedure has no such component, or there is no such paper.
        AttachmentRefused: the paper is not its owners', or something speaks against using it; the details name all of it.
    """
    opened = open_dossier(dossier, scope=scope, today=today, services=services, named=named)
    wanted = _component(opened, component)
    standing = next((each for each in opened.attached if each.component == component), None)
    if standing is not None:
        if standing.holding == holding:
            return standing
        raise AttachmentRefused(document=holding, reason="other_attached")
    copy = next(iter(services.copies.named([holding])), None)
    if copy is None:
        raise NotFound(what="holding", id=holding)
    _refuse_unfit(copy, wanted, opened, who=who, agency=agency, today=today, services=services)
    visit = visit_for(opened, who=who, agency=agency)
    look = Admission(visit=visit, consents=(), at=services.clock.now()).look(copy.holding, id_=services.new_id())
    services.access_book.note([look])
    return services.dossiers.attach(
        AttachedPaper(
            id=AttachmentId(services.new_id()),
            dossier=dossier,
            component=component,
            document=copy.holding.document,
            holding=holding,
            agency=agency,
            purpose=purpose_of(opened.procedure),
            attached_at=services.clock.now(),
            attached_by=who,
        )
    )


def detach_stored_copy(
    dossier: DossierCode, attachment: AttachmentId, *, who: str, scope: Scope, services: DossierServices
) -> AttachedPaper:
    """Take it back; the dossier must lie within `scope`.

    Raises:
        NotFound
    """
    refuse_strangers_dossier(dossier, scope, services)
    if all(each.id != attachment for each in services.dossiers.attached(dossier)):
        raise NotFound(what="attachment", id=attachment)
    return services.dossiers.detach(attachment, at=services.clock.now(), by=who)


def choose_procedure(
    dossier: DossierCode,
    code: str,
    *,
    who: str,
    agency: str,
    scope: Scope,
    today: dt.date,
    services: DossierServices,
    announcing: bool = False,
) -> ProcedureCode:
    """Write which procedure a dossier is of.

    With `announcing`, a dossier that nobody has to do with yet becomes one of `agency`: another system speaks of it before a
    paper of it came here.

    Raises:
        NotFound: nobody within `scope` has to do with that dossier, or no such procedure is in force.
    """
    if not (announcing and is_free(dossier, services)):
        refuse_strangers_dossier(dossier, scope, services)
    core = procedure_core(code)
    if core is None or services.procedures.find(core, today) is None:
        raise NotFound(what="procedure", id=code)
    services.dossiers.choose(dossier, core, at=services.clock.now(), by=who, agency=agency)
    return core


def mark_not_digitized(
    dossier: DossierCode,
    component: str,
    reason: NotDigitizedReason,
    *,
    note: str = "",
    who: str,
    agency: str,
    scope: Scope,
    today: dt.date,
    services: DossierServices,
) -> NotDigitized:
    """Write that a component of a dossier is not digitized, and why; another reason ends the one before.

    Raises:
        NotFound: nobody within `scope` has to do with that dossier, or its procedure has no such component.
    """
    opened = open_dossier(dossier, scope=scope, today=today, services=services)
    _component(opened, component)
    return services.marks.mark(
        NotDigitized(
            id=NotDigitizedId(services.new_id()),
            dossier=dossier,
            component=component,
            reason=reason,
            note=" ".join(note.split()),
            agency=agency,
            marked_at=services.clock.now(),
            marked_by=who,
        )
    )


def clear_not_digitized(
    dossier: DossierCode, component: str, *, who: str, scope: Scope, services: DossierServices
) -> NotDigitized | None:
    """Take that back, and return what stood; None where nothing did.

    Raises:
        NotFound: nobody within `scope` has to do with that dossier.
    """
    refuse_strangers_dossier(dossier, scope, services)
    return services.marks.clear(dossier, component, at=services.clock.now(), by=who)


def _component(opened: OpenDossier, code: str) -> Component:
    components = opened.procedure.components if opened.procedure else ()
    found = next((each for each in components if each.code == code), None)
    if found is None:
        raise NotFound(what="component", id=code)
    return found


def _refuse_unfit(
    copy: StoredCopy,
    component: Component,
    opened: OpenDossier,
    *,
    who: str,
    agency: str,
    today: dt.date,
    services: DossierServices,
) -> None:
    """Refuse a paper against which something speaks; all of it is named, the weightiest first."""
    visit = visit_for(opened, who=who, agency=agency)
    mine = next((each for each in opened.owners if each.id == copy.holding.owner), None)
    if mine is not None:
        admission = admission_to(mine, visit, opened.procedure, services)
        if admission.basis(copy.holding.type) is None:
            raise AttachmentRefused(document=copy.holding.id, reason="consent_needed")
    wish = wish_for(opened.owners, component.types, opened.procedure, day=today, signed=services.policy.signed)
    (paper,) = weighed([copy], wish, policy=PROVEN_NOW, services=services.proofs)
    if not paper.obstacles:
        return
    # of a stranger's paper nothing else is told, not even which document it is
    is_strangers = ReuseObstacle.OTHER_OWNER in paper.obstacles
    raise AttachmentRefused(
        document=copy.holding.id if is_strangers else copy.holding.document,
        reason=_TOLD.get(paper.obstacles[0], paper.obstacles[0].value),
        obstacles=" ".join(paper.obstacles[:1] if is_strangers else paper.obstacles),
    )
