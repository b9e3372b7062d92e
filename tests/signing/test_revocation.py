"""Revocation asked for over HTTP where certificates say: by OCSP, by list, and not at all when nobody answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from pipeline.domain.signature import SignatureLevel, Verdict
from pipeline.domain.signing_errors import KeyUnusable
from signing.issuing import Identity, Validity, revocation_list, rsa_key, subject
from signing.signer_pkcs12 import open_pkcs12
from signing.trust import TrustAnchors
from signing.validate import Validator
from tests.signing.pki import DAY, LONG, NOW, Pki, plan, policy

pytestmark = pytest.mark.enable_socket


class Authority:
    """Answers for the issuing authority by OCSP and hands out its list."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self.url = ""
        self.revoked_at: dt.datetime | None = None
        self.asked: list[str] = []
        self.silent: set[str] = set()

    def ocsp(self, body: bytes) -> bytes:
        request = ocsp.load_der_ocsp_request(body)
        issuing = self.pki.issuing
        certificate = self.known[request.serial_number]
        response = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=certificate,
                issuer=issuing.certificate,
                algorithm=hashes.SHA256(),
                cert_status=ocsp.OCSPCertStatus.REVOKED if self.revoked_at else ocsp.OCSPCertStatus.GOOD,
                this_update=NOW - DAY / 24,
                next_update=NOW + 7 * DAY,
                revocation_time=self.revoked_at,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, issuing.certificate)
            .sign(issuing.key, hashes.SHA256())
        )
        return response.public_bytes(Encoding.DER)

    def list(self) -> bytes:
        named = [(each, self.revoked_at) for each in self.known.values()] if self.revoked_at else []
        return revocation_list(self.pki.issuing, validity=Validity(start=NOW - DAY, end=NOW + DAY), revoked=named)

    known: dict[int, x509.Certificate]

    def signer(self, *, by: str) -> Identity:
        """A signer whose certificate names this authority's OCSP responder (`ocsp`) or list (`list`)."""
        key, issuing = rsa_key(), self.pki.issuing
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject("Nguyễn Thị Ví Dụ", "Thử nghiệm"))
            .issuer_name(issuing.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(LONG.start)
            .not_valid_after(LONG.end)
            .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)  # noqa: FBT003 -- two uses of nine
        )
        place = x509.UniformResourceIdentifier(f"{self.url}{by}")
        if by == "ocsp":
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        else:
            point = x509.DistributionPoint([place], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        certificate = builder.sign(issuing.key, hashes.SHA256())
        self.known = {certificate.serial_number: certificate}
        return Identity(key=key, certificate=certificate, above=(issuing.certificate, *issuing.above))


@pytest.fixture
def authority(pki: Pki, socket_enabled: None) -> Iterator[Authority]:
    found = Authority(pki)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.answer("ocsp", found.ocsp(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self.answer("list", found.list())

        def answer(self, kind: str, body: bytes) -> None:
            found.asked.append(kind)
            self.send_response(503 if kind in found.silent else 200)
            self.end_headers()
            self.wfile.write(b"busy" if kind in found.silent else body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_port}/"
        yield found
        server.shutdown()
        thread.join()


def trust(pki: Pki) -> TrustAnchors:
    """Without the issuing authority's list, which the certificates say where to get."""
    return replace(pki.trust(), crls=pki.trust().crls[::2])


def sign(pki: Pki, identity: Identity, pdf: Path, url: str) -> Path:
    target = pdf.with_name("signed.pdf")
    rules = replace(policy(trust(pki), url=url), ask_authorities=True)
    with open_pkcs12(pki.key_file(identity), b"", policy=rules) as signer:
        signer.sign(pdf, target, plan(level=SignatureLevel.B_LT))
    return target


@pytest.mark.parametrize(("by", "key"), [("ocsp", "/OCSPs"), ("list", "/CRLs")])
def test_what_the_authority_says_goes_into_the_document(
    authority: Authority, pki: Pki, pdf: Path, timestamp_url: str, *, by: str, key: str
) -> None:
    signed = sign(pki, authority.signer(by=by), pdf, timestamp_url)
    assert authority.asked == [by]
    with pikepdf.open(signed) as opened:
        assert key in opened.Root.DSS
    nobody_asked = Validator(trust=trust(pki)).validate(signed, at=NOW + DAY / 2)
    assert nobody_asked.verdict is Verdict.VALID
    assert authority.asked == [by]


@pytest.mark.parametrize("by", ["ocsp", "list"])
def test_who_is_revoked_there_does_not_sign(
    authority: Authority, pki: Pki, pdf: Path, timestamp_url: str, by: str
) -> None:
    authority.revoked_at = NOW - DAY / 2
    with pytest.raises(KeyUnusable) as caught:
        sign(pki, authority.signer(by=by), pdf, timestamp_url)
    assert caught.value.details["reason"] == "REVOKED_NO_POE"


@pytest.mark.parametrize("by", ["ocsp", "list"])
def test_when_nobody_answers_nothing_is_signed(
    authority: Authority, pki: Pki, pdf: Path, timestamp_url: str, by: str
) -> None:
    authority.silent = {by}
    with pytest.raises(KeyUnusable) as caught:
        sign(pki, authority.signer(by=by), pdf, timestamp_url)
    assert caught.value.details["reason"] == "TRY_LATER"
    assert [each.name for each in pdf.parent.iterdir()] == [pdf.name]
