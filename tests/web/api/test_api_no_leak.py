"""Two agencies in one installation: the interface tells a client of one nothing of the other, in answers, headers or refusals.

Every endpoint comes from the routes themselves. It is asked by each agency's own system, which may do everything there, with the
other's ids in each place where an id can stand. The one way across agencies is a person's depository, with a basis, and is
asked for below by itself (docs/explanation/depository.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response

from app.ids import new_secret
from tests.web.leaks import alike, leaked, nowhere, place
from tests.web.two_agencies import Agency, Site, two_agencies
from web.api.application import every_router

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
ROUTES = [each for router in every_router() for each in router.routes if isinstance(each, APIRoute)]
READ = [each for each in ROUTES if "GET" in (each.methods or ()) and not each.path.startswith("/owners/")]
CHANGED = [
    (method, each)
    for each in ROUTES
    for method in sorted(each.methods or ())
    if method not in {"GET", "HEAD"} and not each.path.startswith(("/oauth/", "/owners/"))
]
"""but for consents: they are an owner's, and are given and withdrawn by portals, whatever agency they name"""
PREFIX = "/api/v1"
OWN = {"document", "batch", "dossier", "intake", "webhook"}
"""parameters in a path that name something of one agency"""
SHARED = {"document", "dossier", "code"}
"""parameters of which two agencies may each have a part, or their own beside each other"""
BY_CODE = {"/results/{code}"}
DEPOSITORY = "/owners/cccd/{number}/depository"


@pytest.fixture(scope="module")
def site(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with two_agencies(empty_home, tmp_path_factory.mktemp("two")) as opened:
        yield opened


def sides(site: Site) -> list[tuple[Agency, Agency]]:
    """Return who asks, and of whom."""
    return [(site.ours, site.theirs), (site.theirs, site.ours)]


def purpose(at: Agency) -> dict[str, str]:
    """Return why people's papers are looked at: a dossier of the caller's own."""
    return {
        "Sohoa-Purpose": "Kiem tra",
        "Sohoa-Legal-Basis": "dossier",
        "Sohoa-Requester": "thu",
        "Sohoa-Dossier": at.places["dossier"],
        "Sohoa-Agency": at.code,
    }


def ask(site: Site, at: Agency, method: str, path: str, **given: object) -> Response:
    more = given.pop("headers", {})
    assert isinstance(more, dict)
    headers = {**purpose(at), "Authorization": f"Bearer {at.token}", "Idempotency-Key": new_secret(), **more}
    return site.nobody.browser.request(method, PREFIX + path, headers=headers, **given)  # type: ignore[arg-type] # as httpx takes them


def own(route: APIRoute) -> set[str]:
    """Return what of a path names something of one agency."""
    return (OWN | ({"code"} if route.path in BY_CODE else set())) & set(route.param_convertors)


def places(route: APIRoute, of: Agency) -> dict[str, str]:
    plain = {
        "code": "1.004222",
        "kind": "cccd",
        "name": "full_name",
        "component": "1",
        "attachment": of.places["holding"],
    }
    more = {"sha256", "number", "holding", "consent"} if route.path.startswith(("/owners", "/batches")) else set()
    named = {name: of.places[name] for name in own(route) | (more & set(route.param_convertors))}
    return {**plain, **named, **({"intake": of.places["clients_intake"]} if "intake" in named else {})}


def questions(route: APIRoute, of: Agency) -> Iterator[Mapping[str, str]]:
    """Return what may stand behind the question mark: nothing, or one thing of the other agency."""
    needed = (
        {"q": "giay"} if route.path == "/search" else {"procedure": "1.004222"} if "procedure" in route.path else {}
    )
    yield needed
    for parameter in route.dependant.query_params:
        if parameter.alias in of.places:
            named = {parameter.alias: of.places[parameter.alias]}
            yield needed | named | ({"owner_kind": "cccd"} if "owner_number" in named else {})


@pytest.mark.parametrize("route", READ, ids=lambda each: each.path)
def test_no_answer_says_anything_of_another_agency(
    site: Site, route: APIRoute, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for at, of in sides(site):
        for query in questions(route, of):
            named = places(route, of)
            answer = ask(site, at, "GET", place(route.path, named), params=dict(query))
            sent = [*named.values(), *query.values(), of.code if "agency" in query else ""]
            assert leaked(answer, of, sent=[each for each in sent if each]) == [], (at.code, query)
            assert answer.status_code != 500
        told = "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith("httpx"))
        assert of.stem not in told.casefold()
        assert of.number not in told


@pytest.mark.parametrize("route", [each for each in READ if own(each)], ids=lambda each: each.path)
def test_what_is_another_agencys_answers_like_what_never_was(site: Site, route: APIRoute) -> None:
    for at, of in sides(site):
        named = places(route, of)
        for name in own(route):
            none = {**named, name: nowhere(named[name])}
            theirs, never = (
                ask(site, at, "GET", place(route.path, each), headers=_about(each, at)) for each in (named, none)
            )
            assert theirs.status_code in {403, 404}
            assert alike(theirs, named[name]) == alike(never, none[name]), at.code


def _about(named: Mapping[str, str], at: Agency) -> dict[str, str]:
    """Return the dossier that is the ground of the look: the one in the path."""
    return {"Sohoa-Dossier": named.get("dossier", at.places["dossier"])}


@pytest.mark.parametrize("route", [each for each in READ if SHARED & own(each)], ids=lambda each: each.path)
def test_where_two_agencies_have_something_each_sees_its_own(site: Site, route: APIRoute) -> None:
    for at, of in sides(site):
        named = places(route, at) | {name: at.shared[name] for name in SHARED & own(route)}
        answer = ask(site, at, "GET", place(route.path, named), headers=_about(named, at))
        assert leaked(answer, of) == [], at.code
        assert answer.status_code != 500


def test_all_that_is_asked_for_is_there(site: Site) -> None:
    for of in (site.ours, site.theirs):
        shown = set()
        for route in READ:
            if own(route) and ask(site, of, "GET", place(route.path, places(route, of))).status_code == 200:
                shown |= own(route)
        assert shown == OWN | {"code"}, of.code


def test_nothing_is_found_by_a_word_of_another_agency(site: Site) -> None:
    for at, of in sides(site):
        for word in (
            f"{of.stem}vanban",
            f"{of.stem}ten",
            f"{of.stem}tieude",
            of.number,
            f"{of.stem}*",
            of.places["dossier"],
        ):
            found = ask(site, at, "GET", "/search", params={"q": word})
            assert found.status_code == 200, found.text
            assert (found.json()["items"], leaked(found, of, sent=[word.rstrip("*")])) == ([], []), (at.code, word)


def test_lists_have_the_callers_own(site: Site) -> None:
    for at, of in sides(site):
        for path, name in (
            ("/documents", "document"),
            ("/batches", "batch"),
            ("/dossiers", "dossier"),
            ("/events", "document"),
        ):
            told = ask(site, at, "GET", path).text
            assert at.places[name] in told, (at.code, path)
            assert of.places[name] not in told


def test_nothing_of_another_agency_is_changed_or_told_of_in_refusals(empty_home: Path, tmp_path: Path) -> None:
    with two_agencies(empty_home, tmp_path) as site:
        for at, of in sides(site):
            body = {name: of.places[name] for name in ("document", "batch", "dossier", "holding", "agency", "consent")}
            for method, route in CHANGED:
                for named in (places(route, of), places(route, at)):
                    for json in (
                        body,
                        {"agency": of.code},
                        {"dossier": of.places["dossier"]},
                        {"holding": of.places["holding"]},
                    ):
                        answer = ask(site, at, method, place(route.path, named), json=json)
                        said = leaked(answer, of, sent=[*named.values(), *body.values()])
                        assert said == [], (at.code, method, route.path, json)
                        if own(route) and named == places(route, of):
                            assert answer.status_code >= 400, (at.code, method, route.path)


def test_webhooks_hear_of_nothing_but_the_own_agency(site: Site) -> None:
    for at, of in sides(site):
        hook = at.places["webhook"]
        ask(site, at, "POST", f"/webhooks/{hook}/replay", json={"since": "2020-01-01T00:00:00Z"})
        for path in ("/webhooks", f"/webhooks/{hook}", f"/webhooks/{hook}/attempts", f"/webhooks/{hook}/dead-letters"):
            answer = ask(site, at, "GET", path)
            assert answer.status_code == 200
            assert leaked(answer, of) == [], (at.code, path)


def test_a_link_opens_the_paper_for_which_it_was_made_and_no_other(site: Site) -> None:
    for at, of in sides(site):
        refused = ask(site, at, "POST", f"/documents/{of.places['document']}/links", json={"part": "copy"})
        assert refused.status_code in {400, 404}
        assert leaked(refused, of, sent=[of.places["document"]]) == []


# --- the one way across agencies --------------------------------------------------------------------------------------------


def test_a_depository_across_agencies_describes_papers_and_opens_nothing_else(site: Site) -> None:
    """With a dossier nothing of a person is told; the paper's address answers as if it were not there."""
    for at, of in sides(site):
        listed = ask(site, at, "GET", place(DEPOSITORY, of.places), headers={"Sohoa-Dossier": "H42.14-260131-0999"})
        assert listed.status_code == 200, listed.text
        (told,) = listed.json()["items"]
        assert told["holding"] == of.places["holding"] or told.get("id") == of.places["holding"]
        for planted in (f"{of.stem}ten", f"{of.stem}vanban", f"{of.stem}tep", of.places["batch"]):
            assert planted not in listed.text
        assert ask(site, at, "GET", f"/documents/{of.places['document']}").status_code == 404


def test_a_depository_is_not_opened_without_a_basis(site: Site) -> None:
    """A dossier of somebody else's, or consent that nobody gave, is none; a number that nobody has is refused alike."""
    for at, of in sides(site):
        for headers in (
            {"Sohoa-Legal-Basis": "consent"},
            {"Sohoa-Dossier": at.places["dossier"]},
            {"Sohoa-Dossier": of.places["dossier"]},
        ):
            refused = ask(site, at, "GET", place(DEPOSITORY, of.places), headers=headers)
            assert refused.status_code == 403, (at.code, headers, refused.text)
            assert leaked(refused, of, sent=[of.number, of.places["dossier"]]) == []
        nobodys = "001199000011"
        theirs = ask(site, at, "GET", place(DEPOSITORY, of.places), headers={"Sohoa-Legal-Basis": "consent"})
        never = ask(site, at, "GET", place(DEPOSITORY, {"number": nobodys}), headers={"Sohoa-Legal-Basis": "consent"})
        assert alike(theirs, of.number) == alike(never, nobodys)
