"""What a person says of fields counts, what the machine read stays as evidence, and the paper moves to whom it belongs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import Correction
from pipeline.domain.desk_errors import FieldRefused, RecordChanged
from pipeline.domain.document import DocumentState, Field, FieldOrigin, FieldState, FieldValue
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import DocumentId, FieldName, uuid7
from pipeline.understand.catalogue import load_types
from pipeline.usecases.correct_fields import Corrected, correct_and_publish
from pipeline.usecases.publish_document import PublishServices, Withheld
from storage.records import Records, open_records
from tests.e2e.papers import FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import field

AN, BINH = "001199000011", "001098000022"


@dataclass
class Desk:
    """Records, and a clerk who corrects."""

    records: Records
    services: PublishServices

    def keep(self, kind: str, **fields: Field) -> DocumentId:
        named = {FieldName(name): each for name, each in fields.items()}
        (document,) = keep_papers(self.records, MemoryObjects(), 1, fields=named, kind=kind)
        return document

    def correct(
        self,
        document: DocumentId,
        values: Mapping[str, FieldValue | None] | None = None,
        *,
        confirm: bool = False,
        version: int | None = None,
    ) -> Corrected:
        said = {FieldName(name): value for name, value in (values or {}).items()}
        return correct_and_publish(
            document,
            Correction(values=said, confirm=confirm, version=version, reason="đối chiếu bản chính"),
            by="lan",
            corrections=self.records.corrections,
            services=self.services,
            codes=CodeTemplates(),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    counter = itertools.count(1)
    new_id: Callable[[], str] = lambda: uuid7(FixedClock().now(), next(counter).to_bytes(8, "big"))  # noqa: E731 - a port
    services = PublishServices(
        library=records.library,
        owners=records.owners,
        depository=records.depository,
        catalogue=load_types(),
        unpublished=records.unpublished,
        clock=FixedClock(),
        new_id=new_id,
    )
    yield Desk(records, services)
    records.close()


def test_a_corrected_value_is_the_clerks_and_keeps_the_evidence_of_the_machine(desk: Desk) -> None:
    read = field("Le Van Teo", confidence=0.4, state=FieldState.NEEDS_REVIEW)
    document = desk.keep("don_de_nghi", full_name=read, personal_id=field(AN))
    after = desk.correct(document, {"full_name": "Lê Văn Tèo"}).document
    said = after.understood.fields[FieldName("full_name")]
    assert (said.value, said.raw, said.box, said.page) == ("Lê Văn Tèo", "Le Van Teo", read.box, 1)
    assert (said.origin, said.state, said.confidence) == (FieldOrigin.CLERK, FieldState.CONFIRMED, 1.0)
    assert after.version == 2
    assert after.understood.state is DocumentState.DIGITIZED  # the number is not confirmed yet
    (change,) = desk.records.corrections.changes(document)
    assert (change.before, change.after, change.by, change.reason) == (read, said, "lan", "đối chiếu bản chính")


def test_values_are_normalised_as_if_they_had_been_read(desk: Desk) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"))
    fields = desk.correct(
        document, {"birth_date": "5/1/1999", "personal_id": "001 199 000 011"}
    ).document.understood.fields
    assert fields[FieldName("birth_date")].value == "1999-01-05"
    assert fields[FieldName("personal_id")].value == AN
    assert fields[FieldName("birth_date")].box is None


def test_a_document_is_confirmed_when_all_is_and_published_then(desk: Desk) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"), personal_id=field(AN))
    first = desk.correct(document, {"full_name": "Lê Văn Tèo"})
    assert first.publication.withheld == (Withheld.NEEDS_REVIEW,)
    done = desk.correct(document, {"personal_id": AN})
    assert done.document.understood.state is DocumentState.CONFIRMED
    assert len(done.publication.holdings) == 1
    # a confirmed value that was right keeps how it was read
    assert done.document.understood.fields[FieldName("personal_id")].origin is FieldOrigin.OCR


def test_confirming_confirms_all_and_again_changes_nothing(desk: Desk) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"), subject=field("xin xác nhận"))
    first = desk.correct(document, confirm=True).document
    assert first.understood.state is DocumentState.CONFIRMED
    assert {each.state for each in first.understood.fields.values()} == {FieldState.CONFIRMED}
    assert desk.correct(document, confirm=True).document == first
    assert len(desk.records.corrections.changes(document)) == 2


def test_what_is_not_on_the_paper_goes_and_is_remembered(desk: Desk) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"), phone=field("0912345678"))
    assert FieldName("phone") not in desk.correct(document, {"phone": None}).document.understood.fields
    (change,) = desk.records.corrections.changes(document)
    assert change.after is None
    assert change.before is not None


def test_the_reference_follows_its_parts(desk: Desk) -> None:
    document = desk.keep(
        "quyet_dinh", code_number=field("12"), code_notation=field("QD-UBND"), reference=field("12/QD-UBND")
    )
    fields = desk.correct(document, {"code_notation": "QĐ-UBND"}).document.understood.fields
    assert fields[FieldName("reference")].value == "12/QĐ-UBND"
    fields = desk.correct(document, {"code_number": None}).document.understood.fields
    assert FieldName("reference") not in fields


def test_a_list_is_given_as_one(desk: Desk) -> None:
    document = desk.keep("quyet_dinh", recipients=field(("Như Điều 3", "Lưu: VT")))
    fields = desk.correct(document, {"recipients": ("Như Điều 3", "Lưu: VT, VP")}).document.understood.fields
    assert fields[FieldName("recipients")].value == ("Như Điều 3", "Lưu: VT, VP")


@pytest.mark.parametrize("typed", ["1999", "1999-01", "1999-01-05"])
def test_a_day_may_be_typed_as_it_is_kept_and_lack_what_nobody_knows(desk: Desk, typed: str) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"))
    fields = desk.correct(document, {"birth_date": typed}).document.understood.fields
    assert fields[FieldName("birth_date")].value == typed


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("birth_date", "hôm qua", "no_such_value"),
        ("birth_date", "1999-02-30", "no_such_value"),
        ("birth_date", "1999-13", "no_such_value"),
        ("personal_id", "12", "no_such_value"),
        ("full_name", "", "no_such_value"),
        ("recipients", "một chuỗi", "no_such_value"),
        ("full_name", ("một", "hai"), "no_such_value"),
        ("colour_of_hair", "đen", "unknown_field"),
    ],
)
def test_what_is_no_value_of_its_kind_is_refused(desk: Desk, name: str, value: FieldValue, reason: str) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"))
    with pytest.raises(FieldRefused) as raised:
        desk.correct(document, {name: value})
    assert raised.value.details["reason"] == reason
    assert desk.records.corrections.changes(document) == ()


def test_who_saw_an_older_version_is_told_so_and_changes_nothing(desk: Desk) -> None:
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo"))
    desk.correct(document, {"full_name": "Lê Văn Tẹo"}, version=1)
    with pytest.raises(RecordChanged):
        desk.correct(document, {"full_name": "Lê Văn Téo"}, version=1)
    # also one who would change nothing saw something else
    with pytest.raises(RecordChanged):
        desk.correct(document, version=1)
    with pytest.raises(NotFound):
        desk.correct(DocumentId("d-none"))


def test_a_paper_leaves_the_depository_of_who_it_turns_out_not_to_belong_to(desk: Desk) -> None:
    sure = {"origin": FieldOrigin.QR}
    document = desk.keep("don_de_nghi", full_name=field("Lê Văn Tèo", **sure), personal_id=field(AN, **sure))
    (wrong,) = desk.correct(document, confirm=True).publication.holdings
    after = desk.correct(document, {"personal_id": BINH})
    (right,) = after.publication.holdings
    assert right.owner != wrong.owner
    (left,) = desk.records.depository.of(wrong.owner)
    assert (left.state, left.reason) == (HoldingState.REVOKED, "owner_corrected")


def test_corrected_dates_are_those_of_the_depository(desk: Desk) -> None:
    sure = {"origin": FieldOrigin.QR}
    document = desk.keep(
        "xac_nhan_hon_nhan",
        full_name=field("Lê Văn Tèo", **sure),
        personal_id=field(AN, **sure),
        issued_date=field("2026-01-05"),
        purpose=field("kết hôn"),
    )
    (before,) = desk.correct(document, confirm=True).publication.holdings
    (after,) = desk.correct(document, {"issued_date": "2026-01-15"}).publication.holdings
    assert before.validity.until is not None
    assert after.validity.until is not None
    assert (str(before.validity.until), str(after.validity.until)) == ("2026-07-05", "2026-07-15")
    assert (after.id, after.code, after.version) == (before.id, before.code, 2)
