"""Signatures of every kind, judged by poppler (NSS) and OpenSSL, which share no code with pyHanko."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.domain.signature import SignatureLevel, SignerRole
from signing.issuing import Identity, Usage, issue, subject
from signing.signer_pkcs12 import open_pkcs12
from tests.signing.pki import LONG, Pki, plan, policy

pytestmark = pytest.mark.tools
Sign = Callable[..., Path]


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def opinions_of_poppler(file: Path, nss: Path) -> list[tuple[str, str]]:
    output = run("pdfsig", "-nssdir", f"sql:{nss}", file)
    signatures = re.findall(r"Signature Validation: (.*)", output)
    certificates = re.findall(r"Certificate Validation: (.*)", output)
    return list(zip(signatures, certificates, strict=False))


GOOD = ("Signature is Valid.", "Certificate is Trusted.")


def test_poppler_trusts_all_roles(sign: Sign, pki: Pki, pdf: Path, nss: Path) -> None:
    """Four signers: NSS does not know again a certificate that signed the same file before."""
    file = pdf
    for role in SignerRole:
        file = sign(file, pki.signer(role.value), plan(role))
    assert opinions_of_poppler(file, nss) == [GOOD] * 4


@pytest.mark.enable_socket
def test_poppler_trusts_b_t(sign: Sign, pdf: Path, *, official: Identity, nss: Path, timestamp_url: str) -> None:
    signed = sign(pdf, official, plan(level=SignatureLevel.B_T), timestamp_url)
    assert opinions_of_poppler(signed, nss) == [GOOD]


@pytest.mark.enable_socket
@pytest.mark.parametrize("level", [SignatureLevel.B_LT, SignatureLevel.B_LTA])
def test_poppler_trusts_long_term_signatures(  # noqa: PLR0917 -- fixtures
    sign: Sign, pdf: Path, official: Identity, nss: Path, timestamp_url: str, level: SignatureLevel
) -> None:
    signed = sign(pdf, official, plan(level=level), timestamp_url)
    assert opinions_of_poppler(signed, nss)[0] == GOOD


@pytest.mark.enable_socket
def test_openssl_verifies_the_archive_time_stamp(  # noqa: PLR0917 -- fixtures
    sign: Sign, pki: Pki, pdf: Path, official: Identity, timestamp_url: str, tmp_path: Path
) -> None:
    taken_apart(sign(pdf, official, plan(level=SignatureLevel.B_LTA), timestamp_url), tmp_path)
    (tmp_path / "root.pem").write_bytes(pki.time_root.pem)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "cms", "-token_in", "-CAfile", "root.pem"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, "Verification: OK" in done.stdout + done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize("kind", ["rsa-pss", "p-256", "p-384", "rsa-3072"])
def test_poppler_trusts_every_kind_of_key(pki: Pki, pdf: Path, nss: Path, kind: str) -> None:
    curves = {"p-256": ec.SECP256R1(), "p-384": ec.SECP384R1()}
    key = (
        ec.generate_private_key(curves[kind])
        if kind in curves
        else rsa.generate_private_key(65537, 3072 if kind == "rsa-3072" else 2048)
    )
    identity = issue(subject(kind, "Thử"), key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    target = pdf.with_name("signed.pdf")
    with open_pkcs12(pki.key_file(identity), b"", policy=policy(pki.trust()), pss=kind == "rsa-pss") as signer:
        signer.sign(pdf, target, plan())
    assert opinions_of_poppler(target, nss) == [GOOD]


def test_poppler_sees_a_changed_byte(signed_once: bytes, tmp_path: Path, nss: Path) -> None:
    changed = bytearray(signed_once)
    changed[signed_once.index(b"\n", 9) - 1] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    assert "Signature Validation: Digest Mismatch." in run("pdfsig", "-nssdir", f"sql:{nss}", tmp_path / "changed.pdf")


def taken_apart(file: Path, folder: Path) -> None:
    """Write the signed bytes and the CMS of the last signature to `data` and `cms`."""
    data = file.read_bytes()
    match = list(re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]", data))[-1]
    length, resume, rest = (int(value) for value in match.groups())
    (folder / "data").write_bytes(data[:length] + data[resume : resume + rest])
    contents = bytes.fromhex(data[length + 1 : resume - 1].decode())
    size = 4 + int.from_bytes(contents[2:4], "big")  # DER: a sequence whose length takes two bytes
    (folder / "cms").write_bytes(contents[:size])


@pytest.mark.parametrize("cades", [(), ("-cades",)])
def test_openssl_verifies_the_cms(  # noqa: PLR0917 -- fixtures
    sign: Sign, pki: Pki, pdf: Path, official: Identity, tmp_path: Path, cades: tuple[str, ...]
) -> None:
    taken_apart(sign(pdf, official), tmp_path)
    (tmp_path / "root.pem").write_bytes(pki.root.pem)
    command = ["openssl", "cms", "-verify", *cades, "-inform", "DER", "-in", "cms", "-content", "data", "-binary"]
    done = subprocess.run(
        [*command, "-purpose", "any", "-CAfile", "root.pem", "-out", "out"],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == (tmp_path / "data").read_bytes()
