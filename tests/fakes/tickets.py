"""A book of tickets in memory; run under the same contract suite as the real one."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

from pipeline.domain.agent import Ticket, TicketUse


class MemoryTicketBook:
    """Implements `pipeline.signing_ports.TicketBook` for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}

    def add(self, digest: str, ticket: Ticket) -> None:
        with self._lock:
            old = ticket.order.issued_at - dt.timedelta(days=1)
            self._tickets = {key: each for key, each in self._tickets.items() if each.order.expires_at > old}
            self._tickets[digest] = ticket

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        with self._lock:
            ticket = self._tickets.get(digest)
            if ticket is None or ticket.use is not use:
                return None
            self._tickets[digest] = replace(ticket, used=True)
            return ticket
