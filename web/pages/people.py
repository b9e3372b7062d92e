"""Who may sign in: the administrator's page of people."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.ids import new_id, new_password
from app.passwords import hash_password
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.desk_errors import LoginTaken
from pipeline.domain.errors import NotFound
from pipeline.usecases.find_people import PeopleFilter, agencies_of, find_people
from pipeline.usecases.keep_accounts import (
    add_account,
    change_rights,
    end_other_sessions,
    give_password,
    take_second_factor,
)
from web.guard import allowed
from web.show import go_to, show
from web.told_number import LARGEST_INTEGER
from web.visit import Visit, VisitDep

router = APIRouter()

_OWN = "-"
"""in the address: accounts of the installation's own agency"""
_AT_ONCE = 200
"""accounts on a page"""
_DONE = frozenset({"changed", "second_factor", "released", "sessions"})


@router.get("/people")
@allowed(Role.ADMINISTRATOR)
def people(
    visit: VisitDep, *, words: str = "", role: str = "", agency: str = "", state: str = "", start: int = 0
) -> Response:
    """List accounts, so many at a time."""
    accounts = visit.services.accounts.all()
    wanted = PeopleFilter(
        words=words,
        role=Role(role) if role in set(Role) else None,
        agency={"": None, _OWN: ""}.get(agency, agency),
        disabled={"open": False, "disabled": True}.get(state),
    )
    counts = visit.services.open_sessions.counts()
    found = find_people(accounts, wanted)
    start = min(max(start, 0), len(found))
    return show(
        visit,
        "people/list.html",
        found=found[start : start + _AT_ONCE],
        found_in_all=len(found),
        start=start,
        at_once=_AT_ONCE,
        total=len(accounts),
        counts=counts,
        agencies=_agencies(visit),
        words=words,
        role=role,
        agency=agency,
        state=state,
    )


@router.get("/people/add")
@allowed(Role.ADMINISTRATOR)
def add_page(visit: VisitDep) -> Response:
    """Ask for a new account."""
    return _add_page(visit)


@router.post("/people/add")
@allowed(Role.ADMINISTRATOR)
def add_person(
    visit: VisitDep,
    *,
    login: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    agency: Annotated[str, Form(max_length=100)] = "",
    roles: Annotated[list[Role] | None, Form()] = None,
    by_provider: Annotated[bool, Form()] = False,
) -> Response:
    """Make an account, and show its password this once."""
    again = partial(_add_page, visit, login=login, name=name, agency=agency, roles=frozenset(roles or ()))
    if not roles or not name.strip():
        return again(problem=visit.say("people.needs_name_and_role"))
    password = "" if by_provider else new_password()
    try:
        account = add_account(
            login,
            name,
            roles=roles,
            agency=agency,
            password=password,
            accounts=visit.services.accounts,
            hashes=hash_password,
            clock=visit.services.clock,
            new_id=lambda: new_id(visit.services.clock),
        )
    except LoginTaken as error:
        return again(problem=visit.say(f"error.{error.code}", login=login))
    except ValueError:
        return again(problem=visit.say("people.bad_login"))
    return _person_page(visit, account, password=password, done="added")


@router.get("/people/{account}")
@allowed(Role.ADMINISTRATOR)
def person(visit: VisitDep, account: str, done: str = "") -> Response:
    """Show an account."""
    return _person_page(visit, _account(visit, account), done=done if done in _DONE else "")


@router.post("/people/{account}")
@allowed(Role.ADMINISTRATOR)
def change_person(
    visit: VisitDep,
    account: str,
    *,
    version: Annotated[int, Form(ge=0, le=LARGEST_INTEGER)],
    name: Annotated[str, Form(max_length=200)] = "",
    agency: Annotated[str, Form(max_length=100)] = "",
    roles: Annotated[list[Role] | None, Form()] = None,
    disabled: Annotated[bool, Form()] = False,
) -> Response:
    """Change what an account may do."""
    known = _account(visit, account)
    if not roles or not name.strip():
        return _person_page(visit, known, problem=visit.say("people.needs_name_and_role"))
    change_rights(
        replace(known, version=version),  # as it was shown: who changed it since then is not overwritten
        name=name,
        agency=agency,
        roles=roles,
        disabled=disabled,
        accounts=visit.services.accounts,
        sessions=visit.services.sessions,
    )
    return go_to(f"/people/{account}?done=changed", visit)


@router.post("/people/{account}/password")
@allowed(Role.ADMINISTRATOR)
def reset_password(visit: VisitDep, account: str) -> Response:
    """Give an account another password, and show it this once."""
    password = new_password()
    changed = give_password(
        _account(visit, account),
        password,
        accounts=visit.services.accounts,
        sessions=visit.services.sessions,
        guard=visit.services.sign_in_guard,
        hashes=hash_password,
    )
    return _person_page(visit, changed, password=password, done="password")


@router.post("/people/{account}/second-factor")
@allowed(Role.ADMINISTRATOR)
def reset_second_factor(visit: VisitDep, account: str) -> Response:
    """Take an account's second factor away."""
    known = _account(visit, account)
    take_second_factor(known, factors=visit.services.second_factors, sessions=visit.services.sessions)
    return go_to(f"/people/{account}?done=second_factor", visit)


@router.post("/people/{account}/release")
@allowed(Role.ADMINISTRATOR)
def release(visit: VisitDep, account: str) -> Response:
    """Let an account try again at once that failed too often."""
    visit.services.sign_in_guard.release(_account(visit, account).login)
    return go_to(f"/people/{account}?done=released", visit)


@router.post("/people/{account}/sessions")
@allowed(Role.ADMINISTRATOR)
def end_sessions(visit: VisitDep, account: str) -> Response:
    """End all sessions of an account; one's own stays."""
    own = visit.session.id if visit.session else None
    end_other_sessions(_account(visit, account), but=own, sessions=visit.services.sessions, trail=visit.services.trail)
    return go_to(f"/people/{account}?done=sessions", visit)


def _account(visit: Visit, id_: str) -> Account:
    """Return an account.

    Raises:
        NotFound
    """
    found = visit.services.accounts.get(AccountId(id_))
    if found is None:
        raise NotFound(what="account", id=id_)
    return found


def _agencies(visit: Visit) -> list[str]:
    return list(agencies_of(visit.services.accounts.all(), own=visit.office.settings.office.agency))


def _add_page(
    visit: Visit,
    *,
    problem: str = "",
    login: str = "",
    name: str = "",
    agency: str = "",
    roles: frozenset[Role] = frozenset(),
) -> Response:
    return show(
        visit,
        "people/add.html",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        problem=problem,
        login=login,
        name=name,
        agency=agency,
        roles=roles,
        agencies=_agencies(visit),
        has_provider=bool(visit.office.settings.web.oidc.issuer),
    )


def _person_page(visit: Visit, account: Account, *, password: str = "", done: str = "", problem: str = "") -> Response:
    factor = visit.services.second_factors.find(account.id)
    return show(
        visit,
        "people/person.html",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        account=account,
        password=password,
        done=done,
        problem=problem,
        factor=factor if factor is not None and factor.confirmed_at is not None else None,
        sessions=visit.services.open_sessions.of(account.id),
        locked_until=visit.services.sign_in_guard.locked_until(account.login, at=visit.now()),
        agencies=_agencies(visit),
    )
