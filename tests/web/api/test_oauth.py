"""Tokens over HTTP: how a program asks for one, proves who it is, and gives it back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from httpx2 import Response

from pipeline.domain.api_errors import TokenNeeded
from pipeline.domain.client import ApiClient, ApiScope, client_id
from pipeline.usecases.keep_clients import add_client
from tests.web.api.conftest import Api
from web.api.gate import ClientGate

TOKEN, REVOKE = "/api/v1/oauth/token", "/api/v1/oauth/revoke"
ASKED = {"grant_type": "client_credentials"}
FORM = "application/x-www-form-urlencoded"
ODD = "a+b c:%/đ"
"""a secret with every letter that is lost where an encoding is left out (RFC 6749 section 2.3.1 and appendix B)"""


@pytest.fixture
def secret(api: Api) -> str:
    """Keep a client `mot-cua` and return its secret."""
    client = ApiClient(
        id=client_id("mot-cua"),
        name="Một cửa",
        agencies=frozenset({""}),
        scopes=frozenset({ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ}),
        created_at=api.office.services.clock.now(),
    )
    add_client(client, with_secret=True, clients=api.office.services.clients, secret=lambda: ODD)
    return ODD


def basic(name: str, secret: str) -> dict[str, str]:
    both = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(both).decode()}"}


def ask(api: Api, form: Mapping[str, str], *, path: str = TOKEN, headers: Mapping[str, str] | None = None) -> Response:
    return api.browser.post(path, data=dict(form), headers=dict(headers or {}))


def grant(api: Api, secret: str, **more: str) -> Response:
    return ask(api, {**ASKED, "client_id": "mot-cua", "client_secret": secret, **more})


def test_a_client_gets_a_token_by_form_or_by_header_and_asks_with_it(api: Api, secret: str) -> None:
    by_form = grant(api, secret)
    by_header = ask(api, {**ASKED, "scope": "files:read"}, headers=basic("mot-cua", secret))
    assert (by_form.status_code, by_header.status_code) == (200, 200)
    assert by_form.headers["cache-control"] == "no-store"
    assert by_form.headers["content-type"] == "application/json"
    given = by_form.json()
    assert {name: given[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "documents:read files:read",
    }
    assert by_header.json()["scope"] == "files:read"
    shown = api.browser.get("/api/v1/client", headers={"Authorization": f"bearer {given['access_token']}"})
    assert (shown.status_code, shown.json()["id"], shown.json()["scopes"]) == (
        200,
        "mot-cua",
        ["documents:read", "files:read"],
    )


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_id": "\0\ufffe"}, 401, "invalid_client"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"scope": "reports:read"}, 400, "invalid_scope"),
        ({"scope": "documents:read everything"}, 400, "invalid_scope"),
    ],
)
def test_what_is_refused_is_said_in_the_words_of_oauth(
    api: Api, secret: str, change: dict[str, str], status: int, error: str
) -> None:
    answer = grant(api, secret, **change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error_description"].isascii()
    assert answer.json()["code"].startswith("api.")
    assert ("www-authenticate" in answer.headers) is (status == 401)


def raw(body: bytes, kind: str = FORM, **headers: str) -> dict[str, object]:
    return {"content": body, "headers": {"Content-Type": kind, **headers}}


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        (raw(b"grant_type=client_credentials&grant_type=client_credentials"), 400, "invalid_request"),
        (raw(b'{"grant_type": "client_credentials"}', "application/json"), 400, "invalid_request"),
        (raw(b"grant_type=client_credentials", "text/plain"), 400, "invalid_request"),
        (raw(b""), 400, "invalid_request"),
        (raw(b"grant_type=%FF%FE"), 400, "invalid_request"),
        (raw(b"\xff\xfe"), 400, "invalid_request"),
        (raw(b"&".join(b"a%d=1" % number for number in range(100))), 400, "invalid_request"),
        (raw(b"grant_type=client_credentials", Authorization="Bearer x"), 401, "invalid_client"),
        (raw(b"grant_type=client_credentials", Authorization="Basic"), 401, "invalid_client"),
        (raw(b"grant_type=client_credentials", Authorization="Basic !!!"), 401, "invalid_client"),
        (raw(b"grant_type=client_credentials", Authorization="Basic //8="), 401, "invalid_client"),
        (raw(b"grant_type=client_credentials", Authorization="Basic eA=="), 401, "invalid_client"),
    ],
)
def test_what_is_no_request_for_a_token_is_refused(
    api: Api, request_: dict[str, object], status: int, error: str
) -> None:
    answer = api.browser.post(TOKEN, **request_)  # type: ignore[arg-type] # as httpx takes them
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_client_says_who_it_is_in_one_way(api: Api, secret: str) -> None:
    header = basic("mot-cua", secret)
    both = ask(api, {**ASKED, "client_id": "mot-cua", "client_secret": secret}, headers=header)
    other = ask(api, {**ASKED, "client_id": "another"}, headers=header)
    same = ask(api, {**ASKED, "client_id": "mot-cua"}, headers=header)
    assert [each.status_code for each in (both, other, same)] == [400, 400, 200]


def test_guessing_has_to_wait_and_who_knows_the_secret_has_not(api: Api, secret: str) -> None:
    answers = [grant(api, "wrong") for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert answers[-1].json()["error"] == "slow_down"
    assert int(answers[-1].headers["retry-after"]) == 30
    assert grant(api, secret).status_code == 200


def test_a_token_is_ended_by_its_client_at_once_and_by_nobody_else(api: Api, secret: str) -> None:
    token = grant(api, secret).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert api.browser.get("/api/v1/client", headers=headers).status_code == 200
    assert ask(api, {"token": token}, path=REVOKE).status_code == 401
    assert ask(api, {"token": token}, path=REVOKE, headers=basic("mot-cua", "wrong")).status_code == 401
    assert api.browser.get("/api/v1/client", headers=headers).status_code == 200
    for _ in ("ended", "again"):
        form = {"token": token, "token_type_hint": "access_token"}
        ended = ask(api, form, path=REVOKE, headers=basic("mot-cua", secret))
        assert (ended.status_code, ended.content, ended.headers["cache-control"]) == (200, b"", "no-store")
    assert api.browser.get("/api/v1/client", headers=headers).status_code == 401
    assert ask(api, {}, path=REVOKE, headers=basic("mot-cua", secret)).json()["error"] == "invalid_request"


def test_a_client_that_is_shut_elsewhere_is_shut_here_within_seconds(api: Api, secret: str) -> None:
    services = api.office.services
    now = [0.0]
    gate = ClientGate(api.office, prefix="/api/v1", seconds=lambda: now[0])
    known, unseen = (grant(api, secret).json()["access_token"] for _ in range(2))
    assert gate.known(known, certificate="")[1].id == "mot-cua"
    client = services.clients.find(client_id("mot-cua"))
    assert client is not None
    services.clients.change(replace(client, disabled=True))
    with pytest.raises(TokenNeeded):
        gate.known(unseen, certificate="")
    now[0] = api.office.settings.api.token_cache_seconds - 0.1
    assert gate.known(known, certificate="")[1].id == "mot-cua"
    now[0] += 0.2
    with pytest.raises(TokenNeeded):
        gate.known(known, certificate="")


def test_neither_secret_nor_token_is_kept_anywhere(api: Api, secret: str) -> None:
    token = grant(api, secret).json()["access_token"]
    kept = b"".join(each.read_bytes() for each in api.office.settings.home.rglob("*") if each.is_file())
    assert secret.encode() not in kept
    assert token.encode() not in kept
    assert hashlib.sha256(token.encode()).hexdigest().encode() in kept


def test_where_tokens_are_had_is_said_at_the_well_known_places(api: Api) -> None:
    told = api.browser.get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == "http://127.0.0.1:8000"
    assert told["token_endpoint"] == told["issuer"] + TOKEN
    assert told["revocation_endpoint"] == told["issuer"] + REVOKE
    assert set(told["scopes_supported"]) == set(ApiScope)
    resource = api.browser.get("/.well-known/oauth-protected-resource/api/v1").json()
    assert resource["resource"] == "http://127.0.0.1:8000/api/v1"
    assert resource["authorization_servers"] == [told["issuer"]]


def test_the_schema_says_how_tokens_are_had(api: Api) -> None:
    schema = api.browser.get("/api/v1/openapi.json").json()
    asked = schema["paths"]["/oauth/token"]["post"]
    assert set(asked["requestBody"]["content"]) == {FORM}
    assert {"200", "400", "401", "429", "503"} <= set(asked["responses"])
    assert set(asked["responses"]["401"]["content"]) >= {"application/json"}
    assert "security" not in asked
    flow = schema["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == TOKEN
