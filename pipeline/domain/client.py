"""Programs of other systems that may ask: who they are, what they may see, and for what they ask.

Sources: OAuth 2.1 (draft-ietf-oauth-v2-1) client credentials; RFC 8705 (bound to a certificate); NĐ 45/2020/NĐ-CP art. 16 and Luật
Bảo vệ dữ liệu cá nhân 91/2025/QH15 (who looks at people's papers says why).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import AccessBasis

ClientId = NewType("ClientId", str)
"""As the client names itself: lower-case letters, digits, `-`."""

_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")


def client_id(text: str) -> ClientId:
    """Return a text that a client can name itself by.

    Raises:
        ValueError: it cannot.
    """
    if not _CLIENT_ID.fullmatch(text):
        raise ValueError(f"not a client id: {text!r}")
    return ClientId(text)


class ApiScope(StrEnum):
    """What a client may do, as far as its agencies reach. Nothing contains anything else."""

    BATCHES_READ = "batches:read"
    BATCHES_WRITE = "batches:write"
    """hand files in"""
    DOCUMENTS_READ = "documents:read"
    """papers, their fields, versions and verdicts"""
    FILES_READ = "files:read"
    """copies, texts, pictures: the papers themselves"""
    DOSSIERS_READ = "dossiers:read"
    DOSSIERS_WRITE = "dossiers:write"
    """attach stored papers, choose the procedure"""
    DEPOSITORY_READ = "depository:read"
    """owners' papers, across agencies as far as consent and law reach"""
    CONSENTS_WRITE = "consents:write"
    """keep what owners agree to and withdraw: for portals where they sign in, never for who wants to look"""
    PROCEDURES_READ = "procedures:read"
    PROCEDURES_WRITE = "procedures:write"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"
    """say where events are sent to, and have them sent again"""
    REPORTS_READ = "reports:read"
    """indices: numbers of dossiers, and which they are"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiClient:
    """A program that may ask."""

    id: ClientId
    name: str
    """of the system, as people know it"""
    agencies: frozenset[str]
    """codes of the agencies whose papers it may see, `` for the installation's own; never all without naming them"""
    scopes: frozenset[ApiScope]
    secret_hash: str = ""
    """SHA-256 of its secret in hex (256 random bits: nothing to stretch); empty: it proves itself otherwise"""
    certificate: str = ""
    """SHA-256 of its TLS certificate in hex; its tokens are then good only over connections that present it (RFC 8705)"""
    subject: str = ""
    """by which an OpenID provider's tokens name it: issuer and name there, parted by a space"""
    disabled: bool = False
    created_at: dt.datetime
    version: int = 1
    """grows with every change"""

    def __post_init__(self) -> None:
        client_id(self.id)
        if not self.scopes or not self.agencies:
            raise ValueError("a client without a scope or an agency may do nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a token stands for; the token itself is nowhere but with the client."""

    digest: str
    """SHA-256 of the token in hex"""
    client: ClientId
    scopes: frozenset[ApiScope]
    """those that were asked for, of the client's"""
    certificate: str = ""
    """likewise bound, where the client's certificate was seen when it was given"""
    issued_at: dt.datetime
    expires_at: dt.datetime


def digest_of(secret: str) -> str:
    """Return what is kept of a client's secret or of a token, which are 256 bits by chance: their SHA-256 in hex."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProof:
    """By what a program says who it is, as it came with a request."""

    id: str
    """as it names itself: anything"""
    secret: str = ""
    certificate: str = ""
    """SHA-256 in hex of the certificate that it presented on this connection"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchedToken:
    """What an OpenID provider's access token says, once it is believed (RFC 9068)."""

    issuer: str
    client: str
    """the program's name there"""
    scopes: frozenset[ApiScope]
    """those of ours that it names"""
    certificate: str = ""
    """SHA-256 in hex of the certificate that it is bound to"""
    issued_at: dt.datetime
    expires_at: dt.datetime

    @property
    def subject(self) -> str:
        """As `ApiClient.subject` has it."""
        return f"{self.issuer} {self.client}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a client looks at what is somebody's."""

    text: str
    basis: AccessBasis
    requester: str
    """the person in the asking system on whose behalf, as that system knows them"""
    dossier: DossierCode | None = None
    """the dossier it is for; needed for that basis"""

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.requester.strip():
            raise ValueError("a look at somebody's papers has a purpose and a person who asks")
        if self.basis is AccessBasis.DOSSIER and self.dossier is None:
            raise ValueError("a look for a dossier names it")
