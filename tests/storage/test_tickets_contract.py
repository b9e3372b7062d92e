"""What `TicketBook` promises: in memory, on SQLite and PostgreSQL; and that of many processes one gets the ticket."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pipeline.domain.agent import AgentOrder, Ticket, TicketUse
from pipeline.domain.signature import SignerRole
from pipeline.signing_ports import TicketBook
from storage.records import Records
from tests.fakes.tickets import MemoryTicketBook
from tests.storage.samples import HANOI, digest

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
ORDER = AgentOrder(
    order_id="o-1",
    document_sha256=digest("paper"),
    role=SignerRole.OFFICIAL,
    certificates=frozenset({"ab" * 32, "cd" * 32}),
    issued_at=NOW,
    expires_at=NOW + dt.timedelta(minutes=10),
)
UPLOAD = Ticket(use=TicketUse.UPLOAD, order=ORDER)
USE = """
import sys
from pipeline.domain.agent import TicketUse
from storage.database import connect
from storage.tickets_sql import SqlTicketBook
book = SqlTicketBook(connect(sys.argv[1]))
print(sum(not book.use(f"digest {n}", TicketUse.UPLOAD).used for n in range(20)))
"""


@pytest.fixture(params=["memory", "records"])
def book(request: pytest.FixtureRequest, records: Records) -> TicketBook:
    return MemoryTicketBook() if request.param == "memory" else records.tickets


def test_a_ticket_comes_back_as_it_was_before_its_use(book: TicketBook) -> None:
    book.add("digest", UPLOAD)
    assert book.use("digest", TicketUse.UPLOAD) == UPLOAD
    assert book.use("digest", TicketUse.UPLOAD) == replace(UPLOAD, used=True)
    assert book.use("digest", TicketUse.UPLOAD) == replace(UPLOAD, used=True)


def test_a_ticket_is_good_for_its_own_use_only(book: TicketBook) -> None:
    book.add("digest", UPLOAD)
    assert book.use("digest", TicketUse.DOWNLOAD) is None
    assert book.use("another", TicketUse.UPLOAD) is None
    assert book.use("digest", TicketUse.UPLOAD) == UPLOAD


def test_tickets_that_ran_out_a_day_before_are_forgotten(book: TicketBook) -> None:
    book.add("old", UPLOAD)
    later = NOW + dt.timedelta(days=1)
    book.add("new", replace(UPLOAD, order=replace(ORDER, issued_at=later, expires_at=later)))
    assert book.use("old", TicketUse.UPLOAD) == UPLOAD
    latest = later + dt.timedelta(minutes=11)
    book.add("newest", replace(UPLOAD, order=replace(ORDER, issued_at=latest, expires_at=latest)))
    assert book.use("old", TicketUse.UPLOAD) is None


def test_of_many_threads_one_gets_the_ticket(book: TicketBook) -> None:
    book.add("digest", UPLOAD)
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda _: book.use("digest", TicketUse.UPLOAD), range(8)))
    assert sorted(ticket.used for ticket in tickets if ticket) == [False, *[True] * 7]


def test_of_several_processes_one_gets_each_ticket(database_url: str, records: Records) -> None:
    for number in range(20):
        records.tickets.add(f"digest {number}", UPLOAD)
    started = [
        subprocess.Popen([sys.executable, "-c", USE, database_url], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in started) == 20
