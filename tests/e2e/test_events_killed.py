"""Processes are killed between a change and its webhook, and between the answer and the writing down: nothing is lost or renumbered."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.ids import DocumentId
from storage.database import connect
from storage.desk_tables import deliveries
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.office import ROOT, Office
from tests.e2e.papers import DOSSIER, FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.servers.webhook_receiver import Received, Receiver, ReceiverFault, webhook_receiver

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]

KINDS = ("--kind", "result.issued", "--kind", "result.revoked")
CHANGE = """
import os, signal, sys
import sqlalchemy as sa
from app.authors import person_at
from app.services import open_services
from app.settings import current_settings
from pipeline.domain.ids import DocumentId

moment, dossier, *documents = sys.argv[1:]
with open_services(current_settings(), author=person_at("test")) as services:
    *earlier, last = documents
    for each in earlier:
        services.results.issue(dossier, DocumentId(each), at=services.clock.now())
    if moment == "before":
        sa.event.listen(services.records.engine, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    services.results.issue(dossier, DocumentId(last), at=services.clock.now())
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""issues papers as results, and is killed by the last: before its transaction is kept, or right after"""


@dataclass(frozen=True)
class Told:
    """An installation with papers, and a receiver that its webhook leads to."""

    office: Office
    receiver: Receiver
    secret: str
    url: str
    papers: tuple[DocumentId, ...]

    def change(self, moment: str, *papers: DocumentId) -> None:
        """Issue papers in a process that is killed."""
        command = [sys.executable, "-c", CHANGE, moment, DOSSIER, *papers]
        done = subprocess.run(command, cwd=ROOT, env=self.office.environment, check=False, timeout=120)
        assert done.returncode == -signal.SIGKILL

    def let_leases_end(self) -> None:
        """Do as if the time had passed for which a process may keep what it claimed."""
        engine = connect(self.url)
        with engine.begin() as connection:
            connection.execute(sa.update(deliveries).values(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
        engine.dispose()

    def outbox(self) -> dict[int, str]:
        """Return the documents of all events since the webhook was made, by number."""
        events = self.office.json("events", *KINDS, "--limit", "1000")
        return {each["number"]: each["document"] for each in events}


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    home = tmp_path / "home"
    home.mkdir()
    url = f"sqlite:///{home / 'sohoa.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    records = open_records(url, clock=FixedClock(), author=CLERK)
    with contextlib.closing(records):
        papers = tuple(keep_papers(records, FolderObjects(home / "archive"), 6))
    with webhook_receiver() as receiver:
        settings = {
            "SOHOA_RECORDS__URL": url,
            "SOHOA_WEBHOOKS__HOSTS": "127.0.0.1",
            "SOHOA_WEBHOOKS__PLAIN": "127.0.0.1",
            "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
            "SOHOA_WEBHOOKS__PORTS": str(receiver.port),
            "SOHOA_WEBHOOKS__SECONDS": "5",
        }
        office = Office(home=home, settings=settings)
        assert office.run("client", "add", "cong-tinh", "--name", "Cổng tỉnh", "--scope", "events:read").returncode == 0
        (webhook,) = office.json("webhook", "add", "--client", "cong-tinh", "--address", receiver.address, *KINDS)
        yield Told(office, receiver, webhook["secret"], url, papers)


@contextlib.contextmanager
def deliverer(told: Told) -> Iterator[subprocess.Popen[str]]:
    """Run what tells webhooks in a process of its own."""
    process = told.office.start("events", "deliver", "--follow")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_killed_between_change_and_webhook(told: Told) -> None:
    first, second, third = told.papers[:3]
    told.change("before", first)  # never happened
    told.change("after", second)
    told.change("after", third)
    with deliverer(told):
        told.receiver.wait_for(2, seconds=60)
        assert told.office.run("result", "issue", first).returncode == 0
        told.receiver.wait_for(3, seconds=60)
    events = [each.event for each in told.receiver.taken]
    # papers are told of side by side
    assert {each["document"] for each in events[:2]} == {second, third}
    assert events[2]["document"] == first
    assert {each["number"]: each["document"] for each in events} == told.outbox()
    assert all(each.id == f"e-{each.event['number']}" and each.is_signed_by(told.secret) for each in told.receiver.came)
    assert len(told.receiver.came) == 3  # nothing came twice


def test_killed_between_the_answer_and_the_writing_down(told: Told) -> None:
    told.change("after", *told.papers)
    killed: list[subprocess.Popen[str]] = []

    def kill_first(received: Received) -> int | ReceiverFault:
        """Take the second message, and kill who sent it before it can write that down."""
        del received
        if len(told.receiver.came) == 2 and not killed:
            killed.append(process)
            process.kill()
            process.wait()
            return ReceiverFault.LOST_ANSWER
        return 204

    told.receiver.answer = kill_first
    with deliverer(told) as process:
        process.wait(60)
    assert killed
    told.receiver.answer = lambda _: 204
    before = len(told.receiver.taken)
    told.let_leases_end()
    with deliverer(told):
        told.receiver.wait_for(before + 1, seconds=60)
        first = told.papers[0]
        again = told.office.run("result", "revoke", first, "--reason", "thử")
        assert again.returncode == 0, again.stderr
        _wait_for_all(told)
    came = defaultdict(set)
    for each in told.receiver.came:
        came[each.id].add(each.body)
    assert all(len(bodies) == 1 for bodies in came.values())  # what came again was the same
    assert {f"e-{number}" for number in told.outbox()} <= set(came)
    of_first = [each.event["number"] for each in told.receiver.taken if each.event["document"] == first]
    assert of_first == sorted(of_first)


def _wait_for_all(told: Told) -> None:
    end = time.monotonic() + 60
    while len({each.id for each in told.receiver.taken}) < len(told.papers) + 1:
        assert time.monotonic() < end, [each.event for each in told.receiver.taken]
        time.sleep(0.05)
