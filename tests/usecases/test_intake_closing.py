"""Files that came in become a batch: whole, once, whoever is killed in the middle; and what else is decided about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.domain.errors import NotFound, ObjectAltered, StoreUnavailable
from pipeline.domain.ids import SourceName, content_hash
from pipeline.domain.intake import FileState, Intake, IntakeState, Lane, counts_of
from pipeline.domain.intake_errors import (
    IntakeShut,
    IntakeUnready,
    PhoneTicketRefused,
)
from pipeline.ports import Area, StoredObject
from pipeline.usecases.intake_closing import close_intake
from pipeline.usecases.intake_deciding import Decision, decide
from pipeline.usecases.intake_expiry import expire_intakes, finish_left
from pipeline.usecases.intake_phone import intake_of_phone, invite_phone
from pipeline.usecases.intake_retry import retry_file
from storage.objects_folder import FolderObjects
from tests.usecases.intake_office import (
    AGENCY,
    DOSSIER,
    IntakeOffice,
    finish,
    kept,
    open_intake_office,
    picture,
    received,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[IntakeOffice]:
    with open_intake_office(tmp_path) as opened:
        yield opened


# --- the same again -------------------------------------------------------------------------------------------------------


def test_files_that_are_offered_again_are_found_as_they_stand(office: IntakeOffice) -> None:
    data = picture(1)
    intake = office.begin()
    first = office.offer(intake, "a.jpg", data)
    office.send(intake, first.number, data[:100])
    again = office.offer(intake, "a.jpg", data)
    assert (again.number, again.received) == (first.number, 100)
    assert len(office.services.books.files.all(intake.id)) == 1


def test_the_same_bytes_are_named_and_decided_about(office: IntakeOffice) -> None:
    intake = office.begin()
    office.bring(intake, "a.jpg", picture(1))
    second = office.bring(intake, "b.jpg", picture(1))
    assert second.state is FileState.DUPLICATE
    assert second.twin is not None
    assert (second.twin.name, second.twin.batch) == ("a.jpg", None)
    with pytest.raises(IntakeUnready):
        close_intake(office.now(intake), services=office.services)
    decide(office.now(intake), second.number, Decision.LEAVE_OUT, services=office.services)
    closed = finish(office, intake)
    later = office.begin()
    third = office.bring(later, "c.jpg", picture(1))
    assert third.twin is not None
    assert (third.twin.name, third.twin.batch) == ("a.jpg", closed.batch)
    other = office.begin(agency="H99")
    assert office.bring(other, "d.jpg", picture(1)).state is FileState.SAFE, "another agency's papers are not told of"


def test_what_was_left_out_can_be_taken_back(office: IntakeOffice) -> None:
    intake = office.begin()
    file = office.bring(intake, "a.jpg", picture(1))
    assert decide(intake, file.number, Decision.LEAVE_OUT, services=office.services).state is FileState.LEFT_OUT
    assert decide(intake, file.number, Decision.KEEP, services=office.services).state is FileState.SAFE


def test_a_file_is_replaced_by_another(office: IntakeOffice) -> None:
    intake = office.begin()
    first = office.bring(intake, "a.jpg", picture(1))
    second = office.offer(intake, "a.jpg", picture(2), replaces=first.number)
    office.send(intake, second.number, picture(2))
    old = office.file(intake, first.number)
    assert (old.state, old.replaced_by) == (FileState.LEFT_OUT, second.number)
    closed = finish(office, intake)
    batch = received(office, closed.batch)
    assert [(each.name, each.sha256) for each in batch.sources] == [("a.jpg", content_hash(picture(2)))]


# --- a batch --------------------------------------------------------------------------------------------------------------


def test_an_intake_becomes_a_batch(office: IntakeOffice) -> None:
    intake = office.begin(dossier=DOSSIER)
    for number in (10, 2):
        office.bring(intake, f"Hồ sơ chị Lan/trang {number}.jpg", picture(number))
    office.bring(intake, "x.jpg", b"no picture")
    closed = finish(office, intake)
    assert closed.state is IntakeState.CLOSED
    batch = received(office, closed.batch)
    assert (batch.dossier, batch.agency) == (DOSSIER, AGENCY)
    assert [(each.name, each.folder) for each in batch.sources] == [
        ("Hồ sơ chị Lan/trang 2.jpg", "Hồ sơ chị Lan"),
        ("Hồ sơ chị Lan/trang 10.jpg", "Hồ sơ chị Lan"),
    ]
    assert kept(office, batch.sources[0].sha256) == picture(2)
    assert office.handed == [(closed.batch, Lane.COUNTER)]
    assert list(office.services.spool.intakes()) == []
    counts = counts_of(office.services.books.files.all(intake.id))
    assert counts.files == 3 == sum(counts.states.values())
    with pytest.raises(IntakeShut):
        office.offer(office.now(intake), "y.jpg", picture(3))


def test_files_of_one_name_get_names_of_their_own(office: IntakeOffice) -> None:
    intake = office.begin()
    office.bring(intake, "scan.jpg", picture(1))
    longer = picture(2) + b" "
    office.send(intake, office.offer(intake, "scan.jpg", longer).number, longer)
    batch = received(office, finish(office, intake).batch)
    assert [each.name for each in batch.sources] == ["scan.jpg", "scan (2).jpg"]


def test_two_agencies_with_the_same_files_have_batches_of_their_own(office: IntakeOffice) -> None:
    batches = []
    for agency in (AGENCY, "H99", AGENCY):
        intake = office.begin(agency=agency)
        file = office.bring(intake, "a.jpg", picture(1))
        if file.state is FileState.DUPLICATE:
            decide(office.now(intake), file.number, Decision.KEEP, services=office.services)
        batches.append(finish(office, intake).batch)
    assert batches[0] != batches[1]
    assert batches[0] == batches[2]
    kept_batch = received(office, batches[1])
    assert kept_batch.agency == "H99"


def test_an_intake_with_something_open_is_not_closed(office: IntakeOffice) -> None:
    intake = office.begin()
    with pytest.raises(IntakeUnready):
        close_intake(intake, services=office.services)
    office.bring(intake, "a.jpg", picture(1))
    office.offer(intake, "b.jpg", picture(2))
    with pytest.raises(IntakeUnready) as raised:
        close_intake(office.now(intake), services=office.services)
    assert raised.value.details == {"coming": 1, "undecided": 0, "safe": 1}


class _Unreachable(FolderObjects):
    """A store that does not answer after some objects."""

    def __init__(self, root: Path, answers: int) -> None:
        super().__init__(root)
        self.answers = answers

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        if not self.answers:
            raise StoreUnavailable(path="s3", reason="timed out")
        self.answers -= 1
        return super().put(area, stream)


def test_a_store_that_does_not_answer_loses_nothing(office: IntakeOffice) -> None:
    intake = office.begin()
    for number in range(3):
        office.bring(intake, f"{number}.jpg", picture(number))
    with pytest.raises(StoreUnavailable):
        finish(office, intake, objects=_Unreachable(office.root / "archive", 1))
    assert office.now(intake).state is IntakeState.CLOSING
    again = _Unreachable(office.root / "archive", 2)
    finish_left(lambda each: finish(office, each, objects=again), services=office.services)
    assert office.now(intake).state is IntakeState.CLOSED
    assert again.answers == 0, "what was in the archive is not put again"


def test_a_file_that_the_disk_has_spoilt_is_sent_once_more(office: IntakeOffice) -> None:
    intake = office.begin()
    file = office.bring(intake, "a.jpg", picture(1))
    office.bring(intake, "b.jpg", picture(2))
    office.services.spool.path(intake.id, file.number).write_bytes(bytes(file.size))
    with pytest.raises(ObjectAltered):
        finish(office, intake)
    assert office.now(intake).state is IntakeState.OPEN
    assert office.file(intake, file.number).state is FileState.COMING
    office.send(intake, file.number, picture(1))
    assert len(received(office, finish(office, intake).batch).sources) == 2


def test_one_that_cannot_be_finished_keeps_no_other_back(office: IntakeOffice) -> None:
    waiting = []
    for number in range(3):
        intake = office.begin()
        office.bring(intake, f"{number}.jpg", picture(number))
        waiting.append(close_intake(office.now(intake), services=office.services))

    def try_to_finish(intake: Intake) -> Intake:
        if intake.id == waiting[1].id:
            raise StoreUnavailable(path="s3", reason="timed out")
        return finish(office, intake)

    with pytest.raises(StoreUnavailable):
        finish_left(try_to_finish, services=office.services)
    states = [office.now(each).state for each in waiting]
    assert states == [IntakeState.CLOSED, IntakeState.CLOSING, IntakeState.CLOSED]


class _Killed(BaseException):
    """The process ends here: nothing in it may catch this."""


STEPS = ("intakes.change", "objects.put", "batches.open", "hand_over", "tickets.revoke", "spool.forget")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("count", range(1, 12))
def test_killed_at_any_step_of_closing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    after: bool,  # noqa: FBT001 - a parameter of pytest's
) -> None:
    made = 0

    def striking(whole: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **more: object) -> object:
            nonlocal made
            made += 1
            mine = made == count
            if mine and not after:
                raise _Killed
            result = whole(*given, **more)
            if mine and after:
                raise _Killed
            return result

        return call

    with open_intake_office(tmp_path) as office:
        intake = office.begin()
        for number in range(3):
            office.bring(intake, f"{number}.jpg", picture(number))
        parts: dict[str, object] = {"objects": office.objects, "batches": office.records.batches, "hand_over": office}
        books = office.services.books
        for step in STEPS:
            named, _, method = step.partition(".")
            part: object = parts.get(named) or (office.services.spool if named == "spool" else getattr(books, named))
            monkeypatch.setattr(part, method or named, striking(getattr(part, method or named)))
        try:
            finish(office, intake)
        except _Killed:
            pass
        else:
            assert made < count, "it came through before the strike"
        monkeypatch.undo()
    with open_intake_office(tmp_path) as office:
        if office.now(intake).state is IntakeState.OPEN:
            finish(office, intake)
        finish_left(lambda each: finish(office, each), services=office.services)
        expire_intakes(services=office.services, days=7)
        closed = office.now(intake)
        assert closed.state is IntakeState.CLOSED
        batch = received(office, closed.batch)
        assert [each.name for each in batch.sources] == ["0.jpg", "1.jpg", "2.jpg"]
        assert len(office.records.library.batches()) == 1
        assert all(kept(office, each.sha256) for each in batch.sources)
        assert list(office.services.spool.intakes()) == []


def test_what_nobody_finishes_goes_and_is_told(office: IntakeOffice) -> None:
    old, young = office.begin(), office.begin()
    office.bring(old, "a.jpg", picture(1))
    office.clock.time += dt.timedelta(days=8)
    office.bring(young, "a.jpg", picture(1))
    assert expire_intakes(services=office.services, days=7) == 1
    assert office.now(old).state is IntakeState.EXPIRED
    assert office.now(young).state is IntakeState.OPEN
    assert list(office.services.spool.intakes()) == [young.id]
    with pytest.raises(IntakeShut):
        office.offer(office.now(old), "b.jpg", picture(2))


# --- phones, and another try ----------------------------------------------------------------------------------------------


def test_a_phone_reaches_one_intake_for_a_while(office: IntakeOffice) -> None:
    intake = office.begin()
    invite_phone(intake, secret="bí mật" * 9, minutes=60, services=office.services)
    assert intake_of_phone("bí mật" * 9, services=office.services).id == intake.id
    for wrong in ("", "bí mật", "bí mật" * 10):
        with pytest.raises(PhoneTicketRefused):
            intake_of_phone(wrong, services=office.services)
    office.clock.time += dt.timedelta(minutes=61)
    with pytest.raises(PhoneTicketRefused):
        intake_of_phone("bí mật" * 9, services=office.services)


def test_a_phone_is_out_when_the_batch_is_closed(office: IntakeOffice) -> None:
    intake = office.begin()
    office.bring(intake, "a.jpg", picture(1))
    invite_phone(intake, secret="s" * 40, minutes=60, services=office.services)
    close_intake(office.now(intake), services=office.services)
    with pytest.raises(PhoneTicketRefused):
        intake_of_phone("s" * 40, services=office.services)


def test_one_file_is_tried_again_alone(office: IntakeOffice) -> None:
    intake = office.begin(dossier=DOSSIER)
    for number in range(2):
        office.bring(intake, f"{number}.jpg", picture(number))
    batch = finish(office, intake).batch
    assert batch is not None
    again = retry_file(
        batch,
        SourceName("1.jpg"),
        batches=office.records.batches,
        objects=office.objects,
        clock=office.clock,
    )
    alone = received(office, again)
    assert ([each.name for each in alone.sources], alone.dossier, alone.agency) == (["1.jpg"], DOSSIER, AGENCY)
    assert again != batch
    with pytest.raises(NotFound):
        retry_file(
            batch, SourceName("9.jpg"), batches=office.records.batches, objects=office.objects, clock=office.clock
        )
