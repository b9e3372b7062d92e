"""Programs' tokens of an OpenID provider are believed only as far as they are proven, against a provider over real HTTP."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator

import pytest

from app.clock import SystemClock
from app.provider_settings import ClientProviderSettings
from app.provider_tokens import ProviderTokens
from pipeline.domain.client import ApiScope
from pipeline.domain.sign_in_errors import ProviderUnavailable
from tests.servers.oidc_provider import Fault, OidcProvider, oidc_provider

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
HERE = "https://sohoa.example.vn/api/v1"
SCOPE = "openid documents:read files:read everything"


@pytest.fixture
def server() -> Iterator[OidcProvider]:
    with oidc_provider() as running:
        yield running


def tokens_of(server: OidcProvider, **settings: object) -> ProviderTokens:
    given = ClientProviderSettings.model_validate({"issuer": server.issuer, "seconds": 5.0, **settings})
    return ProviderTokens(given, audience=HERE, clock=SystemClock())


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_true_token_is_believed(server: OidcProvider, algorithm: str) -> None:
    server.algorithm = algorithm
    server.rotate()
    found = tokens_of(server).vouched(server.access_token(HERE, scope=SCOPE))
    assert found is not None
    assert found.subject == f"{server.issuer} mot-cua"
    assert found.scopes == {ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ}
    assert found.certificate == ""
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=300)
    assert abs(found.expires_at - until) < dt.timedelta(seconds=70)  # and what clocks may differ by


@pytest.mark.parametrize(
    "fault",
    [
        Fault.WRONG_AUDIENCE,
        Fault.WRONG_ISSUER,
        Fault.EXPIRED,
        Fault.FUTURE,
        Fault.NO_ALGORITHM,
        Fault.SHARED_SECRET,
        Fault.OTHER_KEY,
        Fault.CHANGED,
    ],
)
def test_a_token_that_is_not_true_is_nobodys(server: OidcProvider, fault: Fault) -> None:
    tokens = tokens_of(server)
    assert tokens.vouched(server.access_token(HERE, scope=SCOPE)) is not None
    server.faults = {fault}
    assert tokens.vouched(server.access_token(HERE, scope=SCOPE)) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "logout+jwt"},
        {"client_id": None},
        {"client_id": ["mot-cua"]},
        {"scope": ["documents:read"]},
        {"exp": None},
        {"iat": None},
        {"aud": None},
        {"exp": 1e30},
        {"exp": "soon"},
        {"cnf": {"jkt": "x"}},
        {"cnf": {"x5t#S256": "AAAA"}},
        {"cnf": "x"},
    ],
    ids=str,
)
def test_a_token_of_another_form_is_nobodys(server: OidcProvider, claims: dict[str, object]) -> None:
    assert tokens_of(server).vouched(server.access_token(HERE, **{"scope": SCOPE, **claims})) is None


@pytest.mark.parametrize("text", ["a.b.c", "..", "\xff.\xff.\xff", "e30.e30.e30", "x" * 100_000])
def test_what_is_no_token_is_nobodys(server: OidcProvider, text: str) -> None:
    assert tokens_of(server).vouched(text) is None


def test_a_token_without_a_type_is_taken_where_the_settings_say_so(server: OidcProvider) -> None:
    tokens = tokens_of(server, plain_type=True, client_claim="azp")
    for kind in ("JWT", None, "at+jwt", "application/at+jwt"):
        found = tokens.vouched(server.access_token(HERE, scope=SCOPE, typ=kind, azp="cong-tinh"))
        assert found is not None
        assert found.client == "cong-tinh"
    assert tokens.vouched(server.access_token(HERE, scope=SCOPE, typ="dpop+jwt", azp="cong-tinh")) is None


def test_a_token_says_which_certificate_it_is_bound_to(server: OidcProvider) -> None:
    digest = bytes(range(32))
    bound = {"x5t#S256": base64.urlsafe_b64encode(digest).decode().rstrip("=")}
    found = tokens_of(server).vouched(server.access_token(HERE, scope=SCOPE, cnf=bound))
    assert found is not None
    assert found.certificate == digest.hex()


def test_new_keys_are_fetched_and_a_known_one_is_not_asked_for_again(server: OidcProvider) -> None:
    tokens = tokens_of(server)
    for _ in range(3):
        assert tokens.vouched(server.access_token(HERE, scope=SCOPE)) is not None
    assert server.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_provider_that_does_not_answer_is_not_waited_for_by_everybody(server: OidcProvider) -> None:
    tokens = tokens_of(server, seconds=0.5)
    token = server.access_token(HERE, scope=SCOPE)
    server.faults = {Fault.SLOW}
    with pytest.raises(ProviderUnavailable):
        tokens.vouched(token)
    before = len(server.asked)
    with pytest.raises(ProviderUnavailable):
        tokens.vouched(token)
    assert len(server.asked) == before
