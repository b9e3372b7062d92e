"""A second factor beside the password: a secret that a phone has too, from which both make six digits for half a minute.

Sources: RFC 6238 (TOTP); NIST SP 800-63B-4 sections 3.1.2 (recovery codes) and 3.1.4 (no code is accepted twice).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.account import Account, AccountId, Role

_NO_LETTERS = re.compile(r"[^A-Z2-7]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """An account's second factor as it is kept."""

    account: AccountId
    sealed: str
    """the secret as a `SecretBox` sealed it"""
    confirmed_at: dt.datetime | None = None
    """when a code of it was first typed; None: it is being set up and opens nothing yet"""
    recovery_left: int = 0
    """recovery codes that were not used"""


class SignInStep(StrEnum):
    """What somebody who has signed in has to do before anything else."""

    CODE = "code"
    """give a code of the second factor"""
    PASSWORD = "password"  # noqa: S105 - the name of a step
    """choose a password in place of the one that was given"""
    ENROL = "enrol"
    """set up a second factor"""


def needs_second_factor(account: Account) -> bool:
    """Say whether an account may not work without a second factor: whoever signs results, and comes with a password."""
    return Role.OFFICIAL in account.roles and bool(account.password_hash)


def recovery_digest(code: str) -> str:
    """Return what is kept of a recovery code, however it is typed.

    A code has 120 bits by chance: a plain digest cannot be searched through (NIST SP 800-63B-4 section 3.1.2.2).
    """
    return hashlib.sha256(_NO_LETTERS.sub("", code.upper()).encode()).hexdigest()
