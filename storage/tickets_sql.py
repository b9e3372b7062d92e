"""Tickets of desktop agents, in SQL: a ticket is used once, whichever processes try."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from pipeline.domain.agent import AgentOrder, Ticket, TicketUse
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import SignerRole
from storage.database import writing
from storage.tables import tickets

_KEPT = dt.timedelta(days=1)
"""that a ticket is remembered after its end, so that its use afterwards is told apart from an invented one"""


class SqlTicketBook:
    """Implements `pipeline.signing_ports.TicketBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, digest: str, ticket: Ticket) -> None:
        """Keep a ticket, and forget those that ran out a day before it was issued."""
        order = ticket.order
        row = {
            "digest": digest,
            "use": ticket.use.value,
            "order_id": order.order_id,
            "document_sha256": order.document_sha256,
            "role": order.role.value,
            "certificates": sorted(order.certificates),
            "issued_at": order.issued_at,
            "expires_at": order.expires_at,
            "used": ticket.used,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.delete(tickets).where(tickets.c.expires_at <= order.issued_at - _KEPT))
            connection.execute(sa.insert(tickets).values(**row))

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        """Mark the ticket for `use` as used and return it as it was before; None if there is none for this use."""
        columns = tickets.c
        this = (columns.digest == digest) & (columns.use == use.value)
        with writing(self._engine) as connection:
            # one statement that only one process can win: the row is locked from the test to the change
            first = connection.execute(sa.update(tickets).where(this, ~columns.used).values(used=True)).rowcount == 1
            row = connection.execute(sa.select(tickets).where(this)).first()
        return None if row is None else _ticket(row, used=not first)


def _ticket(row: sa.Row[Any], *, used: bool) -> Ticket:
    order = AgentOrder(
        order_id=row.order_id,
        document_sha256=ContentHash(row.document_sha256),
        role=SignerRole(row.role),
        certificates=frozenset(row.certificates),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )
    return Ticket(use=TicketUse(row.use), order=order, used=used)
