"""Tickets by which a signer's own desktop agent fetches a paper and brings it back: for one use, short-lived, for these bytes only.

The agent gets nothing but two addresses, and anybody on the signer's machine can talk to it, so that the addresses have to carry
their own protection. The book keeps digests of tickets: who reads it cannot use them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.domain.agent import AgentOrder, Ticket, TicketUse
from pipeline.domain.signing_errors import TicketRefused
from pipeline.signing_ports import TicketBook

LIFETIME = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPair:
    """The two secrets of an order, to be put into the addresses that the agent gets."""

    download: str = field(repr=False)
    upload: str = field(repr=False)


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
