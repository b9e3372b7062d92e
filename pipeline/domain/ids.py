"""One type for each identifier, so that a hash is never passed where a dossier code belongs."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
import uuid
from collections.abc import Sequence
from typing import NewType

ContentHash = NewType("ContentHash", str)
"""SHA-256 of an object's bytes, 64 lower-case hexadecimal digits."""

BatchId = NewType("BatchId", str)
"""`b-` and 24 hexadecimal digits, derived from what the batch holds: the same upload is the same batch."""

DocumentId = NewType("DocumentId", str)
"""`d-` and 24 hexadecimal digits, derived from the batch and the document's first page."""

DossierCode = NewType("DossierCode", str)
"""Mã hồ sơ, `H42.12-220801-0001` or the older `000.00.12.H42-220801-0001` (TT 03/2025/TT-VPCP art. 13)."""

SourceName = NewType("SourceName", str)
"""A source's name within its batch, NFC, unique there; `/` parts folders, `archive.zip/inner.pdf` names a member."""

TypeCode = NewType("TypeCode", str)
"""A document type's code, such as `quyet_dinh`."""

FieldName = NewType("FieldName", str)
"""A field's name, such as `code_number`."""

_HASH = re.compile(r"[0-9a-f]{64}")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def content_hash(data: bytes) -> ContentHash:
    """Return the SHA-256 of `data`."""
    return ContentHash(hashlib.sha256(data).hexdigest())


def as_content_hash(text: str) -> ContentHash:
    """Return `text` as a hash.

    Raises:
        ValueError: it is not 64 lower-case hexadecimal digits.
    """
    if not _HASH.fullmatch(text):
        raise ValueError(f"not a SHA-256 in lower-case hexadecimal: {text!r}")
    return ContentHash(text)


def derived_id(prefix: str, *parts: str) -> str:
    """Return `prefix` and 24 hexadecimal digits that depend on `parts` and their order only."""
    return f"{prefix}-{_digest_of(parts).hex()[:24]}"


def derived_uuid(*parts: str) -> str:
    """Return a UUID that depends on `parts` and their order only (UUIDv8, RFC 9562 section 5.8)."""
    number = int.from_bytes(_digest_of(parts)[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76  # version
    number = number & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(uuid.UUID(int=number))


def _digest_of(parts: Sequence[str]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        data = unicodedata.normalize("NFC", part).encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


UUID_CHANCE = 8
"""bytes of chance in an id that sorts by time"""


def uuid7(at: dt.datetime, chance: bytes) -> str:
    """Return an id that sorts by the moment it was made (UUIDv7, RFC 9562 section 5.7): what nothing can be derived from.

    Args:
        at: aware; milliseconds, and in the 12 bits behind them the fraction of one (section 6.2, method 3).
        chance: `UUID_CHANCE` random bytes; two bits of them are lost to the variant.

    Raises:
        ValueError: a time without a zone, or other than so many bytes.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    if len(chance) != UUID_CHANCE:
        raise ValueError(f"{UUID_CHANCE} random bytes are needed")
    milliseconds, micros = divmod((at - _EPOCH) // dt.timedelta(microseconds=1), 1000)
    fraction = micros * 4096 // 1000
    random = int.from_bytes(chance, "big") & (1 << 62) - 1
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random))
