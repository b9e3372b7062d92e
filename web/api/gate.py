"""Where programs come in: who gets a token, and whose token it is."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.ids import new_secret
from app.provider_tokens import ProviderTokens
from pipeline.domain.client import AccessToken, ApiClient, ClientProof, digest_of
from pipeline.usecases.grant_token import TokenServices, end_token, grant_token
from pipeline.usecases.know_client import ClientKnowledge, known_client, refuse_elsewhere
from web.identity import trails_of
from web.office import Office

_MOST = 10_000
"""tokens that are remembered at once"""


@dataclass(frozen=True, slots=True)
class _Remembered:
    token: AccessToken
    client: ApiClient
    until: float


class ClientGate:
    """Gives tokens and knows them again; safe among threads.

    A token that was good is taken for good for some seconds more without asking (`api.token_cache_seconds`), in this
    process alone: one that is ended elsewhere, or whose client is shut there, is still good here for so long.
    """

    def __init__(self, office: Office, *, prefix: str, seconds: Callable[[], float] = time.monotonic) -> None:
        """Guard an office's interface, which is reached at `prefix`."""
        services, settings = office.services, office.settings.api
        provider = None
        if settings.oidc.issuer:
            audience = settings.oidc.audience or office.address + prefix
            provider = ProviderTokens(settings.oidc, audience=audience, clock=services.clock)
        self._knowledge = ClientKnowledge(
            clients=services.clients, tokens=services.access_tokens, provider=provider, clock=services.clock
        )
        self._granting = TokenServices(
            clients=services.clients,
            tokens=services.access_tokens,
            guard=services.sign_in_guard,
            trails=trails_of(office),
            clock=services.clock,
            secret=new_secret,
        )
        self._lifetime = dt.timedelta(minutes=settings.token_minutes)
        self._keeps = settings.token_cache_seconds
        self._seconds = seconds
        self._lock = threading.Lock()
        self._remembered: dict[str, _Remembered] = {}

    def grant(self, proof: ClientProof, *, scope: str, origin: str) -> tuple[str, AccessToken]:
        """Return a token, and what it stands for.

        Raises:
            ClientRefused, TooManyRequests, GrantRefused
        """
        return grant_token(proof, scope=scope, origin=origin, lifetime=self._lifetime, services=self._granting)

    def end(self, token: str, proof: ClientProof, *, origin: str) -> None:
        """End a token of the client that says so.

        Raises:
            ClientRefused, TooManyRequests
        """
        end_token(token, proof, origin=origin, services=self._granting)
        with self._lock:
            self._remembered.pop(digest_of(token), None)

    def known(self, token: str, *, certificate: str) -> tuple[AccessToken, ApiClient]:
        """Return what a token stands for and whose it is; `certificate` is the one on this connection.

        Raises:
            TokenNeeded: it is not good, or not here.
            ProviderUnavailable: whether it is good cannot be found out now.
        """
        digest = digest_of(token)
        found = self._again(digest)
        if found is None:
            found = known_client(token, knowledge=self._knowledge)
            self._remember(digest, *found)
        refuse_elsewhere(*found, certificate=certificate)
        return found

    def _again(self, digest: str) -> tuple[AccessToken, ApiClient] | None:
        with self._lock:
            kept = self._remembered.get(digest)
        if kept is None or kept.until < self._seconds() or kept.token.expires_at <= self._knowledge.clock.now():
            return None
        return kept.token, kept.client

    def _remember(self, digest: str, token: AccessToken, client: ApiClient) -> None:
        if not self._keeps:
            return
        kept = _Remembered(token, client, self._seconds() + self._keeps)
        with self._lock:
            self._remembered.pop(digest, None)
            self._remembered[digest] = kept  # the one that came last stands at the end
            while len(self._remembered) > _MOST:
                del self._remembered[next(iter(self._remembered))]
