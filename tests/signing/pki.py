"""A small public-key infrastructure and PDFs to sign, made anew for each run."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.signing_ports import SignaturePlan
from signing.issuing import Identity, PrivateKey, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.policy import SigningPolicy
from signing.timestamp_server import TimeStampAuthority, open_authority
from signing.trust import TrustAnchors

NOW = dt.datetime(2026, 1, 15, 1, 30, tzinfo=dt.UTC)
LONG = Validity(start=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), end=dt.datetime(2060, 1, 1, tzinfo=dt.UTC))
DAY = dt.timedelta(days=1)
ORGAN = "ỦY BAN NHÂN DÂN XÃ ĐỒNG LIM"


@functools.cache
def usual_key() -> PrivateKey:
    return rsa_key()


@dataclass(frozen=True, kw_only=True)
class Pki:
    """Root, issuing authority and root of time stamps; signers are issued as tests need them."""

    folder: Path
    root: Identity
    issuing: Identity
    time_root: Identity

    def signer(
        self, name: str = "Lê Thị Thử", *, usage: Usage = Usage.SIGNATURE, validity: Validity = LONG
    ) -> Identity:
        """A new certificate; the key is always the same, for making one takes longer than most tests."""
        return issue(subject(name, "Thử nghiệm"), key=usual_key(), issuer=self.issuing, usage=usage, validity=validity)

    def trust(self, *revoked: tuple[x509.Certificate, dt.datetime]) -> TrustAnchors:
        return TrustAnchors(
            roots=(self.root.der,),
            timestamp_roots=(self.time_root.der,),
            intermediates=(self.issuing.der,),
            crls=(
                revocation_list(self.root, validity=LONG),
                revocation_list(self.issuing, validity=LONG, revoked=revoked),
                revocation_list(self.time_root, validity=LONG),
            ),
        )

    def key_file(self, identity: Identity) -> Path:
        path = self.folder / f"{identity.certificate.serial_number}.p12"
        data = pkcs12.serialize_key_and_certificates(
            None, identity.key, identity.certificate, identity.above, NoEncryption()
        )
        path.write_bytes(data)
        return path

    def timestamps(self, now: Callable[[], dt.datetime] = lambda: NOW) -> TimeStampAuthority:
        name = subject("Dấu thời gian", "Thử nghiệm")
        identity = issue(name, key=usual_key(), issuer=self.time_root, usage=Usage.TIME_STAMP, validity=LONG)
        return open_authority(self.key_file(identity), b"", now=now)


def policy(trust: TrustAnchors, *, production: bool = True, url: str | None = None) -> SigningPolicy:
    return SigningPolicy(trust=trust, production=production, timestamp_urls=(url,) if url else ())


def plan(role: SignerRole = SignerRole.CLERK, level: SignatureLevel = SignatureLevel.B_B) -> SignaturePlan:
    return SignaturePlan(role=role, level=level, at=NOW, organ=ORGAN)


def make_pdf(path: Path, *, pages: int = 1, rotate: int = 0, size: tuple[int, int] = (595, 842)) -> Path:
    """Write a PDF/A-2b with a grey square on each page."""
    pdf = pikepdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=size)
        page.obj.Contents = pdf.make_stream(b"0.5 g 100 100 200 200 re f")
        if rotate:
            page.obj.Rotate = rotate
    pikepdf.pdfa.save(pdf, path, "2b", output_intent="sRGB")
    return path
