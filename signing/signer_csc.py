"""Sign with a key at a remote signing service by the API of the Cloud Signature Consortium, versions 1 and 2.

CSC API v1.0.4.0 and v2.0.0.2 (ETSI TS 119 432 profiles it). The service sees digests only, and as many as it allows are
authorised at once: one digest an authorisation is what makes remote signing slow.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from pipeline.domain.signing_errors import KeyUnusable, SignerUnavailable
from signing.csc_version import CscVersion
from signing.key_holder import Scheme, SignatureMethod, method_for
from signing.policy import SigningPolicy, open_signer
from signing.signer import PadesSigner

_DIGEST_OIDS = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_RSA_OIDS = {"sha256": "1.2.840.113549.1.1.11", "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
_ECDSA_OIDS = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
_PSS_OID = "1.2.840.113549.1.1.10"
_REFUSED = {400, 401, 403}
_LARGEST = 16 << 20
"""bytes of an answer"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCredential:
    """Where a remote key is, and how its owner shows to be the owner."""

    base_url: str
    """up to and with the version, such as `https://ky.example.vn/csc/v1`"""
    version: CscVersion
    credential_id: str
    access_token: Callable[[], str] = field(repr=False)
    """gives the token of the service whenever it is needed; renewed by whoever made it"""
    factors: Callable[[], Mapping[str, str]] = field(repr=False, default=dict)
    """gives what authorises a signature, such as `{"PIN": …, "OTP": …}`, anew for each authorisation"""
    seconds: float = 30.0
    """that an answer may take"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remote:
    """A `KeyHolder`."""

    credential: RemoteCredential
    client: httpx.Client
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    method: SignatureMethod
    at_once: int
    """digests that one authorisation may cover"""

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        values: list[bytes] = []
        for start in range(0, len(digests), self.at_once):
            values += self._sign([_text(each) for each in digests[start : start + self.at_once]])
        return values

    def _sign(self, digests: list[str]) -> list[bytes]:
        oid = _DIGEST_OIDS[self.method.digest]
        named = (
            {"hash": digests}
            if self.credential.version is CscVersion.V1
            else {
                "hashes": digests,
                "hashAlgorithmOID": oid,
            }
        )
        order: dict[str, Any] = {"credentialID": self.credential.credential_id, **named}
        activation = _post(
            self.client, self.credential, "credentials/authorize", {**order, **self._proof(len(digests))}
        )
        order |= {"SAD": activation.get("SAD"), "signAlgo": _signature_oid(self.method)}
        if self.credential.version is CscVersion.V1:
            order["hashAlgo"] = oid
        if self.method.scheme is Scheme.RSA_PSS:
            order["signAlgoParams"] = _text(self.method.identifier["parameters"].dump())
        answer = _post(self.client, self.credential, "signatures/signHash", order)
        values = answer.get("signatures")
        if not isinstance(values, list) or len(values) != len(digests):
            raise SignerUnavailable(reason="wrong_number_of_signatures")
        return [self._value(each) for each in values]

    def _proof(self, number: int) -> dict[str, Any]:
        factors = dict(self.credential.factors())
        if self.credential.version is CscVersion.V1:
            return {"numSignatures": number, **factors}
        return {"numSignatures": number, "authData": [{"id": name, "value": value} for name, value in factors.items()]}

    def _value(self, text: object) -> bytes:
        value = _bytes(text)
        if self.method.scheme is not Scheme.ECDSA:
            return value
        try:
            decode_dss_signature(value)
        except ValueError:  # services also give the two numbers as they are, one behind the other
            half = len(value) // 2
            return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
        return value


@contextmanager
def open_csc(credential: RemoteCredential, *, policy: SigningPolicy, pss: bool = False) -> Iterator[PadesSigner]:
    """Open a signer for a batch of documents.

    Args:
        credential: which key at which service.
        policy: how to sign.
        pss: make RSASSA-PSS signatures with an RSA key.

    Raises:
        KeyUnusable: the service refuses, the credential is disabled, or has no certificate.
        SignerUnavailable: the service does not answer, or speaks nonsense.
        DevelopmentKeyInProduction, ToolMissing: as `open_signer`.
    """
    with httpx.Client(timeout=credential.seconds, trust_env=False) as client:
        wanted = {"credentialID": credential.credential_id, "certificates": "chain", "certInfo": True, "authInfo": True}
        told = _post(client, credential, "credentials/info", wanted)
        if _part(told, "key").get("status") != "enabled":
            raise KeyUnusable(reason="credential_disabled")
        chain = _chain(_part(told, "cert").get("certificates"))
        multisign = told.get("multisign")
        remote = _Remote(
            credential=credential,
            client=client,
            certificate=chain[0],
            above=tuple(chain[1:]),
            method=method_for(chain[0], pss=pss),
            at_once=max(1, multisign) if isinstance(multisign, int) else 1,
        )
        with open_signer(remote, policy) as signer:
            yield signer


def _post(client: httpx.Client, credential: RemoteCredential, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Call the service. Neither what is sent nor the service's own words go into an error: they may name secrets."""
    headers = {"Authorization": f"Bearer {credential.access_token()}"}
    try:
        response = client.post(f"{credential.base_url.rstrip('/')}/{path}", json=dict(body), headers=headers)
    except httpx.HTTPError as error:
        raise SignerUnavailable(reason="no_answer") from error
    if len(response.content) > _LARGEST:
        raise SignerUnavailable(reason="unreadable_answer")
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.status_code in _REFUSED:
        code = answer.get("error") if isinstance(answer, dict) else None
        raise KeyUnusable(reason=code if isinstance(code, str) and code.isidentifier() else "refused")
    if response.is_error:
        raise SignerUnavailable(reason="service_error", status=response.status_code)
    if not isinstance(answer, dict):
        raise SignerUnavailable(reason="unreadable_answer")
    return answer


def _chain(told: object) -> list[x509.Certificate]:
    if not isinstance(told, list) or not told:
        raise KeyUnusable(reason="no_certificate")
    try:
        chain = [x509.Certificate.load(_bytes(each), strict=True) for each in told]
        [each.native for each in chain]
    except (ValueError, TypeError) as error:
        raise SignerUnavailable(reason="unreadable_answer") from error
    return chain


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _signature_oid(method: SignatureMethod) -> str:
    if method.scheme is Scheme.RSA_PSS:
        return _PSS_OID
    return (_RSA_OIDS if method.scheme is Scheme.RSA_PKCS1 else _ECDSA_OIDS)[method.digest]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignerUnavailable(reason="unreadable_answer") from error
