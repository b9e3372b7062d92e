"""A citizen's number in a certificate's subject, PINs and tickets appear in no log, message or record, whichever way was signed."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from app.agent_signing import fetch, hand_out, take_back
from app.services import open_services
from app.settings import Settings
from pipeline.domain.errors import SohoaError
from pipeline.domain.signature import SignerRole
from signing.issuing import Identity, Usage, issue, subject
from signing.validate import Validator
from tests.e2e.office import Office
from tests.e2e.papers import home_with_papers
from tests.fakes.author import CLERK
from tests.fakes.workers import InlineWorkers
from tests.servers.prefect_server import FlowServer
from tests.signing import csc_service, softhsm
from tests.signing.desktop_agent import Agent, fingerprint
from tests.signing.pki import LONG, NOW, Pki, usual_key
from tests.signing.signing_office import SetClock

NUMBER = "001085012345"
"""made up"""
PASSPHRASE = "mật-khẩu-gài-8731"
WRONG = "gieo-sai-2277"


@pytest.fixture
def person(pki: Pki) -> Identity:
    """As public authorities issue them: the number of the identity card is part of the subject."""
    usual = subject("Nguyễn Thị Ví Dụ", "Thử nghiệm")
    name = x509.Name([*usual, x509.NameAttribute(NameOID.SERIAL_NUMBER, f"CCCD:{NUMBER}")])
    return issue(name, key=usual_key(), issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)


def kept_as_text(home: Path) -> list[str]:
    """Everything in a home but papers, lists and manifests' signatures (DER): a signature carries its signer's certificate."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [
        data.decode("utf-8", errors="replace")
        for path in files
        if not (data := path.read_bytes()).startswith((b"%PDF", b"0\x82"))
    ]


def believe(pki: Pki, home: Path) -> None:
    """Lay the test authority's certificates and lists into a home's folder of trust."""
    trust = pki.trust()
    for kind, ders in (("roots", trust.roots), ("intermediates", trust.intermediates), ("crls", trust.crls)):
        (home / "trust" / kind).mkdir(parents=True)
        for index, der in enumerate(ders):
            (home / "trust" / kind / f"{index}.{'crl' if kind == 'crls' else 'cer'}").write_bytes(der)


def locked(person: Identity) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        None, person.key, person.certificate, person.above, BestAvailableEncryption(PASSPHRASE.encode())
    )


def test_signed_with_an_agent(
    pki: Pki, person: Identity, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Once honestly, once with another paper, once with a used ticket; at the lowest level of logging."""
    home, told = tmp_path / "home", list[str]()
    first, second = home_with_papers(home, 2)
    agent = Agent(identity=person, at=NOW + dt.timedelta(minutes=1))
    with caplog.at_level(logging.DEBUG), open_services(Settings(home=home), author=CLERK) as opened:
        services = replace(opened, clock=SetClock())  # type: ignore[arg-type] # a clock that tests set
        for document, honest in ((first, True), (second, False)):
            shown = services.versions.versions(document)[-1].sha256
            tickets = hand_out(
                document, SignerRole.OFFICIAL, frozenset({fingerprint(person)}), shown=shown, services=services
            )
            with fetch(tickets.download, services=services) as file:
                signed = agent.sign(file.read_bytes())
            (returned := tmp_path / "back.pdf").write_bytes(signed if honest else signed + b"\nmore")
            for _ in range(2):
                try:
                    take_back(
                        tickets.upload,
                        returned,
                        validator=Validator(trust=pki.trust()),
                        workers=InlineWorkers(),
                        services=services,
                    )
                except SohoaError as error:
                    told += [str(error), repr(error), repr(error.__cause__)]
            told += [] if honest else [repr(tickets)]
            assert not [text for text in kept_as_text(home) if tickets.upload in text or tickets.download in text]
    told += [caplog.text, *capfd.readouterr(), *kept_as_text(home)]
    assert len(told) > 9
    assert [text for text in told if NUMBER in text] == []


@pytest.mark.slow
@pytest.mark.enable_socket
def test_signed_from_the_command_line(pki: Pki, person: Identity, tmp_path: Path) -> None:
    """With a good and with a wrong passphrase, listed and shown."""
    home = tmp_path / "home"
    documents = home_with_papers(home, 2)
    believe(pki, home)
    (tmp_path / "key.p12").write_bytes(locked(person))
    told: list[str] = []
    ended: list[int] = []
    for secret in (PASSPHRASE, f"{PASSPHRASE}-sai"):
        (tmp_path / "secret").write_text(secret, encoding="utf-8")
        office = Office(
            home=home,
            settings={
                "SOHOA_SIGNING__KEY_FILE": str(tmp_path / "key.p12"),
                "SOHOA_SIGNING__PASSPHRASE_FILE": str(tmp_path / "secret"),
            },
        )
        role = "official" if secret == PASSPHRASE else "copy"
        for words in (
            ("sign", *documents, "--role", role, "--level", "B-B"),
            ("sign", "--resume"),
            ("orders",),
            ("show", documents[0]),
            ("settings",),
            ("doctor",),
        ):
            done = office.run(*words)
            told += [done.stdout, done.stderr]
            ended.append(done.returncode)
            assert "Traceback" not in done.stderr
    told += kept_as_text(home)
    assert (ended[0], ended[6]) == (0, 3), "the first time it was signed, the second time not"
    assert any("Nguyễn Thị Ví Dụ" in text for text in told)
    assert [text for text in told if NUMBER in text or PASSPHRASE in text] == []


SIGNERS = """
[signing]
production = true
[signers.an]
kind = "pkcs12"
key_file = "FOLDER/key.p12"
secret_file = "FOLDER/good"
[signers.an-sai]
kind = "pkcs12"
key_file = "FOLDER/key.p12"
secret_file = "FOLDER/wrong"
[signers.but]
kind = "pkcs11"
module = "LIBRARY"
token = "Bút"
secret_file = "FOLDER/pin"
[signers.but-sai]
kind = "pkcs11"
module = "LIBRARY"
token = "Bút"
secret_file = "FOLDER/wrong"
[signers.xa]
kind = "csc"
url = "URL/v2"
credential = "KEY-1"
token_file = "FOLDER/bearer"
secret_file = "FOLDER/csc"
[signers.xa-sai]
kind = "csc"
url = "URL/v2"
credential = "KEY-1"
token_file = "FOLDER/bearer"
secret_file = "FOLDER/wrong"
"""
"""every kind of signer that needs a secret, each with the right and with a wrong one"""


@pytest.fixture
def papers(tmp_path: Path) -> Sequence[str]:
    return home_with_papers(tmp_path / "home", 12)


@pytest.fixture
def signers(
    papers: Sequence[str], pki: Pki, person: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """An office whose people sign from a file, with a token and with a remote service; at the lowest level of logging."""
    del papers  # they make the home
    home = tmp_path / "home"
    believe(pki, home)
    (tmp_path / "key.p12").write_bytes(locked(person))
    secrets = {
        "good": PASSPHRASE, "wrong": WRONG, "pin": softhsm.PIN, "csc": csc_service.PIN, "bearer": csc_service.TOKEN,
    }  # fmt: skip
    for name, secret in secrets.items():
        (tmp_path / name).write_text(f"{secret}\n", encoding="utf-8")
    configuration = str(softhsm.configure(tmp_path / "hsm"))
    monkeypatch.setenv("SOFTHSM2_CONF", configuration)
    softhsm.make_token("Bút").put(person)
    with csc_service.serve(csc_service.Service(person)) as url:
        places = {"FOLDER": str(tmp_path), "LIBRARY": str(softhsm.LIBRARY), "URL": url}
        text = SIGNERS
        for name, place in places.items():
            text = text.replace(name, place)
        (home / "sohoa.toml").write_text(text, encoding="utf-8")
        yield Office(home=home, settings={"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG"})


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.tools
@pytest.mark.enable_socket
@pytest.mark.long
def test_signed_as_a_flow(papers: Sequence[str], signers: Office, flow_server: FlowServer) -> None:
    """By runs of the deployed flow and of the command line's, well and badly ended: nothing in logs, states or artifacts."""
    names = ("an", "but", "xa", "an-sai", "but-sai", "xa-sai")
    seen = replace(signers, settings={**signers.settings, "SOHOA_PREFECT__API_URL": flow_server.api_url})
    told, ended = list[str](), list[tuple[str, bool, bool]]()
    for name, first, second in zip(names, papers[::2], papers[1::2], strict=True):
        with flow_server.start(
            "flows.sign:sign_batch", signers, document_ids=[first], role="official", level="B-B", signer=name
        ) as process:
            told += process.communicate(timeout=120)
        done = seen.run("sign", second, "--role", "official", "--level", "B-B", "--signer", name)
        told += [done.stdout, done.stderr]
        ended.append((name, process.returncode == 0, done.returncode == 0))
    kept = flow_server.kept()
    told += [kept, *kept_as_text(signers.home)]
    assert ended == [(name, *[not name.endswith("-sai")] * 2) for name in names], told
    assert {run["state_type"] for run in flow_server.told("flow_runs") if run["parameters"].get("signer") in names} == {
        "COMPLETED",
        "FAILED",
    }
    assert all(paper in kept for paper in papers)
    assert "signing.key_unusable" in kept
    # six digits also stand in moments and digests, with other digits or letters around them
    planted = (NUMBER, PASSPHRASE, WRONG, softhsm.PIN, csc_service.PIN, csc_service.TOKEN)
    found = [(secret, text) for secret in planted for text in told if re.search(rf"(?<![\w.]){secret}(?!\w)", text)]
    assert found == []
