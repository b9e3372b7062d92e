"""Other systems are asked for a purpose that stands in the trail, and what they say is used for no more than it is worth."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.connector_ports import Connectors
from pipeline.domain.audit import AuditEntry
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import CheckOutcome, DocumentState, FieldOrigin, FieldState, StoredDocument
from pipeline.domain.exchange import ResultQuestion
from pipeline.domain.exchange_errors import ConnectorGarbled, ConnectorUnavailable, OfferRefused
from pipeline.domain.ids import DocumentId, DossierCode, FieldName, content_hash
from pipeline.domain.intake import Channel
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.ports import Area
from pipeline.usecases.ask_systems import Asker, ask_one_stop, refresh_procedures, tell_one_stop
from pipeline.usecases.confirm_person import PersonServices, confirm_person
from pipeline.usecases.take_over_result import TakenOver, TakeOverServices, take_over_result
from storage.records import Records, open_records
from tests.connectors.conftest import SetClock
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers
from tests.servers.other_systems import Fault, OtherSystems
from tests.storage.samples import field

pytestmark = [pytest.mark.enable_socket]
# synthetic: a personal number of a woman born 1999 in Hà Nội, after domain rules of Luật Căn cước 26/2023 art. 12
NUMBER, NAME = "001199000011", "Nguyễn Thị An"
PURPOSE = "Giải quyết hồ sơ H42.12 (NĐ 118/2025 điều 17)"
PDF = b"%PDF-1.7 a result"


@dataclass
class Office:
    records: Records
    objects: MemoryObjects
    connectors: Connectors
    systems: OtherSystems
    clock: SetClock

    @property
    def asker(self) -> Asker:
        return Asker(trail=self.records.trail, purpose=PURPOSE)

    def keep(self, **values: str) -> DocumentId:
        named = {FieldName(name): field(value) for name, value in values.items()}
        return keep_papers(self.records, self.objects, 1, fields=named, kind="can_cuoc")[0]

    @property
    def persons(self) -> PersonServices:
        return PersonServices(
            population=self.connectors.population,
            library=self.records.library,
            corrections=self.records.corrections,
            asker=self.asker,
            clock=self.clock,
        )

    def confirm(self, document: DocumentId) -> StoredDocument:
        return confirm_person(document, by="lan", services=self.persons)

    def asked(self) -> list[AuditEntry]:
        entries = [each for each in self.records.trail.entries(limit=99) if isinstance(each, AuditEntry)]
        return [each for each in entries if each.deed.action.value == "connector.asked"]


@pytest.fixture
def office(tmp_path: Path, connectors: Connectors, systems: OtherSystems, clock: SetClock) -> Iterator[Office]:
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Office(records, MemoryObjects(clock), connectors, systems, clock)
    records.close()


# --- the population database -----------------------------------------------------------------------------------------------


def test_the_registers_verdict_is_one_more_check_of_each_field(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": NAME, "birth_date": "1999-01-02"}
    document = office.keep(personal_id=NUMBER, full_name=NAME, birth_date="1999-01-01", address="Thanh Bình")
    after = office.confirm(document)
    found = {name: each.checks.get("population") for name, each in after.understood.fields.items()}
    assert found == {
        "personal_id": CheckOutcome.PASSED,
        "full_name": CheckOutcome.PASSED,
        "birth_date": CheckOutcome.FAILED,
        "address": None,
    }
    states = {name: each.state for name, each in after.understood.fields.items()}
    assert states[FieldName("birth_date")] is FieldState.NEEDS_REVIEW
    assert states[FieldName("full_name")] is FieldState.READ  # same, and still read by a machine
    assert after.understood.state is DocumentState.NEEDS_REVIEW
    kept = office.records.library.document(document)
    assert kept is not None
    assert kept[1] == after


def test_what_the_register_has_instead_is_kept_nowhere(office: Office, tmp_path: Path) -> None:
    office.systems.people[NUMBER] = {"name": "Trần Bí Mật", "birth_date": "1988-08-08"}
    office.confirm(office.keep(personal_id=NUMBER, full_name=NAME, birth_date="1999-01-01"))
    office.records.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("sohoa.db*"))
    assert "Nguyễn Thị An".encode() in kept
    assert "Bí Mật".encode() not in kept
    assert b"1988-08-08" not in kept


def test_a_person_who_has_confirmed_a_value_is_not_overruled(office: Office) -> None:
    office.systems.people[NUMBER] = {"name": "Nguyễn Thị Anh"}
    confirmed = {
        FieldName("personal_id"): field(NUMBER, state=FieldState.CONFIRMED, origin=FieldOrigin.CLERK),
        FieldName("full_name"): field(NAME, state=FieldState.CONFIRMED, origin=FieldOrigin.CLERK),
    }
    (document,) = keep_papers(
        office.records, office.objects, 1, fields=confirmed, kind="can_cuoc", state=DocumentState.CONFIRMED
    )
    after = office.confirm(document).understood
    assert after.fields[FieldName("full_name")].checks["population"] is CheckOutcome.FAILED
    assert after.fields[FieldName("full_name")].state is FieldState.CONFIRMED
    assert after.state is DocumentState.CONFIRMED


def test_asking_stands_in_the_trail_without_what_was_asked(office: Office) -> None:
    document = office.keep(personal_id=NUMBER, full_name=NAME)
    office.systems.faults = [Fault.DOWN]
    with pytest.raises(ConnectorUnavailable):
        office.confirm(document)
    (entry,) = office.asked()
    assert (entry.deed.subject.id, entry.deed.reason) == ("population", PURPOSE)
    assert entry.deed.details == {"document": document, "asked": "personal_id full_name"}
    assert NUMBER not in json.dumps(dict(entry.deed.details))
    kept = office.records.library.document(document)
    assert kept is not None
    assert kept[1].version == 1


def test_the_same_verdict_again_changes_nothing(office: Office) -> None:
    document = office.keep(personal_id=NUMBER)
    assert office.confirm(document).version == 2
    assert office.confirm(document).version == 2


def test_a_paper_that_names_nobody_is_not_asked_about(office: Office) -> None:
    with pytest.raises(FieldRefused):
        office.confirm(office.keep(full_name=NAME))
    assert office.systems.asked == []


# --- procedures, the one-stop system ---------------------------------------------------------------------------------------


def test_the_national_catalogue_is_loaded_beside_what_is_there(office: Office) -> None:
    edition = {"code": "1.000894", "name": "Đăng ký kết hôn", "field": "Hộ tịch", "since": "2026-01-01"}
    office.systems.procedures = [edition, edition]

    def refresh() -> int:
        return refresh_procedures(
            catalogue=office.connectors.procedures, procedures=office.records.procedures, asker=office.asker
        ).written

    assert refresh() == 1
    assert refresh() == 0
    found = office.records.procedures.find(ProcedureCode("1.000894"), dt.date(2026, 2, 1))
    assert found is not None
    assert found.name == "Đăng ký kết hôn"
    office.clock.time += dt.timedelta(minutes=20)
    office.systems.faults = [Fault.WRONG]
    with pytest.raises(ConnectorGarbled):
        refresh()
    assert office.records.procedures.find(ProcedureCode("1.000894"), dt.date(2026, 2, 1)) == found


def test_the_one_stop_system_is_asked_and_told(office: Office) -> None:
    office.systems.known[DOSSIER] = {"code": DOSSIER}
    assert ask_one_stop(DOSSIER, one_stop=office.connectors.one_stop, asker=office.asker) is not None
    document = office.keep(personal_id=NUMBER)
    office.systems.faults = [Fault.LOST_ANSWER]
    for attempt in range(2):
        try:
            tell_one_stop(
                DOSSIER,
                [document],
                one_stop=office.connectors.one_stop,
                versions=office.records.versions,
                asker=office.asker,
                at=office.clock.time + dt.timedelta(minutes=attempt),
            )
        except ConnectorUnavailable:
            assert attempt == 0
    assert len(office.systems.notices) == 1
    assert [each.deed.details["part"] for each in office.asked()] == ["dossier", "digitized", "digitized"]


# --- results of the national depository ------------------------------------------------------------------------------------


class Judge:
    """Says of every file what it is told to say."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        assert file.read_bytes() == PDF
        return FileVerdict(
            verdict=self.verdict, reason="" if self.verdict is Verdict.VALID else "REVOKED", signatures=()
        )


def offer(systems: OtherSystems) -> None:
    result = {"code": "H01-KQ1", "title": "Giấy khai sinh", "sha256": content_hash(PDF), "size": len(PDF)}
    systems.results, systems.files = [result], {"H01-KQ1": PDF}


def take_over(office: Office, *, code: str = "H01-KQ1", verdict: Verdict = Verdict.VALID) -> TakenOver:
    services = TakeOverServices(
        depository=office.connectors.depository,
        objects=office.objects,
        batches=office.records.batches,
        intakes=office.records.intake.intakes,
        workers=InlineWorkers(),
        validator=Judge(verdict),
        clock=office.clock,
        seconds=10,
    )
    question = ResultQuestion(owner=NUMBER, procedure="1.000894", requester="lan", purpose=PURPOSE)
    return take_over_result(
        code, question, dossier=DossierCode(DOSSIER), agency="H42.12", services=services, asker=office.asker
    )


def test_a_result_is_taken_over_as_it_is(office: Office) -> None:
    offer(office.systems)
    taken = take_over(office)
    assert isinstance(office.records.batches.load(taken.batch.id), ReceivedBatch)
    (source,) = taken.batch.sources
    assert (source.name, taken.batch.dossier, taken.batch.agency) == ("H01-KQ1.pdf", DOSSIER, "H42.12")
    with office.objects.open(Area.ARCHIVE, source.sha256) as stream:
        assert stream.read() == PDF
    assert take_over(office).batch == taken.batch
    (intake,) = office.records.intake.intakes.of_batch(taken.batch.id)
    assert (intake.channel, intake.dossier) == (Channel.DEPOSITORY, DOSSIER)
    assert [each.deed.details["part"] for each in office.asked()][:2] == ["look_up", "fetch"]
    assert NUMBER not in str([each.deed for each in office.asked()])


@pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.INDETERMINATE])
def test_a_result_whose_signature_does_not_hold_stays_outside(office: Office, verdict: Verdict) -> None:
    offer(office.systems)
    with pytest.raises(OfferRefused) as refusal:
        take_over(office, verdict=verdict)
    assert refusal.value.details["reason"] == f"{verdict.value} REVOKED"
    assert not office.objects.has(Area.ARCHIVE, content_hash(PDF))


def test_a_result_that_is_not_the_owners_cannot_be_taken(office: Office) -> None:
    offer(office.systems)
    with pytest.raises(OfferRefused):
        take_over(office, code="H01-KQ2")


def test_a_file_that_was_changed_on_the_way_stays_outside(office: Office) -> None:
    offer(office.systems)
    office.systems.files["H01-KQ1"] = PDF.replace(b"result", b"forger")
    with pytest.raises(ConnectorGarbled):
        take_over(office)
    assert office.objects.kept == {}
