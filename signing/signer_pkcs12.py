"""Sign with a key from a PKCS#12 file: demos, tests, and agencies whose seal key is kept in a file."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from asn1crypto import algos, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12
from pyhanko.sign.signers.pdf_cms import Signer as PyHankoSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.domain.errors import DevelopmentKeyInProduction, KeyUnusable, SigningFailed
from pipeline.domain.signature import SignatureLevel
from pipeline.ports import SignaturePlan, Signer
from signing.certificates import TrustStore, certificate_problem, common_name
from signing.development import DEVELOPMENT_MARK
from signing.pades import SigningTools, sign_in_place
from signing.stamp_font import StampFont, find_stamp_font
from signing.timestamp_client import HttpTimeStamper
from signing.trust import TrustAnchors

_TIMESTAMP_SECONDS = 10.0
_RSA_BITS = 2048


class _HeldKey(PyHankoSigner):
    """A parsed key: pyHanko's own signer parses and checks it anew for each signature, twice."""

    def __init__(
        self,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        store: SimpleCertificateStore,
    ) -> None:
        mechanism = "sha256_rsa" if isinstance(key, rsa.RSAPrivateKey) else "sha256_ecdsa"
        super().__init__(
            signing_cert=certificate,
            cert_registry=store,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": mechanism}),
            embed_roots=False,
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 -- pyHanko's signature
        if digest_algorithm != "sha256":
            raise ValueError(f"this signer makes SHA-256 signatures, not {digest_algorithm}")
        if isinstance(self._key, rsa.RSAPrivateKey):
            if dry_run:
                return bytes(self._key.key_size // 8)
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if dry_run:
            return bytes(2 * (self._key.key_size // 8) + 16)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class _Pkcs12Signer:
    """A `pipeline.ports.Signer`."""

    def __init__(
        self,
        key: _HeldKey,
        trust: TrustStore,
        timestamper: HttpTimeStamper | None,
        font: StampFont,
        *,
        development: bool,
    ) -> None:
        self._key = key
        self._trust = trust
        self._timestamper = timestamper
        self._font = font
        self._remark = DEVELOPMENT_MARK if development else ""
        self._tools: dict[SignatureLevel, SigningTools] = {}

    @property
    def name(self) -> str:
        """Common name of the certificate."""
        return common_name(self._certificate)

    @property
    def _certificate(self) -> x509.Certificate:
        certificate = self._key.signing_cert
        if certificate is None:
            raise KeyUnusable(reason="no_certificate")
        return certificate

    def sign(self, source: Path, target: Path, plan: SignaturePlan) -> None:
        """See `pipeline.ports.Signer.sign`; besides, `AlreadySigned` if the role has signed this file."""
        self._check(plan.at)
        tools = self._tools_for(plan.level)
        try:
            with _beside(target) as draft:
                shutil.copyfile(source, draft)
                with draft.open("r+b") as file:
                    sign_in_place(file, plan, tools)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise SigningFailed(reason="not_written", file=str(target)) from error

    def _check(self, at: dt.datetime) -> None:
        context = self._trust.context(moment=at, embedded=self._key.cert_registry)
        problem = asyncio.run(certificate_problem(self._certificate, context))
        if problem:
            raise KeyUnusable(reason=problem.reason, signer=self.name)

    def _tools_for(self, level: SignatureLevel) -> SigningTools:
        if level not in self._tools:
            self._tools[level] = SigningTools(
                signer=self._key,
                name=self.name,
                remark=self._remark,
                font=self._font,
                timestamper=self._timestamper_for(level),
            )
        return self._tools[level]

    def _timestamper_for(self, level: SignatureLevel) -> HttpTimeStamper | None:
        if level is SignatureLevel.B_B:
            return None
        if level is not SignatureLevel.B_T:
            raise SigningFailed(reason="level_not_offered", level=level.value)
        if self._timestamper is None:
            raise SigningFailed(reason="no_timestamp_authority")
        return self._timestamper


@contextmanager
def open_pkcs12(
    file: Path,
    passphrase: bytes,
    *,
    trust: TrustAnchors,
    production: bool,
    timestamp_url: str | None = None,
    font: StampFont | None = None,
) -> Iterator[Signer]:
    """Open a signer for a batch of documents.

    Args:
        file: PKCS#12 with one key (RSA of at least 2048 bits, or P-256 and up), its certificate and the authorities above it.
        passphrase: opens the file.
        trust: before each signature the certificate is checked against these anchors, and refused if it is not good.
        production: whether development keys are refused.
        timestamp_url: time-stamp authority, needed for level B-T.
        font: of the appearance; by default the first that `find_stamp_font` finds.

    Raises:
        KeyUnusable: the file cannot be opened, has no key, or key and certificate do not belong together.
        DevelopmentKeyInProduction: a key of the development authority, and `production`.
        ToolMissing: no font.
    """
    key = _load(file, passphrase)
    development = _is_development(key.signing_cert)
    if development and production:
        raise DevelopmentKeyInProduction(file=str(file))
    with httpx.Client(timeout=_TIMESTAMP_SECONDS, trust_env=False) as client:
        timestamper = HttpTimeStamper(timestamp_url, client) if timestamp_url else None
        yield _Pkcs12Signer(key, TrustStore(trust), timestamper, font or find_stamp_font(), development=development)


def _load(file: Path, passphrase: bytes) -> _HeldKey:
    try:
        key, certificate, above = pkcs12.load_key_and_certificates(file.read_bytes(), passphrase)
    except (ValueError, OSError) as error:
        raise KeyUnusable(reason="not_readable", file=str(file)) from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnusable(reason="no_key", file=str(file))
    if _public_bytes(key) != certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise KeyUnusable(reason="key_does_not_match", file=str(file))
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _RSA_BITS:
        raise KeyUnusable(reason="key_too_short", file=str(file))
    own, *others = (x509.Certificate.load(item.public_bytes(Encoding.DER)) for item in (certificate, *above))
    store = SimpleCertificateStore()
    store.register_multiple(others)
    return _HeldKey(key, own, store)


def _public_bytes(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_development(certificate: x509.Certificate) -> bool:
    return any(
        name.native.get("organization_name") == DEVELOPMENT_MARK for name in (certificate.subject, certificate.issuer)
    )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a file beside `target` that becomes `target` if all goes well and is gone otherwise."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
