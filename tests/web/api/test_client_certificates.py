"""Programs that show who they are by their TLS certificate, over real connections: to this process, and through a proxy."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import Request
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.settings import Provenance, load_settings
from pipeline.domain.audit import AuditEntry
from pipeline.domain.client import ApiClient, ApiScope, client_id
from pipeline.domain.errors import BadSettings
from pipeline.usecases.keep_clients import add_client
from tests.servers.certificates import Authority, IssuedCertificate
from tests.servers.process import free_port
from tests.servers.tls_proxy import tls_proxy
from web.certificates import ClientCertificates, presented_certificate
from web.main import open_office
from web.office import Office
from web.serving import server_options

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
GRANT = {"grant_type": "client_credentials", "client_id": "mot-cua"}


@dataclass(frozen=True)
class Wire:
    """An office that is served over TLS, and certificates of its authority."""

    office: Office
    address: str
    authority: Authority
    folder: Path

    def client(self, certificate: IssuedCertificate | None) -> httpx.Client:
        """Return a program that connects with a certificate, or without one."""
        context = ssl.create_default_context(cafile=str(self.folder / "authority.pem"))
        if certificate is not None:
            pem, key = certificate.write(self.folder, "client")
            context.load_cert_chain(pem, key)
        return httpx.Client(base_url=self.address, verify=context, trust_env=False)

    def keep(self, certificate: IssuedCertificate) -> None:
        """Keep a client that is known by a certificate alone."""
        client = ApiClient(
            id=client_id("mot-cua"),
            name="Một cửa",
            agencies=frozenset({""}),
            scopes=frozenset({ApiScope.DOCUMENTS_READ}),
            certificate=certificate.sha256,
            created_at=self.office.services.clock.now(),
        )
        add_client(client, with_secret=False, clients=self.office.services.clients, secret=str)


@pytest.fixture
def wire(tmp_path: Path, empty_home: Path) -> Iterator[Wire]:
    """Serve an office with a certificate of its own, as `python -m web.main` does."""
    authority = Authority("Cơ quan cấp chứng thư để thử")
    (tmp_path / "authority.pem").write_bytes(authority.own.pem)
    pem, key = authority.issue("sohoa.example.vn").write(tmp_path, "server")
    port = free_port()
    settings = {
        "SOHOA_WEB__PORT": str(port),
        "SOHOA_WEB__TLS_CERTIFICATE": str(pem),
        "SOHOA_WEB__TLS_KEY": str(key),
        "SOHOA_WEB__CLIENT_CA": str(tmp_path / "authority.pem"),
    }
    with served(tmp_path, empty_home, settings) as office:
        yield Wire(office, f"https://127.0.0.1:{port}", authority, tmp_path)


@pytest.fixture
def proxied(tmp_path: Path, empty_home: Path) -> Iterator[Wire]:
    """Serve an office behind a proxy that ends TLS."""
    authority = Authority("Cơ quan cấp chứng thư để thử")
    (tmp_path / "authority.pem").write_bytes(authority.own.pem)
    port = free_port()
    settings = {"SOHOA_WEB__PORT": str(port), "SOHOA_WEB__PROXIES": "127.0.0.1"}
    with (
        served(tmp_path, empty_home, settings) as office,
        tls_proxy(f"http://127.0.0.1:{port}", authority=authority, folder=tmp_path) as address,
    ):
        yield Wire(office, address, authority, tmp_path)


@contextlib.contextmanager
def served(folder: Path, empty_home: Path, settings: dict[str, str]) -> Iterator[Office]:
    home = shutil.copytree(empty_home, folder / "home")
    environment = {"SOHOA_HOME": str(home), "SOHOA_READING__WORKERS": "1", **settings}
    with open_office(load_settings(environment), with_prefect=False) as office, running(office):
        yield office


@contextlib.contextmanager
def running(office: Office) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(**server_options(office)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < ends
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def token_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_certificate_opens_and_its_token_is_good_with_it_alone(wire: Wire) -> None:
    mine, other = wire.authority.issue("mot-cua"), wire.authority.issue("mot-cua")
    wire.keep(mine)
    with wire.client(mine) as program:
        token = token_of(program.post("/api/v1/oauth/token", data=GRANT))
        assert program.get("/api/v1/client", headers=token).json()["id"] == "mot-cua"
        # what the caller says of itself in a header is not heard
        told = {"Client-Cert": f":{base64.b64encode(other.der).decode()}:"}
        assert program.get("/api/v1/client", headers={**token, **told}).status_code == 200
    for certificate in (other, None):
        with wire.client(certificate) as thief:
            told = {"Client-Cert": f":{base64.b64encode(mine.der).decode()}:"}
            stolen = thief.get("/api/v1/client", headers={**token, **told})
            assert (stolen.status_code, stolen.json()["code"]) == (401, "api.token_needed")
            refused = thief.post("/api/v1/oauth/token", data=GRANT, headers=told)
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_a_certificate_of_another_authority_does_not_get_as_far(wire: Wire) -> None:
    stranger = Authority("Ai đó").issue("mot-cua")
    wire.keep(stranger)
    with (
        wire.client(stranger) as program,
        pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)),
    ):
        program.post("/api/v1/oauth/token", data=GRANT)


def test_people_come_without_a_certificate_and_cookies_are_kept_to_tls(wire: Wire) -> None:
    with wire.client(None) as browser:
        page = browser.get("/sign-in")
        assert page.status_code == 200
        assert "strict-transport-security" in page.headers
        metadata = browser.get("/.well-known/oauth-authorization-server").json()
        assert metadata["issuer"] == wire.address


def test_files_that_cannot_be_used_are_named_before_anything_listens(wire: Wire) -> None:
    office, folder = wire.office, wire.folder
    wrong = folder / "wrong.pem"
    wrong.write_text("no certificate", encoding="ascii")
    for name in ("tls_certificate", "client_ca"):
        web = office.settings.web.model_copy(update={name: wrong})
        provenance = Provenance(
            origins=office.provenance.origins, settings=office.settings.model_copy(update={"web": web})
        )
        with pytest.raises(BadSettings) as raised:
            server_options(replace(office, provenance=provenance))
        assert raised.value.details["name"] == f"web.{name}"


@pytest.mark.parametrize("named", [("TLS_CERTIFICATE",), ("TLS_KEY",), ("CLIENT_CA",), ("TLS_KEY", "CLIENT_CA")])
def test_half_of_what_tls_takes_is_refused(tmp_path: Path, named: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings):
        load_settings({"SOHOA_HOME": str(tmp_path), **{f"SOHOA_WEB__{each}": "/etc/x.pem" for each in named}})


# --- behind a proxy --------------------------------------------------------------------------------------------------------


def test_a_proxy_tells_of_the_certificate_and_nobody_else_can(proxied: Wire) -> None:
    mine, other = proxied.authority.issue("mot-cua"), proxied.authority.issue("mot-cua")
    proxied.keep(mine)
    told = {"Client-Cert": f":{base64.b64encode(mine.der).decode()}:"}
    with proxied.client(mine) as program:
        token = token_of(program.post("/api/v1/oauth/token", data=GRANT))
        assert program.get("/api/v1/client", headers=token).json()["id"] == "mot-cua"
    for certificate in (other, None):
        with proxied.client(certificate) as thief:
            assert thief.get("/api/v1/client", headers={**token, **told}).status_code == 401
            assert thief.post("/api/v1/oauth/token", data=GRANT, headers=told).status_code == 401
    # past the proxy, from another address of this machine
    web = proxied.office.settings.web
    past = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=f"http://127.0.0.1:{web.port}", transport=past) as thief:
        assert thief.get("/api/v1/client", headers={**token, **told}).status_code == 401
        assert thief.post("/api/v1/oauth/token", data=GRANT, headers=told).status_code == 401
    entries = proxied.office.services.trail.entries(limit=100)
    origins = [each.author.origin for each in entries if isinstance(each, AuditEntry) and "token" in each.deed.action]
    assert origins == ["api 203.0.113.7"] * 3 + ["api 127.0.0.2"]


PROXY = "10.1.2.3"
DER = b"\x30\x82 some certificate"
TOLD = f":{base64.b64encode(DER).decode()}:"


def seen(client: str, headers: list[tuple[str, str]], *, proxies: tuple[str, ...] = (PROXY,)) -> str:
    """Return the certificate, and the headers of that name that are left."""

    async def show(request: Request) -> PlainTextResponse:
        left = [name for name in request.headers if name.startswith("client-cert")]
        return PlainTextResponse(" ".join([presented_certificate(request), *left]))

    app = ClientCertificates(Starlette(routes=[Route("/", show)]), proxies=proxies)
    with TestClient(app, client=(client, 50000)) as browser:
        return browser.get("/", headers=headers).text


@pytest.mark.parametrize(
    ("client", "proxies", "is_heard"),
    [
        (PROXY, (PROXY,), True),
        ("10.1.2.9", ("10.1.2.0/24",), True),
        ("10.1.3.9", ("10.1.2.0/24",), False),
        ("2001:db8::1", ("2001:db8:0::1",), True),
        ("192.0.2.1", (PROXY,), False),
        (PROXY, (), False),
        ("unix", (PROXY,), False),
    ],
)
def test_only_a_proxy_of_ours_tells_of_certificates(client: str, proxies: tuple[str, ...], *, is_heard: bool) -> None:
    expected = hashlib.sha256(DER).hexdigest() if is_heard else ""
    chain = ("Client-Cert-Chain", TOLD)
    assert seen(client, [("Client-Cert", TOLD), chain], proxies=proxies) == expected


@pytest.mark.parametrize("value", ["", "::", ":", ":!!!:", ":QUI:", base64.b64encode(DER).decode(), TOLD + ";x", '"x"'])
def test_what_is_no_certificate_is_none(value: str) -> None:
    assert seen(PROXY, [("Client-Cert", value)]) == ""


def test_two_certificates_are_none() -> None:
    assert seen(PROXY, [("Client-Cert", TOLD), ("Client-Cert", TOLD)]) == ""
    assert seen(PROXY, []) == ""
