"""Sign with a token or a hardware security module through PKCS#11 (OASIS PKCS #11 v2.40).

The holder logs in anew for each order to sign, as tokens that are pulled out, sleep, or ask for the PIN each time demand, and
finds key and certificate by what they have in common, for tokens often come without labels (python-pkcs11 #180).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto import algos, x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import NoSuchToken, PinIncorrect, PinLenRange, PinLocked, PKCS11Error

from pipeline.domain.signing_errors import KeyUnusable, SignerUnavailable
from signing.key_holder import Scheme, SignatureMethod, method_for
from signing.policy import SigningPolicy, open_signer
from signing.signer import PadesSigner

_MASKS = {"sha256": pkcs11.MGF.SHA256, "sha384": pkcs11.MGF.SHA384, "sha512": pkcs11.MGF.SHA512}
_DIGESTS = {"sha256": Mechanism.SHA256, "sha384": Mechanism.SHA384, "sha512": Mechanism.SHA512}
_ONE_AT_A_TIME = threading.Lock()
"""a process is logged in to a token as a whole, so that one thread's logout would be another's"""
_WRONG_PIN = (PinIncorrect, PinLenRange, PinLocked)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """Where a key is: every part that is left out must be unambiguous."""

    library: Path
    """the maker's PKCS#11 module"""
    slot: int | None = None
    """number of the slot"""
    token: str | None = None
    """label of the token"""
    certificate: str | None = None
    """label of the certificate, or its serial number in hexadecimal digits"""


Pin = Callable[[], str]
"""Gives the PIN whenever it is needed: reads a file, or asks a person. It is neither kept nor written anywhere."""


def pin_from_file(file: Path) -> Pin:
    """Return a PIN that is the first line of a file, read anew each time.

    Raises, when the PIN is asked for:
        KeyUnusable: the file cannot be read or is empty.
    """

    def read() -> str:
        try:
            return file.read_text(encoding="utf-8").splitlines()[0].strip()
        except (OSError, UnicodeError, IndexError) as error:
            raise KeyUnusable(reason="pin_file_unreadable", file=str(file)) from error

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A `KeyHolder`."""

    place: TokenPlace
    pin: Pin = field(repr=False)
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    method: SignatureMethod

    def sign_digests(self, digests: Sequence[bytes]) -> list[bytes]:
        with _session(self.place, self.pin) as session:
            key = _private_key(session, self.certificate)
            return [self._sign(key, digest) for digest in digests]

    def _sign(self, key: Any, digest: bytes) -> bytes:  # noqa: ANN401 -- python-pkcs11 makes classes at run time
        if self.method.scheme is Scheme.RSA_PKCS1:
            info = algos.DigestInfo({"digest_algorithm": {"algorithm": self.method.digest}, "digest": digest})
            return bytes(key.sign(info.dump(), mechanism=Mechanism.RSA_PKCS))
        if self.method.scheme is Scheme.RSA_PSS:
            parameters = (_DIGESTS[self.method.digest], _MASKS[self.method.digest], len(digest))
            return bytes(key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=parameters))
        value = bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
        half = len(value) // 2
        return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


@contextmanager
def open_pkcs11(place: TokenPlace, pin: Pin, *, policy: SigningPolicy, pss: bool = False) -> Iterator[PadesSigner]:
    """Open a signer for a batch of documents.

    Args:
        place: which token and which certificate on it.
        pin: asked for at each login.
        policy: how to sign.
        pss: make RSASSA-PSS signatures with an RSA key.

    Raises:
        KeyUnusable: wrong PIN, no such certificate, several, or none with a key.
        SignerUnavailable: no token in it, or the module does not work.
        DevelopmentKeyInProduction, ToolMissing: as `open_signer`.
    """
    with _session(place, pin) as session:
        own, above = _choose(_certificates(session), place)
        _private_key(session, own)
    token = _Token(place=place, pin=pin, certificate=own, above=above, method=method_for(own, pss=pss))
    with open_signer(token, policy) as signer:
        yield signer


@contextmanager
def _session(place: TokenPlace, pin: Pin) -> Iterator[Any]:
    """Log in, and out again at the end."""
    secret = pin()
    try:
        with _ONE_AT_A_TIME:
            library = pkcs11.lib(str(place.library))
            library.reinitialize()  # sees tokens that were put in since
            with _token(library, place).open(user_pin=secret) as session:
                yield session
    except _WRONG_PIN as error:
        raise KeyUnusable(reason="pin_locked" if isinstance(error, PinLocked) else "wrong_pin") from error
    except NoSuchToken as error:
        raise SignerUnavailable(reason="no_token") from error
    except (PKCS11Error, RuntimeError) as error:  # the module's own words could hold anything: only the kind is told
        raise SignerUnavailable(reason=type(error).__name__) from error


def _token(library: Any, place: TokenPlace) -> Any:  # noqa: ANN401 -- python-pkcs11 is untyped
    tokens = [
        slot.get_token()
        for slot in library.get_slots(token_present=True)
        if place.slot is None or slot.slot_id == place.slot
    ]
    chosen = [token for token in tokens if place.token is None or token.label == place.token]
    initialized = [token for token in chosen if token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED]
    if len(initialized) > 1:
        raise KeyUnusable(reason="several_tokens")
    if not initialized:
        raise SignerUnavailable(reason="no_token")
    return initialized[0]


@dataclass(frozen=True, slots=True)
class _Stored:
    label: str
    certificate: x509.Certificate
    has_key: bool


def _certificates(session: Any) -> list[_Stored]:  # noqa: ANN401
    keys = {_identifier(key) for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})}
    moduli = _moduli(session)
    found = []
    for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        certificate = x509.Certificate.load(each[Attribute.VALUE])
        identifier = _identifier(each)
        has_key = (identifier in keys) if identifier else _modulus(certificate) in moduli
        found.append(_Stored(_label(each), certificate, has_key))
    return found


def _choose(stored: Sequence[_Stored], place: TokenPlace) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    wanted = place.certificate
    matching = [
        each
        for each in stored
        if each.has_key
        and (wanted is None or wanted == each.label or wanted.lower() == f"{each.certificate.serial_number:x}")
    ]
    if len(matching) != 1:
        raise KeyUnusable(reason="several_certificates" if matching else "no_certificate")
    own = matching[0].certificate
    return own, tuple(each.certificate for each in stored if each.certificate.ca)


def _private_key(session: Any, certificate: x509.Certificate) -> Any:  # noqa: ANN401
    """Return the key of a certificate: by the number both carry, by its modulus, or because there is only one."""
    kind = KeyType.EC if certificate.public_key.algorithm == "ec" else KeyType.RSA
    keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: kind}))
    numbers = {
        _identifier(each)
        for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
        if each[Attribute.VALUE] == certificate.dump()
    } - {b""}
    chosen = [key for key in keys if _identifier(key) in numbers]
    if not chosen and kind is KeyType.RSA:
        chosen = [key for key in keys if _attribute(key, Attribute.MODULUS) == _modulus(certificate)]
    if not chosen:
        chosen = keys
    if len(chosen) != 1:
        raise KeyUnusable(reason="several_keys" if chosen else "no_key")
    return chosen[0]


def _moduli(session: Any) -> set[bytes]:  # noqa: ANN401
    keys = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.RSA})
    return {_attribute(key, Attribute.MODULUS) for key in keys}


def _modulus(certificate: x509.Certificate) -> bytes:
    if certificate.public_key.algorithm == "ec":
        return b"\0"
    modulus = int(certificate.public_key["public_key"].parsed["modulus"].native)
    return modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")


def _identifier(thing: Any) -> bytes:  # noqa: ANN401
    return _attribute(thing, Attribute.ID)


def _label(thing: Any) -> str:  # noqa: ANN401
    try:
        return str(thing[Attribute.LABEL])
    except PKCS11Error:
        return ""


def _attribute(thing: Any, attribute: Attribute) -> bytes:  # noqa: ANN401
    try:
        return bytes(thing[attribute])
    except PKCS11Error:
        return b""
