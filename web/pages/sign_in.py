"""Signing in with login and password, again without leaving a page, and signing out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from app.ids import new_secret
from app.passwords import password_fits
from pipeline.domain.session import Session, SessionToken
from pipeline.domain.sign_in_errors import AccountLocked, SignInRefused
from pipeline.usecases.second_factor import next_step
from pipeline.usecases.sign_in import sign_in, sign_out
from pipeline.usecases.sign_in_by_provider import local_path
from web.cookies import forget_session, keep_session
from web.guard import by_ticket, for_everybody, signed_in
from web.identity import STEP_PATHS, let_in, origin_of, trails_of, until_words, wants_json
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/sign-in")
@for_everybody
def sign_in_page(visit: VisitDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Ask for login and password; whoever has signed in goes where they wanted to."""
    if visit.session is not None:
        return go_to(STEP_PATHS[visit.step] if visit.step else local_path(next))
    return _form(visit, next_path=local_path(next))


@router.get("/sign-in/again")
@for_everybody
def sign_in_again(visit: VisitDep) -> Response:
    """Return the form that a script shows over a page whose session is over."""
    return show(visit, "sign_in/again.html")


@router.get("/sign-in/done")
@signed_in
def sign_in_done(visit: VisitDep) -> Response:
    """Say that one may go back to where one was: a provider's pages need a tab of their own."""
    return show(visit, "sign_in/done.html")


@router.get("/session")
@for_everybody
def session_state(visit: VisitDep) -> Response:
    """Say who has signed in and what changes need, for pages that were opened before; nobody: 401."""
    if visit.session is None:
        return JSONResponse({"who": None}, status_code=HTTPStatus.UNAUTHORIZED)
    return JSONResponse(_state(visit.session, who=visit.account.login if visit.account else "owner", step=visit.step))


@router.post("/sign-in")
@by_ticket
def sign_in_by_password(
    visit: VisitDep,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name of the form's entry
) -> Response:
    """Begin a session. The token of a session is not asked for: another tab may have signed in since the form was shown."""
    try:
        token, session = _begin(visit, login, password)
    except AccountLocked as error:
        return _refused(visit, until_words(visit, error), HTTPStatus.TOO_MANY_REQUESTS, login=login, next_path=next)
    except SignInRefused:
        return _refused(visit, visit.say("error.sign_in.refused"), HTTPStatus.FORBIDDEN, login=login, next_path=next)
    if visit.session is not None:
        visit.services.sessions.end(visit.session.id)
    account = visit.services.accounts.get(session.account) if session.account else None
    step = next_step(session, account, factors=visit.services.second_factors) if account else None
    if wants_json(visit):
        response = JSONResponse(_state(session, who=account.login if account else "", step=step))
        keep_session(response, token, office=visit.office)
        return response
    return let_in(visit, token, next)


@router.post("/sign-out")
@for_everybody
def end_session(visit: VisitDep) -> Response:
    """End the session."""
    if visit.session is not None:
        sign_out(visit.session, sessions=visit.services.sessions, trail=visit.services.trail)
    response = go_to("/sign-in", visit)
    forget_session(response, office=visit.office)
    # what a browser keeps of pages goes with the session (W3C Clear Site Data); half-sent uploads stay where they are
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _begin(visit: Visit, login: str, password: str) -> tuple[SessionToken, Session]:
    office = visit.office
    return sign_in(
        login,
        password,
        origin=origin_of(visit),
        accounts=visit.services.accounts,
        sessions=visit.services.sessions,
        guard=visit.services.sign_in_guard,
        trails=trails_of(office),
        fits=password_fits,
        clock=office.services.clock,
        secret=new_secret,
        policy=office.session_policy,
    )


def _state(session: Session, *, who: str, step: str | None) -> dict[str, str | None]:
    return {"who": who, "csrf": session.csrf, "step": step}


def _refused(visit: Visit, said: str, status: HTTPStatus, *, login: str, next_path: str) -> Response:
    if wants_json(visit):
        return JSONResponse({"message": said}, status_code=status)
    return _form(visit, next_path=local_path(next_path), login=login, problem=said, status=status)


def _nobody_yet(visit: Visit) -> bool:
    """Say whether there is no account yet; asked until there is one."""
    state = visit.request.app.state
    if not getattr(state, "somebody", False):
        state.somebody = bool(visit.services.accounts.all())
    return not state.somebody


def _form(
    visit: Visit, *, next_path: str, login: str = "", problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    web = visit.office.settings.web
    return show(
        visit,
        "sign_in/page.html",
        status=status,
        next_path=next_path,
        login=login,
        problem=problem,
        has_provider=bool(web.oidc.issuer),
        owners_have_provider=bool(web.owners_oidc.issuer),
        nobody_yet=_nobody_yet(visit),
    )
