"""The second factor: give a code, set it up with a phone, keep the recovery codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse

from app.ids import new_secret, random_bytes
from pipeline.domain.second_factor import SignInStep, needs_second_factor
from pipeline.domain.session import Session, SessionToken
from pipeline.domain.sign_in_errors import AccountLocked, CodeRefused
from pipeline.usecases.second_factor import assure_session, begin_enrolment, confirm_enrolment, give_code
from pipeline.usecases.sign_in_by_provider import local_path
from web.cookies import keep_session
from web.guard import signing_in
from web.identity import STEP_PATHS, box_of, let_in, origin_of, until_words, wants_json
from web.qr import qr_shape
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/second-factor")
@signing_in
def code_page(visit: VisitDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Ask for a code."""
    if visit.step is not SignInStep.CODE:
        return go_to(local_path(next))
    return show(visit, "sign_in/code.html", next_path=local_path(next), problem="")


@router.post("/second-factor")
@signing_in
def check_code(
    visit: VisitDep,
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name of the form's entry
) -> Response:
    """Let somebody in whose code is right."""
    try:
        by = give_code(
            visit.person,
            code,
            origin=origin_of(visit),
            factors=visit.services.second_factors,
            guard=visit.services.sign_in_guard,
            trail=visit.services.trail,
            box=box_of(visit.office),
            clock=visit.services.clock,
        )
    except AccountLocked as error:
        return _refused(visit, until_words(visit, error), HTTPStatus.TOO_MANY_REQUESTS, local_path(next))
    except CodeRefused:
        return _refused(visit, visit.say("error.sign_in.code_refused"), HTTPStatus.FORBIDDEN, local_path(next))
    token, session = _assured(visit, by)
    if wants_json(visit):
        response = JSONResponse({"who": visit.person.login, "csrf": session.csrf, "step": None})
        keep_session(response, token, office=visit.office)
        return response
    return let_in(visit, token, next)


@router.get("/second-factor/set-up")
@signing_in
def set_up_page(visit: VisitDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the secret for the phone, as a QR code and to be typed."""
    if _has_factor(visit) or visit.step not in {None, SignInStep.ENROL}:
        return go_to(STEP_PATHS[visit.step] if visit.step else "/account")
    return _set_up(visit, next_path=local_path(next))


@router.post("/second-factor/set-up")
@signing_in
def set_up(
    visit: VisitDep,
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name of the form's entry
) -> Response:
    """Put the second factor to use, and show the recovery codes this once."""
    if _has_factor(visit) or visit.step not in {None, SignInStep.ENROL}:
        return go_to(STEP_PATHS[visit.step] if visit.step else "/account")
    try:
        recovery = confirm_enrolment(
            visit.person,
            code,
            factors=visit.services.second_factors,
            box=box_of(visit.office),
            clock=visit.services.clock,
            chance=random_bytes,
        )
    except CodeRefused:
        return _set_up(visit, next_path=local_path(next), problem=visit.say("error.sign_in.code_refused"))
    token, _ = _assured(visit, "totp")
    response = show(visit, "sign_in/recovery.html", recovery=recovery, next_path=local_path(next))
    keep_session(response, token, office=visit.office)
    return response


def _has_factor(visit: Visit) -> bool:
    factor = visit.services.second_factors.find(visit.person.id)
    return factor is not None and factor.confirmed_at is not None


def _assured(visit: Visit, by: str) -> tuple[SessionToken, Session]:
    if visit.session is None:
        raise RuntimeError("this page needs a session, and its mark lets others in")
    return assure_session(
        visit.session,
        visit.person,
        by=by,
        sessions=visit.services.sessions,
        trail=visit.services.trail,
        clock=visit.services.clock,
        secret=new_secret,
        policy=visit.office.session_policy,
    )


def _set_up(visit: Visit, *, next_path: str, problem: str = "") -> Response:
    enrolment = begin_enrolment(
        visit.person,
        issuer=visit.say("site.name"),
        factors=visit.services.second_factors,
        box=box_of(visit.office),
        chance=random_bytes,
    )
    return show(
        visit,
        "sign_in/set_up.html",
        status=HTTPStatus.FORBIDDEN if problem else HTTPStatus.OK,
        qr=qr_shape(enrolment.uri),
        secret=" ".join(enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4)),
        is_required=needs_second_factor(visit.person),
        next_path=next_path,
        problem=problem,
    )


def _refused(visit: Visit, said: str, status: HTTPStatus, next_path: str) -> Response:
    if wants_json(visit):
        return JSONResponse({"message": said}, status_code=status)
    return show(visit, "sign_in/code.html", status=status, next_path=next_path, problem=said)
