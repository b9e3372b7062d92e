"""What an administrator is told of signers, trust anchors, workers and room."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from app.clock import SystemClock
from app.settings import Settings, load_settings
from app.signers import prepare_trust
from app.system_report import Workforce, anchors_report, rooms, signers_report, workforce
from signing.trust_stores import TrustStoreName
from tests.servers.prefect_server import FlowServer, prefect_server
from tests.servers.process import free_port

SINCE, UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC)


def settings_of(home: Path, **more: str) -> Settings:
    home.mkdir(exist_ok=True)
    return load_settings({"SOHOA_HOME": str(home), **more}).settings


def key_file(folder: Path) -> tuple[Path, str]:
    """A PKCS#12 file of `Nguyễn Văn Ký`, and the fingerprint of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn Văn Ký")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA thử")]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .sign(key, hashes.SHA256())
    )
    file = folder / "ky.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(b"ky", key, certificate, None, BestAvailableEncryption(b"geheim"))
    )
    return file, certificate.fingerprint(hashes.SHA256()).hex()


def test_a_signer_in_a_file_is_shown_with_its_certificate(tmp_path: Path) -> None:
    file, fingerprint = key_file(tmp_path)
    (tmp_path / "right").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("other\n", encoding="utf-8")
    environment: dict[str, str] = {}
    for name, secret in (("A", "right"), ("B", "wrong")):
        at = f"SOHOA_SIGNERS__{name}__"
        environment |= {at + "KIND": "pkcs12", at + "KEY_FILE": str(file), at + "SECRET_FILE": str(tmp_path / secret)}
    environment |= {"SOHOA_SIGNERS__C__KIND": "agent"}
    good, bad, agent = signers_report(settings_of(tmp_path / "home", **environment))
    assert good.certificate is not None
    card = good.certificate
    assert (card.subject, card.issuer, card.until, card.sha256) == ("Nguyễn Văn Ký", "CA thử", UNTIL, fingerprint)
    assert card.runs_out(at=UNTIL - dt.timedelta(30), soon=dt.timedelta(60))
    assert not card.runs_out(at=UNTIL - dt.timedelta(90), soon=dt.timedelta(60))
    assert bad.certificate is None
    assert bad.problem is not None
    assert (agent.certificate, agent.problem) == (None, None)
    assert "geheim" not in repr((good, bad, agent))


def test_the_development_authority_is_among_what_is_believed_outside_production(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    assert anchors_report(settings) == []
    prepare_trust(settings, clock=SystemClock())
    stores = {each.store for each in anchors_report(settings)}
    assert {TrustStoreName.PUBLIC, TrustStoreName.TIMESTAMP, TrustStoreName.INTERMEDIATE, TrustStoreName.CRL} == stores
    assert all(len(each.card.sha256) == 64 and each.card.until is not None for each in anchors_report(settings))
    production = settings_of(tmp_path / "home", SOHOA_SIGNING__PRODUCTION="true")
    assert anchors_report(production) == []


def test_room_is_told_for_each_place_also_before_it_is_made(tmp_path: Path) -> None:
    mirror = {"SOHOA_MIRROR__KIND": "folder", "SOHOA_MIRROR__FOLDER": str(tmp_path / "second" / "store")}
    found = rooms(settings_of(tmp_path / "home", **mirror))
    assert [each.path for each in found] == [
        tmp_path / "home",
        tmp_path / "home" / "archive",
        tmp_path / "home" / "incoming",
        tmp_path / "second" / "store",
    ]
    assert all(0 < each.free <= each.total for each in found)


@pytest.mark.enable_socket
def test_a_prefect_server_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", SOHOA_PREFECT__API_URL=f"http://127.0.0.1:{free_port()}/api")
    assert not workforce(settings).answers


def asked(settings: Settings) -> Workforce:
    """Ask until the server, which may have just been started, has time to answer."""
    until = time.monotonic() + 60
    while not ((found := workforce(settings)).answers or found.refuses) and time.monotonic() < until:
        time.sleep(0.5)
    return found


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_prefect_server_is_asked_who_works(tmp_path: Path, flow_server: FlowServer) -> None:
    settings = settings_of(tmp_path / "home", SOHOA_PREFECT__API_URL=flow_server.api_url)
    found = asked(settings)
    assert found.answers
    assert found.workers == ()


@pytest.mark.services
@pytest.mark.enable_socket
def test_a_prefect_server_with_a_password_is_asked_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/how-to/province.md sets it up: without the password the server says 401 to everything but `/health`."""
    with prefect_server(password="sohoa:a-long-random-word") as server:
        settings = settings_of(tmp_path / "home", SOHOA_PREFECT__API_URL=server.api_url)
        for told, wanted in (
            (None, (False, True)),
            ("sohoa:other", (False, True)),
            ("sohoa:a-long-random-word", (True, False)),
        ):
            if told is not None:
                monkeypatch.setenv("PREFECT_API_AUTH_STRING", told)
            found = asked(settings)
            assert (found.answers, found.refuses) == wanted, told
