"""Every route, whoever asks: the headers that keep pages to themselves, and cookies that scripts and other sites do not get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from tests.web.conftest import PASSWORD, SignIn
from tests.web.issued import keep
from tests.web.raw_asgi import Head, head_of
from tests.web.street import owner_session
from web import pages
from web.application import create_app
from web.headers import POLICY
from web.office import Office
from web.pages import home

FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PICTURES = re.compile(r"\.jpg$")
"""pictures of pages may stay in the browser of whoever looks, for a while: pages are turned faster than they are fetched"""
FILES = ("sandbox", "default-src 'none'")
"""what a file that is handed out may do, if a browser opens it after all"""


def routes() -> Iterator[tuple[str, str]]:
    import importlib  # noqa: PLC0415 - as the application finds its pages
    import pkgutil  # noqa: PLC0415

    for module in pkgutil.iter_modules(pages.__path__):
        for route in importlib.import_module(f"{pages.__name__}.{module.name}").router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield method, route.path


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks: cookies and the session's token."""

    name: str
    cookie: str = ""
    csrf: str = ""


@pytest.fixture
def asked(office: Office, sign_in: SignIn) -> tuple[ASGIApp, list[Visitor]]:
    everything = sign_in(*Role, login="moi-quyen")
    owner = office.services.owners.register(
        Owner(
            id=OwnerId(office.services.new_id()),
            kind=OwnerKind.PERSON,
            name="Lan",
            identifiers=(Identifier(IdentifierKind.CCCD, "001199000011"),),
        )
    )
    app = create_app(office)
    client, csrf = owner_session(office, owner.id, app)
    staff = everything.browser.cookies.get("sohoa") or ""
    return app, [
        Visitor("nobody"),
        Visitor("staff", f"sohoa={staff}", everything.csrf),
        Visitor("owner", f"sohoa={client.cookies.get('sohoa')}", csrf),
    ]


def ask(app: ASGIApp, method: str, path: str, visitor: Visitor, **more: str) -> Head:
    headers = {"cookie": visitor.cookie, **more} if visitor.cookie else dict(more)
    if method not in {"GET", "HEAD"}:
        headers |= {"x-csrf-token": visitor.csrf, "content-type": "application/x-www-form-urlencoded"}
    return head_of(app, method, path, headers=headers)


def wrong(path: str, head: Head) -> list[str]:
    """Return what is wrong with an answer's headers."""
    found = head.headers
    told = [f"{name}: {found.get(name)}" for name, value in FIXED.items() if found.get(name) != value]
    policy = found.get("content-security-policy", "")
    if policy != POLICY and not all(part in policy for part in FILES):
        told.append(f"content-security-policy: {policy}")
    kept = found.get("cache-control", "")
    if kept != "no-store" and not (PICTURES.search(path) and kept.startswith("private")):
        told.append(f"cache-control: {kept}")
    if len(found.getlist("content-security-policy")) != 1:
        told.append("several policies")
    return told


@pytest.mark.enable_socket
def test_every_answer_of_every_route_has_them(office: Office, asked: tuple[ASGIApp, list[Visitor]]) -> None:
    app, visitors = asked
    (paper,) = keep(office, 1)
    told, seen = [], 0
    for method, path in routes():
        for filled in {re.sub(r"\{[^}]*\}", "1", path), re.sub(r"\{[^}]*\}", paper, path)}:
            for visitor in visitors:
                head = ask(app, method, filled, visitor)
                seen += 1
                told += [f"{method} {filled} ({visitor.name}, {head.status}): {each}" for each in wrong(path, head)]
                # the paper's scan is made up, and cannot be shown
                if head.status >= 500 and head.headers.get("x-error-code") != "object.missing":
                    told.append(f"{method} {filled} ({visitor.name}): {head.status}")
    assert seen > 100
    assert told == []


def test_what_goes_wrong_unforeseen_has_them_too(
    asked: tuple[ASGIApp, list[Visitor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(home, "show", fail)
    app, visitors = asked
    assert isinstance(app, FastAPI)
    head = ask(app, "GET", "/", visitors[1])
    assert head.status == 500
    assert wrong("/", head) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("DELETE", "/"), ("TRACE", "/"), ("OPTIONS", "/mine"), ("GET", "/static/none.css")],
)
def test_what_no_route_answers_has_them_too(asked: tuple[ASGIApp, list[Visitor]], method: str, path: str) -> None:
    app, visitors = asked
    head = ask(app, method, path, visitors[0])
    assert 400 <= head.status < 500
    assert wrong(path, head) == []


def test_files_of_ours_may_be_kept_and_run_no_other_script(asked: tuple[ASGIApp, list[Visitor]]) -> None:
    app, visitors = asked
    head = ask(app, "GET", "/static/css/base.css?v=1", visitors[0])
    assert head.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert head.headers["content-type"].startswith("text/css")
    assert head.headers["x-content-type-options"] == "nosniff"


def test_nothing_asks_another_host_and_no_policy_lets_scripts_in_that_stand_in_a_page() -> None:
    directives: Mapping[str, str] = dict(each.strip().partition(" ")[::2] for each in POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


def cookies_after_signing_in(office: Office, sign_in: SignIn, address: str) -> list[tuple[str, dict[str, str]]]:
    sign_in(Role.CLERK, login="lan")
    by = {"SOHOA_HOME": str(office.settings.home), "SOHOA_WEB__ADDRESS": address}
    app = create_app(replace(office, provenance=load_settings(by)))
    body = f"login=lan&password={PASSWORD.replace(' ', '+')}".encode()
    head = head_of(app, "POST", "/sign-in", headers={"content-type": "application/x-www-form-urlencoded"}, body=body)
    assert head.status == 303
    found = []
    for line in head.headers.getlist("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            found.append((name, {key: str(value) for key, value in morsel.items() if value}))
    return found


def test_the_session_is_kept_from_scripts_and_other_sites(office: Office, sign_in: SignIn) -> None:
    (cookie,) = cookies_after_signing_in(office, sign_in, "http://may-chu.example")
    assert cookie == ("sohoa", {"httponly": "True", "samesite": "lax", "path": "/"})


def test_by_tls_the_session_never_leaves_it(office: Office, sign_in: SignIn) -> None:
    (cookie,) = cookies_after_signing_in(office, sign_in, "https://may-chu.example")
    assert cookie == ("__Host-sohoa", {"httponly": "True", "samesite": "lax", "path": "/", "secure": "True"})


def test_by_tls_browsers_are_told_to_stay_with_it(office: Office) -> None:
    by = {"SOHOA_HOME": str(office.settings.home), "SOHOA_WEB__ADDRESS": "https://may-chu.example"}
    head = head_of(create_app(replace(office, provenance=load_settings(by))), "GET", "/v")
    assert int(head.headers["strict-transport-security"].removeprefix("max-age=")) >= 180 * 86400


def test_papers_are_handed_out_as_inert_files(office: Office, asked: tuple[ASGIApp, list[Visitor]]) -> None:
    app, visitors = asked
    (paper,) = keep(office, 1)
    staff = visitors[1]
    for part in ("copy-1", "text", "fields"):
        head = ask(app, "GET", f"/documents/{paper}/files/{part}", staff)
        assert head.status == 200, part
        assert head.headers["content-disposition"].startswith("attachment;")
        assert all(each in head.headers["content-security-policy"] for each in FILES)
        assert wrong("", head) == []
