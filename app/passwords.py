"""Passwords of local accounts: kept as Argon2id (RFC 9106), never as they are."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.domain.password import LONGEST, SHORTEST

__all__ = ["SHORTEST", "hash_password", "password_fits"]

_HASHER = PasswordHasher()
"""parameters of RFC 9106 for machines with little memory to spare: 64 MiB, 3 passes, 4 lanes"""
_AT_ONCE = threading.BoundedSemaphore(4)
"""each takes its 64 MiB: a flood of attempts waits in line and does not eat the machine's memory"""


def hash_password(password: str) -> str:
    """Return what is kept of a password; it holds its own salt and parameters.

    Raises:
        ValueError: it is shorter than `SHORTEST`, or longer than `LONGEST`.
    """
    typed = _one_way(password)
    if not SHORTEST <= len(typed) <= LONGEST:
        raise ValueError(f"a password has at least {SHORTEST} characters and at most {LONGEST}")
    with _AT_ONCE:
        return _HASHER.hash(typed)


def password_fits(password: str, kept: str) -> bool:
    """Say whether a password is the one that was kept; an account without one lets nobody in, and says so as slowly."""
    typed = _one_way(password)
    known = kept if 0 < len(typed) <= LONGEST else ""
    try:
        with _AT_ONCE:
            return _HASHER.verify(known or _nobodys(), typed[:LONGEST]) and bool(known)
    except (VerificationError, InvalidHashError):
        return False


def _one_way(password: str) -> str:
    """Return a password as the same letters whichever keyboard they came from (NIST SP 800-63B-4 section 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys() -> str:
    """Return what would be kept of a password that nobody has: trying it takes as long as any other."""
    return _HASHER.hash("nobody has this password")
