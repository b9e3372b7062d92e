"""A paper goes out to desktop agents and comes back: tickets in the shared records, the archive, and quarantine."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from app.agent_signing import fetch, hand_out, set_aside, take_back
from app.services import Services, open_services
from app.settings import Settings
from app.workers import ProcessWorkers
from pipeline.domain.errors import NotFound, ReaderCrashed, SohoaError
from pipeline.domain.ids import DocumentId, content_hash
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import AlreadySigned, ReturnQuarantined, ShownDiffers, TicketRefused
from signing.issuing import Identity
from signing.tickets import LIFETIME, TicketPair
from signing.validate import Validator
from tests.e2e.papers import home_with_papers
from tests.fakes.author import CLERK
from tests.fakes.workers import InlineWorkers
from tests.signing.desktop_agent import Agent, fingerprint
from tests.signing.pki import NOW, Pki
from tests.signing.signing_office import SetClock
from tests.signing.test_forgeries import content_in_place

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def documents(tmp_path: Path) -> list[DocumentId]:
    return list(home_with_papers(tmp_path / "home", 2))


@pytest.fixture
def services(documents: list[DocumentId], tmp_path: Path) -> Iterator[Services]:
    with open_services(Settings(home=tmp_path / "home"), author=CLERK) as opened:
        yield replace(opened, clock=SetClock())  # type: ignore[arg-type] # a clock that tests set


@pytest.fixture
def agent(official: Identity) -> Agent:
    return Agent(identity=official, at=NOW + MINUTE)


@pytest.fixture
def out(services: Services, documents: list[DocumentId], official: Identity) -> Callable[..., TicketPair]:
    def run(number: int = 0) -> TicketPair:
        newest = services.versions.versions(documents[number])[-1]
        return hand_out(
            documents[number],
            SignerRole.OFFICIAL,
            frozenset({fingerprint(official)}),
            shown=newest.sha256,
            services=services,
        )

    return run


@pytest.fixture
def back(services: Services, pki: Pki, tmp_path: Path) -> Callable[..., CopyVersion]:
    def run(ticket: str, data: bytes, name: str = "upload") -> CopyVersion:
        services.clock.time = NOW + 2 * MINUTE  # type: ignore[attr-defined]
        (returned := tmp_path / f"{name}.pdf").write_bytes(data)
        validator = Validator(trust=pki.trust())
        return take_back(ticket, returned, validator=validator, workers=InlineWorkers(), services=services)

    return run


def fetched(ticket: str, services: Services) -> bytes:
    with fetch(ticket, services=services) as file:
        return file.read_bytes()


def test_an_honest_agent(
    out: Callable[..., TicketPair], back: Callable[..., CopyVersion], services: Services, agent: Agent
) -> None:
    tickets = out()
    signed = agent.sign(fetched(tickets.download, services))
    version = back(tickets.upload, signed)
    assert (version.number, version.role, version.level) == (2, SignerRole.OFFICIAL, SignatureLevel.B_B)
    assert version.signer == "Nguyễn Thị Ví Dụ"
    assert version.sha256 == content_hash(signed)
    assert set_aside(services.settings) == []


def test_what_came_back_is_looked_at_in_a_child_process(
    out: Callable[..., TicketPair], services: Services, agent: Agent, pki: Pki, tmp_path: Path
) -> None:
    tickets = out()
    signed = agent.sign(fetched(tickets.download, services))
    services.clock.time = NOW + 2 * MINUTE  # type: ignore[attr-defined]
    (returned := tmp_path / "upload.pdf").write_bytes(signed)
    with ProcessWorkers(count=1, memory_bytes=2 << 30) as workers:
        validator = Validator(trust=pki.trust())
        version = take_back(tickets.upload, returned, validator=validator, workers=workers, services=services)
    assert version.sha256 == content_hash(signed)
    assert not returned.exists()


def test_what_takes_the_process_with_it_is_set_aside(
    out: Callable[..., TicketPair], services: Services, tmp_path: Path
) -> None:
    def crash(_: object) -> None:
        raise ReaderCrashed(exit_code=-11)

    tickets = out()
    services.clock.time = NOW + 2 * MINUTE  # type: ignore[attr-defined]
    (returned := tmp_path / "upload.pdf").write_bytes(b"%PDF-1.7 hostile")
    crashing = InlineWorkers(instead={"_accept": crash})
    with pytest.raises(ReturnQuarantined) as refusal:
        take_back(tickets.upload, returned, validator=None, workers=crashing, services=services)  # type: ignore[arg-type]
    assert refusal.value.details["reason"] == "unreadable"
    (kept,) = set_aside(services.settings)
    assert (kept.reason, kept.file.read_bytes()) == ("unreadable", b"%PDF-1.7 hostile")


def test_tickets_are_good_once_and_for_their_own_way_only(
    out: Callable[..., TicketPair], back: Callable[..., CopyVersion], services: Services, agent: Agent
) -> None:
    tickets = out()
    with pytest.raises(TicketRefused):
        fetched(tickets.upload, services)
    with pytest.raises(TicketRefused):
        back(tickets.download, b"")
    signed = agent.sign(fetched(tickets.download, services))
    with pytest.raises(TicketRefused):
        fetched(tickets.download, services)
    back(tickets.upload, signed)
    with pytest.raises(TicketRefused) as raised:
        back(tickets.upload, signed)
    assert raised.value.details["reason"] == "used"


def test_the_same_ticket_in_parallel_is_good_for_one(
    out: Callable[..., TicketPair], back: Callable[..., CopyVersion], services: Services, agent: Agent
) -> None:
    tickets = out()
    signed = agent.sign(fetched(tickets.download, services))

    def once(number: int) -> CopyVersion | SohoaError:
        try:
            return back(tickets.upload, signed, name=f"upload-{number}")
        except SohoaError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(once, range(4)))
    assert sum(isinstance(end, CopyVersion) for end in ends) == 1
    assert sum(isinstance(end, TicketRefused) for end in ends) == 3


@pytest.mark.parametrize("late", [LIFETIME, dt.timedelta(days=2)])
def test_late_is_late(
    out: Callable[..., TicketPair], services: Services, agent: Agent, late: dt.timedelta, tmp_path: Path
) -> None:
    tickets = out()
    services.clock.time = NOW + late  # type: ignore[attr-defined]
    for ticket in (tickets.download, tickets.upload):
        with pytest.raises(TicketRefused) as raised:
            take_back(ticket, tmp_path / "none.pdf", validator=None, workers=InlineWorkers(), services=services)  # type: ignore[arg-type]
        assert raised.value.details["reason"] in {"expired", "unknown"}


def stripped(data: bytes) -> bytes:
    """Take the content of the page away in a revision of its own."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    content_in_place(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize("trick", ["another_paper", "extra_signature", "stripped", "other_signer", "unsigned", "half"])
def test_what_a_cheating_agent_brings_back_is_set_aside_and_shown(
    out: Callable[..., TicketPair],
    back: Callable[..., CopyVersion],
    *,
    services: Services,
    agent: Agent,
    pki: Pki,
    trick: str,
) -> None:
    tickets, other = out(), out(1)
    paper = fetched(tickets.download, services)
    data = {
        "another_paper": lambda: agent.sign(fetched(other.download, services)),
        "extra_signature": lambda: agent.sign(agent.sign(paper), field="VGCA-2"),
        "stripped": lambda: agent.sign(stripped(paper)),
        "other_signer": lambda: replace(agent, identity=pki.signer("Kẻ Mạo Danh")).sign(paper),
        "unsigned": lambda: paper + b"\n%%EOF\n",
        "half": lambda: agent.sign(paper)[:-2000],
    }[trick]()
    with pytest.raises(ReturnQuarantined) as raised:
        back(tickets.upload, data)
    (kept,) = set_aside(services.settings)
    assert kept.file.read_bytes() == data
    assert kept.reason == raised.value.details["reason"]
    document = DocumentId(kept.document)
    assert [version.number for version in services.versions.versions(document)] == [1]
    with pytest.raises(TicketRefused):
        back(tickets.upload, agent.sign(paper))


def test_a_paper_that_has_changed_meanwhile_is_not_overtaken(
    out: Callable[..., TicketPair], back: Callable[..., CopyVersion], services: Services, agent: Agent
) -> None:
    first, second = out(), out()
    paper = fetched(first.download, services)
    back(first.upload, agent.sign(paper))
    with pytest.raises(ShownDiffers):
        back(second.upload, agent.sign(paper))
    with pytest.raises(AlreadySigned):
        out()


def test_only_what_was_shown_goes_out(services: Services, documents: list[DocumentId]) -> None:
    with pytest.raises(ShownDiffers):
        hand_out(documents[0], SignerRole.OFFICIAL, frozenset(), shown=content_hash(b""), services=services)
    with pytest.raises(NotFound):
        hand_out(DocumentId("d-0"), SignerRole.OFFICIAL, frozenset(), shown=content_hash(b""), services=services)
