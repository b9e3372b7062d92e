"""Programs that come with a token of the province's identity provider, over HTTP to both."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.settings import load_settings
from pipeline.domain.client import ApiClient, ApiScope, client_id
from pipeline.usecases.keep_clients import add_client
from tests.servers.oidc_provider import Fault, OidcProvider, oidc_provider
from web.application import create_app
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
HERE = "https://sohoa.example.vn/api/v1"
BOTH = "documents:read reports:read"


@dataclass(frozen=True)
class Province:
    """An office that believes a provider, and a client that the provider knows."""

    office: Office
    provider: OidcProvider
    browser: TestClient
    client: ApiClient

    def ask(self, token: str) -> Response:
        return self.browser.get("/api/v1/client", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def province(tmp_path: Path, empty_home: Path) -> Iterator[Province]:
    with oidc_provider() as provider:
        environment = {
            "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
            "SOHOA_READING__WORKERS": "1",
            "SOHOA_WEB__ADDRESS": "https://sohoa.example.vn",
            "SOHOA_API__OIDC__ISSUER": provider.issuer,
            "SOHOA_API__TOKEN_CACHE_SECONDS": "0",
        }
        with (
            open_office(load_settings(environment), with_prefect=False) as office,
            TestClient(create_app(office), follow_redirects=False) as browser,
        ):
            client = ApiClient(
                id=client_id("mot-cua-tinh"),
                name="Một cửa tỉnh",
                agencies=frozenset({"H42.12"}),
                scopes=frozenset({ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ}),
                subject=f"{provider.issuer} mot-cua",
                created_at=office.services.clock.now(),
            )
            kept, _ = add_client(client, with_secret=False, clients=office.services.clients, secret=str)
            yield Province(office, provider, browser, kept)


def test_a_providers_token_reaches_what_provider_and_administrator_allow(province: Province) -> None:
    answer = province.ask(province.provider.access_token(HERE, scope=BOTH))
    assert (answer.status_code, answer.json()["id"]) == (200, "mot-cua-tinh")
    assert answer.json()["scopes"] == ["documents:read"]
    metadata = province.browser.get("/.well-known/oauth-protected-resource/api/v1").json()
    assert metadata["authorization_servers"] == ["https://sohoa.example.vn", province.provider.issuer]


def test_a_token_that_is_not_for_this_client_or_this_place_opens_nothing(province: Province) -> None:
    token = province.provider.access_token
    digest = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    for wrong in (
        token(HERE, scope=BOTH, client_id="another"),
        token("https://other.example.vn/api/v1", scope=BOTH),
        token(HERE, scope=BOTH, typ="JWT"),
        token(HERE, scope=BOTH, cnf={"x5t#S256": digest}),  # bound to a certificate that nobody presents here
    ):
        answer = province.ask(wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "api.token_needed")
    good = token(HERE, scope=BOTH)
    assert province.ask(good).status_code == 200
    province.office.services.clients.change(replace(province.client, disabled=True))
    assert province.ask(good).status_code == 401


def test_while_the_provider_is_away_its_clients_are_told_to_come_again(province: Province) -> None:
    token = province.provider.access_token(HERE, scope=BOTH)
    province.provider.faults = {Fault.BROKEN}
    answer = province.ask(token)
    assert (answer.status_code, answer.json()["code"]) == (503, "sign_in.provider_unavailable")
    assert "retry-after" in answer.headers
