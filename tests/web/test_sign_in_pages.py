"""Signing in on the pages, as a browser does it."""

from __future__ import annotations

import re

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.ids import new_id
from app.passwords import hash_password
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.session import SessionToken, session_id
from pipeline.usecases.sign_in_by_provider import local_path
from tests.web.conftest import PASSWORD, SignIn
from web.cookies import SESSION_COOKIE
from web.office import Office

pytestmark = pytest.mark.enable_socket
CLERK_HOME = "/"


def add(office: Office, login: str, *roles: Role, password: str = PASSWORD, **changes: object) -> Account:
    account = Account(
        id=AccountId(new_id(office.services.clock)),
        login=login,
        name="Nguyễn Thị Thử",
        agency="",
        roles=frozenset(roles),
        password_hash=hash_password(password),
        created_at=office.services.clock.now(),
        **changes,  # type: ignore[arg-type]
    )
    office.services.accounts.add(account)
    return account


def csrf_of(page: Response) -> str:
    return page.text.split('name="csrf" content="')[1].split('"')[0]


def enter(browser: TestClient, login: str, password: str = PASSWORD, **more: str) -> Response:
    return browser.post("/sign-in", data={"login": login, "password": password, **more})


# --- password --------------------------------------------------------------------------------------------------------------


def test_one_goes_where_one_wanted_to(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    sent = browser.get("/account?done=sessions")
    assert sent.headers["location"] == "/sign-in?next=/account%3Fdone%3Dsessions"
    form = browser.get(sent.headers["location"])
    assert 'value="/account?done=sessions"' in form.text
    done = enter(browser, "lan", next="/account?done=sessions")
    assert (done.status_code, done.headers["location"]) == (303, "/account?done=sessions")
    assert browser.get("/account?done=sessions").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    said = enter(browser, "lan").headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {each.strip() for each in said.split(";")}
    assert "max-age" not in said
    assert "expires" not in said


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/x\n//evil", "", "evil"],
)
def test_nobody_is_sent_to_another_site(office: Office, browser: TestClient, elsewhere: str) -> None:
    add(office, "lan", Role.CLERK)
    assert enter(browser, "lan", next=elsewhere).headers["location"] == "/"
    assert local_path(elsewhere) == "/"


def test_a_wrong_password_says_nothing_about_accounts_and_keeps_the_login(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    wrong = [enter(browser, login, "not the password") for login in ("lan", "nobody")]
    assert {each.status_code for each in wrong} == {403}
    first, second = (re.sub(r"lan|nobody", "", each.text) for each in wrong)
    assert first == second
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in first
    assert SESSION_COOKIE not in browser.cookies


def test_after_many_failures_the_page_says_until_when(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    for _ in range(5):
        enter(browser, "lan", "not the password")
    locked = enter(browser, "lan")
    assert locked.status_code == 429
    assert re.search(r"Có thể thử lại từ \d\d/\d\d/\d{4} \d\d:\d\d", locked.text)


def test_signing_in_again_ends_the_session_of_before(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    enter(browser, "lan")
    before = browser.cookies[SESSION_COOKIE]
    enter(browser, "lan")
    assert browser.cookies[SESSION_COOKIE] != before
    assert office.services.sessions.find(session_id(SessionToken(before))) is None


def test_a_token_that_somebody_planted_is_not_taken_over(office: Office, browser: TestClient) -> None:
    """Session fixation: what stood in the cookie before is never what stands there afterwards."""
    add(office, "lan", Role.CLERK)
    browser.cookies.set(SESSION_COOKIE, "planted", domain="testserver.local")
    assert enter(browser, "lan").cookies[SESSION_COOKIE] != "planted"


def test_another_site_cannot_sign_anybody_in_or_out(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    foreign = {"sec-fetch-site": "cross-site"}
    refused = browser.post("/sign-in", data={"login": "lan", "password": PASSWORD}, headers=foreign)
    assert (refused.status_code, refused.headers["x-error-code"]) == (403, "web.request_forged")
    enter(browser, "lan")
    assert browser.post("/sign-out").status_code == 403
    assert browser.get("/").status_code == 200


def test_signing_out_ends_the_session_on_the_server(office: Office, sign_in: SignIn) -> None:
    person = sign_in(Role.CLERK)
    token = person.browser.cookies[SESSION_COOKIE]
    assert person.post("/sign-out").headers["location"] == "/sign-in"
    assert office.services.sessions.find(session_id(SessionToken(token))) is None
    person.browser.cookies.set(SESSION_COOKIE, token)
    assert person.browser.get("/").status_code == 303


def test_an_office_without_accounts_says_how_the_first_is_made(browser: TestClient) -> None:
    assert "sohoa account first" in browser.get("/sign-in").text


def test_the_trail_names_who_came_in_and_from_where(office: Office, browser: TestClient) -> None:
    account = add(office, "lan", Role.CLERK)
    enter(browser, "lan", "not the password")
    enter(browser, "lan")
    entries = [each for each in office.services.trail.entries(limit=99) if isinstance(each, AuditEntry)]
    failed, done = entries[-2:]
    assert (failed.deed.action, failed.author.name, failed.deed.subject.id) == (
        Action.SIGN_IN_FAILED,
        "nobody",
        account.id,
    )
    assert (done.deed.action, done.author.name, done.author.origin) == (Action.SIGNED_IN, "lan", "web testclient")


# --- a session that ends while somebody types ------------------------------------------------------------------------------


def test_a_script_signs_in_again_over_the_page(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK)
    json = {"accept": "application/json"}
    assert browser.get("/session").status_code == 401
    form = browser.get("/sign-in/again")
    assert 'id="again-login"' in form.text
    assert "<html" not in form.text
    wrong = browser.post("/sign-in", data={"login": "lan", "password": "x"}, headers=json)
    assert (wrong.status_code, wrong.json()) == (403, {"message": "Tên đăng nhập hoặc mật khẩu không đúng."})
    right = browser.post("/sign-in", data={"login": "lan", "password": PASSWORD}, headers=json)
    assert (right.json()["who"], right.json()["step"]) == ("lan", None)
    assert browser.get("/session").json() == right.json()
    saved = browser.post("/account/sessions/end-others", headers={"x-csrf-token": right.json()["csrf"]})
    assert saved.status_code == 303


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {"accept": "application/json"}])
def test_a_script_that_meets_the_end_of_a_session_is_told_and_not_sent_away(
    sign_in: SignIn, office: Office, headers: dict[str, str]
) -> None:
    person = sign_in(Role.CLERK)
    csrf = person.csrf
    office.services.sessions.end_all(person.account.id)
    answer = person.browser.post("/account/sessions/end-others", headers={**headers, "x-csrf-token": csrf})
    assert (answer.status_code, answer.headers["x-error-code"]) == (401, "web.sign_in_needed")


# --- second factor ---------------------------------------------------------------------------------------------------------


def test_an_official_sets_up_a_second_factor_and_gives_it_from_then_on(office: Office, browser: TestClient) -> None:
    add(office, "boss", Role.OFFICIAL)
    enter(browser, "boss")
    for path in ("/", "/account"):
        assert browser.get(path).headers.get("location", "").startswith("/second-factor/set-up?next="), path
    page = browser.get("/second-factor/set-up")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")  # type: ignore[index]
    assert '<path d="M4 4h7v1h-7z' in page.text  # the finder pattern of a QR code, behind its quiet zone
    form = {"csrf": csrf_of(page), "next": "/account"}
    assert browser.post("/second-factor/set-up", data={**form, "code": "000000"}).status_code == 403
    before = browser.cookies[SESSION_COOKIE]
    code = pyotp.TOTP(secret).now()
    done = browser.post("/second-factor/set-up", data={**form, "code": code})
    codes = re.findall(r"<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})</code>", done.text)
    assert len(set(codes)) == 8
    assert browser.cookies[SESSION_COOKIE] != before
    assert browser.get("/account").status_code == 200
    browser.post("/sign-out", data={"csrf": csrf_of(browser.get("/account"))})
    enter(browser, "boss")
    asked = browser.get("/account")
    assert asked.headers["location"] == "/second-factor?next=/account"
    form = {"csrf": csrf_of(browser.get("/second-factor")), "next": "/account"}
    used_up = browser.post("/second-factor", data={**form, "code": code})
    assert used_up.status_code == 403
    let_in = browser.post("/second-factor", data={**form, "code": codes[0]})
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/account")
    assert "Còn 7 mã khôi phục." in browser.get("/account").text


def test_half_signed_in_nothing_is_changed_either(office: Office, browser: TestClient) -> None:
    add(office, "boss", Role.OFFICIAL, Role.ADMINISTRATOR)
    enter(browser, "boss")
    token = csrf_of(browser.get("/second-factor/set-up"))
    for path in ("/people/add", "/account/sessions/end-others", "/account/second-factor/remove", "/account/password"):
        answer = browser.post(path, data={"csrf": token, "login": "evil", "name": "E", "roles": "administrator"})
        assert answer.headers.get("x-error-code") == "sign_in.step_needed" or answer.headers["location"].startswith(
            "/second-factor"
        ), path
    assert office.services.accounts.find("evil") is None


def test_a_clerk_may_set_one_up_and_take_it_away_with_the_password(office: Office, sign_in: SignIn) -> None:
    person = sign_in(Role.CLERK)
    page = person.browser.get("/second-factor/set-up")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")  # type: ignore[index]
    person.browser.post("/second-factor/set-up", data={"csrf": csrf_of(page), "code": pyotp.TOTP(secret).now()})
    factors = office.services.second_factors
    assert person.post("/account/second-factor/remove", password="wrong").status_code == 403
    assert factors.find(person.account.id) is not None
    assert person.post("/account/second-factor/remove", password=PASSWORD).status_code == 303
    assert factors.find(person.account.id) is None


# --- own account -----------------------------------------------------------------------------------------------------------


def test_a_given_password_is_changed_first_and_other_browsers_are_out(office: Office, browser: TestClient) -> None:
    add(office, "lan", Role.CLERK, password_given=True)
    enter(browser, "lan")
    sent = browser.get("/account")
    assert sent.headers["location"] == "/account/password?next=/account"
    page = browser.get("/account/password")
    form = {"csrf": csrf_of(page), "old": PASSWORD, "next": "/account"}
    other = "bây giờ là một câu khác"
    for new, again, said in (
        ("short", "short", "ít nhất 15 ký tự"),
        (other, other + "!", "không giống nhau"),
        (PASSWORD, PASSWORD, "phải khác"),
        ("aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa", "dễ đoán"),
    ):
        refused = browser.post("/account/password", data={**form, "new": new, "again": again})
        assert (refused.status_code, said in refused.text) == (403, True), new
    done = browser.post("/account/password", data={**form, "new": other, "again": other})
    assert done.headers["location"] == "/account"
    assert browser.get("/account").status_code == 200


def test_one_signs_out_elsewhere_and_only_oneself(office: Office, sign_in: SignIn, browser: TestClient) -> None:
    person, stranger = sign_in(Role.CLERK, login="lan"), sign_in(Role.CLERK, login="hoa")
    enter(browser, "lan")
    sessions = office.services.open_sessions
    (theirs,) = sessions.of(stranger.account.id)
    assert len(sessions.of(person.account.id)) == 2
    person.post(f"/account/sessions/{theirs.id}/end")
    assert sessions.of(stranger.account.id) == (theirs,)
    person.post("/account/sessions/end-others")
    assert len(sessions.of(person.account.id)) == 1
    assert browser.get("/account").status_code == 303
    assert person.browser.get("/account").status_code == 200
