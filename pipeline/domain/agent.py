"""What a signer's own desktop agent is given: an order for one paper, and tickets that are good for it only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import SignerRole


class TicketUse(StrEnum):
    """What a ticket is good for."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOrder:
    """One paper that one person is to sign on his own machine."""

    order_id: str
    document_sha256: ContentHash
    """digest of the bytes that are sent out"""
    role: SignerRole
    certificates: frozenset[str]
    """SHA-256 of each certificate, in hexadecimal digits, by which the logged-in person may sign"""
    issued_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A permission, as the book keeps it."""

    use: TicketUse
    order: AgentOrder
    used: bool = False
