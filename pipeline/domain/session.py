"""Who is signed in: a secret in the visitor's cookie, and what is remembered of it.

Sources: NIST SP 800-63B-4 section 5 (sessions) and section 3.2.2 (guessing); OWASP ASVS 5.0 chapter 7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import NewType

from pipeline.domain.account import AccountId
from pipeline.domain.owner import OwnerId

SessionToken = NewType("SessionToken", str)
"""The secret in the visitor's cookie: 256 bits by chance, as URL-safe letters. Kept nowhere else."""

SessionId = NewType("SessionId", str)
"""SHA-256 of the token, 64 lower-case hexadecimal digits: who reads the database cannot sign in with it."""


def session_id(token: SessionToken) -> SessionId:
    """Return under which name the session of a token is kept."""
    return SessionId(hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in: a member of staff, or an owner of papers."""

    id: SessionId
    account: AccountId | None = None
    owner: OwnerId | None = None
    """one of the two"""
    csrf: str
    """what every unsafe request of the session has to repeat"""
    begun_at: dt.datetime
    seen_at: dt.datetime
    """when a request last came in; not to the second"""
    ends_at: dt.datetime
    """when it ends however busy it is"""
    origin: str
    """address from which it was begun"""
    assured: bool = False
    """whether a second factor was given, or an identity provider answers for who it is"""

    def __post_init__(self) -> None:
        if (self.account is None) == (self.owner is None):
            raise ValueError("a session is an account's or an owner's")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long a session lasts."""

    idle: dt.timedelta
    """without a request"""
    longest: dt.timedelta
    """in all"""

    def is_over(self, session: Session, *, at: dt.datetime) -> bool:
        """Say whether a session has ended by itself."""
        return at >= session.ends_at or at - session.seen_at >= self.idle


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutPolicy:
    """How guessing is slowed down: after some failures each further one costs a wait, twice as long as the one before.

    Waiting ends by itself, so that nobody can lock somebody else out for good.
    """

    free_by_login: int = 5
    """failures of one login before it has to wait"""
    free_by_address: int = 50
    """the same for an address: a whole office may come from one"""
    first: dt.timedelta = dt.timedelta(seconds=30)
    longest: dt.timedelta = dt.timedelta(minutes=15)
    remembered: dt.timedelta = dt.timedelta(days=1)
    """time without a failure after which those before it are forgotten"""

    def wait(self, failures: int, *, free: int) -> dt.timedelta:
        """Return for how long nobody may try after so many failures."""
        over = failures - free
        if over < 0:
            return dt.timedelta(0)
        doublings = min(over, 20)  # the longest wait is reached long before; more would only be large numbers
        return min(self.first * (1 << doublings), self.longest)


def new_session(
    token: SessionToken,
    *,
    csrf: str,
    now: dt.datetime,
    origin: str,
    policy: SessionPolicy,
    assured: bool,
    account: AccountId | None = None,
    owner: OwnerId | None = None,
) -> Session:
    """Return the session that begins with `token`, for an account or for an owner."""
    return Session(
        id=session_id(token),
        account=account,
        owner=owner,
        csrf=csrf,
        begun_at=now,
        seen_at=now,
        ends_at=now + policy.longest,
        origin=origin,
        assured=assured,
    )
