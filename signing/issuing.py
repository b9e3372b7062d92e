"""Issue certificates and revocation lists: what the development authority is made of.

The profiles follow RFC 5280 (certificates, CRLs) and RFC 3161 §2.3 (a time-stamp certificate has the critical extended
key usage `timeStamping` and no other). Real authorities issue the certificates of a production installation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Usage(StrEnum):
    """What a certificate may be used for."""

    AUTHORITY = "authority"
    SIGNATURE = "signature"
    TIME_STAMP = "time_stamp"
    TLS_SERVER = "tls_server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when to when, aware, both ends included."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A key, its certificate and the authorities above it, issuer first, root last."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(Encoding.DER)


def rsa_key() -> rsa.RSAPrivateKey:
    """Return a new RSA key of 2048 bits, the least that TT 15/2025/TT-BKHCN allows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def subject(common_name: str, organization: str) -> x509.Name:
    """Return the name of a Vietnamese subject."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issue(name: x509.Name, *, key: PrivateKey, issuer: Identity | None, usage: Usage, validity: Validity) -> Identity:
    """Return `key` with a certificate for `name`, signed by `issuer`, or by itself if there is none (a root)."""
    issuer_name = issuer.certificate.subject if issuer else name
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=usage is Usage.AUTHORITY, path_length=None), critical=True)
        .add_extension(_key_usage(usage), critical=True)
    )
    if issuer:
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(authority_key, critical=False)
    if usage is Usage.TIME_STAMP:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    elif usage is Usage.TLS_SERVER:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Identity(key=key, certificate=certificate, above=above)


def _key_usage(usage: Usage) -> x509.KeyUsage:
    authority = usage is Usage.AUTHORITY
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=usage in {Usage.SIGNATURE, Usage.TIME_STAMP},
        key_encipherment=usage is Usage.TLS_SERVER,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def revocation_list(
    issuer: Identity, *, validity: Validity, revoked: Sequence[tuple[x509.Certificate, dt.datetime]] = ()
) -> bytes:
    """Return the DER of `issuer`'s revocation list; `revoked` pairs a certificate with the moment of its revocation."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(validity.start)
        .next_update(validity.end)
        .add_extension(x509.CRLNumber(1 + len(revoked)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for certificate, moment in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(moment)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
