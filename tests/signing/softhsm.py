"""A SoftHSM token with keys and certificates as they come on real ones: with and without labels and identifiers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from signing.issuing import Identity
from tests.servers.required import give_up

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "739154"
SO_PIN = "5550001"


@dataclass(frozen=True)
class Token:
    label: str

    def put(
        self,
        identity: Identity,
        *,
        label: str | None = "signing",
        number: bytes | None = b"\x01",
        key: bool = True,
    ) -> None:
        library = pkcs11.lib(str(LIBRARY))
        library.reinitialize()
        names: dict[Attribute, Any] = {Attribute.TOKEN: True}
        names |= {Attribute.LABEL: label} if label else {}
        names |= {Attribute.ID: number} if number else {}
        with library.get_token(token_label=self.label).open(user_pin=PIN, rw=True) as session:
            if key:
                session.create_object(private_key(identity) | names | {Attribute.SIGN: True, Attribute.PRIVATE: True})
            session.create_object(decode_x509_certificate(identity.der) | names)


def private_key(identity: Identity) -> dict[Attribute, Any]:
    if isinstance(identity.key, rsa.RSAPrivateKey):
        der = identity.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        return dict(decode_rsa_private_key(der))
    number = identity.key.private_numbers().private_value
    return {
        Attribute.CLASS: ObjectClass.PRIVATE_KEY,
        Attribute.KEY_TYPE: KeyType.EC,
        Attribute.EC_PARAMS: encode_named_curve_parameters(identity.key.curve.name),
        Attribute.VALUE: number.to_bytes((identity.key.key_size + 7) // 8, "big"),
    }


def make_token(label: str) -> Token:
    """Initialize a token; SOFTHSM2_CONF names where it is kept."""
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN]
    subprocess.run(command, check=True, capture_output=True)
    return Token(label)


def configure(folder: Path) -> Path:
    """Write a configuration that keeps tokens in `folder`; return what SOFTHSM2_CONF has to name. Without SoftHSM, give up."""
    if not LIBRARY.is_file():
        give_up("SoftHSM is not installed")
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    return configuration
