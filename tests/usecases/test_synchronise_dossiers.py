"""Dossiers reach the national portal once, whatever happens on the way."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.domain.document import FieldOrigin, FieldState
from pipeline.domain.exchange import OtherSystem, SyncAnswer, Synchronisation, SyncState
from pipeline.domain.exchange_errors import ConnectorGarbled, ConnectorRefused, ConnectorUnavailable
from pipeline.domain.ids import DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.exchange.dossier_sync import read_dossiers
from pipeline.understand.catalogue import load_types
from pipeline.usecases.describe_dossier import ReusedPaper
from pipeline.usecases.synchronise_dossiers import (
    SentDossiers,
    SyncServices,
    Unsent,
    queue_dossier,
    send_dossiers,
)
from storage.records import Records, open_records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.servers.other_systems import OtherSystems
from tests.storage.samples import field as read

PROCEDURE = Procedure(
    code=ProcedureCode("1.000894"),
    name="Đăng ký kết hôn",
    field="Hộ tịch",
    since=dt.date(2020, 1, 1),
    components=(Component(code="TP1", name="Tờ khai", types=(TypeCode("don_de_nghi"),)),),
)
FILES = "https://so.example.vn/api/v1/announced/{dossier}/{document}.pdf"


class Hour:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.time


@dataclass
class Portal:
    """The stand-in's own understanding of dossiers, without the way to it."""

    systems: OtherSystems = field(default_factory=OtherSystems)
    errors: list[Exception] = field(default_factory=list)
    """raised instead of answers, one after the other"""
    killed: list[bool] = field(default_factory=list)
    """whether it did what was asked before that"""

    def send(self, message: bytes, *, update: bool) -> SyncAnswer:
        if self.errors and not (self.killed and self.killed[0]):
            raise self.errors.pop(0)
        answer = self.systems.sync(json.loads(message), update=update)
        if self.errors:
            self.killed.pop(0)
            raise self.errors.pop(0)
        return SyncAnswer(code=answer["error_code"], message=answer["message"])


@dataclass
class Office:
    records: Records
    services: SyncServices
    portal: Portal
    clock: Hour
    reused: list[ReusedPaper]

    def keep(self, dossier: DossierCode = DOSSIER, kind: str = "don_de_nghi", **values: str) -> DocumentId:
        named = {FieldName(name): read(value, origin=FieldOrigin.QR) for name, value in values.items()}
        (document,) = keep_papers(self.records, MemoryObjects(), 1, dossier=dossier, kind=kind, fields=named)
        return document

    def receipt(self, dossier: DossierCode = DOSSIER) -> DocumentId:
        return self.keep(
            dossier,
            "giay_tiep_nhan",
            procedure_code="1.000894",
            full_name="Nguyễn Thị An",
            personal_id="001199000011",
            received_at="2026-01-30T08:15",
            due_at="2026-02-10",
        )

    def queue(self, dossier: DossierCode = DOSSIER) -> Synchronisation | Unsent:
        return queue_dossier(dossier, services=self.services, file_address=FILES, unit="UBND xã Thanh Bình")

    def send(self) -> SentDossiers:
        return send_dossiers(queue=self.records.sync_queue, portal=self.portal, clock=self.clock)

    def state(self) -> SyncState:
        (found,) = self.records.sync_queue.all(OtherSystem.NATIONAL_PORTAL)
        return found.state


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = Hour()
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=clock, author=CLERK)
    records.procedures.load([PROCEDURE])
    reused: list[ReusedPaper] = []
    services = SyncServices(
        library=records.library,
        batches=records.batches,
        results=records.results,
        procedures=records.procedures,
        queue=records.sync_queue,
        catalogue=load_types(),
        clock=clock,
        reused=lambda _: reused,
    )
    yield Office(records, services, Portal(), clock, reused)
    records.close()


def test_a_dossier_arrives_with_what_is_known_of_it(office: Office) -> None:
    office.receipt()
    form = office.keep()
    assert isinstance(office.queue(), Synchronisation)
    assert office.send() == SentDossiers(taken=(DOSSIER,))
    record = office.portal.systems.dossiers[DOSSIER]
    (dossier,) = read_dossiers(json.dumps([record]).encode())
    assert (dossier.procedure, dossier.procedure_name) == ("1.000894", "Đăng ký kết hôn")
    assert (dossier.applicant, dossier.applicant_number) == ("Nguyễn Thị An", "001199000011")
    assert (record["NgayTiepNhan"], record["NgayHenTra"]) == ("20260130081500", "20260210000000")
    assert record["TrangThaiHoSo"] == "2"
    (paper,) = record["TaiLieuNop"]
    assert (paper["MaThanhPhanHoSo"], paper["DuocSoHoa"], paper["DuocTaiSuDung"]) == ("TP1", "1", "0")
    assert paper["DuongDanTaiTepTin"] == FILES.format(document=form, dossier=DOSSIER)


def test_a_result_ends_the_dossier_and_is_named_by_its_code(office: Office) -> None:
    office.receipt()
    decision = office.keep(kind="quyet_dinh")
    office.records.results.issue(DOSSIER, decision, at=office.clock.time)
    office.queue()
    office.send()
    record = office.portal.systems.dossiers[DOSSIER]
    assert (record["TrangThaiHoSo"], record["NgayKetThucXuLy"]) == ("9", "20260201080000")
    (result,) = record["DanhSachGiayToKetQua"]
    assert result["MaGiayToKetQua"] == f"{DOSSIER}-KQ1"
    assert result["DuongDanTepTinKetQua"] == FILES.format(document=decision, dossier=DOSSIER)
    assert record["TaiLieuNop"] == []


def test_a_paper_that_was_not_asked_for_again_is_marked_as_used_again(office: Office) -> None:
    office.receipt()
    stored = office.keep(DossierCode("H42.12-250101-0009"), "giay_khai_sinh")
    found = office.records.library.document(stored)
    assert found is not None
    office.reused.append(ReusedPaper(document=found[1], component="TP2", from_portal=True))
    office.queue()
    office.send()
    (paper,) = office.portal.systems.dossiers[DOSSIER]["TaiLieuNop"]
    assert (paper["DuocTaiSuDung"], paper["DuocLayTuKhoDMQG"], paper["MaThanhPhanHoSo"]) == ("1", "1", "TP2")


def test_what_somebody_has_to_look_at_first_is_not_sent(office: Office) -> None:
    doubtful = {FieldName("full_name"): read("Nguyễn Thị Ẩn", state=FieldState.NEEDS_REVIEW)}
    keep_papers(office.records, MemoryObjects(), 1, kind="giay_tiep_nhan", fields=doubtful)
    office.services = SyncServices(
        **{name: getattr(office.services, name) for name in office.services.__slots__}
        | {"chosen": lambda _: PROCEDURE.code}
    )
    office.queue()
    office.send()
    assert office.portal.systems.dossiers[DOSSIER]["ChuHoSo"] == ""


@pytest.mark.parametrize("procedure", ["", "1.000000"])
def test_a_dossier_without_a_known_procedure_is_not_queued(office: Office, procedure: str) -> None:
    values = {"procedure_code": procedure} if procedure else {}
    office.keep(DOSSIER, "don_de_nghi", **values)
    assert office.queue() is Unsent.NO_PROCEDURE
    assert office.queue(DossierCode("H42.12-000000-0000")) is Unsent.UNKNOWN


def test_queueing_again_sends_nothing_again(office: Office) -> None:
    office.receipt()
    office.queue()
    office.send()
    office.clock.time += dt.timedelta(days=1)
    office.queue()
    assert office.send() == SentDossiers()
    assert office.portal.systems.creations == 1


def test_a_changed_dossier_updates_the_one_that_is_there(office: Office) -> None:
    office.receipt()
    office.queue()
    office.send()
    office.keep()
    office.queue()
    assert office.send() == SentDossiers(taken=(DOSSIER,))
    assert len(office.portal.systems.dossiers[DOSSIER]["TaiLieuNop"]) == 1
    assert office.portal.systems.creations == 1
    (item,) = office.records.sync_queue.all(OtherSystem.NATIONAL_PORTAL)
    assert item.first_taken_at == dt.datetime(2026, 2, 1, 1, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("code", ["3", "-3"])
def test_a_dossier_that_is_there_already_is_updated_and_not_refused(office: Office, code: str) -> None:
    office.portal.systems.dossiers[DOSSIER] = {"MaHoSo": "of somebody else"}
    office.receipt()
    office.queue()
    assert office.send().taken == (DOSSIER,)
    assert office.portal.systems.dossiers[DOSSIER]["MaHoSo"] == DOSSIER
    assert office.state() is SyncState.TAKEN


def test_killed_between_sending_and_writing_it_down_nothing_is_there_twice(office: Office) -> None:
    office.receipt()
    office.queue()
    office.portal.errors, office.portal.killed = [KeyboardInterrupt()], [True]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        office.send()
    assert office.portal.systems.creations == 1
    assert office.state() is SyncState.WAITING
    assert office.send() == SentDossiers()  # its lease still runs
    office.clock.time += dt.timedelta(minutes=5)
    assert office.send() == SentDossiers(taken=(DOSSIER,))
    assert office.portal.systems.creations == 1


def test_who_does_not_answer_is_asked_later_and_less_and_less_often(office: Office) -> None:
    office.receipt()
    office.queue()
    waits = []
    for _ in range(12):
        office.portal.errors = [ConnectorUnavailable(name="national_portal", reason="timeout")]
        assert office.send().failed == (DOSSIER,)
        (item,) = office.records.sync_queue.all(OtherSystem.NATIONAL_PORTAL)
        assert item.due_at is not None
        waits.append(round((item.due_at - office.clock.time) / dt.timedelta(minutes=1)))
        office.clock.time = item.due_at
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == 6 * 60
    assert office.send().taken == (DOSSIER,)


def test_one_garbled_answer_does_not_stop_the_others(office: Office) -> None:
    other = DossierCode("H42.12-260201-0002")
    for dossier in (DOSSIER, other):
        office.receipt(dossier)
        office.queue(dossier)
    office.portal.errors = [ConnectorGarbled(name="national_portal", reason="json")]
    sent = office.send()
    assert (len(sent.taken), len(sent.failed)) == (1, 1)


def test_nothing_more_is_sent_while_nobody_answers(office: Office) -> None:
    other = DossierCode("H42.12-260201-0002")
    for dossier in (DOSSIER, other):
        office.receipt(dossier)
        office.queue(dossier)
    office.portal.errors = [ConnectorUnavailable(name="national_portal", reason="down")]
    assert office.send().taken == ()


def test_a_refusal_waits_for_a_person(office: Office) -> None:
    office.receipt()
    office.queue()
    office.portal.systems.answer_code = "-7"
    assert office.send() == SentDossiers(refused=(DOSSIER,))
    (item,) = office.records.sync_queue.all(OtherSystem.NATIONAL_PORTAL)
    assert (item.state, item.reason) == (SyncState.REFUSED, "-7: Sai mã thủ tục")


def test_a_wrong_key_stops_everything_and_loses_nothing(office: Office) -> None:
    office.receipt()
    office.queue()
    office.portal.errors = [ConnectorRefused(name="national_portal", reason="401")]
    with pytest.raises(ConnectorRefused):
        office.send()
    office.clock.time += dt.timedelta(minutes=1)
    assert office.send().taken == (DOSSIER,)
