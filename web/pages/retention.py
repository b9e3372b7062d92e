"""How long papers are kept, what is due, lists of disposal with two people behind them, and legal holds."""

from __future__ import annotations

import itertools
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, ConfigDict, Field

from app.disposal_words import certificate_lines, item_end
from app.ids import random_bytes
from app.services import Services, rules_of
from pipeline.domain.account import Role
from pipeline.domain.disposal import Disposal, DisposalId, DisposalState, ItemState
from pipeline.domain.errors import DisposalRefused, NotFound
from pipeline.domain.retention import PERMANENT, HoldId, HoldKind, RetentionRule
from pipeline.ports import Area
from pipeline.usecases.carry_out_disposal import carry_out_disposal
from pipeline.usecases.keep_depository import named_owner
from pipeline.usecases.place_hold import lift_hold, place_hold
from pipeline.usecases.propose_disposal import due_papers, propose_disposal, propose_secret
from web.guard import allowed
from web.handing_out import hand_out, hand_out_bytes
from web.paper_words import type_title
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()

_DUE_SHOWN = 100
"""papers that are due which are shown; all of them may be proposed"""
_MOST_LISTED = 500
"""on one list: what a person can look through"""


class Reason(BaseModel):
    """Why somebody does something that has to be defended later."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=2000)


class Proposal(Reason):
    """A list that is to be proposed."""

    secret: bool = False
    """of sources with pages that bear a degree of secrecy"""


class HoldForm(Reason):
    """What is to be held."""

    kind: HoldKind
    subject: str = Field(min_length=1, max_length=200)


@router.get("/retention")
@allowed(Role.RECORDS_OFFICER)
def retention_page(visit: VisitDep) -> Response:
    """Show the schedule in force and the lists."""
    services = visit.services
    return show(
        visit,
        "retention/page.html",
        rules=[*_rules(services), PERMANENT],
        permanent=PERMANENT,
        type_title=lambda code: type_title(code, services),
        lists=services.disposing.disposals.all(scope=visit.scope),
        holds=len(services.holds.all(scope=visit.scope)),
        schedule=services.settings.retention.schedule,
    )


@router.get("/retention/due")
@allowed(Role.RECORDS_OFFICER)
def due_part(visit: VisitDep) -> Response:
    """Show what is due today, a part of the page that comes when it is known."""
    services = visit.services
    found = due_papers(
        papers=services.disposing.papers,
        holds=services.holds,
        rules=_rules(services),
        clock=services.clock,
        scope=visit.scope,
    )
    due = list(itertools.islice(found, _DUE_SHOWN + 1))
    secret = services.disposing.papers.secret_sources(limit=_DUE_SHOWN, scope=visit.scope)
    return show(
        visit,
        "retention/due.html" if visit.is_fragment else "retention/due_page.html",
        due=[(paper, retention, type_title(paper.type, services)) for paper, retention in due[:_DUE_SHOWN]],
        is_more=len(due) > _DUE_SHOWN,
        secret=len(secret),
    )


@router.post("/retention/lists")
@allowed(Role.RECORDS_OFFICER)
def propose(form: Annotated[Proposal, Form()], visit: VisitDep) -> Response:
    """Propose a list of what is due; nothing is removed by it."""
    services = visit.services
    needs = services.disposing
    if form.secret:
        disposal = propose_secret(
            by=services.author,
            reason=form.reason,
            limit=_MOST_LISTED,
            papers=needs.papers,
            disposals=needs.disposals,
            clock=services.clock,
            scope=visit.scope,
        )
    else:
        disposal = propose_disposal(
            by=services.author,
            reason=form.reason,
            limit=_MOST_LISTED,
            papers=needs.papers,
            holds=services.holds,
            disposals=needs.disposals,
            rules=_rules(services),
            clock=services.clock,
            scope=visit.scope,
        )
    return go_to(f"/retention/lists/{disposal.id}", visit)


@router.get("/retention/lists/{disposal}")
@allowed(Role.RECORDS_OFFICER)
def list_page(disposal: DisposalId, visit: VisitDep) -> Response:
    """Show a list with its entries, and what may be done with it."""
    found = _load(disposal, visit)
    me = visit.services.author.name
    signed = {found.proposed_by, found.endorsed_by}
    ended = sum(each.state in {ItemState.DISPOSED, ItemState.KEPT} for each in found.items)
    return show(
        visit,
        "retention/list_part.html" if visit.is_fragment else "retention/list.html",
        list=found,
        items=[
            (each, type_title(each.type, visit.services) if each.type else "", item_end(each, visit.say))
            for each in found.items
        ],
        ended=ended,
        is_running=found.begun_at is not None and found.finished_at is None,
        may_decide=found.state is DisposalState.PROPOSED,
        may_approve=found.state is DisposalState.PROPOSED and me not in signed,
        may_carry_out=found.state is DisposalState.APPROVED,
        is_proposer=me == found.proposed_by,
    )


@router.post("/retention/lists/{disposal}/{decision}")
@allowed(Role.RECORDS_OFFICER)
def decide(disposal: DisposalId, decision: str, form: Annotated[Reason, Form()], visit: VisitDep) -> Response:
    """Approve or reject a list in the visitor's name, or have an approved one carried out."""
    found = _load(disposal, visit)
    services = visit.services
    if decision in {"approve", "reject"}:
        services.disposing.disposals.decide(
            found.id, approved=decision == "approve", at=services.clock.now(), reason=form.reason
        )
    elif decision == "carry-out":
        _begin(found, services, visit)
    else:
        raise NotFound(what="place", id=visit.request.url.path)
    return go_to(f"/retention/lists/{found.id}", visit)


@router.get("/retention/lists/{disposal}/certificate.{form}")
@allowed(Role.RECORDS_OFFICER)
def certificate(disposal: DisposalId, form: str, visit: VisitDep) -> Response:
    """Hand out the certificate of a list that is carried out: the very JSON that is kept, or its words."""
    found = _load(disposal, visit)
    if found.certificate is None:
        raise DisposalRefused(disposal=found.id, reason="disposal_unfinished")
    name = f"bien-ban-huy-{found.id}"
    if form == "json":
        return hand_out(
            visit.services.objects, Area.ARCHIVE, found.certificate, name=f"{name}.json", media_type="application/json"
        )
    lines = "\n".join(certificate_lines(found, visit.say)) + "\n"
    return hand_out_bytes(lines.encode(), name=f"{name}.txt", media_type="text/plain; charset=utf-8")


@router.get("/retention/holds")
@allowed(Role.RECORDS_OFFICER)
def holds_page(visit: VisitDep, kind: HoldKind = HoldKind.DOSSIER, subject: str = "") -> Response:
    """Show holds in force and lifted, and the form to place one."""
    every = visit.services.holds.all(lifted=True, scope=visit.scope)
    return show(
        visit,
        "retention/holds.html",
        in_force=[each for each in reversed(every) if each.lifted_at is None],
        lifted=[each for each in reversed(every) if each.lifted_at is not None],
        kinds=[(each.value, visit.say(f"hold_kind.{each.value}")) for each in HoldKind],
        kind=kind.value,
        subject=subject[:200],
    )


@router.post("/retention/holds")
@allowed(Role.RECORDS_OFFICER)
def place(form: Annotated[HoldForm, Form()], visit: VisitDep) -> Response:
    """Place a hold."""
    services = visit.services
    # officers know an owner by a number
    is_owner = form.kind is HoldKind.OWNER
    subject = named_owner(form.subject, owners=services.owners).id if is_owner else form.subject
    place_hold(
        form.kind,
        subject,
        by=services.author.name,
        reason=form.reason,
        holds=services.holds,
        clock=services.clock,
        random_bytes=random_bytes,
        scope=visit.scope,
    )
    return go_to("/retention/holds", visit)


@router.post("/retention/holds/{hold}/lift")
@allowed(Role.RECORDS_OFFICER)
def lift(hold: HoldId, form: Annotated[Reason, Form()], visit: VisitDep) -> Response:
    """Lift a hold."""
    services = visit.services
    lift_hold(
        hold,
        by=services.author.name,
        reason=form.reason,
        holds=services.holds,
        clock=services.clock,
        scope=visit.scope,
    )
    return go_to("/retention/holds", visit)


def _begin(found: Disposal, services: Services, visit: Visit) -> None:
    """Have a list carried out beside the requests; the records say how far it is, and whoever starts it again goes on there."""
    if found.state is not DisposalState.APPROVED:
        raise DisposalRefused(disposal=found.id, reason="disposal_not_approved")
    # the first note is made here, so that the page shows at once that it has begun, and who began it
    services.disposing.work.begin(found.id, at=services.clock.now())
    rules = _rules(services)

    def work() -> None:
        carry_out_disposal(found.id, services=services.disposing, rules=rules)

    visit.office.jobs.run(f"disposal {found.id}", work)


def _load(disposal: DisposalId, visit: Visit) -> Disposal:
    found = visit.services.disposing.disposals.load(disposal, scope=visit.scope)
    if found is None:
        raise NotFound(what="disposal", id=disposal)
    return found


def _rules(services: Services) -> tuple[RetentionRule, ...]:
    return rules_of(services.settings, services.catalogue)
