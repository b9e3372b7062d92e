"""What signing in needs from outside: sessions, a guard against guessing, second factors; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Protocol

from pipeline.domain.account import AccountId
from pipeline.domain.provider import Claims, ProviderRequest
from pipeline.domain.second_factor import SecondFactor
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


class SecondFactors(Protocol):
    """Second factors of accounts. What they are is a secret, kept sealed; that they are there stands in the audit trail."""

    def find(self, account: AccountId) -> SecondFactor | None:
        """Return an account's second factor, or the one that is being set up."""
        ...

    def begin(self, account: AccountId, sealed: str) -> None:
        """Keep a secret that opens nothing until it is confirmed; one that was not confirmed gives way.

        Raises:
            RecordChanged: the account has a confirmed one.
        """
        ...

    def confirm(self, account: AccountId, *, step: int, recovery: Collection[str]) -> bool:
        """Let it be asked for from now on; `recovery` are digests of codes, each good for once. False: there is none to confirm."""
        ...

    def use(self, account: AccountId, *, step: int | None = None, recovery: str = "") -> bool:
        """Use up a time step with all before it, or a recovery code; False where it was used up, whoever asks at the same moment."""
        ...

    def remove(self, account: AccountId) -> bool:
        """Forget it with its recovery codes; False: there was none."""
        ...


class SecretBox(Protocol):
    """Seals small secrets with a key that is not in the database."""

    def seal(self, secret: bytes, *, about: str) -> str:
        """Return a secret as text that only the key opens, and only where it is said to be about the same thing."""
        ...

    def open(self, sealed: str, *, about: str) -> bytes:
        """Return a secret.

        Raises:
            BadKeyFile: the key is not there, or did not seal this.
        """
        ...


class ProviderRequests(Protocol):
    """Requests to identity providers that have not come back yet."""

    def keep(self, digest: str, request: ProviderRequest) -> None:
        """Keep a request under the digest of its `state`, and forget those that are over."""
        ...

    def take(self, digest: str) -> ProviderRequest | None:
        """Return a request and forget it: only the first who asks gets it."""
        ...


class IdentityProvider(Protocol):
    """Somebody who vouches for who people are (OpenID Connect Core 1.0)."""

    def address(self, request: ProviderRequest, *, state: str, challenge: str) -> str:
        """Return the address to which the browser is sent to sign in there.

        Raises:
            ProviderUnavailable
        """
        ...

    def claims(self, request: ProviderRequest, *, code: str, issuer: str | None) -> Claims:
        """Exchange a code for what the provider says of the person; `issuer` is what the browser brought (RFC 9207).

        Raises:
            ProviderRefused: it is not believed, or the provider refused.
            ProviderUnavailable
        """
        ...
