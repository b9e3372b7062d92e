"""Tokens: found without labels, logged in for each order, PIN from a file or a person and nowhere else."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.domain.errors import SohoaError
from pipeline.domain.signature import Verdict
from pipeline.domain.signing_errors import KeyUnusable, SignerUnavailable
from signing.issuing import Identity, Usage, issue, subject
from signing.signer_pkcs11 import TokenPlace, open_pkcs11, pin_from_file
from signing.validate import Validator
from tests.signing.pki import LONG, NOW, Pki, plan, policy
from tests.signing.softhsm import LIBRARY, PIN, Token, configure, make_token

pytestmark = pytest.mark.tools


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Token:
    monkeypatch.setenv("SOFTHSM2_CONF", str(configure(tmp_path / "hsm")))
    return make_token("Bút ký")


@pytest.fixture
def place(token: Token) -> TokenPlace:
    return TokenPlace(library=LIBRARY, token=token.label)


def signed_by(place: TokenPlace, pki: Pki, pdf: Path, *, pss: bool = False) -> tuple[Verdict, str, str]:
    target = pdf.with_name("signed.pdf")
    with open_pkcs11(place, lambda: PIN, policy=policy(pki.trust()), pss=pss) as signer:
        signer.sign(pdf, target, plan())
    verdict = Validator(trust=pki.trust()).validate(target, at=NOW)
    return verdict.verdict, verdict.signatures[0].signer, verdict.signatures[0].digest


@pytest.mark.parametrize("named", [("signing", b"\x01"), (None, b"\x07"), ("Khóa", None), (None, None)])
def test_with_and_without_labels_and_numbers(
    token: Token, place: TokenPlace, pki: Pki, pdf: Path, *, official: Identity, named: tuple[str | None, bytes | None]
) -> None:
    token.put(official, label=named[0], number=named[1])
    assert signed_by(place, pki, pdf) == (Verdict.VALID, "Nguyễn Thị Ví Dụ", "sha256")


@pytest.mark.parametrize(
    ("key", "pss", "digest"),
    [
        (rsa.generate_private_key(65537, 2048), True, "sha256"),
        (rsa.generate_private_key(65537, 3072), False, "sha256"),
        (ec.generate_private_key(ec.SECP256R1()), False, "sha256"),
        (ec.generate_private_key(ec.SECP384R1()), False, "sha384"),
    ],
)
def test_kinds_of_keys(
    token: Token,
    place: TokenPlace,
    pki: Pki,
    pdf: Path,
    *,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    pss: bool,
    digest: str,
) -> None:
    name = subject("Lê Thị Thử", "Thử nghiệm")
    token.put(issue(name, key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG))
    assert signed_by(place, pki, pdf, pss=pss) == (Verdict.VALID, "Lê Thị Thử", digest)


def test_the_certificate_that_is_named(token: Token, place: TokenPlace, pki: Pki, pdf: Path) -> None:
    for number, name in enumerate(("Một", "Hai"), 1):
        token.put(pki.signer(name), label=name, number=bytes([number]))
    by_label = TokenPlace(library=place.library, token=place.token, certificate="Hai")
    assert signed_by(by_label, pki, pdf)[1] == "Hai"
    with pytest.raises(KeyUnusable) as caught:
        signed_by(place, pki, pdf)
    assert caught.value.details["reason"] == "several_certificates"


def reason(place: TokenPlace, pki: Pki, pdf: Path, pin: str = PIN) -> tuple[type[SohoaError], str | float]:
    with (
        pytest.raises(SohoaError) as caught,
        open_pkcs11(place, lambda: pin, policy=policy(pki.trust())) as signer,
    ):
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
    assert not pdf.with_name("signed.pdf").exists()
    return type(caught.value), caught.value.details["reason"]


def test_named_refusals(token: Token, place: TokenPlace, pki: Pki, pdf: Path, *, official: Identity) -> None:
    assert reason(place, pki, pdf) == (KeyUnusable, "no_certificate")
    token.put(official, key=False)
    assert reason(place, pki, pdf) == (KeyUnusable, "no_certificate")
    token.put(official, label="other", number=b"\x02")
    assert reason(place, pki, pdf, pin="000000") == (KeyUnusable, "wrong_pin")
    missing = TokenPlace(library=LIBRARY, token="Bút khác")
    assert reason(missing, pki, pdf) == (SignerUnavailable, "no_token")
    assert reason(TokenPlace(library=pdf), pki, pdf)[0] is SignerUnavailable


def test_a_token_that_is_pulled_out(
    token: Token, place: TokenPlace, pki: Pki, pdf: Path, *, official: Identity, tmp_path: Path
) -> None:
    token.put(official)
    with open_pkcs11(place, lambda: PIN, policy=policy(pki.trust())) as signer:
        signer.sign(pdf, pdf.with_name("first.pdf"), plan())
        shutil.move(tmp_path / "hsm" / "tokens", tmp_path / "pulled")
        (tmp_path / "hsm" / "tokens").mkdir()
        with pytest.raises(SignerUnavailable) as caught:
            signer.sign(pdf, pdf.with_name("second.pdf"), plan())
        assert caught.value.details["reason"] == "no_token"
        shutil.rmtree(tmp_path / "hsm" / "tokens")
        shutil.move(tmp_path / "pulled", tmp_path / "hsm" / "tokens")
        signer.sign(pdf, pdf.with_name("third.pdf"), plan())  # in again: goes on
    assert {each.name for each in pdf.parent.glob("*.pdf")} == {pdf.name, "first.pdf", "third.pdf"}
    assert not list(pdf.parent.glob(".*"))


def test_the_pin_is_asked_for_each_time_and_told_to_nobody(
    token: Token, place: TokenPlace, pki: Pki, pdf: Path, *, official: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    token.put(official)
    (file := pdf.with_name("pin")).write_text(f"{PIN}\n")
    caplog.set_level(logging.DEBUG)
    with open_pkcs11(place, pin_from_file(file), policy=policy(pki.trust())) as signer:
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
        file.write_text("111111\n")
        with pytest.raises(KeyUnusable) as caught:
            signer.sign(pdf, pdf.with_name("again.pdf"), plan())
    assert caught.value.details == {"reason": "wrong_pin"}
    file.unlink()
    with pytest.raises(KeyUnusable) as caught, open_pkcs11(place, pin_from_file(file), policy=policy(pki.trust())):
        pass
    assert caught.value.details["reason"] == "pin_file_unreadable"
    told = caplog.text + repr(caught.value) + str(caught.value.__cause__) + repr(signer)
    assert PIN not in told
    assert "111111" not in told
    assert PIN.encode() not in pdf.with_name("signed.pdf").read_bytes()
