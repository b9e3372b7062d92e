"""Who may sign in whose stead, from when until when: `/desk/delegations`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.ids import new_id
from pipeline.domain.account import Account, Role
from pipeline.domain.desk import DelegationId, InStead
from pipeline.domain.web_errors import FormRefused
from pipeline.usecases.delegate_signing import give_delegation, revoke_delegation, today
from web.guard import allowed
from web.show import go_to, show
from web.signing_view import person_name
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/desk/delegations")
@allowed(Role.OFFICIAL, assured=True)
def delegations(visit: VisitDep) -> Response:
    """List what the visitor gave and was given."""
    services, day = visit.services, today(visit.services.clock)
    rows = [
        {
            "of": each,
            "principal": person_name(each.principal, visit),
            "deputy": person_name(each.deputy, visit),
            "given": each.principal == visit.person.id,
            "state": "revoked"
            if each.revoked_at
            else "future"
            if each.since > day
            else "past"
            if each.until < day
            else "now",
        }
        for each in services.delegations.of(visit.person.id)
    ]
    return show(visit, "delegations/page.html", rows=rows, officials=_officials(visit), ways=list(InStead), day=day)


@router.post("/desk/delegations")
@allowed(Role.OFFICIAL, assured=True)
def give(
    visit: VisitDep,
    *,
    deputy: Annotated[str, Form()] = "",
    capacity: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody sign in the visitor's stead."""
    services = visit.services
    if capacity not in set(InStead):
        raise FormRefused(name="capacity")
    give_delegation(
        DelegationId(new_id(services.clock)),
        principal=visit.person,
        deputy_login=deputy,
        capacity=InStead(capacity),
        since=_day(since, "since"),
        until=_day(until, "until"),
        reason=reason,
        accounts=services.accounts,
        delegations=services.delegations,
        clock=services.clock,
    )
    return go_to("/desk/delegations", visit)


@router.post("/desk/delegations/{delegation}/revoke")
@allowed(Role.OFFICIAL, Role.ADMINISTRATOR, assured=True)
def revoke(delegation: DelegationId, visit: VisitDep, reason: Annotated[str, Form()] = "") -> Response:
    """End a delegation at once."""
    services = visit.services
    revoke_delegation(delegation, reason, by=visit.person, delegations=services.delegations, clock=services.clock)
    return go_to("/desk/delegations", visit)


def _officials(visit: Visit) -> list[Account]:
    """Return who could sign in the visitor's stead."""
    return [
        each
        for each in visit.services.accounts.all()
        if Role.OFFICIAL in each.roles
        and not each.disabled
        and each.agency == visit.person.agency
        and each.id != visit.person.id
    ]


def _day(typed: str, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError as error:
        raise FormRefused(name=name) from error
