"""Certificates as no honest authority makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.issuing import Identity, PrivateKey, subject
from tests.signing.pki import LONG

Extension = tuple[x509.ExtensionType, bool]


def made(
    name: str,
    issuer: Identity | None,
    *extensions: Extension,
    authority: bool = False,
    path_length: int | None = None,
    key: PrivateKey | None = None,
    called: x509.Name | None = None,
) -> Identity:
    """Issue a certificate, without checking whether the issuer may.

    Args:
        name: of its subject.
        issuer: None for one that signs itself.
        extensions: besides the usual ones, with whether they are critical.
        authority: whether it may issue others.
        path_length: how many authorities there may be below.
        key: a new one by default.
        called: name of the issuer, if it is to be another than the issuer's own.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    own = subject(name, "Thử")
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(called or (issuer.certificate.subject if issuer else own))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG.start)
        .not_valid_after(LONG.end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Identity(key=key, certificate=certificate, above=above)


@dataclass(frozen=True, kw_only=True)
class Bare:
    """What libraries refuse to make or to load, with what is needed of an `Identity` to sign with it."""

    key: Any
    der: bytes
    above: tuple[Any, ...]

    def public_bytes(self, _: object) -> bytes:
        return self.der


def rewritten(
    honest: Identity, issuer: Identity, change: Callable[[asn1.TbsCertificate], None], *, digest: str = "sha256"
) -> Bare:
    """Return a certificate with other contents, properly signed by its issuer."""
    kind = "rsa" if isinstance(issuer.key, rsa.RSAPrivateKey) else "ecdsa"
    mechanism = algos.SignedDigestAlgorithm({"algorithm": f"{digest}_{kind}"})
    tbs = asn1.TbsCertificate.load(asn1.Certificate.load(honest.der)["tbs_certificate"].dump())
    tbs["signature"] = mechanism
    change(tbs)
    data = tbs.dump(force=True)
    how = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[digest]
    if isinstance(issuer.key, rsa.RSAPrivateKey):
        value = issuer.key.sign(data, padding.PKCS1v15(), how)
    else:
        value = issuer.key.sign(data, ec.ECDSA(how))
    parts = {"tbs_certificate": tbs, "signature_algorithm": mechanism, "signature_value": value}
    return Bare(key=honest.key, der=asn1.Certificate(parts).dump(), above=(issuer.certificate, *issuer.above))


def nothing_else(_: asn1.TbsCertificate) -> None:
    """Change nothing but the digest."""
