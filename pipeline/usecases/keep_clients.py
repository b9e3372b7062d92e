"""Say which programs may ask: add them, give them secrets, change what they may see, shut them out.

Whatever changes what a client may do, or how it proves itself, ends its tokens: they stand for what it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from pipeline.audit_ports import AuditTrail
from pipeline.client_ports import AccessTokens, ApiClients
from pipeline.domain.api_errors import ClientUnproved
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.client import ApiClient, digest_of

Secret = Callable[[], str]
"""returns 256 bits by chance as URL-safe letters"""


def add_client(client: ApiClient, *, with_secret: bool, clients: ApiClients, secret: Secret) -> tuple[ApiClient, str]:
    """Keep a new client and return it with its secret, which is nowhere else; without one it is empty.

    Raises:
        ClientTaken
        ClientUnproved: it could never show who it is.
    """
    word = secret() if with_secret else ""
    kept = replace(client, secret_hash=digest_of(word) if word else "")
    _refuse_unproved(kept)
    clients.add(kept)
    return kept, word


def give_secret(
    client: ApiClient, *, clients: ApiClients, tokens: AccessTokens, trail: AuditTrail, secret: Secret
) -> tuple[ApiClient, str]:
    """Give a client another secret and return it: the one before, and the tokens that it had, are good no more.

    Raises:
        RecordChanged, NotFound
    """
    word = secret()
    kept = clients.change(replace(client, secret_hash=digest_of(word)))
    _end_tokens(kept, tokens=tokens, trail=trail)
    return kept, word


def change_client(
    client: ApiClient, changed: ApiClient, *, clients: ApiClients, tokens: AccessTokens, trail: AuditTrail
) -> ApiClient:
    """Write a client anew. Its tokens end unless only its name is another.

    Raises:
        RecordChanged, NotFound, ClientTaken
        ClientUnproved: it could never show who it is.
    """
    _refuse_unproved(changed)
    kept = clients.change(replace(changed, version=client.version))
    if replace(kept, name=client.name, version=client.version) != client:
        _end_tokens(kept, tokens=tokens, trail=trail)
    return kept


def reached_agencies(named: Collection[str], *, own: str) -> frozenset[str]:
    """Return the agencies whose papers are meant: none named is the installation's own, whose papers may name none."""
    asked = frozenset(each.strip() for each in named) or frozenset({own})
    return asked | {""} if own in asked else asked


def _end_tokens(client: ApiClient, *, tokens: AccessTokens, trail: AuditTrail) -> None:
    ended = tokens.revoke(client.id)
    if ended:
        subject = Subject(SubjectKind.CLIENT, client.id)
        trail.note([Deed(action=Action.TOKENS_ENDED, subject=subject, details={"tokens": str(ended)})])


def _refuse_unproved(client: ApiClient) -> None:
    if not (client.secret_hash or client.certificate or client.subject):
        raise ClientUnproved(client=client.id)
