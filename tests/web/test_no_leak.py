"""Two agencies in one installation: on no page, in no header and in no refusal is there anything of the other one.

Every page comes from the routes themselves. It is asked by everybody with the other agency's ids in each place where an id can
stand. What may be seen across agencies is named here, with the reason, and nothing else may.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response

from pipeline.domain.account import Role
from pipeline.domain.ids import DocumentId
from tests.web.leaks import alike, leaked, nowhere, place
from tests.web.shelved import shelve
from tests.web.two_agencies import Agency, Person, Site, two_agencies
from web.application import every_router

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
ROUTES = [each for router in every_router() for each in router.routes if isinstance(each, APIRoute)]
READ = [each for each in ROUTES if "GET" in (each.methods or ())]
CHANGED = [(method, each) for each in ROUTES for method in sorted(each.methods or ()) if method not in {"GET", "HEAD"}]
OWN = {"document", "batch", "dossier", "order", "hold", "disposal", "intake", "holding", "consent", "delegation"}
"""parameters in a path that name something of one agency, or of one owner"""
SHARED = {"document", "dossier", "order"}
"""parameters of which two agencies may each have a part, or their own beside each other"""
PUBLIC = {"/v", "/v/{code}"}
"""where everybody may ask for a result by its code: tests/web/test_public.py"""
INSTALLATION = {"people", "audit", "system"}
"""areas for the whole installation: accounts, the trail and webhooks of all agencies, for who runs it; no word of a paper"""
ENDED_FOR_ALL = "/desk/delegations/{delegation}/revoke"
"""what an administrator may end for every agency; nothing is told of it"""
PLACES = {
    "kind": "dossier",
    "form": "json",
    "part": "copy-1",
    "place": "0",
    "code": "A1",
    "name": "zalo",
    "decision": "approve",
}
"""what stands for parameters that name nothing of anybody"""


@pytest.fixture(scope="module")
def site(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with two_agencies(empty_home, tmp_path_factory.mktemp("two")) as opened:
        yield opened


def area(route: APIRoute) -> str:
    return route.path.split("/")[1]


def sees_the_installation(route: APIRoute, who: Person, at: Agency, site: Site) -> bool:
    """Say whether somebody looks after the whole installation here."""
    if area(route) not in INSTALLATION:
        return False
    return who.name == Role.ADMINISTRATOR or (
        who.name == Role.RECORDS_OFFICER and at is site.ours and area(route) == "audit"
    )


def sides(site: Site) -> list[tuple[Agency, Agency]]:
    """Return who asks, and of whom."""
    return [(site.ours, site.theirs), (site.theirs, site.ours)]


def visitors(at: Agency, site: Site) -> list[Person]:
    return [*at.people.values(), at.owner, site.nobody]


def places(route: APIRoute, of: Agency) -> dict[str, str]:
    """Return what stands in a path: something of an agency wherever something of one can stand."""
    named = {name: of.places[name] for name in route.param_convertors if name in OWN | {"sha256", "account", "webhook"}}
    if route.path in PUBLIC:
        named["code"] = of.places["code"]
    return {**PLACES, **named}


def questions(route: APIRoute, of: Agency) -> Iterator[Mapping[str, str]]:
    """Return what may stand behind the question mark: nothing, or one thing of the other agency."""
    yield {}
    for parameter in route.dependant.query_params:
        model = getattr(parameter.field_info.annotation, "model_fields", None)
        for name in [parameter.name] if model is None else model:
            if name in of.places:
                yield {name: of.places[name]}


def ask(who: Person, path: str, query: Mapping[str, str]) -> Response:
    return who.browser.get(path, params=dict(query), headers={"HX-Request": "true"})


@pytest.mark.parametrize("route", READ, ids=lambda each: each.path)
def test_no_page_says_anything_of_another_agency(site: Site, route: APIRoute, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for at, of in sides(site):
        for who in visitors(at, site):
            for query in questions(route, of):
                named = places(route, of)
                answer = ask(who, place(route.path, named), query)
                of_all = sees_the_installation(route, who, at, site)
                sent = [*named.values(), *query.values()]
                if area(route) == "audit":  # tells what one's own people asked for, be it somebody else's id
                    sent += of.places.values()
                said = leaked(answer, of, sent=sent, staff=not of_all, ids=not of_all)
                assert said == [], (at.code, who.name, query)
                assert answer.status_code != 500
        told = "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith("httpx"))
        assert of.stem not in told.casefold()
        assert of.number not in told


@pytest.mark.parametrize(
    "route", [each for each in READ if OWN & set(each.param_convertors)], ids=lambda each: each.path
)
def test_what_is_another_agencys_answers_like_what_never_was(site: Site, route: APIRoute) -> None:
    for at, of in sides(site):
        for who in visitors(at, site):
            named = places(route, of)
            for name in OWN & set(route.param_convertors):
                none = {**named, name: nowhere(named[name])}
                theirs = ask(who, place(route.path, named), {})
                never = ask(who, place(route.path, none), {})
                assert alike(theirs, named[name]) == alike(never, none[name]), (at.code, who.name)


@pytest.mark.parametrize(
    "route", [each for each in READ if SHARED & set(each.param_convertors)], ids=lambda each: each.path
)
def test_where_two_agencies_have_something_each_sees_its_own(site: Site, route: APIRoute) -> None:
    for at, of in sides(site):
        named = places(route, at) | {name: at.shared[name] for name in SHARED & set(route.param_convertors)}
        for who in visitors(at, site):
            answer = ask(who, place(route.path, named), {})
            assert leaked(answer, of) == [], (at.code, who.name)
            assert answer.status_code != 500


def test_no_result_is_put_up_in_a_dossier_of_another_agency(site: Site) -> None:
    """Its code would say that the other agency's dossier has ended with it."""
    services = site.office.services
    for at, of in sides(site):
        clerk, theirs = at.people[Role.CLERK], of.places["dossier"]
        (paper, other, third) = (shelve(site.office, agency=at.code, text=f"{at.stem} {each}") for each in range(3))
        refused, never = (
            clerk.browser.post(
                f"/documents/{paper}/issue", data={"dossier": each}, headers={"X-CSRF-Token": clerk.csrf}
            )
            for each in (theirs, nowhere(theirs))
        )
        assert alike(refused, theirs) == alike(never, nowhere(theirs))
        assert refused.status_code == 404
        assert services.results.find(DocumentId(paper)) is None
        for each, own in ((other, f"{at.code}-260131-0077"), (third, at.shared["dossier"])):
            form, headers = {"dossier": own}, {"X-CSRF-Token": clerk.csrf}
            assert clerk.browser.post(f"/documents/{each}/issue", data=form, headers=headers).status_code == 303
            issued = services.results.find(each)
            assert issued is not None
            assert issued.dossier == own


def test_all_that_is_asked_for_is_there(site: Site) -> None:
    """Otherwise nothing would be seen of it by whoever may not, and by whoever may."""
    for of in (site.ours, site.theirs):
        shown = set()
        for route in READ:
            if OWN & set(route.param_convertors) and not route.path.endswith(("/progress", "/events")):
                named = places(route, of)
                answers = [ask(who, place(route.path, named), {}) for who in (*of.people.values(), of.owner)]
                if any(answer.status_code == 200 for answer in answers):
                    shown |= OWN & set(route.param_convertors)
        assert shown == OWN - {"hold", "consent", "delegation"}, of.code  # those are only named in changes


def test_nothing_is_found_by_a_word_of_another_agency(site: Site) -> None:
    for at, of in sides(site):
        planted = {"words": f"{of.stem}vanban", "person": of.number, "dossier": of.places["dossier"], "agency": of.code}
        for who in at.people.values():
            for name, value in {**planted, "as typed": f"{of.stem}va"}.items():
                form = {"words": value, "as_typed": "1"} if name == "as typed" else {name: value}
                none = {key: nowhere(text) if text != "1" else text for key, text in form.items()}
                headers = {"HX-Request": "true", "X-CSRF-Token": who.csrf}
                found = who.browser.post("/search", data=form, headers=headers)
                assert leaked(found, of, sent=list(form.values())) == [], (at.code, who.name, name)
                if name in {"person", "dossier"}:
                    never = who.browser.post("/search", data=none, headers=headers)
                    assert alike(found, value) == alike(never, nowhere(value)), (at.code, who.name, name)


def test_nothing_of_another_agency_is_changed_or_told_of_in_refusals(empty_home: Path, tmp_path: Path) -> None:
    with two_agencies(empty_home, tmp_path) as site:
        for at, of in sides(site):
            for who in visitors(at, site):
                for method, route in CHANGED:
                    if area(route) in {"sign-out", "language", "account", "people", "second-factor", "sign-in"}:
                        continue
                    of_all = sees_the_installation(route, who, at, site)
                    for named in (places(route, of), places(route, at)):
                        answer = who.browser.request(
                            method,
                            place(route.path, named),
                            data=_form(of),
                            headers={"X-CSRF-Token": who.csrf, "HX-Request": "true"},
                        )
                        said = leaked(
                            answer, of, sent=[*named.values(), *_form(of).values()], staff=not of_all, ids=not of_all
                        )
                        assert said == [], (at.code, who.name, method, route.path)
                        ends_it = route.path == ENDED_FOR_ALL and who.name == Role.ADMINISTRATOR
                        if OWN & set(route.param_convertors) and named == places(route, of) and not ends_it:
                            assert answer.status_code >= 400, (at.code, who.name, method, route.path)


def _form(of: Agency) -> dict[str, str]:
    """Return a form in which everything is of one agency."""
    told = {
        name: of.places[name]
        for name in ("document", "batch", "dossier", "order", "hold", "holding", "consent", "subject")
    }
    more = {"row": of.places["document"], "decision": "sign", "signer": "copy", "kind": "document", "component": "1"}
    return {**told, **more, "reason": "vì sao", "why": "vì sao", "attachment": of.places["holding"], "to": "pause"}


def test_what_a_check_of_the_trail_found_is_told_to_who_sees_the_whole_trail(site: Site) -> None:
    """It names records and people of all agencies, of which the other agency's records officer hears nothing."""
    administrator, officer = site.ours.people[Role.ADMINISTRATOR], site.theirs.people[Role.RECORDS_OFFICER]
    administrator.browser.post("/audit/check", headers={"X-CSRF-Token": administrator.csrf})
    until = time.monotonic() + 60
    while site.ours.staff not in administrator.browser.get("/audit/check").text:  # who checked is told at its end
        assert time.monotonic() < until
        time.sleep(0.1)
    answer = officer.browser.get("/audit/check", headers={"HX-Request": "true"})
    assert (answer.status_code, leaked(answer, site.ours)) == (200, [])
