"""What signing in needs from outside: sessions, a guard against guessing, second factors; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from pipeline.domain.account import AccountId
from pipeline.domain.session import Session, SessionId


class Sessions(Protocol):
    """Who is signed in, known to all processes."""

    def begin(self, session: Session) -> None:
        """Keep a new session, and forget those that are over."""
        ...

    def find(self, session: SessionId) -> Session | None:
        """Return a session as it is kept, whether it is over or not."""
        ...

    def seen(self, session: SessionId, at: dt.datetime) -> None:
        """Write when somebody was there; nothing where the session has ended."""
        ...

    def end(self, session: SessionId) -> None:
        """Forget a session."""
        ...

    def end_all(self, account: AccountId, *, but: SessionId | None = None) -> int:
        """Forget all sessions of an account, but one; return how many they were."""
        ...


class OpenSessions(Protocol):
    """What people may see of their sessions, and administrators of everybody's."""

    def of(self, account: AccountId) -> Sequence[Session]:
        """Return an account's sessions, the one that was seen last before the others."""
        ...

    def counts(self) -> dict[AccountId, int]:
        """Return how many sessions accounts have; those without one are not named."""
        ...


class SignInGuard(Protocol):
    """Slows guessing down; what it knows outlives a restart and is shared by all processes.

    An attempt counts as failed from the moment it is admitted until it is known to have gone well, so that attempts at
    the same moment are counted as well.
    """

    def admit(self, login: str, address: str, *, at: dt.datetime) -> dt.datetime | None:
        """Admit an attempt and return None, or return until when none is admitted."""
        ...

    def passed(self, login: str, address: str) -> None:
        """Write that the attempt went well: the login's failures are forgotten, the address's are as before the attempt."""
        ...

    def locked_until(self, login: str, *, at: dt.datetime) -> dt.datetime | None:
        """Return until when a login has to wait."""
        ...

    def release(self, login: str) -> None:
        """Forget a login's failures."""
        ...
