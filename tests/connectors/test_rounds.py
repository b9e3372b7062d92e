"""Behind the batches: the one-stop system is told and the population database asked, whatever goes wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.connector_ports import Connectors
from pipeline.domain.correction import Correction
from pipeline.domain.document import CheckOutcome, DocumentState, FieldState, StoredDocument
from pipeline.domain.ids import DocumentId, DossierCode, FieldName
from pipeline.domain.review import Claim
from pipeline.understand.catalogue import load_types
from pipeline.usecases.ask_systems import Asker
from pipeline.usecases.check_persons import Checked, check_persons
from pipeline.usecases.confirm_person import PersonServices, verdicts_of
from pipeline.usecases.correct_fields import correct_fields
from pipeline.usecases.tell_of_dossiers import TellServices, Told, tell_of_dossiers
from pipeline.usecases.undo_correction import can_undo
from storage.records import Records, open_records
from tests.connectors.conftest import Opened, SetClock
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.servers.other_systems import Fault, OtherSystems
from tests.storage.samples import field

pytestmark = [pytest.mark.enable_socket]
# synthetic: a personal number of a woman born 1999 in Hà Nội, after domain rules of Luật Căn cước 26/2023 art. 12
NUMBER, NAME = "001199000011", "Nguyễn Thị An"
MINUTE = dt.timedelta(minutes=1)
OTHER = DossierCode("H42.12-260131-0002")


@dataclass
class Office:
    records: Records
    objects: MemoryObjects
    others: Connectors
    systems: OtherSystems
    clock: SetClock

    @property
    def asker(self) -> Asker:
        return Asker(trail=self.records.trail, purpose="thử")

    def tell(self) -> Told:
        return tell_of_dossiers(
            services=TellServices(
                events=self.records.events,
                library=self.records.library,
                versions=self.records.versions,
                one_stop=self.others.one_stop,
                asker=self.asker,
                clock=self.clock,
            )
        )

    def check(self) -> Checked:
        services = PersonServices(
            population=self.others.population,
            library=self.records.library,
            corrections=self.records.corrections,
            asker=self.asker,
            clock=self.clock,
        )
        return check_persons(events=self.records.events, claims=self.records.review.claims, services=services)

    def keep(self, number: int = 1, dossier: DossierCode | None = DOSSIER, **values: str) -> DocumentId:
        named = {FieldName(name): field(value) for name, value in values.items()}
        return keep_papers(self.records, self.objects, number, fields=named, kind="can_cuoc", dossier=dossier)[0]

    def paper(self, document: DocumentId) -> StoredDocument:
        found = self.records.library.document(document)
        assert found is not None
        return found[1]

    def notices(self) -> list[tuple[str, int]]:
        return sorted((each["dossier"], len(each["documents"])) for each in self.systems.notices.values())


@pytest.fixture
def office(tmp_path: Path, opened: Opened, systems: OtherSystems, clock: SetClock) -> Iterator[Office]:
    with opened(failures=3, seconds=2.0, pause_seconds=1.0) as others:
        records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
        made = Office(records, MemoryObjects(clock), others, systems, clock)
        assert (made.tell(), made.check()) == (Told(), Checked())  # who is new hears of what happens from then on
        yield made
        records.close()


def test_the_one_stop_system_is_told_once_of_each_dossier(office: Office) -> None:
    office.keep(3)
    office.keep(1, OTHER)
    office.keep(2, None)  # of no dossier: there is nobody to tell
    assert office.tell() == Told(dossiers=2)
    assert office.notices() == [(DOSSIER, 3), (OTHER, 1)]
    assert office.tell() == Told()
    assert len(office.systems.asked) == 2


def test_whoever_was_down_for_an_hour_gets_everything(office: Office) -> None:
    office.keep(2)
    tries = 0
    for _ in range(60):
        office.systems.faults = [Fault.DOWN] * 4
        tries += office.tell().put_off > 0
        office.clock.time += MINUTE
    assert 4 <= tries <= 14  # 2 papers at 1, 2, 4 … minutes
    office.keep(1, OTHER)
    office.systems.faults = []
    for _ in range(6 * 60):
        office.tell()
        office.clock.time += MINUTE
    assert office.notices() == [(DOSSIER, 2), (OTHER, 1)]


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.GARBLED, Fault.HANGS_UP, Fault.REDIRECT])
def test_telling_again_is_the_same_notice(office: Office, fault: Fault) -> None:
    office.keep(1)
    office.systems.faults = [fault]
    told = office.tell()
    assert (told.dossiers, told.put_off) == (0, 1)
    office.clock.time += 2 * MINUTE
    office.tell()
    assert office.notices() == [(DOSSIER, 1)]
    assert len(office.systems.asked) == 2


def test_a_dossier_that_nobody_takes_is_given_up_after_two_weeks(office: Office) -> None:
    office.keep(1)
    given_up = 0
    for _ in range(20 * 4):
        office.systems.faults = [Fault.FORBIDDEN]
        given_up += office.tell().given_up
        office.clock.time += dt.timedelta(hours=6, minutes=1)
    assert given_up == 1
    assert office.notices() == []


# --- the population database ------------------------------------------------------------------------------------------------


def test_papers_are_checked_behind_their_batch(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": "Nguyễn Thị Anh"}
    document = office.keep(personal_id=NUMBER, full_name=NAME)
    nobody = office.keep(1, OTHER, full_name=NAME)
    assert office.check() == Checked(asked=1)
    fields = office.paper(document).understood.fields
    assert fields[FieldName("full_name")].checks["population"] is CheckOutcome.FAILED
    assert fields[FieldName("full_name")].state is FieldState.NEEDS_REVIEW
    assert office.paper(document).understood.state is DocumentState.NEEDS_REVIEW
    assert office.paper(nobody).version == 1
    # the change that it made is an event, too, and leads to no further question
    assert office.check() == Checked()
    assert len(office.systems.asked) == 1


def test_a_corrected_paper_is_asked_about_again(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": NAME}
    document = office.keep(personal_id=NUMBER, full_name="Nguyễn Thị Au")
    office.check()
    correct_fields(
        document,
        Correction(values={FieldName("full_name"): NAME}),
        by="lan",
        library=office.records.library,
        corrections=office.records.corrections,
        catalogue=load_types(),
        clock=office.clock,
    )
    office.clock.time += MINUTE
    assert office.check() == Checked(asked=1)
    assert set(verdicts_of(office.paper(document)).values()) == {CheckOutcome.PASSED}


def test_what_a_register_said_is_history_that_nobody_undoes(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": NAME}
    document = office.keep(personal_id=NUMBER, full_name=NAME)
    office.check()
    changes = office.records.corrections.changes(document)
    assert [(each.name, each.by, each.is_check) for each in changes] == [
        ("full_name", "population", True),
        ("personal_id", "population", True),
    ]
    assert not can_undo(office.paper(document), changes, 2, now=office.clock.time)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SLOW, Fault.WRONG, Fault.GARBLED, Fault.ENDLESS])
def test_a_register_that_fails_costs_one_question_a_round(office: Office, fault: Fault) -> None:
    office.systems.people[NUMBER] = {"name": NAME}
    office.systems.seconds = 3.0
    documents = [office.keep(1, DossierCode(f"H42.12-260131-000{each}"), personal_id=NUMBER) for each in range(3, 6)]
    office.systems.faults = [fault]
    assert office.check() == Checked(put_off=3)
    assert len(office.systems.asked) == 1
    assert [office.paper(each).version for each in documents] == [1, 1, 1]
    for _ in range(10):
        office.clock.time += MINUTE
        office.check()
    assert [verdicts_of(office.paper(each)) for each in documents] == [{"personal_id": CheckOutcome.PASSED}] * 3


def test_a_register_that_is_not_reached_for_days_leaves_a_check_that_does_not_apply(office: Office) -> None:
    document = office.keep(personal_id=NUMBER, full_name=NAME)
    for _ in range(20):
        office.systems.faults = [Fault.DOWN]
        office.check()
        office.clock.time += dt.timedelta(hours=6, minutes=1)
    paper = office.paper(document)
    assert set(verdicts_of(paper).values()) == {CheckOutcome.NOT_APPLICABLE}
    assert {each.state for each in paper.understood.fields.values()} == {FieldState.READ}
    assert paper.understood.state is DocumentState.DIGITIZED


def test_a_paper_that_somebody_has_before_them_is_asked_about_later(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": NAME}
    document = office.keep(personal_id=NUMBER, full_name=NAME)
    now = office.clock.time
    office.records.review.claims.take(
        Claim(document=document, login="lan", name="Lan", since=now, until=now + 5 * MINUTE), at=now
    )
    assert office.check() == Checked(put_off=1)
    assert office.systems.asked == []
    office.clock.time += 6 * MINUTE
    assert office.check() == Checked(asked=1)
