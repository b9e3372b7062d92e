"""Tickets by which a signer's own desktop agent fetches a paper and brings it back: for one use, short-lived, for these bytes only.

The agent gets nothing but two addresses, and anybody on the signer's machine can talk to it, so that the addresses have to carry
their own protection. The book keeps digests of tickets: who reads it cannot use them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from pipeline.domain.errors import TicketRefused
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import SignerRole

LIFETIME = dt.timedelta(minutes=10)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPair:
    """The two secrets of an order, to be put into the addresses that the agent gets."""

    download: str = field(repr=False)
    upload: str = field(repr=False)


class TicketBook(Protocol):
    """Where tickets are kept. Both methods are atomic, also between processes that share a book."""

    def add(self, digest: str, ticket: Ticket) -> None:
        """Keep a ticket under the digest of its secret."""
        ...

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        """Mark the ticket for `use` as used and return it as it was before; None if there is none for this use."""
        ...


class MemoryTicketBook:
    """A `TicketBook` of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}

    def add(self, digest: str, ticket: Ticket) -> None:
        """Keep a ticket, and forget those that ran out a day before."""
        with self._lock:
            old = ticket.order.issued_at - dt.timedelta(days=1)
            self._tickets = {key: each for key, each in self._tickets.items() if each.order.expires_at > old}
            self._tickets[digest] = ticket

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        """See `TicketBook.use`."""
        with self._lock:
            ticket = self._tickets.get(digest)
            if ticket is None or ticket.use is not use:
                return None
            self._tickets[digest] = replace(ticket, used=True)
            return ticket


def issue_tickets(order: AgentOrder, *, book: TicketBook, secret: Callable[[], str]) -> TicketPair:
    """Return new tickets for an order; `secret` gives a text of at least 128 bits of chance each time."""
    pair = TicketPair(download=secret(), upload=secret())
    book.add(_digest(pair.download), Ticket(use=TicketUse.DOWNLOAD, order=order))
    book.add(_digest(pair.upload), Ticket(use=TicketUse.UPLOAD, order=order))
    return pair


def redeem(text: str, use: TicketUse, *, book: TicketBook, now: dt.datetime) -> AgentOrder:
    """Return the order of a ticket, which is worth nothing afterwards.

    Raises:
        TicketRefused: unknown or for another use, used before, or outside its time.
    """
    ticket = book.use(_digest(text), use)
    if ticket is None:
        raise TicketRefused(reason="unknown")
    if ticket.used:
        raise TicketRefused(reason="used", order=ticket.order.order_id)
    if not ticket.order.issued_at <= now < ticket.order.expires_at:
        raise TicketRefused(reason="expired", order=ticket.order.order_id)
    return ticket.order


def is_for(order: AgentOrder, sha256: str) -> bool:
    """Say whether an order is for the bytes of this digest: what is sent out is checked against the ticket, too."""
    return hmac.compare_digest(order.document_sha256, sha256)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
