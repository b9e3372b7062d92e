"""The administrator's pages: people and the installation, and that nobody else gets there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.settings import load_settings
from pipeline.domain.account import AccountId, Role
from tests.web.conftest import PASSWORD, SignIn
from web.application import create_app, every_router
from web.guard import mark_of
from web.office import Office

pytestmark = pytest.mark.enable_socket

OTHERS = (Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)


def given(page: str) -> str:
    found = re.search(r'<code class="once">([a-z0-9-]+)</code>', page)
    assert found is not None
    return found[1]


# --- who gets where --------------------------------------------------------------------------------------------------------


def routes() -> list[tuple[str, APIRoute]]:
    """Methods and routes of all pages."""
    found = [each for router in every_router() for each in router.routes if isinstance(each, APIRoute)]
    assert len(found) > 40
    return [(method, route) for route in found for method in sorted(route.methods or ()) if method != "HEAD"]


def path_of(route: APIRoute) -> str:
    """An address of a route, with made-up ids."""
    return re.sub(r"\{[^}]+\}", "1", route.path)


def test_every_role_gets_to_its_own_pages_only(office: Office, sign_in: SignIn) -> None:
    people = {role: sign_in(role) for role in Role}
    tokens = {role: person.csrf for role, person in people.items()}
    wrong = []
    for method, route in routes():
        mark = mark_of(route.endpoint)
        assert mark is not None, route.path
        if mark.everybody:
            continue
        for role, person in people.items():
            headers = {"x-csrf-token": tokens[role], "accept": "application/json"}
            if role in mark.roles:
                continue
            answer = person.browser.request(method, path_of(route), headers=headers)
            if (answer.status_code, answer.headers.get("x-error-code")) != (403, "web.not_allowed"):
                wrong.append((method, route.path, role.value, answer.status_code))
    assert wrong == []


def test_nobody_gets_anywhere_without_having_signed_in(browser: TestClient) -> None:
    wrong = []
    for method, route in routes():
        mark = mark_of(route.endpoint)
        if mark is not None and not mark.everybody:
            answer = browser.request(method, path_of(route), headers={"accept": "application/json"})
            if (answer.status_code, answer.headers.get("x-error-code")) != (401, "web.sign_in_needed"):
                wrong.append((method, route.path, answer.status_code))
    assert wrong == []


def test_what_everybody_may_open_is_a_short_list() -> None:
    """Whoever adds to it says here why."""
    known = {
        "/sign-in": "who has not signed in",
        "/sign-in/again": "whose session is over",
        "/sign-in/staff": "who signs in",
        "/sign-in/owners": "who signs in",
        "/sign-in/staff/back": "who comes back from the provider",
        "/sign-in/owners/back": "who comes back from the provider",
        "/session": "whose session may be over",
        "/sign-out": "whose session may be over",
        "/language": "who reads the sign-in page",
    }
    own = ("/sign-in", "/session", "/sign-out", "/language", "/account", "/people", "/system", "/second-factor")
    opened = {
        route.path
        for _, route in routes()
        if (mark := mark_of(route.endpoint)) is not None and mark.everybody and route.path.startswith(own)
    }
    assert opened == set(known)


# --- people ----------------------------------------------------------------------------------------------------------------


def test_a_person_is_added_signs_in_and_chooses_a_password(
    office: Office, sign_in: SignIn, browser: TestClient
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    made = admin.post("/people/add", login="Lan.Nguyen", name="Nguyễn Thị Lan", agency="H42.13", roles="clerk")
    account = office.services.accounts.find("lan.nguyen")
    assert account is not None
    assert (account.name, account.agency, account.roles) == ("Nguyễn Thị Lan", "H42.13", frozenset({Role.CLERK}))
    assert made.headers["cache-control"] == "no-store"
    browser.post("/sign-in", data={"login": "lan.nguyen", "password": given(made.text)})
    assert browser.get("/").headers["location"] == "/account/password?next=/"
    assert given(made.text) not in admin.browser.get(f"/people/{account.id}").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"login": "x y", "name": "X", "roles": "clerk"}, "không hợp lệ"),
        ({"login": "lan", "name": " ", "roles": "clerk"}, "ít nhất một vai trò"),
        ({"login": "lan", "name": "Lan"}, "ít nhất một vai trò"),
        ({"login": "ADMIN", "name": "Lan", "roles": "clerk"}, "đã có người dùng"),
    ],
)
def test_what_makes_no_account_is_said_and_what_was_typed_stays(
    office: Office, sign_in: SignIn, form: dict[str, str], said: str
) -> None:
    admin = sign_in(Role.ADMINISTRATOR, login="admin")
    answer = admin.post("/people/add", agency="H42.77", **form)
    assert (answer.status_code, said in answer.text, 'value="H42.77"' in answer.text) == (400, True, True)
    assert len(office.services.accounts.all()) == 1


def test_the_list_is_narrowed_with_and_without_diacritics(sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR, login="admin", name="Quản trị")
    sign_in(Role.CLERK, login="lan", name="Nguyễn Thị Đào", agency="H42.13")
    for query, expected in {
        "": {"Quản trị", "Nguyễn Thị Đào"},
        "words=nguyen+dao": {"Nguyễn Thị Đào"},
        "words=Đào": {"Nguyễn Thị Đào"},
        "words=lan": {"Nguyễn Thị Đào"},
        "role=administrator": {"Quản trị"},
        "agency=H42.13": {"Nguyễn Thị Đào"},
        "agency=-": {"Quản trị"},
        "state=disabled": set(),
        "role=boss": {"Quản trị", "Nguyễn Thị Đào"},
    }.items():
        page = admin.browser.get(f"/people?{query}").text
        found = set(re.findall(r'<th scope="row"><a href="/people/[^"]+">([^<]+)</a>', page))
        assert found == expected, query


def test_a_long_list_has_pages(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.people._AT_ONCE", 2)
    admin = sign_in(Role.ADMINISTRATOR, login="admin")
    for login in ("an", "binh", "chi"):
        sign_in(Role.CLERK, login=login, name=f"Người {login}")
    seen: list[str] = []
    path: str | None = "/people?role=clerk"
    while path:
        page = admin.browser.get(path).text
        seen += re.findall(r'<a href="/people/[0-9a-f-]+">([^<]+)</a>', page)
        onward = re.search(r'href="([^"]+)">Trang sau', page)
        path = onward[1].replace("&amp;", "&") if onward else None
    assert seen == ["Người an", "Người binh", "Người chi"]


def test_other_rights_put_a_person_out_and_an_older_page_does_not_win(office: Office, sign_in: SignIn) -> None:
    admin, person = sign_in(Role.ADMINISTRATOR), sign_in(Role.CLERK)
    path = f"/people/{person.account.id}"
    form = {"version": "1", "name": "Lan", "agency": "", "roles": ["clerk", "records_officer"]}
    assert admin.post(path, **form).headers["location"] == f"{path}?done=changed"
    assert person.browser.get("/").status_code == 303
    answer = admin.post(path, **{**form, "name": "Hoa"})
    assert (answer.status_code, answer.headers["x-error-code"]) == (409, "record.changed")
    changed = office.services.accounts.get(AccountId(person.account.id))
    assert changed is not None
    assert (changed.name, changed.roles) == ("Lan", frozenset({Role.CLERK, Role.RECORDS_OFFICER}))


def test_the_last_administrator_cannot_lock_the_door_from_outside(office: Office, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    answer = admin.post(f"/people/{admin.account.id}", version="1", name="A", roles="clerk")
    assert (answer.status_code, answer.headers["x-error-code"]) == (409, "account.last_administrator")
    answer = admin.post(f"/people/{admin.account.id}", version="1", name="A", roles="administrator", disabled="true")
    assert answer.headers["x-error-code"] == "account.last_administrator"
    assert admin.browser.get("/people").status_code == 200


def test_passwords_phones_waiting_and_sessions_are_reset(office: Office, sign_in: SignIn, browser: TestClient) -> None:
    admin, person = sign_in(Role.ADMINISTRATOR), sign_in(Role.CLERK, login="lan")
    path = f"/people/{person.account.id}"
    for _ in range(5):
        browser.post("/sign-in", data={"login": "lan", "password": "wrong"})
    assert "Tạm khóa đến" in admin.browser.get(path).text
    admin.post(f"{path}/release")
    assert browser.post("/sign-in", data={"login": "lan", "password": PASSWORD}).status_code == 303
    admin.post(f"{path}/sessions")
    assert person.browser.get("/").status_code == 303
    page = admin.post(f"{path}/password")
    assert browser.post("/sign-in", data={"login": "lan", "password": PASSWORD}).status_code == 403
    assert browser.post("/sign-in", data={"login": "lan", "password": given(page.text)}).status_code == 303
    office.services.second_factors.begin(person.account.id, "sealed")
    office.services.second_factors.confirm(person.account.id, step=1, recovery=())
    admin.post(f"{path}/second-factor")
    assert office.services.second_factors.find(person.account.id) is None


def test_an_account_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    for path in ("/people/none", "/people/%00"):
        assert admin.browser.get(path).status_code == 404


# --- the installation ------------------------------------------------------------------------------------------------------

PAGES = ("", "/health", "/stores", "/signers", "/trust", "/types", "/types/can_cuoc", "/types/khac", "/settings")


@pytest.mark.parametrize("page", PAGES)
def test_the_administrator_sees_the_installation(sign_in: SignIn, page: str) -> None:
    answer = sign_in(Role.ADMINISTRATOR).browser.get(f"/system{page}")
    assert (answer.status_code, answer.text.count("<h1")) == (200, 1)


def test_no_secret_is_shown(office: Office, sign_in: SignIn) -> None:
    environment = {
        "SOHOA_HOME": str(office.settings.home),
        "SOHOA_WEB__OIDC__ISSUER": "https://sso.example.vn",
        "SOHOA_WEB__OIDC__CLIENT_ID": "sohoa",
        "SOHOA_WEB__OIDC__CLIENT_SECRET": "geheim-1",
        "SOHOA_STORE__SECRET_KEY": "geheim-2",
        "SOHOA_RECORDS__URL": "postgresql://office:geheim-3@db/sohoa",
    }

    admin = sign_in(Role.ADMINISTRATOR)
    told = replace(office, provenance=load_settings(environment))
    with TestClient(create_app(told), base_url="http://testserver", cookies=admin.browser.cookies) as browser:
        page = browser.get("/system/settings").text
    assert "geheim" not in page
    assert page.count("********") == 3
    assert "SOHOA_WEB__OIDC__CLIENT_SECRET" in page


def test_an_administrator_reads_no_papers_by_that_role_alone(office: Office, sign_in: SignIn) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    for path in ("/intake", "/batches", "/review", "/desk", "/search", "/documents", "/retention"):
        assert admin.browser.get(path, headers={"accept": "application/json"}).status_code in {403, 404}, path
