"""The official's desk: what waits to be signed, what was shown to whom, and who may sign in whose stead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.account import AccountId
from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.result import Result
from pipeline.domain.signature import CopyVersion
from pipeline.domain.signing_order import OrderId

DelegationId = NewType("DelegationId", str)
"""A UUIDv7."""


class InStead(StrEnum):
    """In which way somebody signs in another's stead (NĐ 30/2020/NĐ-CP art. 13)."""

    KT = "KT"
    """ký thay: a deputy for the head"""
    TL = "TL"
    """thừa lệnh: the head of a unit, by order"""
    TUQ = "TUQ"
    """thừa ủy quyền: by written authority for a limited time"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Somebody may sign in another's stead for some days."""

    id: DelegationId
    principal: AccountId
    """in whose stead"""
    deputy: AccountId
    capacity: InStead
    since: dt.date
    until: dt.date
    """the last day, Vietnamese time"""
    reason: str
    """the decision or assignment that says so"""
    given_at: dt.datetime
    given_by: str
    """login"""
    revoked_at: dt.datetime | None = None
    revoked_by: str = ""
    revoked_reason: str = ""

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError("a delegation ends after it begins")
        if self.principal == self.deputy:
            raise ValueError("nobody signs in his own stead")

    def holds_on(self, day: dt.date) -> bool:
        """Say whether it is in force on a day."""
        return self.revoked_at is None and self.since <= day <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A page of a version of a copy, as somebody was shown it."""

    account: AccountId
    document: DocumentId
    sha256: ContentHash
    """digest of the file that the picture was drawn from"""
    page: int
    """from 1"""
    pages: int
    """that the file has: when all were shown, the file was"""
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """That a paper was taken out of an order to sign it."""

    reason: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A result that is in force and that nobody has signed in the role yet."""

    result: Result
    document: StoredDocument
    newest: CopyVersion
    """what is signed, if anything is"""
    due: str
    """when it was promised, ISO 8601, from the newest receipt of its dossier; empty where there is none"""
    refused: Refusal | None = None
    """how it was last taken out of an order"""
    order: OrderId | None = None
    """an order that is open and has not come to it yet"""
