"""One's own account: who one is here, password, second factor, and where one has signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.passwords import hash_password, password_fits
from pipeline.domain.second_factor import SignInStep, needs_second_factor
from pipeline.domain.session import SessionId
from pipeline.domain.sign_in_errors import AccountLocked, PasswordRefused, SignInRefused
from pipeline.usecases.keep_accounts import choose_password, end_other_sessions, end_own_session, take_own_second_factor
from pipeline.usecases.sign_in_by_provider import local_path
from web.guard import signed_in, signing_in
from web.identity import STEP_PATHS, origin_of, until_words
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/account")
@signed_in
def own_account(visit: VisitDep, done: str = "") -> Response:
    """Show one's own account."""
    return _page(visit, done=done if done in _DONE else "")


_DONE = frozenset({"password", "sessions", "second_factor"})


@router.get("/account/password")
@signing_in
def password_page(visit: VisitDep, next: str = "/account?done=password") -> Response:  # noqa: A002 - the name in the address
    """Ask for a new password."""
    if visit.step not in {None, SignInStep.PASSWORD}:
        return go_to(STEP_PATHS[visit.step])
    if not visit.person.password_hash:
        return go_to("/account")
    return _password_page(visit, next_path=local_path(next))


@router.post("/account/password")
@signing_in
def change_password(
    visit: VisitDep,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/account?done=password",  # noqa: A002 - the name of the form's entry
) -> Response:
    """Choose another password; all other sessions end."""
    if visit.step not in {None, SignInStep.PASSWORD}:
        return go_to(STEP_PATHS[visit.step])
    problem = visit.say("own_account.differ") if new != again else _changed(visit, old, new)
    if problem:
        return _password_page(visit, next_path=local_path(next), problem=problem)
    return go_to(local_path(next), visit)


@router.post("/account/sessions/end-others")
@signed_in
def sign_out_elsewhere(visit: VisitDep) -> Response:
    """End all sessions of the account but this one."""
    if visit.session is not None:
        end_other_sessions(
            visit.person, but=visit.session.id, sessions=visit.services.sessions, trail=visit.services.trail
        )
    return go_to("/account?done=sessions", visit)


@router.post("/account/sessions/{session}/end")
@signed_in
def sign_out_there(visit: VisitDep, session: str) -> Response:
    """End one of the account's sessions."""
    end_own_session(
        visit.person,
        SessionId(session),
        sessions=visit.services.sessions,
        trail=visit.services.trail,
    )
    return go_to("/account?done=sessions", visit)


@router.post("/account/second-factor/remove")
@signed_in
def remove_second_factor(visit: VisitDep, password: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Take one's own second factor away, with the password; whoever needs one sets it up anew at once."""
    try:
        take_own_second_factor(
            visit.person,
            password=password,
            origin=origin_of(visit),
            factors=visit.services.second_factors,
            guard=visit.services.sign_in_guard,
            fits=password_fits,
            clock=visit.services.clock,
        )
    except (SignInRefused, AccountLocked) as error:
        return _page(visit, problem=_said(visit, error), status=HTTPStatus.FORBIDDEN)
    return go_to("/account?done=second_factor", visit)


def _changed(visit: Visit, old: str, new: str) -> str:
    """Change the password; return why it was not."""
    if visit.session is None:
        raise RuntimeError("this page needs a session, and its mark lets others in")
    try:
        choose_password(
            visit.person,
            old=old,
            new=new,
            session=visit.session.id,
            origin=origin_of(visit),
            accounts=visit.services.accounts,
            sessions=visit.services.sessions,
            guard=visit.services.sign_in_guard,
            fits=password_fits,
            hashes=hash_password,
            clock=visit.services.clock,
        )
    except PasswordRefused as error:
        return visit.say(f"password.{error.details['problem']}")
    except (SignInRefused, AccountLocked) as error:
        return _said(visit, error)
    return ""


def _said(visit: Visit, error: SignInRefused | AccountLocked) -> str:
    return until_words(visit, error) if isinstance(error, AccountLocked) else visit.say("own_account.wrong_password")


def _password_page(visit: Visit, *, next_path: str, problem: str = "") -> Response:
    return show(
        visit,
        "own_account/password.html",
        status=HTTPStatus.FORBIDDEN if problem else HTTPStatus.OK,
        next_path=next_path,
        problem=problem,
        is_given=visit.step is SignInStep.PASSWORD,
    )


def _page(visit: Visit, *, done: str = "", problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    factor = visit.services.second_factors.find(visit.person.id)
    return show(
        visit,
        "own_account/page.html",
        status=status,
        done=done,
        problem=problem,
        factor=factor if factor is not None and factor.confirmed_at is not None else None,
        is_needed=needs_second_factor(visit.person),
        sessions=visit.services.open_sessions.of(visit.person.id),
    )
