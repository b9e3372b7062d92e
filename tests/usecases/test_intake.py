"""Files on their way in: what was answered for is safe, what is refused has its reason, and what becomes a batch is whole."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.account import AccountId
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import SourceName, content_hash
from pipeline.domain.intake import FileState, Offer
from pipeline.domain.intake_errors import (
    DigestWrong,
    IntakeFull,
    IntakeNotYours,
    NameRefused,
    OffsetWrong,
)
from pipeline.domain.search import Scope
from pipeline.usecases.intake_chunks import Chunk, receive_chunk
from pipeline.usecases.intake_offers import offer_files, source_name
from pipeline.usecases.intake_opening import own_intake, seen_intake
from tests.usecases.intake_office import (
    LAN,
    OURS,
    IntakeOffice,
    open_intake_office,
    picture,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[IntakeOffice]:
    with open_intake_office(tmp_path) as opened:
        yield opened


# --- pieces ---------------------------------------------------------------------------------------------------------------


def test_a_file_arrives_in_pieces_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    data = picture(1)
    with open_intake_office(tmp_path) as office:
        intake = office.begin()
        number = office.offer(intake, "ảnh.jpg", data).number
        assert office.send(intake, number, data[:100]).received == 100
    with open_intake_office(tmp_path) as office:
        assert office.file(intake, number).received == 100
        file = office.send(intake, number, data[100:], at=100, whole=content_hash(data))
        assert (file.state, file.sha256) == (FileState.SAFE, content_hash(data))
        assert office.services.spool.path(intake.id, number).read_bytes() == data


def test_bytes_that_were_not_acknowledged_do_not_count(office: IntakeOffice) -> None:
    data = picture(1)
    intake = office.begin()
    number = office.offer(intake, "a.jpg", data).number
    office.send(intake, number, data[:100])
    # a process died between writing and acknowledging: what lies there may be anything
    with office.services.spool.path(intake.id, number).open("ab") as spool:
        spool.write(b"\0" * 999)
    assert office.send(intake, number, data[100:], at=100).sha256 == content_hash(data)


@pytest.mark.parametrize(("at", "length"), [(0, 50), (99, 50), (101, 50), (100, 10**6)])
def test_a_piece_for_another_place_is_told_the_right_one(office: IntakeOffice, at: int, length: int) -> None:
    data = picture(1)
    intake = office.begin()
    number = office.offer(intake, "a.jpg", data).number
    office.send(intake, number, data[:100])
    with pytest.raises(OffsetWrong) as raised:
        office.send(intake, number, bytes(length), at=at)
    assert raised.value.details["offset"] == 100
    assert office.file(intake, number).received == 100


def test_a_piece_that_comes_twice_is_kept_once(office: IntakeOffice) -> None:
    """The answer was lost, so the sender sends it again and hears that all is there."""
    data = picture(1)
    intake = office.begin()
    file = office.bring(intake, "a.jpg", data)
    with pytest.raises(OffsetWrong) as raised:
        office.send(intake, file.number, data)
    assert raised.value.details["offset"] == len(data)
    assert office.file(intake, file.number).state is FileState.SAFE


def test_a_spoilt_piece_is_not_kept(office: IntakeOffice) -> None:
    data = picture(1)
    intake = office.begin()
    number = office.offer(intake, "a.jpg", data).number
    spoilt = Chunk(at=0, size=9, sha256=content_hash(b"arrived"), stream=io.BytesIO(b"x" * 9), claimed="0" * 64)
    with pytest.raises(DigestWrong):
        receive_chunk(intake, number, spoilt, services=office.services)
    assert office.file(intake, number).received == 0


def test_a_whole_file_that_is_not_what_was_sent_begins_anew(office: IntakeOffice) -> None:
    data = picture(1)
    intake = office.begin()
    number = office.offer(intake, "a.jpg", data).number
    office.send(intake, number, data[:100])
    with pytest.raises(DigestWrong):
        office.send(intake, number, data[100:], at=100, whole="0" * 64)
    assert office.file(intake, number).received == 0
    assert office.send(intake, number, data, whole=content_hash(data)).state is FileState.SAFE


# --- what is refused ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_taken_is_refused_before_a_byte_comes(office: IntakeOffice) -> None:
    intake = office.begin()
    offers = [
        Offer(name=SourceName("rỗng.pdf"), size=0),
        Offer(name=SourceName("lớn.pdf"), size=(1 << 20) + 1),
        Offer(name=SourceName("Thumbs.db"), size=10),
        Offer(name=SourceName(".DS_Store"), size=10),
        Offer(name=SourceName("vừa.pdf"), size=1 << 20),
    ]
    files = offer_files(intake, offers, services=office.services, policy=office.policy)
    assert [each and (each.number, each.state, each.error) for each in files] == [
        (1, FileState.REFUSED, "source.empty"),
        (2, FileState.REFUSED, "source.too_large"),
        None,
        None,
        (3, FileState.COMING, None),
    ]


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\0"]
)
def test_what_is_no_paper_is_refused_by_its_first_bytes(office: IntakeOffice, data: bytes) -> None:
    file = office.bring(office.begin(), "hồ sơ.pdf", data)
    assert (file.state, file.error) == (FileState.REFUSED, "source.unknown_type")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a\\b\\c.pdf", "a/b/c.pdf"),
        ("/etc/passwd", "etc/passwd"),
        ("./a//b.pdf", "a/b.pdf"),
        ("Hồ sơ.pdf", "Hồ sơ.pdf"),
    ],
)
def test_names_are_made_plain(given: str, name: str) -> None:
    assert source_name(given) == name


@pytest.mark.parametrize("name", ["", "/", "../a.pdf", "a/../b.pdf", "a\nb.pdf", "a\0.pdf", "ă" * 501])
def test_names_that_lead_astray_are_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        source_name(name)


def test_an_intake_has_a_most(office: IntakeOffice) -> None:
    intake = office.begin()
    offers = [Offer(name=SourceName(f"{number}.pdf"), size=9) for number in range(51)]
    with pytest.raises(IntakeFull):
        offer_files(intake, offers, services=office.services, policy=office.policy)
    assert office.services.books.files.all(intake.id) == ()


def test_only_whose_it_is_may_change_it(office: IntakeOffice) -> None:
    intake = office.begin()
    colleague = dataclasses.replace(LAN, id=AccountId("another"), login="hoa")
    assert own_intake(intake.id, LAN.id, scope=OURS, services=office.services).id == intake.id
    assert seen_intake(intake.id, scope=OURS, services=office.services).id == intake.id
    with pytest.raises(IntakeNotYours):
        own_intake(intake.id, colleague.id, scope=OURS, services=office.services)
    with pytest.raises(NotFound):
        own_intake(intake.id, LAN.id, scope=Scope(frozenset({"H99"})), services=office.services)
