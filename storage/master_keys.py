"""Master keys: a small text file, apart from everything that is kept. They wrap the data keys of sealed objects.

    # anything behind a number sign is a note
    k-5d41402abc4b2a76  BASE64-OF-32-BYTES  current
    k-7d793037a0760186  BASE64-OF-32-BYTES

A key's name is worked out from the key, so that a mistyped or mistaken key is noticed before it is used. Data keys are
wrapped as RFC 3394 says (AES-256 key wrap): it needs no chance, and a wrong key is noticed.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import errno
import hmac
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from cryptography.hazmat.primitives import keywrap

from pipeline.domain.errors import NO_ROOM, BadKeyFile, CannotWrite, MachineExhausted

KeyId = NewType("KeyId", str)
"""`k-` and 16 hexadecimal digits, worked out from the key."""

MASTER_SIZE = 32
"""bytes of a master key: AES-256"""
_CURRENT = "current"
_FIRST_LINE = "# master keys of sealed objects: who has this file can read the archive, who loses it cannot"
_OTHERS = 0o077
_FIELDS = (2, 3)


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """Master keys by name. It is never shown: what is printed of it holds no key."""

    keys: Mapping[KeyId, bytes]
    current: KeyId

    def wrap(self, data_key: bytes) -> tuple[KeyId, bytes]:
        """Return a data key wrapped by the current master key, and that key's name."""
        return self.current, keywrap.aes_key_wrap(self.keys[self.current], data_key)

    def unwrap(self, key: KeyId, wrapped: bytes) -> bytes:
        """Return a data key.

        Raises:
            InvalidUnwrap: the master key is not in the file, or did not wrap this.
        """
        if key not in self.keys:
            raise keywrap.InvalidUnwrap
        return keywrap.aes_key_unwrap(self.keys[key], wrapped)

    def __repr__(self) -> str:
        """The names only."""
        return f"MasterKeys({', '.join(self.keys)}; current {self.current})"


def key_id(key: bytes) -> KeyId:
    """Return the name of a master key; nothing of the key can be told from it."""
    return KeyId("k-" + hmac.digest(key, b"sohoa master key", "sha256")[:8].hex())


def read_master_keys(file: Path) -> MasterKeys:
    """Read the file of master keys.

    Raises:
        BadKeyFile: it is not there, others may read it, or a line is wrong; details name the line.
    """
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read().decode("ascii")
    except OSError as error:
        raise BadKeyFile(file=str(file), problem=error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise BadKeyFile(file=str(file), problem="not a text of ASCII letters") from error
    if mode & _OTHERS:
        raise BadKeyFile(file=str(file), problem=f"mode {mode & 0o777:04o}: only its owner may read it (chmod 600)")
    keys: dict[KeyId, bytes] = {}
    current: list[KeyId] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if words:
            name, key, is_current = _entry(words, file=file, line=number)
            keys[name] = key
            current += [name] if is_current else []
    if len(current) != 1:
        raise BadKeyFile(file=str(file), problem=f"{len(current)} keys are marked current: exactly one has to be")
    return MasterKeys(keys=keys, current=current[0])


def add_master_key(file: Path, *, random_bytes: Callable[[int], bytes], at: dt.datetime) -> MasterKeys:
    """Make a new key, mark it current, and write the file: as a whole or not at all, for its owner only.

    The other keys stay: what they wrapped needs them until it is wrapped anew.

    Raises:
        BadKeyFile: there is a file, and it is wrong: it stays as it is.
        CannotWrite, MachineExhausted
    """
    there = file.exists()
    known = read_master_keys(file).keys if there else {}
    key = random_bytes(MASTER_SIZE)
    lines = [_no_longer_current(line) for line in file.read_text("ascii").splitlines()] if there else [_FIRST_LINE]
    lines.append(f"{key_id(key)}  {base64.b64encode(key).decode()}  {_CURRENT}  # {at.isoformat(timespec='seconds')}")
    _write(file, "\n".join(lines) + "\n")
    return MasterKeys(keys={**known, key_id(key): key}, current=key_id(key))


def _no_longer_current(line: str) -> str:
    entry, sign, note = line.partition("#")
    return f"{'  '.join(entry.split()[:2])}{'  ' if entry.strip() and sign else ''}{sign}{note}"


def _entry(words: list[str], *, file: Path, line: int) -> tuple[KeyId, bytes, bool]:
    if len(words) not in _FIELDS or words[2:] not in ([], [_CURRENT]):
        raise BadKeyFile(
            file=str(file), line=line, problem=f"line {line}: a line is: name, key, and `current` for one of them"
        )
    try:
        key = base64.b64decode(words[1], validate=True)
    except binascii.Error as error:
        raise BadKeyFile(file=str(file), line=line, problem=f"line {line}: the key is not Base64") from error
    if len(key) != MASTER_SIZE:
        raise BadKeyFile(file=str(file), line=line, problem=f"line {line}: {len(key)} bytes: a key has {MASTER_SIZE}")
    if words[0] != key_id(key):
        raise BadKeyFile(
            file=str(file), line=line, problem=f"line {line}: {words[0]} is not the name of this key: mistyped"
        )
    return KeyId(words[0]), key, len(words) == max(_FIELDS)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600 from the beginning
        aside = Path(name)
        try:
            os.close(handle)
            with aside.open("w", encoding="ascii") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        reason = error.strerror or errno.errorcode.get(error.errno or 0, type(error).__name__)
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(file), reason=reason) from error
        raise CannotWrite(path=str(file), problem=reason) from error
