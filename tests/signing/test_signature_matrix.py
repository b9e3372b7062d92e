"""Every level, role and kind of key: valid here, for poppler (NSS) and for OpenSSL, and PDF/A before and after each signature."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.assemble.conformance import findings_of
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from signing.issuing import Identity, PrivateKey, Usage, issue, subject
from signing.look import compare_states
from signing.signer_pkcs12 import open_pkcs12
from signing.validate import Validator
from tests.signing.pki import LONG, NOW, Pki, plan, policy
from tests.signing.test_second_opinions import run

pytestmark = [pytest.mark.slow, pytest.mark.tools, pytest.mark.enable_socket]

KINDS = ("rsa-2048", "rsa-3072", "rsa-4096", "pss-2048", "pss-3072", "pss-4096", "p-256", "p-384")
ROLES = tuple(SignerRole)
GOOD = ("Signature is Valid.", "Certificate is Trusted.")


@functools.cache
def key_of(kind: str) -> PrivateKey:
    name, _, size = kind.partition("-")
    if name == "p":
        return ec.generate_private_key(ec.SECP256R1() if size == "256" else ec.SECP384R1())
    return rsa.generate_private_key(65537, int(size))


def opinions_of_poppler(file: Path, nss: Path) -> list[tuple[str, str]]:
    """Verdicts on the signatures; those on document time stamps are left out, for whose root poppler has no place."""
    parts = run("pdfsig", "-nssdir", f"sql:{nss}", file).split("Signature #")[1:]
    found = []
    for part in parts:
        if "Signature Type: ETSI.CAdES.detached" in part:
            signature = re.search(r"Signature Validation: (.*)", part)
            certificate = re.search(r"Certificate Validation: (.*)", part)
            assert signature
            assert certificate
            found.append((signature[1], certificate[1]))
    return found


def opinions_of_openssl(file: Path, root: Identity, folder: Path) -> list[bool]:
    """Whether the CMS of each signature verifies over the bytes that it covers, with a chain to the root."""
    data = file.read_bytes()
    (folder / "root.pem").write_bytes(root.pem)
    found = []
    for match in re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]", data):
        length, resume, rest = (int(value) for value in match.groups())
        contents = bytes.fromhex(data[length + 1 : resume - 1].decode())
        if cms.ContentInfo.load(contents)["content"]["encap_content_info"]["content_type"].native == "tst_info":
            continue
        (folder / "data").write_bytes(data[:length] + data[resume : resume + rest])
        (folder / "cms").write_bytes(contents[: 4 + int.from_bytes(contents[2:4], "big")])
        command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", "cms", "-content", "data", "-binary"]
        done = subprocess.run(
            [*command, "-purpose", "any", "-CAfile", "root.pem", "-out", "out"],
            cwd=folder, check=False, capture_output=True,
        )  # fmt: skip
        found.append(done.returncode == 0)
    return found


def violations(file: Path) -> list[str]:
    """What breaks PDF/A; the checker has no opinion on forms, of which signatures are a part."""
    return [str(each) for each in findings_of(file, conformance="B") if each.kind == "violation"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", list(SignatureLevel))
def test_every_kind_at_every_level_for_every_role(  # noqa: PLR0917 -- fixtures
    pki: Pki, pdf: Path, tmp_path: Path, nss: Path, timestamp_url: str, kind: str, level: SignatureLevel
) -> None:
    """One after the other all roles sign the same file."""
    file = pdf
    assert violations(file) == []
    for role in ROLES:
        name = subject(f"{kind} {role.value}", "Thử")
        identity = issue(name, key=key_of(kind), issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
        target = tmp_path / f"{role.value}.pdf"
        with open_pkcs12(
            pki.key_file(identity), b"", policy=policy(pki.trust(), url=timestamp_url), pss=kind.startswith("pss")
        ) as signer:
            signer.sign(file, target, plan(role, level))
        file = target
        assert violations(file) == []
    verdict = Validator(trust=pki.trust(), compare=compare_states).validate(file, at=NOW)
    assert (verdict.verdict, verdict.reason) == (Verdict.VALID, "TOTAL_PASSED")
    assert opinions_of_poppler(file, nss) == [GOOD] * len(ROLES)
    assert opinions_of_openssl(file, pki.root, tmp_path) == [True] * len(ROLES)
