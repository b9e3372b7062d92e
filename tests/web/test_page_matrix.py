"""Every page × every kind of visitor × every verb: nobody gets in but where the page says so.

The pages come from the routes themselves, so that a new one is looked at without being named here. What is named here is
the other half: what is open to everybody, and what no role may reach by the way.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response

from app.ids import new_secret
from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from tests.web.staff_sessions import add_account, begin
from tests.web.street import owner_session
from web.application import create_app, every_router
from web.cookies import SESSION_COOKIE
from web.failures import answer_failures
from web.guard import Mark, guard, mark_of
from web.main import open_office

ROUTES = [each for router in every_router() for each in router.routes if isinstance(each, APIRoute)]
CASES = [(method, route) for route in ROUTES for method in sorted(route.methods or ())]
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = {"GET", "HEAD"}

OPEN = {
    "/api",
    "/health",
    "/ready",
    "/metrics",
    "/language",
    "/mine/none",
    "/session",
    "/sign-in",
    "/sign-in/again",
    "/sign-in/owners",
    "/sign-in/owners/back",
    "/sign-in/staff",
    "/sign-in/staff/back",
    "/sign-out",
    "/v",
    "/v/{code}",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/api/v1",
}
"""pages for anybody: signing in, checking a result, and what says that there is an office"""
BY_TICKET = ("/phone/{ticket}", "/channels/{name}/messages")
"""what is opened by a secret or a signature of its own"""
PAPERS = {"batches", "desk", "documents", "dossiers", "intake", "mine", "orders", "review", "search", "separators"}
"""areas with people's papers: the role of administrator opens none of them"""
KEEPING = {"people", "system"}
"""areas of administrators, which are nobody else's"""


def named(case: tuple[str, APIRoute]) -> str:
    return f"{case[0]} {case[1].path}"


def mark(route: APIRoute) -> Mark:
    found = mark_of(route.endpoint)
    assert found is not None
    return found


def area(route: APIRoute) -> str:
    return route.path.split("/")[1]


# --- what is said of pages --------------------------------------------------------------------------------------------------


def test_nothing_more_is_open_than_is_named_here() -> None:
    everybody = {route.path for route in ROUTES if mark(route).everybody}
    assert {path for path in everybody if not path.startswith(BY_TICKET)} == OPEN
    own_checks = {route.path for route in ROUTES if mark(route).own_token}
    assert {path for path in own_checks if not path.startswith(BY_TICKET)} == {"/sign-in"}


@pytest.mark.parametrize("case", CASES, ids=map(named, CASES))
def test_roles_keep_to_their_areas(case: tuple[str, APIRoute]) -> None:
    _, route = case
    said = mark(route)
    if area(route) in PAPERS:
        # who works with papers and may end a delegation is not who keeps accounts
        beside = {"/desk/delegations/{delegation}/revoke"}
        assert Role.ADMINISTRATOR not in said.roles or route.path in beside
    if area(route) in KEEPING:
        assert said.roles == {Role.ADMINISTRATOR}
    assert said.owners is (area(route) == "mine" and route.path not in OPEN)
    if area(route) == "desk":
        assert said.assured


# --- who is let in ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser, or nobody in particular."""

    browser: TestClient
    inside: TestClient
    """the same visitor before pages that only say that one got in"""
    csrf: str = ""
    roles: frozenset[Role] = frozenset()
    is_owner: bool = False
    assured: bool = True


@pytest.fixture(scope="module")
def visitors(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Mapping[str, Visitor]]:
    """Return a visitor of each kind: of every role, with and without a second factor, an owner, nobody."""
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("pages") / "home")
    environment = {"SOHOA_HOME": str(home), "SOHOA_READING__WORKERS": "1"}
    with open_office(load_settings(environment), with_prefect=False) as office:
        services, app = office.services, create_app(office)
        inside = doors_of(app)

        def browser(target: FastAPI, token: str) -> TestClient:
            cookies = {SESSION_COOKIE: token} if token else {}
            return TestClient(target, cookies=cookies, follow_redirects=False)

        def staff(role: Role, *, assured: bool) -> Visitor:
            account = add_account(office, role, login=f"{role.value}-{assured}")
            token, session = begin(office, account, assured=assured)
            return Visitor(
                browser(app, token), browser(inside, token), csrf=session.csrf, roles=account.roles, assured=assured
            )

        lan = Owner(
            id=OwnerId(services.new_id()),
            kind=OwnerKind.PERSON,
            name="Nguyễn Thị Lan",
            identifiers=(Identifier(IdentifierKind.CCCD, "001199000011"),),
        )
        services.owners.register(lan)
        signed_in, csrf = owner_session(office, lan.id, app)
        token = signed_in.cookies[SESSION_COOKIE]
        yield {
            "nobody": Visitor(browser(app, ""), browser(inside, "")),
            "with a wrong session": Visitor(browser(app, new_secret()), browser(inside, new_secret())),
            "owner": Visitor(signed_in, browser(inside, token), csrf=csrf, is_owner=True),
            **{role.value: staff(role, assured=True) for role in Role},
            "clerk without second factor": staff(Role.CLERK, assured=False),
        }


def doors_of(app: FastAPI) -> FastAPI:
    """Return the same pages behind the same guard, each of which only says that one got in."""
    doors, router = FastAPI(), APIRouter()
    doors.state = app.state
    for route in ROUTES:
        router.add_api_route(route.path, _door(route), methods=list(route.methods or ()))
    doors.include_router(router, dependencies=[Depends(guard)])
    answer_failures(doors)
    return doors


def _door(route: APIRoute) -> Callable[[], str]:
    def door() -> str:
        return "in"

    vars(door).update(vars(route.endpoint))  # its mark
    return door


def ask(browser: TestClient, method: str, route: APIRoute, *, csrf: str = "") -> Response:
    path = re.sub(r"\{\w+(?::\w+)?\}", "1", route.path)
    return browser.request(method, path, headers={"HX-Request": "true", "X-CSRF-Token": csrf})


def is_let_in(visitor: Visitor, said: Mark) -> bool:
    if said.everybody:
        return True
    if said.owners:
        return visitor.is_owner
    return bool(visitor.roles & said.roles) and (visitor.assured or not said.assured)


@pytest.mark.parametrize("case", CASES, ids=map(named, CASES))
def test_nobody_gets_in_but_who_may(visitors: Mapping[str, Visitor], case: tuple[str, APIRoute]) -> None:
    method, route = case
    said = mark(route)
    for name, visitor in visitors.items():
        if is_let_in(visitor, said):
            door = ask(visitor.inside, method, route, csrf=visitor.csrf)
            assert door.status_code == 200, (name, door.text)
            continue
        answer = ask(visitor.browser, method, route, csrf=visitor.csrf)
        stranger = not (visitor.roles or visitor.is_owner)
        expected = {"web.sign_in_needed"} if stranger else {"web.not_allowed", "web.assurance_needed"}
        assert answer.headers["x-error-code"] in expected, name
        assert answer.status_code == (401 if stranger else 403), name


@pytest.mark.parametrize("case", CASES, ids=map(named, CASES))
def test_a_change_needs_the_sessions_own_token(visitors: Mapping[str, Visitor], case: tuple[str, APIRoute]) -> None:
    method, route = case
    said = mark(route)
    if method in SAFE or said.own_token:
        return
    for name, visitor in visitors.items():
        if is_let_in(visitor, said) and visitor.csrf:
            for wrong in ("", new_secret()):
                answer = ask(visitor.browser, method, route, csrf=wrong)
                assert (answer.status_code, answer.headers["x-error-code"]) == (403, "web.request_forged"), name


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_verbs_that_a_page_does_not_know_do_nothing(visitors: Mapping[str, Visitor], path: str) -> None:
    (route, *_) = [route for route in ROUTES if route.path == path]
    here = re.sub(r"\{\w+(?::\w+)?\}", "1", path)
    known = {method for method, each in CASES if each.path_regex.match(here)}
    for verb in sorted(set(VERBS) - known):
        for visitor in (visitors["nobody"], visitors["clerk"]):
            # 404: of an address that lies in the interface for systems, which does not know it at all
            assert ask(visitor.browser, verb, route, csrf=visitor.csrf).status_code in {404, 405}, verb
