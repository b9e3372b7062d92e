"""Know which program asks, by the token that comes with its request.

Sources: RFC 6750; RFC 9068 (tokens of an OpenID provider); RFC 8705 section 3 (bound to a certificate); RFC 9700 section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.client_ports import AccessTokens, ApiClients, TokenProvider
from pipeline.domain.api_errors import TokenNeeded
from pipeline.domain.client import AccessToken, ApiClient, digest_of
from pipeline.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKnowledge:
    """What knowing a program needs."""

    clients: ApiClients
    tokens: AccessTokens
    provider: TokenProvider | None
    """that gives programs their tokens beside this installation"""
    clock: Clock


def known_client(token: str, *, knowledge: ClientKnowledge) -> tuple[AccessToken, ApiClient]:
    """Return what a token stands for and whose it is, wherever it is used from: `bound_to` looks at that.

    Raises:
        TokenNeeded: it is not good, or its client is not known or disabled.
        ProviderUnavailable: whether it is good cannot be found out now.
    """
    # ours have no dots, and those of a provider have two
    if knowledge.provider is not None and token.count(".") == 2:  # noqa: PLR2004 - header.claims.signature
        found = _vouched(token, knowledge, knowledge.provider)
    else:
        found = knowledge.tokens.find(digest_of(token), at=knowledge.clock.now())
    if found is None:
        raise TokenNeeded(problem="invalid_token")
    return found


def refuse_elsewhere(token: AccessToken, client: ApiClient, *, certificate: str) -> None:
    """See that a token is used by whoever it was given to; `certificate` is the one on this connection.

    Raises:
        TokenNeeded: token or client are bound to a certificate, and it is another one.
    """
    if {token.certificate, client.certificate} - {"", certificate}:
        raise TokenNeeded(problem="invalid_token")


def _vouched(token: str, knowledge: ClientKnowledge, provider: TokenProvider) -> tuple[AccessToken, ApiClient] | None:
    said = provider.vouched(token)
    client = knowledge.clients.of_subject(said.subject) if said else None
    if said is None or client is None or client.disabled:
        return None
    known = AccessToken(
        digest=digest_of(token),
        client=client.id,
        scopes=said.scopes & client.scopes,
        certificate=said.certificate,
        issued_at=said.issued_at,
        expires_at=said.expires_at,
    )
    return known, client
