"""Signing in through identity providers, from the page to the provider and back, over real HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.ids import new_id
from app.passwords import hash_password
from app.settings import load_settings
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from pipeline.domain.session import SessionToken, session_id
from tests.servers.oidc_provider import CLIENT, SECRET, Fault, OidcProvider, oidc_provider
from tests.web.conftest import PASSWORD
from web.application import create_app
from web.cookies import SESSION_COOKIE
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
NUMBER = "001199000011"


@pytest.fixture
def staff() -> Iterator[OidcProvider]:
    with oidc_provider() as running:
        yield running


@pytest.fixture
def owners() -> Iterator[OidcProvider]:
    with oidc_provider() as running:
        running.claims = {"sub": "vneid-7", "personal_id": NUMBER}
        yield running


@pytest.fixture
def environment(tmp_path: Path, staff: OidcProvider, owners: OidcProvider) -> dict[str, str]:
    return {
        "SOHOA_HOME": str(tmp_path / "home"),
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_WEB__ADDRESS": "http://testserver",
        "SOHOA_WEB__OIDC__ISSUER": staff.issuer,
        "SOHOA_WEB__OIDC__CLIENT_ID": CLIENT,
        "SOHOA_WEB__OIDC__CLIENT_SECRET": SECRET,
        "SOHOA_WEB__OWNERS_OIDC__ISSUER": owners.issuer,
        "SOHOA_WEB__OWNERS_OIDC__CLIENT_ID": CLIENT,
        "SOHOA_WEB__OWNERS_OIDC__CLIENT_SECRET": SECRET,
    }


@pytest.fixture
def office(environment: dict[str, str]) -> Iterator[Office]:
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


@pytest.fixture
def browser(office: Office) -> Iterator[TestClient]:
    with TestClient(create_app(office), base_url="http://testserver", follow_redirects=False) as client:
        yield client


def add(office: Office, login: str, *roles: Role, **changes: object) -> Account:
    account = Account(
        id=AccountId(new_id(office.services.clock)),
        login=login,
        name=login,
        agency="",
        roles=frozenset(roles or {Role.CLERK}),
        created_at=office.services.clock.now(),
        **changes,  # type: ignore[arg-type]
    )
    office.services.accounts.add(account)
    return account


def from_provider(left: Response) -> str:
    """Go to the provider as the browser is told to, and return where it sends the browser."""
    assert left.status_code == 303, left.text
    return httpx.get(left.headers["location"], follow_redirects=False, trust_env=False).headers["location"]


def come_in(browser: TestClient, path: str = "/sign-in/staff") -> Response:
    back = from_provider(browser.get(path))
    assert back.startswith("http://testserver/sign-in/")
    return browser.get(back)


def account_of(office: Office, browser: TestClient) -> Account | None:
    session = office.services.sessions.find(session_id(SessionToken(browser.cookies.get(SESSION_COOKIE) or "")))
    return None if session is None or session.account is None else office.services.accounts.get(session.account)


def test_who_has_an_account_comes_in_and_goes_where_they_wanted_to(
    office: Office, browser: TestClient, staff: OidcProvider
) -> None:
    add(office, "lan", Role.OFFICIAL)
    assert "/sign-in/staff?next=/account" in browser.get("/sign-in?next=/account").text
    done = come_in(browser, "/sign-in/staff?next=/account")
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert browser.get("/account").status_code == 200  # the provider answers for a second factor
    found = account_of(office, browser)
    assert found is not None
    assert (found.login, found.subject) == ("lan", f"{staff.issuer} person-1")
    last = list(office.services.trail.entries(limit=99))[-1]
    assert isinstance(last, AuditEntry)
    assert (last.deed.action, last.author.name, last.deed.details) == (Action.SIGNED_IN, "lan", {"by": staff.issuer})


def test_the_provider_is_asked_as_the_standards_say(browser: TestClient, staff: OidcProvider) -> None:
    asked = [
        {
            name: values[0]
            for name, values in parse_qs(urlsplit(browser.get("/sign-in/staff").headers["location"]).query).items()
        }
        for _ in range(2)
    ]
    assert asked[0]["redirect_uri"] == "http://testserver/sign-in/staff/back"
    assert asked[0]["code_challenge_method"] == "S256"
    for secret in ("state", "nonce", "code_challenge"):
        assert asked[0][secret] != asked[1][secret]
        assert len(asked[0][secret]) >= 43  # 256 bits


def test_a_person_without_an_account_stays_outside(office: Office, browser: TestClient) -> None:
    refused = come_in(browser)
    assert (refused.status_code, refused.headers["x-error-code"]) == (403, "sign_in.person_unknown")
    assert account_of(office, browser) is None
    assert office.services.accounts.all() == ()


@pytest.mark.parametrize(
    "changes",
    [{"password_hash": hash_password(PASSWORD)}, {"disabled": True}, {"subject": "https://other.example person-1"}],
    ids=["local", "disabled", "somebody else's"],
)
def test_a_login_at_the_provider_opens_nobody_elses_account(
    office: Office, browser: TestClient, changes: dict[str, object]
) -> None:
    add(office, "lan", Role.ADMINISTRATOR, **changes)
    assert come_in(browser).headers["x-error-code"] == "sign_in.person_unknown"
    assert account_of(office, browser) is None


def test_whoever_gets_a_login_of_before_does_not_get_its_account(
    office: Office, browser: TestClient, staff: OidcProvider
) -> None:
    add(office, "lan")
    come_in(browser)
    staff.claims = {"sub": "person-2", "preferred_username": "lan"}
    assert come_in(browser).headers["x-error-code"] == "sign_in.person_unknown"


# --- answers that nobody asked for -----------------------------------------------------------------------------------------


def test_an_answer_is_good_for_once(office: Office, browser: TestClient) -> None:
    add(office, "lan")
    back = from_provider(browser.get("/sign-in/staff"))
    assert browser.get(back).status_code == 303
    again = browser.get(back)
    assert (again.status_code, again.headers["x-error-code"]) == (403, "sign_in.provider_refused")


def test_an_answer_is_good_in_the_browser_that_was_sent_there_only(office: Office, browser: TestClient) -> None:
    """Login CSRF: an attacker's own answer in the victim's browser would sign the victim in as the attacker."""
    add(office, "lan")
    back = from_provider(browser.get("/sign-in/staff"))
    with TestClient(create_app(office), base_url="http://testserver", follow_redirects=False) as victim:
        assert victim.get(back).headers["x-error-code"] == "sign_in.provider_refused"
        victim.get("/sign-in/staff")
        assert victim.get(back).headers["x-error-code"] == "sign_in.provider_refused"
        assert SESSION_COOKIE not in victim.cookies


def test_the_answer_of_one_provider_does_not_come_in_by_the_others_door(
    office: Office, browser: TestClient, owners: OidcProvider
) -> None:
    add(office, "lan")
    owners.claims |= {"preferred_username": "lan"}
    back = from_provider(browser.get("/sign-in/owners"))
    crossed = back.replace("/sign-in/owners/back", "/sign-in/staff/back")
    assert browser.get(crossed).headers["x-error-code"] == "sign_in.provider_refused"
    assert account_of(office, browser) is None


def test_an_answer_that_comes_too_late_is_refused(
    office: Office, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:

    add(office, "lan")
    monkeypatch.setattr("pipeline.usecases.sign_in_by_provider._TIME", dt.timedelta(0))
    assert come_in(browser).headers["x-error-code"] == "sign_in.provider_refused"


@pytest.mark.parametrize(
    "query", [{}, {"state": "x"}, {"state": "x", "code": "y"}, {"error": "<script>alert(1)</script>"}]
)
def test_made_up_answers_are_refused(browser: TestClient, query: dict[str, str]) -> None:
    answer = browser.get(f"/sign-in/staff/back?{urlencode(query)}")
    assert (answer.status_code, "<script>alert" in answer.text) == (403, False)


@pytest.mark.parametrize(
    "fault", [Fault.WRONG_NONCE, Fault.WRONG_AUDIENCE, Fault.EXPIRED, Fault.NO_ALGORITHM, Fault.OTHER_KEY, Fault.DENIED]
)
def test_a_lying_provider_lets_nobody_in(
    office: Office, browser: TestClient, staff: OidcProvider, fault: Fault
) -> None:
    add(office, "lan")
    staff.faults = {fault}
    assert come_in(browser).headers["x-error-code"] == "sign_in.provider_refused"
    assert account_of(office, browser) is None


def test_a_provider_that_is_down_is_said_to_be(office: Office, browser: TestClient, staff: OidcProvider) -> None:
    staff.faults = {Fault.BROKEN}
    answer = browser.get("/sign-in/staff")
    assert (answer.status_code, answer.headers["x-error-code"]) == (503, "sign_in.provider_unavailable")


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_to_another_site(office: Office, browser: TestClient, elsewhere: str) -> None:
    add(office, "lan")
    assert come_in(browser, f"/sign-in/staff?{urlencode({'next': elsewhere})}").headers["location"] == "/"


# --- roles from the provider -----------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(environment: dict[str, str]) -> Iterator[tuple[Office, TestClient]]:
    environment |= {
        "SOHOA_WEB__OIDC__ROLES_CLAIM": "realm_access.roles",
        "SOHOA_WEB__OIDC__ROLES": "mot-cua=clerk lanh-dao=official",
        "SOHOA_WEB__OIDC__AGENCY_CLAIM": "agency",
    }
    with (
        open_office(load_settings(environment), with_prefect=False) as opened,
        TestClient(create_app(opened), base_url="http://testserver", follow_redirects=False) as client,
    ):
        yield opened, client


def test_the_provider_says_who_may_do_what_each_time(mapped: tuple[Office, TestClient], staff: OidcProvider) -> None:
    office, browser = mapped
    staff.claims |= {"name": "Nguyễn Thị Lan", "agency": "H42.13", "realm_access": {"roles": ["mot-cua", "boss"]}}
    come_in(browser)
    made = account_of(office, browser)
    assert made is not None
    assert (made.name, made.agency, made.roles) == ("Nguyễn Thị Lan", "H42.13", frozenset({Role.CLERK}))
    staff.claims |= {"realm_access": {"roles": ["lanh-dao"]}}
    come_in(browser)
    changed = office.services.accounts.get(made.id)
    assert changed is not None
    assert changed.roles == {Role.OFFICIAL}
    staff.claims |= {"realm_access": {"roles": []}}
    assert come_in(browser).headers["x-error-code"] == "sign_in.person_unknown"


def test_nobody_becomes_an_administrator_by_a_role_that_is_not_mapped(
    mapped: tuple[Office, TestClient], staff: OidcProvider
) -> None:
    office, browser = mapped
    staff.claims |= {"realm_access": {"roles": ["administrator"]}}
    assert come_in(browser).headers["x-error-code"] == "sign_in.person_unknown"
    assert office.services.accounts.all() == ()


# --- owners ----------------------------------------------------------------------------------------------------------------


def test_an_owner_comes_in_by_the_personal_number(office: Office, browser: TestClient) -> None:
    kept = office.services.owners.register(
        Owner(
            id=OwnerId("o-1"),
            kind=OwnerKind.PERSON,
            name="Nguyễn Thị An",
            identifiers=(Identifier(IdentifierKind.CCCD, NUMBER),),
        )
    )
    done = come_in(browser, "/sign-in/owners")
    assert (done.status_code, done.headers["location"]) == (303, "/mine")
    session = office.services.sessions.find(session_id(SessionToken(browser.cookies[SESSION_COOKIE])))
    assert session is not None
    assert (session.owner, session.account) == (kept.id, None)
    assert browser.get("/account").status_code == 403  # an owner is nobody of the staff


def test_a_citizen_of_whom_nothing_is_kept_is_told_so(office: Office, browser: TestClient) -> None:
    answer = come_in(browser, "/sign-in/owners")
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine/none")
    assert SESSION_COOKIE not in browser.cookies
    page = browser.get("/mine/none")
    assert "Chưa có giấy tờ nào mang số của bạn" in page.text
    assert NUMBER not in page.text


@pytest.fixture
def firm(office: Office) -> Owner:
    return office.services.owners.register(
        Owner(
            id=OwnerId("o-2"),
            kind=OwnerKind.ORGANISATION,
            name="CÔNG TY TNHH THANH BÌNH",
            identifiers=(Identifier(IdentifierKind.TAX_CODE, "0100109106"),),
        )
    )


@pytest.mark.parametrize("claim", ["", "0100109106", "0100 109 106"])
def test_nobody_acts_for_a_firm_unless_the_settings_name_the_claim(
    office: Office, browser: TestClient, owners: OidcProvider, firm: Owner, claim: str
) -> None:
    owners.claims |= {"tax_code": claim}
    assert come_in(browser, "/sign-in/owners").headers["location"] == "/mine/none"
    assert office.services.owners.get(firm.id) == firm


def test_who_acts_for_a_firm_by_the_providers_word_sees_the_firms_papers_only(
    environment: dict[str, str], owners: OidcProvider
) -> None:
    named = {**environment, "SOHOA_WEB__OWNERS_OIDC__FIRM_CLAIM": "tax_code"}
    with (
        open_office(load_settings(named), with_prefect=False) as opened,
        TestClient(create_app(opened), base_url="http://testserver", follow_redirects=False) as browser,
    ):
        person, firm = (
            opened.services.owners.register(
                Owner(id=OwnerId(id_), kind=kind, name=name, identifiers=(Identifier(of, number),))
            )
            for id_, kind, name, of, number in (
                ("o-1", OwnerKind.PERSON, "Nguyễn Thị An", IdentifierKind.CCCD, NUMBER),
                ("o-2", OwnerKind.ORGANISATION, "CÔNG TY TNHH THANH BÌNH", IdentifierKind.TAX_CODE, "0100109106"),
            )
        )

        def owner_after(claims: dict[str, str]) -> str | None:
            browser.cookies.clear()
            owners.claims = {"sub": "vneid-7", "personal_id": NUMBER, **claims}
            come_in(browser, "/sign-in/owners")
            token = browser.cookies.get(SESSION_COOKIE)
            session = opened.services.sessions.find(session_id(SessionToken(token))) if token else None
            return session.owner if session else None

        assert owner_after({}) == person.id
        assert owner_after({"tax_code": "0100109106"}) == firm.id
        # an unknown firm, no tax code at all, or a person's number for one: not the person instead
        for wrong in ("0312345678", "x", NUMBER):
            assert owner_after({"tax_code": wrong}) is None


def test_without_a_provider_there_is_no_such_page(tmp_path: Path) -> None:
    environment = {"SOHOA_HOME": str(tmp_path / "plain"), "SOHOA_READING__WORKERS": "1"}
    with (
        open_office(load_settings(environment), with_prefect=False) as opened,
        TestClient(create_app(opened), base_url="http://testserver", follow_redirects=False) as client,
    ):
        for path in ("/sign-in/staff", "/sign-in/owners", "/sign-in/staff/back?state=x&code=y"):
            assert client.get(path).status_code == 404
