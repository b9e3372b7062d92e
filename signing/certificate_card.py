"""What is said of a certificate to people: whose it is, who gave it, until when."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from pipeline.domain.signing_errors import KeyUnusable
from signing.certificates import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCard:
    """A certificate, or a revocation list, as people are told of it; nothing in it is secret."""

    subject: str
    """of a revocation list: who made it"""
    issuer: str
    since: dt.datetime
    until: dt.datetime | None
    sha256: str
    """fingerprint in hexadecimal digits"""

    def runs_out(self, *, at: dt.datetime, soon: dt.timedelta) -> bool:
        """Say whether it has run out at a moment, or will soon."""
        return self.until is not None and self.until - soon <= at


def card_of(der: bytes) -> CertificateCard:
    """Return what is said of a certificate.

    Raises:
        ValueError: this is none.
    """
    certificate = x509.Certificate.load(der)
    return CertificateCard(
        subject=name_of(certificate.subject),
        issuer=name_of(certificate.issuer),
        since=certificate.not_valid_before,
        until=certificate.not_valid_after,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def list_card(der: bytes) -> CertificateCard:
    """Return what is said of a revocation list.

    Raises:
        ValueError: this is none.
    """
    content = crl.CertificateList.load(der)["tbs_cert_list"]
    name = name_of(content["issuer"])
    return CertificateCard(
        subject=name,
        issuer=name,
        since=content["this_update"].native,
        until=content["next_update"].native,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def card_in_pkcs12(file: Path, passphrase: bytes) -> CertificateCard:
    """Return what is said of the signer's certificate in a PKCS#12 file; the key is not kept.

    Raises:
        KeyUnusable: the file cannot be opened, or holds no certificate.
    """
    try:
        _, certificate, _ = pkcs12.load_key_and_certificates(file.read_bytes(), passphrase)
    except (ValueError, OSError) as error:
        raise KeyUnusable(reason="not_readable", file=str(file)) from error
    if certificate is None:
        raise KeyUnusable(reason="no_key", file=str(file))
    return card_of(certificate.public_bytes(Encoding.DER))
