"""What the interface for systems needs from outside: clients, their tokens, and answers that are given again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.client import AccessToken, ApiClient, ClientId, VouchedToken


class ApiClients(Protocol):
    """Programs that may ask. Records of the office: every change stands in the audit trail."""

    def add(self, client: ApiClient) -> None:
        """Keep a new client.

        Raises:
            ClientTaken: there is one with this id, or of this name at the OpenID provider.
        """
        ...

    def change(self, client: ApiClient) -> ApiClient:
        """Write a client anew, as the version after `client.version`.

        Raises:
            RecordChanged: somebody changed it since.
            ClientTaken: another is of this name at the OpenID provider.
            NotFound
        """
        ...

    def find(self, client: ClientId) -> ApiClient | None:
        """Return a client, also one that is disabled."""
        ...

    def of_subject(self, subject: str) -> ApiClient | None:
        """Return the client that an OpenID provider's tokens name so."""
        ...

    def every(self) -> Sequence[ApiClient]:
        """Return all, by id."""
        ...


class AccessTokens(Protocol):
    """Tokens that are good for a while. No records: they say who has proved itself lately."""

    def keep(self, token: AccessToken) -> None:
        """Keep a token; those that are over go."""
        ...

    def find(self, digest: str, *, at: dt.datetime) -> tuple[AccessToken, ApiClient] | None:
        """Return a token that is good at a moment and whose client is not disabled, with its client."""
        ...

    def end(self, digest: str, *, client: ClientId) -> bool:
        """End a token, where it is this client's; False: it is not, or there is none."""
        ...

    def revoke(self, client: ClientId) -> int:
        """End all tokens of a client; returns how many there were."""
        ...


class TokenProvider(Protocol):
    """An OpenID provider that gives programs their tokens, in place of this installation."""

    def vouched(self, token: str) -> VouchedToken | None:
        """Return what a token says, where the provider made it for this installation and it is good now.

        Raises:
            ProviderUnavailable: its keys cannot be had.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer to a create, kept so that a repeated request gets the same."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class GivenAnswers(Protocol):
    """Answers by client and Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

    def begin(self, client: ClientId, key: str, *, request: str, at: dt.datetime, seconds: int) -> GivenAnswer | None:
        """Take a key for a request with the digest `request`, or return the answer that was given under it.

        Keys are forgotten a day after they were taken.
        A key that was taken or held `seconds` ago and never answered (its process died) is taken anew.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
            RequestUnderWay: the first request is still being answered.
        """
        ...

    def hold(self, client: ClientId, key: str, *, at: dt.datetime) -> None:
        """Say that the request is still being answered."""
        ...

    def finish(self, client: ClientId, key: str, answer: GivenAnswer) -> None:
        """Keep the answer."""
        ...

    def give_up(self, client: ClientId, key: str) -> None:
        """Free the key: nothing was made."""
        ...
