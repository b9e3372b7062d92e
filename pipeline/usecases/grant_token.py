"""Give a program a token for a while, once it has proved who it is; end the token again.

Sources: OAuth 2.1 (draft-ietf-oauth-v2-1) section 4.2; RFC 6749 sections 2.3 and 4.4; RFC 7009; RFC 8705 sections 2 and 3.
"""

from __future__ import annotations

import datetime as dt
import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.client_ports import AccessTokens, ApiClients
from pipeline.domain.api_errors import ClientRefused, GrantRefused, TooManyRequests
from pipeline.domain.audit import Action, Author, Deed, Subject, SubjectKind
from pipeline.domain.client import AccessToken, ApiClient, ApiScope, ClientId, ClientProof, digest_of
from pipeline.ports import Clock
from pipeline.session_ports import SignInGuard
from pipeline.usecases.sign_in import NOBODY, Trails

ROLE = "client"
"""in which programs act, for the trail"""
_NO_SECRET = digest_of("")
"""what is compared where there is nothing to compare, so that nobody learns from the time which clients there are"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenServices:
    """What giving tokens needs."""

    clients: ApiClients
    tokens: AccessTokens
    guard: SignInGuard
    trails: Trails
    clock: Clock
    secret: Callable[[], str]
    """returns 256 bits by chance as URL-safe letters"""


def client_author(client: ClientId, *, origin: str) -> Author:
    """Return under which name the trail keeps what a client does."""
    return Author(name=client, role=ROLE, origin=origin)


def grant_token(
    proof: ClientProof, *, scope: str, origin: str, lifetime: dt.timedelta, services: TokenServices
) -> tuple[str, AccessToken]:
    """Return a token for a client, and what it stands for. `scope` has names parted by spaces; none: all that it may have.

    Raises:
        ClientRefused, TooManyRequests: as `proved_client` does.
        GrantRefused: it may not have such a scope.
    """
    client = proved_client(proof, origin=origin, services=services)
    trail = services.trails(client_author(client.id, origin=origin))
    scopes = _granted(scope, client)
    if scopes is None:
        trail.note([_deed(Action.TOKEN_REFUSED, client, problem="invalid_scope")])
        raise GrantRefused(problem="invalid_scope")
    word, now = services.secret(), services.clock.now()
    token = AccessToken(
        digest=digest_of(word),
        client=client.id,
        scopes=scopes,
        certificate=client.certificate,
        issued_at=now,
        expires_at=now + lifetime,
    )
    until = token.expires_at.isoformat()
    trail.note([_deed(Action.TOKEN_GIVEN, client, by=_means(proof), scope=" ".join(sorted(scopes)), until=until)])
    services.tokens.keep(token)
    return word, token


def end_token(token: str, proof: ClientProof, *, origin: str, services: TokenServices) -> bool:
    """End a token because its client says so; False: it was none of the client's, or over (RFC 7009 section 2.2).

    Raises:
        ClientRefused, TooManyRequests: as `proved_client` does.
    """
    client = proved_client(proof, origin=origin, services=services)
    ended = services.tokens.end(digest_of(token), client=client.id)
    if ended:
        services.trails(client_author(client.id, origin=origin)).note([_deed(Action.TOKENS_ENDED, client, tokens="1")])
    return ended


def proved_client(proof: ClientProof, *, origin: str, services: TokenServices) -> ApiClient:
    """Return the client that a request comes from. Whatever is kept of it has to be proved: secret, certificate, or both.

    Failures are counted by client and address, and by address; while one of them has to wait, nothing is written down
    and nobody is told more. Who proves it is never turned away, whatever others try in its name: 256 bits are not guessed.

    Raises:
        ClientRefused: it did not prove it, or is disabled; which of them is not said.
        TooManyRequests: likewise, too often.
    """
    client = services.clients.find(ClientId(proof.id))
    if _is_proved(client, proof) and client is not None and not client.disabled:
        return client
    now = services.clock.now()
    # beside those of people: a program that has the wrong secret keeps nobody at its address from signing in
    login, address = f"client {proof.id} at {origin}", f"client at {origin}"
    until = services.guard.admit(login, address, at=now)
    if until is not None:
        raise TooManyRequests(seconds=max(1, math.ceil((until - now).total_seconds())))
    wait = services.guard.locked_until(login, at=now)
    details = {"by": _means(proof)} | ({"until": wait.isoformat()} if wait else {})
    # an id that is not known is not written down: it may be a secret
    subject = Subject(SubjectKind.CLIENT, client.id if client else "")
    nobody = services.trails(Author(name=NOBODY, role=NOBODY, origin=origin))
    nobody.note([Deed(action=Action.TOKEN_REFUSED, subject=subject, details=details)])
    raise ClientRefused


def _is_proved(client: ApiClient | None, proof: ClientProof) -> bool:
    kept = client.secret_hash if client else ""
    has_secret = hmac.compare_digest(digest_of(proof.secret), kept or _NO_SECRET)
    if client is None or not (client.secret_hash or client.certificate):
        return False
    has_certificate = hmac.compare_digest(proof.certificate.encode(), client.certificate.encode())
    return (has_secret or not client.secret_hash) and (has_certificate or not client.certificate)


def _granted(scope: str, client: ApiClient) -> frozenset[ApiScope] | None:
    asked = frozenset(scope.split())
    if not asked <= client.scopes:
        return None
    return frozenset(ApiScope(each) for each in asked) or client.scopes


def _means(proof: ClientProof) -> str:
    return (
        "+".join(name for name, given in (("secret", proof.secret), ("certificate", proof.certificate)) if given) or "–"
    )


def _deed(action: Action, client: ApiClient, **details: str) -> Deed:
    return Deed(action=action, subject=Subject(SubjectKind.CLIENT, client.id), details=details)
