"""An order to sign many documents under one authorisation, and how far each of them has come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole

OrderId = NewType("OrderId", str)
"""`o-` and 24 hexadecimal digits, derived from role, documents, digests shown and the moment of the order."""


class OrderState(StrEnum):
    """How far an order has come."""

    OPEN = "open"
    STOPPED = "stopped"
    """by a person: what was signed stays signed, the rest is not signed"""
    DONE = "done"
    """every document is settled, and the manifest is kept"""


class ItemState(StrEnum):
    """How far a document of an order has come."""

    WAITING = "waiting"
    """nobody has signed it yet"""
    KEEPING = "keeping"
    """signed bytes of the digest `signed` are about to be kept: if they are, they count; if not, it is signed again"""
    SIGNED = "signed"
    AWAITING_TIMESTAMP = "awaiting_timestamp"
    """signed, but below the level that was asked for, because no time-stamp authority answered"""
    AWAITING_EVIDENCE = "awaiting_evidence"
    """signed, but below the level that was asked for, because revocation data could not be had"""
    VETOED = "vetoed"
    FAILED = "failed"


SIGNED_STATES = frozenset({ItemState.SIGNED, ItemState.AWAITING_TIMESTAMP, ItemState.AWAITING_EVIDENCE})
"""the signature is there"""
AWAITING_STATES = frozenset({ItemState.AWAITING_TIMESTAMP, ItemState.AWAITING_EVIDENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningItem:
    """One document of an order."""

    document: DocumentId
    shown: ContentHash
    """digest of the file that was shown to the signer: nothing else is signed"""
    state: ItemState = ItemState.WAITING
    signed: ContentHash | None = None
    """digest of the signed file"""
    level: SignatureLevel | None = None
    """that the signature has reached"""
    at: dt.datetime | None = None
    """moment of the last change, aware"""
    reason: str = ""
    """of a veto or a failure (an error code)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """An order as the records have it."""

    id: OrderId
    created_at: dt.datetime
    role: SignerRole
    level: SignatureLevel
    organ: str
    items: tuple[SigningItem, ...]
    reference: str = ""
    """number and notation of the main document, if these are its appendices in files of their own"""
    signer: str | None = None
    """name of the signer in the settings, if one was named"""
    account: str | None = None
    """who ordered it on the pages; None: the command line"""
    delegation: str | None = None
    """by which whoever ordered it signs in another's stead"""
    state: OrderState = OrderState.OPEN
    reason: str = ""
    """why it was stopped"""
    manifest: ContentHash | None = None
    """the list of what was shown and signed, JSON"""
    manifest_signature: ContentHash | None = None
    """a detached signature of the manifest (CMS, RFC 5652)"""
