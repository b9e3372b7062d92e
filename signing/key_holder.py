"""Whoever holds a private key: a file, a token, a security module, a signing service. It sees digests and gives signature values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from asn1crypto import algos, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pipeline.domain.signing_errors import KeyUnusable

LEAST_RSA_BITS = 2048
"""TT 15/2025/TT-BKHCN"""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}
"""the digest that fits the strength of a curve (FIPS 186-5 §6.1.1)"""


class Scheme(StrEnum):
    """How a key signs a digest."""

    RSA_PKCS1 = "rsa_pkcs1"
    """RSASSA-PKCS1-v1_5, RFC 8017 §8.2"""
    RSA_PSS = "rsa_pss"
    """RSASSA-PSS, RFC 8017 §8.1, salt as long as the digest"""
    ECDSA = "ecdsa"


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """Scheme and digest of all signatures of one key; nothing weaker than SHA-256 can be named."""

    scheme: Scheme
    digest: str
    """`sha256`, `sha384` or `sha512`"""

    def __post_init__(self) -> None:
        if self.digest not in _HASHES:
            raise KeyUnusable(reason="digest_not_allowed", digest=self.digest)

    @property
    def hash(self) -> hashes.HashAlgorithm:
        """The digest algorithm."""
        return _HASHES[self.digest]

    @property
    def identifier(self) -> algos.SignedDigestAlgorithm:
        """The algorithm as a signature names it (RFC 5754, RFC 4056)."""
        if self.scheme is not Scheme.RSA_PSS:
            kind = "rsa" if self.scheme is Scheme.RSA_PKCS1 else "ecdsa"
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.digest}_{kind}"})
        digest = algos.DigestAlgorithm({"algorithm": self.digest})
        parameters = algos.RSASSAPSSParams(
            {
                "hash_algorithm": digest,
                "mask_gen_algorithm": algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest}),
                "salt_length": self.hash.digest_size,
            }
        )
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})

    def digest_of(self, data: bytes) -> bytes:
        """Return the digest of `data`."""
        running = hashes.Hash(self.hash)
        running.update(data)
        return running.finalize()

    @property
    def rsa_padding(self) -> padding.AsymmetricPadding:
        """Padding of an RSA signature."""
        if self.scheme is Scheme.RSA_PSS:
            return padding.PSS(mgf=padding.MGF1(self.hash), salt_length=self.hash.digest_size)
        return padding.PKCS1v15()


class KeyHolder(Protocol):
    """Holds one key, for as long as it is open."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the key."""
        ...

    @property
    def above(self) -> Sequence[x509.Certificate]:
        """Authorities above the certificate, as far as the holder knows them."""
        ...

    @property
    def method(self) -> SignatureMethod:
        """How it signs."""
        ...

    def sign_digests(self, digests: Sequence[bytes]) -> Sequence[bytes]:
        """Return a signature value for each digest, in order, all under one authorisation of the key's owner.

        RSA values are as long as the key, elliptic ones are DER (RFC 3279 §2.2.3).

        Raises:
            KeyUnusable: the key refuses: wrong PIN, no right, used up.
            SignerUnavailable: the holder does not answer, or breaks off; none of the values counts.
        """
        ...


def method_for(certificate: x509.Certificate, *, pss: bool = False) -> SignatureMethod:
    """Return how the key of `certificate` signs: RSA from 2048 bits on, P-256, P-384 or P-521.

    Raises:
        KeyUnusable: another kind of key, or a short one.
    """
    key = certificate.public_key
    if key.algorithm in {"rsa", "rsassa_pss"}:
        if key.bit_size < LEAST_RSA_BITS:
            raise KeyUnusable(reason="key_too_short", bits=key.bit_size)
        scheme = Scheme.RSA_PSS if pss or key.algorithm == "rsassa_pss" else Scheme.RSA_PKCS1
        return SignatureMethod(scheme, "sha256")
    if key.algorithm == "ec" and key.curve[0] == "named" and key.curve[1] in _CURVES:
        return SignatureMethod(Scheme.ECDSA, _CURVES[key.curve[1]])
    raise KeyUnusable(reason="kind_of_key", kind=str(key.algorithm))


def longest_value(certificate: x509.Certificate) -> int:
    """Return the most bytes that a signature value of the certificate's key takes."""
    key = certificate.public_key
    size = (int(key.bit_size) + 7) // 8
    return 2 * size + 9 if key.algorithm == "ec" else size  # two integers with head and sign byte each, and their head


def fits(value: bytes, digest: bytes, certificate: x509.Certificate, method: SignatureMethod) -> bool:
    """Say whether `value` is a signature of `digest` by the key of `certificate`.

    Asked before a signature is written: tokens break and services mix up orders, and the reader should not be the first to notice.
    """
    key = load_der_public_key(certificate.public_key.dump())
    prehashed = Prehashed(method.hash)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, digest, method.rsa_padding, prehashed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, digest, ec.ECDSA(prehashed))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
