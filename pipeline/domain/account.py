"""Who may sign in, in which roles, and for which agency."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
"""A UUIDv7."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


class Role(StrEnum):
    """What an account may do."""

    CLERK = "clerk"
    """digitizes, corrects, signs copies"""
    OFFICIAL = "official"
    """signs results"""
    RECORDS_OFFICER = "records_officer"
    """searches, holds, proposes and approves disposals, exports"""
    ADMINISTRATOR = "administrator"
    """accounts, procedures, types, stores; reads no papers by that alone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in."""

    id: AccountId
    login: str
    """lower case; unique"""
    name: str
    agency: str
    """whose papers may be seen; empty: the installation's own"""
    roles: frozenset[Role]
    password_hash: str = ""
    """as the wiring makes it; empty: no password opens the account (people come in by OpenID Connect)"""
    password_given: bool = False
    """whether somebody else knows the password: it has to be changed before anything else"""
    subject: str = ""
    """for whom an identity provider vouches: issuer and name there, parted by a space; empty until they first sign in"""
    disabled: bool = False
    created_at: dt.datetime
    version: int = 1
    """grows with every change: who changes an older one is told so"""

    def __post_init__(self) -> None:
        if not _LOGIN.fullmatch(self.login):
            raise ValueError(f"not a login: {self.login!r}")
        if not self.roles:
            raise ValueError("an account without a role may do nothing")
