"""Every endpoint of the interface × every kind of caller × every verb: nothing is answered but where it is said to be.

The endpoints come from the routes themselves, so that a new one is looked at without being named here. What is named here
is the other half, which nobody should change by the way: what is open to everybody, and what each verb needs.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response

from app.ids import new_secret
from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.audit import Author
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, client_id, digest_of
from pipeline.domain.ids import DocumentId, DossierCode
from tests.web.api.conftest import PURPOSE
from tests.web.shelved import OURS, THEIRS, shelve
from tests.web.staff_sessions import add_account, begin
from web.api.application import every_router
from web.api.marks import ApiMark, mark_of
from web.application import create_app
from web.cookies import SESSION_COOKIE
from web.main import open_office
from web.office import Office

ROUTES = [each for router in every_router() for each in router.routes if isinstance(each, APIRoute)]
CASES = [(method, route) for route in ROUTES for method in sorted(route.methods or ())]
GUARDED = [(method, route) for method, route in CASES if not (mark_of(route.endpoint) or ApiMark()).everybody]
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX = "/api/v1"

OPEN = {("GET", "/openapi.json"), ("POST", "/oauth/token"), ("POST", "/oauth/revoke"), ("GET", "/links/{token}")}
"""what needs no token: it gives tokens, says what there is, or is an address that is a secret itself"""
ANY_CLIENT = {("GET", "/client")}
"""what needs a token, and no scope"""
READING_BY_WRITERS = {"intakes", "webhooks"}
"""areas that only those see who hand files in, or say where events are sent"""
POSTED_QUESTIONS = {("POST", "/documents/{document}/links")}
"""what is made for a reader: an address by which to read"""
ANNOUNCED = {"/announced/{dossier}/{document}.pdf"}
"""where the national portal fetches what a synchronised dossier announced to it: why is known beforehand, and it sends no headers"""
PERSONAL = {"documents", "results", "search", "owners"}
"""areas in which everything is somebody's paper"""
NOT_THERE = {
    "/documents/{document}/signed.pdf",
    "/documents/{document}/twin.pdf",
    "/documents/{document}/fields/{name}/evidence.png",
    *ANNOUNCED,
}
"""parts that the paper of this test does not have"""
DOSSIER = "H42.12-260131-0001"


def named(case: tuple[str, APIRoute]) -> str:
    return f"{case[0]} {case[1].path}"


def scope_of(route: APIRoute) -> ApiScope | None:
    mark = mark_of(route.endpoint)
    assert mark is not None
    return mark.scope


# --- what is said of endpoints ----------------------------------------------------------------------------------------------


def test_nothing_more_is_open_than_is_named_here() -> None:
    marks = {(method, route.path): mark_of(route.endpoint) or ApiMark() for method, route in CASES}
    assert {case for case, mark in marks.items() if mark.everybody} == OPEN
    assert {case for case, mark in marks.items() if not mark.everybody and mark.scope is None} == ANY_CLIENT


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_reading_needs_a_scope_to_read_and_changing_one_to_write(case: tuple[str, APIRoute]) -> None:
    method, route = case
    scope = scope_of(route)
    if scope is None:
        return
    by_writers = route.path.split("/")[1] in READING_BY_WRITERS
    reads = (method in {"GET", "HEAD"} and not by_writers) or (method, route.path) in POSTED_QUESTIONS
    assert scope.value.endswith(":read" if reads else ":write")


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_whoever_looks_at_peoples_papers_says_why(case: tuple[str, APIRoute]) -> None:
    _, route = case
    mark = mark_of(route.endpoint)
    assert mark is not None
    if route.path.split("/")[1] in PERSONAL or mark.scope is ApiScope.FILES_READ:
        assert mark.personal is (route.path not in ANNOUNCED)


# --- who is let in ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """An office with papers of two agencies, and tokens of all kinds."""

    office: Office
    browser: TestClient
    places: Mapping[str, str]
    """what stands for a name in a path: real things of our agency"""
    bad_tokens: Mapping[str, str]
    whole: ApiClient
    """a client that may do everything at our agency"""
    stranger: ApiClient
    """one that may do everything, at another"""

    def path(self, route: APIRoute) -> str:
        return PREFIX + re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: self.places.get(found[1], "1"), route.path)

    def ask(self, method: str, route: APIRoute, token: str | None, **headers: str) -> Response:
        sent = {**PURPOSE, "Idempotency-Key": new_secret(), **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return self.browser.request(method, self.path(route), headers=sent)

    def token(self, client: ApiClient, *scopes: ApiScope, seconds: int = 600, certificate: str = "") -> str:
        word, now = new_secret(), self.office.services.clock.now()
        self.office.services.access_tokens.keep(
            AccessToken(
                digest=digest_of(word),
                client=client.id,
                scopes=frozenset(scopes or client.scopes),
                certificate=certificate,
                issued_at=now,
                expires_at=now + dt.timedelta(seconds=seconds),
            )
        )
        return word


def keep_client(office: Office, name: str, agencies: frozenset[str], *, without: ApiScope | None = None) -> ApiClient:
    client = ApiClient(
        id=client_id(name),
        name=name,
        agencies=agencies,
        scopes=frozenset(ApiScope) - {without},
        created_at=office.services.clock.now(),
    )
    office.services.clients.add(client)
    return client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, empty_home: Path) -> Iterator[Site]:
    home = shutil.copytree(empty_home, tmp_path_factory.mktemp("matrix") / "home")
    environment = {"SOHOA_HOME": str(home), "SOHOA_OFFICE__AGENCY": OURS, "SOHOA_READING__WORKERS": "1"}
    with (
        open_office(load_settings(environment), with_prefect=False) as office,
        TestClient(create_app(office), follow_redirects=False) as browser,
    ):
        document = shelve(office, dossier=DOSSIER, fields={"code_number": "12"})
        whole = keep_client(office, "whole", frozenset({OURS, ""}))
        stranger = keep_client(office, "stranger", frozenset({THEIRS}))
        made = Site(office, browser, places_of(office, document), {}, whole, stranger)
        yield replace(made, bad_tokens=bad_tokens(made))


def places_of(office: Office, document: DocumentId) -> dict[str, str]:
    services = office.services.acting(Author(name="scanner", role="clerk", origin="tests"))
    found = services.library.document(document)
    assert found is not None
    batch, _ = found
    received = services.batches.load(batch)
    assert isinstance(received, DigitizedBatch)
    result = services.results.issue(DossierCode(DOSSIER), document, at=services.clock.now())
    return {
        "document": document,
        "dossier": DOSSIER,
        "code": result.code,
        "name": "code_number",
        "kind": "cccd",
        "batch": batch,
        "sha256": received.sources[0].sha256,
    }


def bad_tokens(site: Site) -> dict[str, str]:
    """Return tokens that are no good, by what is wrong with them."""
    services = site.office.services
    shut = keep_client(site.office, "shut", frozenset({OURS}))
    tokens = {
        "nobody's": new_secret(),
        "in the future of another": "e30.e30.e30",
        "expired": site.token(site.whole, seconds=-1),
        "revoked": site.token(site.whole),
        "of a client that is shut": site.token(shut),
        "bound to a certificate": site.token(site.whole, certificate="c" * 64),
    }
    services.access_tokens.end(digest_of(tokens["revoked"]), client=site.whole.id)
    services.clients.change(replace(shut, disabled=True))
    return tokens


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_without_a_good_token_nothing_is_answered(site: Site, case: tuple[str, APIRoute]) -> None:
    for token in (None, *site.bad_tokens.values()):
        answer = site.ask(*case, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "api.token_needed"), token
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for other in ("Basic d2hvbGU6eA==", "Bearer", f"Token {site.token(site.whole)}"):
        assert site.ask(*case, None, Authorization=other).status_code == 401, other


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_without_the_scope_nothing_is_answered(site: Site, case: tuple[str, APIRoute]) -> None:
    scope = scope_of(case[1])
    if scope is None:
        return
    others = set(ApiScope) - {scope}
    lesser = site.office.services.clients.find(client_id(name := f"without-{scope.value.replace(':', '-')}"))
    lesser = lesser or keep_client(site.office, name, frozenset({OURS}), without=scope)
    for token in (site.token(site.whole, *others), site.token(lesser, *ApiScope)):
        answer = site.ask(*case, token)
        assert (answer.status_code, answer.json()["code"]) == (403, "api.scope_needed")
        assert answer.json()["details"] == {"scope": scope.value}


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_with_its_scope_alone_an_endpoint_lets_in(site: Site, case: tuple[str, APIRoute]) -> None:
    scope = scope_of(case[1])
    token = site.token(site.whole, *([scope] if scope else [ApiScope.REPORTS_READ]))
    answer = site.ask(*case, token)
    assert answer.status_code not in {401, 500}, answer.text
    if answer.status_code >= 400:
        assert answer.json()["code"] not in {"api.token_needed", "api.scope_needed"}


@pytest.mark.parametrize("case", GUARDED, ids=map(named, GUARDED))
def test_a_paper_of_another_agency_is_not_there(site: Site, case: tuple[str, APIRoute]) -> None:
    method, route = case
    mine = {"document", "dossier", "batch"} | ({"code"} if "/results/" in route.path else set())
    if not mine & set(route.param_convertors):
        return
    stranger = site.ask(method, route, site.token(site.stranger))
    if method != "GET":  # what is wrong with the request may be said first; done is nothing
        assert stranger.status_code in {400, 404}
        return
    assert (stranger.status_code, stranger.json()["code"]) == (404, "record.not_found")
    own = site.ask(method, route, site.token(site.whole))
    assert (own.status_code == 404) is (route.path in NOT_THERE), own.text


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_verbs_that_an_address_does_not_know_do_nothing(site: Site, path: str) -> None:
    (route, *_) = [route for route in ROUTES if route.path == path]
    here = site.path(route).removeprefix(PREFIX)
    known = {method for method, each in CASES if each.path_regex.match(here)}
    for verb in sorted(set(VERBS) - known):
        for token in (None, site.token(site.whole)):
            answer = site.ask(verb, route, token)
            assert (answer.status_code, answer.json()["code"]) == (405, "api.method_not_allowed"), verb


def test_who_has_signed_in_to_the_pages_is_nobody_here(site: Site) -> None:
    token, _ = begin(site.office, add_account(site.office, *Role, login="lan", agency=OURS))
    with TestClient(site.browser.app, cookies={SESSION_COOKIE: token}, follow_redirects=False) as person:
        assert person.get("/").status_code == 200
        known = replace(site, browser=person)
        assert {known.ask(method, route, None).status_code for method, route in GUARDED} == {401}
