"""Small secrets sealed for the database, with a key that is not in it.

The key is worked out (HKDF, RFC 5869) from the master keys of `encryption.key_file` where the settings name one, and
otherwise from a file of the same form in the home folder that is made when it is first needed.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.settings import Settings
from pipeline.domain.errors import BadKeyFile
from pipeline.ports import Clock
from storage.master_keys import MASTER_SIZE, KeyId, MasterKeys, add_master_key, read_master_keys

_FILE = "secrets.keys"
_NONCE = 12
"""bytes (NIST SP 800-38D section 8.2.2)"""
_PURPOSE = b"sohoa small secrets"


class KeyedBox:
    """Implements `pipeline.session_ports.SecretBox` with AES-256-GCM; what is sealed names its master key."""

    def __init__(self, keys: Callable[[], MasterKeys], *, file: Path, random_bytes: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._file = file
        self._random_bytes = random_bytes

    def seal(self, secret: bytes, *, about: str) -> str:
        """Return a secret as text that only the key opens, and only where it is said to be about the same thing."""
        keys = self._keys()
        nonce = self._random_bytes(_NONCE)
        sealed = nonce + AESGCM(_derived(keys.keys[keys.current])).encrypt(nonce, secret, about.encode())
        return f"{keys.current}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, *, about: str) -> bytes:
        """Return a secret.

        Raises:
            BadKeyFile: the key is not there, or did not seal this.
        """
        name, _, text = sealed.partition(":")
        master = self._keys().keys.get(KeyId(name))
        if master is None:
            raise BadKeyFile(file=str(self._file), problem=f"holds no key {name}")
        try:
            data = base64.b64decode(text, validate=True)
            return AESGCM(_derived(master)).decrypt(data[:_NONCE], data[_NONCE:], about.encode())
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise BadKeyFile(file=str(self._file), problem=f"{name} did not seal this") from error


def secret_box(settings: Settings, *, clock: Clock) -> KeyedBox:
    """Return the box of an installation. Keys are read when they are needed: most processes never do."""
    named = settings.encryption.key_file
    if named is not None:
        return KeyedBox(lambda: read_master_keys(named), file=named, random_bytes=os.urandom)
    own = small_secrets_file(settings)
    return KeyedBox(lambda: _made(own, clock=clock), file=own, random_bytes=os.urandom)


def small_secrets_file(settings: Settings) -> Path:
    """Return the file of keys that is used where no master keys are named."""
    return settings.home / _FILE


def _made(file: Path, *, clock: Clock) -> MasterKeys:
    """Read the keys of the home folder; make them first where there are none, whichever process is the first."""
    if not file.exists():
        with (file.parent / f".{file.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                return add_master_key(file, random_bytes=os.urandom, at=clock.now())
    return read_master_keys(file)


def _derived(master: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=MASTER_SIZE, salt=None, info=_PURPOSE).derive(master)
