"""Passwords of local accounts: kept as Argon2id (RFC 9106), never as they are."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
"""characters of a password that may be all that stands before an account (NIST SP 800-63B-4 section 3.1.1.2)"""
_HASHER = PasswordHasher()
"""parameters of RFC 9106 for machines with little memory to spare: 64 MiB, 3 passes, 4 lanes"""


def hash_password(password: str) -> str:
    """Return what is kept of a password; it holds its own salt and parameters.

    Raises:
        ValueError: it is shorter than `SHORTEST`.
    """
    if len(password) < SHORTEST:
        raise ValueError(f"a password has at least {SHORTEST} characters")
    return _HASHER.hash(password)


def password_fits(password: str, kept: str) -> bool:
    """Say whether a password is the one that was kept; an account without one lets nobody in."""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
