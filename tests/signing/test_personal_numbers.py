"""A citizen's number in a certificate's subject, PINs and tickets appear in no log, message or record, whichever way was signed."""

from __future__ import annotations

import datetime as dt
import logging
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
from tests.signing.desktop_agent import Agent, fingerprint
from tests.signing.pki import LONG, NOW, Pki, usual_key
from tests.signing.signing_office import SetClock

NUMBER = "001085012345"
"""made up"""
PASSPHRASE = "mật-khẩu-gài-8731"


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
                    take_back(tickets.upload, returned, validator=Validator(trust=pki.trust()), services=services)
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
    trust = pki.trust()
    for kind, ders in (("roots", trust.roots), ("intermediates", trust.intermediates), ("crls", trust.crls)):
        (home / "trust" / kind).mkdir(parents=True)
        for index, der in enumerate(ders):
            (home / "trust" / kind / f"{index}.{'crl' if kind == 'crls' else 'cer'}").write_bytes(der)
    data = pkcs12.serialize_key_and_certificates(
        None, person.key, person.certificate, person.above, BestAvailableEncryption(PASSPHRASE.encode())
    )
    (tmp_path / "key.p12").write_bytes(data)
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
