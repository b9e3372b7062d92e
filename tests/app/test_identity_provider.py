"""What an identity provider says is believed only as far as it is proven, against a provider over real HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from app.clock import SystemClock
from app.identity_provider import OpenIdProvider
from app.provider_settings import ProviderSettings, StaffProviderSettings
from pipeline.domain.account import Role
from pipeline.domain.provider import Claims, ProviderRequest
from pipeline.domain.sign_in_errors import ProviderRefused, ProviderUnavailable
from tests.servers.oidc_provider import CLIENT, SECRET, Fault, OidcProvider, oidc_provider

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
# RFC 7636 appendix B: a verifier and its S256 challenge
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REQUEST = ProviderRequest(
    provider="staff",
    nonce="n-0S6_WzA2Mj",
    verifier=VERIFIER,
    browser="",
    redirect="http://127.0.0.1:1/sign-in/staff/back",
    return_to="/",
    ends_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
)


@pytest.fixture
def server() -> Iterator[OidcProvider]:
    with oidc_provider() as running:
        yield running


Asks = Callable[[], Claims]


def client_of(server: OidcProvider, *, secret: str = SECRET, seconds: float = 5.0) -> OpenIdProvider:
    settings = ProviderSettings(
        issuer=server.issuer, client_id=CLIENT, client_secret=SecretStr(secret), seconds=seconds
    )
    return OpenIdProvider(settings, clock=SystemClock())


def ask(client: OpenIdProvider, server: OidcProvider, *, request: ProviderRequest = REQUEST) -> Claims:
    address = client.address(request, state="the state", challenge=CHALLENGE)
    back = parse_qs(urlsplit(server.answer_to(address)).query)
    assert back["state"] == ["the state"]
    return client.claims(request, code=back["code"][0], issuer=back.get("iss", [None])[0])


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_true_answer_is_believed(server: OidcProvider, algorithm: str) -> None:
    server.algorithm = algorithm
    server.rotate()
    server.claims = {"sub": "248289761001", "preferred_username": "lan", "roles": ["mot-cua", "khac"]}
    server.more = {"name": "Nguyễn Thị Lan", "preferred_username": "somebody else"}
    claims = ask(client_of(server), server)
    assert (claims.issuer, claims.subject) == (server.issuer, "248289761001")
    assert claims.text("preferred_username") == "lan"  # what is signed goes before what is told beside it
    assert claims.text("name") == "Nguyễn Thị Lan"
    assert claims.texts("roles") == ("mot-cua", "khac")


def test_a_public_client_shows_its_verifier_only(server: OidcProvider) -> None:
    server.secret = ""
    assert ask(client_of(server, secret=""), server).subject == "person-1"


REFUSED = {
    Fault.WRONG_NONCE: "nonce",
    Fault.NO_NONCE: "nonce",
    Fault.WRONG_AUDIENCE: "aud",
    Fault.SEVERAL_AUDIENCES: "azp",
    Fault.WRONG_ISSUER: "iss",
    Fault.EXPIRED: "exp",
    Fault.OLD: "iat",
    Fault.FUTURE: "iat",
    Fault.NO_ALGORITHM: "alg",
    Fault.SHARED_SECRET: "alg",
    Fault.OTHER_KEY: "bad_signature",
    Fault.CHANGED: "bad_signature",
    Fault.NO_TOKEN: "no id_token",
    Fault.OTHER_USER: "userinfo",
    Fault.ANSWERS_AS_OTHER: "iss of the answer",
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_false_answer_is_refused_for_the_right_reason(server: OidcProvider, fault: Fault) -> None:
    server.faults = {fault}
    with pytest.raises(ProviderRefused) as raised:
        ask(client_of(server), server)
    assert REFUSED[fault] in str(raised.value.details["problem"])


@pytest.mark.parametrize("fault", [Fault.OTHER_DESCRIPTION, Fault.SLOW, Fault.TOO_LARGE, Fault.BROKEN])
def test_a_provider_that_does_not_answer_as_it_should_is_unavailable(server: OidcProvider, fault: Fault) -> None:
    server.faults = {fault}
    with pytest.raises(ProviderUnavailable):
        ask(client_of(server, seconds=0.5), server)


def test_a_provider_that_has_gone_is_unavailable() -> None:
    with oidc_provider() as server:
        client = client_of(server)
    with pytest.raises(ProviderUnavailable):
        client.address(REQUEST, state="s", challenge=CHALLENGE)


def test_a_code_is_good_for_once(server: OidcProvider) -> None:
    client = client_of(server)
    back = parse_qs(urlsplit(server.answer_to(client.address(REQUEST, state="s", challenge=CHALLENGE))).query)
    client.claims(REQUEST, code=back["code"][0], issuer=server.issuer)
    with pytest.raises(ProviderRefused) as raised:
        client.claims(REQUEST, code=back["code"][0], issuer=server.issuer)
    assert raised.value.details["problem"] == "invalid_grant"


def test_an_answer_without_its_issuer_is_refused_where_the_provider_says_that_it_names_it(server: OidcProvider) -> None:
    client = client_of(server)
    back = parse_qs(urlsplit(server.answer_to(client.address(REQUEST, state="s", challenge=CHALLENGE))).query)
    with pytest.raises(ProviderRefused):
        client.claims(REQUEST, code=back["code"][0], issuer=None)
    server.says_issuer = False
    assert ask(client_of(server), server).subject == "person-1"


def test_new_keys_are_fetched_when_they_are_used_and_old_ones_believed_no_longer(
    server: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(server)
    ask(client, server)
    fetched = server.asked.count("/keys")
    ask(client, server)
    assert server.asked.count("/keys") == fetched
    old = server.keys[-1]
    server.rotate()
    with pytest.raises(ProviderRefused):  # an unknown key has the set fetched once a minute only
        ask(client, server)
    monkeypatch.setattr("app.provider_keys._AGAIN", 0.0)
    assert ask(client, server).subject == "person-1"
    server.keys = [old]
    server.faults = {Fault.OTHER_KEY}
    with pytest.raises(ProviderRefused):
        ask(client, server)


@pytest.mark.parametrize(
    "issuer", ["http://sso.example.vn", "ftp://sso.example.vn", "sso.example.vn", "http://127.0.0.1.evil.vn"]
)
def test_a_provider_is_reached_by_tls(issuer: str) -> None:
    with pytest.raises(ValidationError):
        ProviderSettings(issuer=issuer, client_id="x")


def test_roles_are_named_as_they_are() -> None:
    mapped = StaffProviderSettings(roles=("cb=mot-cua=clerk", "lanh-dao=official"))
    assert mapped.role_map == {"cb=mot-cua": Role.CLERK, "lanh-dao": Role.OFFICIAL}
    for wrong in ("x=boss", "clerk", "=clerk"):
        with pytest.raises(ValidationError):
            StaffProviderSettings(roles=(wrong,))
