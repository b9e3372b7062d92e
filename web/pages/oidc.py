"""Signing in through identity providers: the staff's, and that of owners of papers."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.identity_provider import OpenIdProvider
from app.ids import new_id, new_secret
from pipeline.domain.provider import Claims, StaffPolicy
from pipeline.domain.session import Session, SessionToken
from pipeline.domain.sign_in_errors import PersonUnknown
from pipeline.domain.web_errors import NoSuchPage
from pipeline.usecases.sign_in_by_provider import (
    Answer,
    begin_at_provider,
    come_back,
    local_path,
    owner_session,
    staff_session,
)
from web.guard import for_everybody
from web.identity import let_in, origin_of, trails_of
from web.office import Office
from web.show import go_to
from web.visit import Visit, VisitDep

router = APIRouter()

_COOKIE = "sohoa-provider"
_TIME = 600
"""seconds for which the browser keeps the secret that binds the answer to it"""
_LOCK = threading.Lock()


class Door(StrEnum):
    """Who comes in by which provider."""

    STAFF = "staff"
    OWNERS = "owners"


def _answer(
    state: str = "", code: str = "", error: str = "", issuer: Annotated[str | None, Query(alias="iss")] = None
) -> Answer:
    return Answer(state=state, code=code, issuer=issuer, error=error)


AnswerDep = Annotated[Answer, Depends(_answer)]
"""What the browser brings back, in the address"""
HOMES = {Door.STAFF: "/", Door.OWNERS: "/mine"}
"""where somebody goes who wanted no page in particular"""


@router.get("/sign-in/staff")
@for_everybody
def leave_for_staff(visit: VisitDep, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """Send a member of the staff to their provider."""
    return _leave(visit, Door.STAFF, next)


@router.get("/sign-in/owners")
@for_everybody
def leave_for_owners(visit: VisitDep, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """Send an owner of papers to theirs."""
    return _leave(visit, Door.OWNERS, next)


@router.get("/sign-in/staff/back")
@for_everybody
def back_of_staff(visit: VisitDep, answer: AnswerDep) -> Response:
    """Take what the provider of the staff answers."""
    return _back(visit, Door.STAFF, answer)


@router.get("/sign-in/owners/back")
@for_everybody
def back_of_owners(visit: VisitDep, answer: AnswerDep) -> Response:
    """Take what the provider of owners answers."""
    return _back(visit, Door.OWNERS, answer)


def _leave(visit: Visit, door: Door, wanted: str) -> Response:
    browser = new_secret()
    address = begin_at_provider(
        door,
        provider=_provider(visit, door),
        redirect=_redirect(visit.office, door),
        return_to=local_path(wanted) if wanted else HOMES[door],
        browser=browser,
        requests=visit.services.provider_requests,
        clock=visit.services.clock,
        secret=new_secret,
    )
    response = Response(status_code=303, headers={"Location": address})
    _bind(response, browser, visit.office)
    return response


def _back(visit: Visit, door: Door, answer: Answer) -> Response:
    """Begin a session with an answer, which only the browser that was sent there brings, and only once."""
    claims, return_to = come_back(
        door,
        answer,
        browser=visit.request.cookies.get(_cookie(visit.office), ""),
        provider=_provider(visit, door),
        requests=visit.services.provider_requests,
        clock=visit.services.clock,
    )
    try:
        token, _ = (_staff if door is Door.STAFF else _owner)(visit, claims)
    except PersonUnknown:
        if door is Door.STAFF:
            raise
        return go_to("/mine/none")  # a citizen of whom nothing is kept has done nothing wrong
    if visit.session is not None:
        visit.services.sessions.end(visit.session.id)
    response = let_in(visit, token, return_to)
    response.delete_cookie(
        _cookie(visit.office), path="/", secure=visit.office.is_secure, httponly=True, samesite="lax"
    )
    return response


def _staff(visit: Visit, claims: Claims) -> tuple[SessionToken, Session]:
    oidc = visit.office.settings.web.oidc
    policy = StaffPolicy(
        login_claim=oidc.login_claim,
        name_claim=oidc.name_claim,
        roles_claim=oidc.roles_claim,
        roles=oidc.role_map,
        agency_claim=oidc.agency_claim,
    )
    return staff_session(
        claims,
        policy=policy,
        origin=origin_of(visit),
        accounts=visit.services.accounts,
        sessions=visit.services.sessions,
        trails=trails_of(visit.office),
        clock=visit.services.clock,
        new_id=lambda: new_id(visit.services.clock),
        secret=new_secret,
        lasting=visit.office.session_policy,
    )


def _owner(visit: Visit, claims: Claims) -> tuple[SessionToken, Session]:
    return owner_session(
        claims,
        id_claim=visit.office.settings.web.owners_oidc.id_claim,
        firm_claim=visit.office.settings.web.owners_oidc.firm_claim,
        origin=origin_of(visit),
        owners=visit.services.owners,
        sessions=visit.services.sessions,
        trails=trails_of(visit.office),
        clock=visit.services.clock,
        secret=new_secret,
        lasting=visit.office.session_policy,
    )


def _provider(visit: Visit, door: Door) -> OpenIdProvider:
    """Return the provider of a door; one for the whole process, which keeps the provider's keys.

    Raises:
        NoSuchPage: the settings name none.
    """
    web = visit.office.settings.web
    settings = web.oidc if door is Door.STAFF else web.owners_oidc
    if not settings.issuer:
        raise NoSuchPage(path=visit.request.url.path)
    state = visit.request.app.state
    with _LOCK:
        known: dict[Door, OpenIdProvider] = getattr(state, "providers", {})
        if door not in known:
            known[door] = OpenIdProvider(settings, clock=visit.office.services.clock)
        state.providers = known
        return known[door]


def _redirect(office: Office, door: Door) -> str:
    return f"{office.address}/sign-in/{door.value}/back"


def _cookie(office: Office) -> str:
    return f"__Host-{_COOKIE}" if office.is_secure else _COOKIE


def _bind(response: Response, browser: str, office: Office) -> None:
    """Give the browser a secret; `Lax`, so that it comes along when the provider sends the browser back."""
    response.set_cookie(
        _cookie(office),
        browser,
        max_age=_TIME,
        httponly=True,
        secure=office.is_secure,
        samesite="lax",
        path="/",
    )
