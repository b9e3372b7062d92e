"""Keys, authorities and files for the tests of signing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from pipeline.signing_ports import SignaturePlan
from signing.issuing import Identity, Usage, issue, rsa_key, subject
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_server import serve_timestamps
from tests.signing.pki import LONG, Pki, make_pdf, plan, policy


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    def authority(name: str, issuer: Identity | None = None) -> Identity:
        return issue(subject(name, "Thử nghiệm"), key=rsa_key(), issuer=issuer, usage=Usage.AUTHORITY, validity=LONG)

    root = authority("CA gốc")
    return Pki(
        folder=tmp_path_factory.mktemp("keys"),
        root=root,
        issuing=authority("CA cấp phát", root),
        time_root=authority("CA dấu thời gian"),
    )


@pytest.fixture(scope="session")
def official(pki: Pki) -> Identity:
    return pki.signer("Nguyễn Thị Ví Dụ")


@pytest.fixture
def timestamp_url(pki: Pki, socket_enabled: None) -> Iterator[str]:
    with serve_timestamps(pki.timestamps()) as url:
        yield url


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return make_pdf(tmp_path / "copy.pdf")


@pytest.fixture
def sign(pki: Pki, tmp_path: Path) -> Callable[..., Path]:
    """Give a function that signs a file and returns the signed one."""

    def run(source: Path, identity: Identity, wanted: SignaturePlan | None = None, url: str | None = None) -> Path:
        wanted = wanted or plan()
        target = tmp_path / f"{source.stem}-{wanted.role.value}.pdf"
        with open_pkcs12(pki.key_file(identity), b"", policy=policy(pki.trust(), url=url)) as signer:
            signer.sign(source, target, wanted)
        return target

    return run


@pytest.fixture(scope="session")
def signed_once(pki: Pki, official: Identity, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with one B-B signature by a clerk, for tests that damage it."""
    folder = tmp_path_factory.mktemp("signed")
    source = make_pdf(folder / "copy.pdf")
    target = folder / "signed.pdf"
    with open_pkcs12(pki.key_file(official), b"", policy=policy(pki.trust())) as signer:
        signer.sign(source, target, plan())
    return target.read_bytes()


@pytest.fixture
def locked_by_somebody(official: Identity, pki: Pki) -> Callable[[Path, int], Path]:
    """Give a function that certifies a file with another program's means: no reserved fields, permission 1 or 2."""

    def run(source: Path, permission: int) -> Path:
        target = source.with_name(f"locked-{permission}.pdf")
        signer = SimpleSigner.load_pkcs12(pki.key_file(official), passphrase=b"")
        metadata = PdfSignatureMetadata(
            field_name="Other", md_algorithm="sha256", certify=True, docmdp_permissions=MDPPerm(permission)
        )
        with source.open("rb") as stream, target.open("wb") as output:
            PdfSigner(metadata, signer).sign_pdf(IncrementalPdfFileWriter(stream), output=output)
        return target

    return run


@pytest.fixture(scope="session")
def nss(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An NSS database that trusts the test root."""
    folder = tmp_path_factory.mktemp("nss")
    (folder / "root.pem").write_bytes(pki.root.pem)
    commands = (["-N", "--empty-password"], ["-A", "-n", "root", "-t", "CT,C,C", "-i", str(folder / "root.pem")])
    for command in commands:
        subprocess.run(["certutil", *command, "-d", f"sql:{folder}"], check=True, capture_output=True)
    return folder
