"""Digests of what is sent (RFC 9530): `sha-256=:…:` in `Repr-Digest` and `Content-Digest`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from sohoa_client.problems import DigestMismatch

_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]+=*):")


def digest_field(sha256: bytes) -> str:
    """Return the value of a digest header."""
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


def named_digest(field: str | None) -> bytes | None:
    """Return the SHA-256 that a digest header names; None where it names none.

    Raises:
        DigestMismatch: what it names cannot be one.
    """
    found = _SHA_256.search(field or "")
    if found is None:
        return None
    try:
        named = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        named = b""
    if len(named) != hashlib.sha256().digest_size:
        raise DigestMismatch(f"not a SHA-256: {field}")
    return named


def check_digest(field: str | None, body: bytes) -> None:
    """Check a body against its digest header, where there is one.

    Raises:
        DigestMismatch
    """
    named = named_digest(field)
    if named is not None and named != hashlib.sha256(body).digest():
        raise DigestMismatch("the answer is not what was sent")
