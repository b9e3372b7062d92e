"""Clients of an office's interface."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.ids import new_id, new_secret
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientId
from web.application import create_app
from web.office import Office

PURPOSE = {
    "Sohoa-Purpose": "%C4%90%C4%83ng%20k%C3%BD%20khai%20sinh",
    "Sohoa-Legal-Basis": "dossier",
    "Sohoa-Requester": "nguyen.van.thu",
    "Sohoa-Dossier": "H42.12-260131-0001",
}
"""why people's papers are looked at, as a one-stop system would say it"""


@dataclass(frozen=True)
class Asking:
    """A client with a token."""

    client: ApiClient
    token: str
    browser: TestClient
    purpose: Mapping[str, str] = field(default_factory=lambda: PURPOSE)

    def request(self, method: str, path: str, **given: object) -> Response:
        """Ask for a path behind `/api/v1`; `headers` come beside token and purpose, and in their place where they are named."""
        headers = {"Authorization": f"Bearer {self.token}", **self.purpose}
        if method == "POST":
            headers["Idempotency-Key"] = new_id(self._clock)
        own = given.pop("headers", {})
        headers |= own if isinstance(own, dict) else {}
        shown = {name: value for name, value in headers.items() if value is not None}
        return self.browser.request(method, f"/api/v1{path}", headers=shown, **given)  # type: ignore[arg-type] # as httpx takes them

    def get(self, path: str, **given: object) -> Response:
        """Ask by GET."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: object) -> Response:
        """Make something; each call has an Idempotency-Key of its own."""
        return self.request("POST", path, **given)

    def put(self, path: str, **given: object) -> Response:
        """Set something."""
        return self.request("PUT", path, **given)

    def delete(self, path: str, **given: object) -> Response:
        """Remove something."""
        return self.request("DELETE", path, **given)

    @property
    def _clock(self) -> _Now:
        return _Now()


class _Now:
    def now(self) -> dt.datetime:
        """Return the present moment."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Api:
    """The interface of an office."""

    office: Office
    browser: TestClient

    def client(self, *scopes: ApiScope, agencies: frozenset[str] = frozenset({"H42.12", ""}), id_: str = "") -> Asking:
        """Return a new client with a token that reaches all that the client may do; without scopes named: everything."""
        services, granted = self.office.services, frozenset(scopes or ApiScope)
        made = ApiClient(
            id=ClientId(id_ or f"he-thong-{new_secret()[:12].lower().replace('_', '-').strip('-')}x"),
            name="Hệ thống một cửa để thử",
            agencies=agencies,
            scopes=granted,
            created_at=services.clock.now(),
        )
        services.clients.add(made)
        return Asking(made, self.token(made), self.browser)

    def token(self, client: ApiClient, *, seconds: int = 600) -> str:
        """Return a token of a client that is good for some seconds."""
        token, now = new_secret(), self.office.services.clock.now()
        kept = AccessToken(
            digest=hashlib.sha256(token.encode()).hexdigest(),
            client=client.id,
            scopes=client.scopes,
            issued_at=now,
            expires_at=now + dt.timedelta(seconds=seconds),
        )
        self.office.services.access_tokens.keep(kept)
        return token


OpenApi = Callable[[Office], Api]


@pytest.fixture
def api(office: Office) -> Iterator[Api]:
    """Open the interface of an office in which nothing was kept yet."""
    with TestClient(create_app(office), base_url="http://testserver", follow_redirects=False) as browser:
        yield Api(office, browser)
