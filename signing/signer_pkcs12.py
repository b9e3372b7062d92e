"""Sign with a key from a PKCS#12 file: demos, tests, and agencies whose seal key is kept in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from pipeline.domain.signing_errors import KeyUnusable
from signing.key_holder import SignatureMethod, method_for
from signing.policy import SigningPolicy, open_signer
from signing.signer import PadesSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldKey:
    """A `KeyHolder`: a key that was parsed and checked once; pyHanko's own signer does so for each signature, twice."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    method: SignatureMethod

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        return [self._sign(digest) for digest in digests]

    def _sign(self, digest: bytes) -> bytes:
        prehashed = Prehashed(self.method.hash)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(digest, self.method.rsa_padding, prehashed)
        return self.key.sign(digest, ec.ECDSA(prehashed))


@contextmanager
def open_pkcs12(file: Path, passphrase: bytes, *, policy: SigningPolicy, pss: bool = False) -> Iterator[PadesSigner]:
    """Open a signer for a batch of documents.

    Args:
        file: PKCS#12 with one key (RSA of at least 2048 bits, or P-256 and up), its certificate and the authorities above it.
        passphrase: opens the file.
        policy: how to sign.
        pss: make RSASSA-PSS signatures with an RSA key.

    Raises:
        KeyUnusable: the file cannot be opened, has no key, or key and certificate do not belong together.
        DevelopmentKeyInProduction, ToolMissing: as `open_signer`.
    """
    with open_signer(_load(file, passphrase, pss=pss), policy) as signer:
        yield signer


def _load(file: Path, passphrase: bytes, *, pss: bool) -> _HeldKey:
    try:
        key, certificate, above = pkcs12.load_key_and_certificates(file.read_bytes(), passphrase)
    except (ValueError, OSError) as error:
        raise KeyUnusable(reason="not_readable", file=str(file)) from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnusable(reason="no_key", file=str(file))
    if _public_bytes(key) != certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise KeyUnusable(reason="key_does_not_match", file=str(file))
    own, *others = (x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in (certificate, *above))
    return _HeldKey(key=key, certificate=own, above=tuple(others), method=method_for(own, pss=pss))


def _public_bytes(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
