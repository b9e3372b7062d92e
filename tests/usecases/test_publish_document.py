"""Papers go to their owners' depositories when it is sure whose they are, and stay with a named reason otherwise."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.domain.codes import CodeTemplates
from pipeline.domain.document import DocumentState, Field, FieldOrigin, FieldState, StoredDocument
from pipeline.domain.holding import Validity
from pipeline.domain.ids import DocumentId, FieldName, TypeCode, uuid7
from pipeline.domain.owner import Identifier, IdentifierKind, LinkEvidence, Owner, OwnerId, OwnerKind
from pipeline.understand.catalogue import load_types
from pipeline.usecases.publish_document import (
    Publication,
    PublishServices,
    Withheld,
    publish_document,
)
from storage.records import Records, open_records
from tests.e2e.papers import FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import field

CODES = CodeTemplates(organ="H42.12")
# synthetic: a personal number of a woman born 1999 in Hà Nội, after domain rules of Luật Căn cước 26/2023 art. 12
CCCD = "001199000011"
CMND = "012345678"


@dataclass
class Office:
    """Records, and papers with fields."""

    records: Records
    services: PublishServices

    def keep(self, kind: str, fields: Mapping[str, Field], **changes: object) -> DocumentId:
        named = {FieldName(name): each for name, each in fields.items()}
        (document,) = keep_papers(self.records, MemoryObjects(), 1, fields=named, kind=kind, **changes)  # type: ignore[arg-type]
        return document

    def publish(self, document: DocumentId, owner: OwnerId | None = None) -> Publication:
        return publish_document(document, services=self.services, codes=CODES, owner=owner)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    records = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    counter = itertools.count(1)
    services = PublishServices(
        library=records.library,
        owners=records.owners,
        depository=records.depository,
        catalogue=load_types(),
        unpublished=records.unpublished,
        clock=FixedClock(),
        new_id=lambda: uuid7(FixedClock().now(), next(counter).to_bytes(8, "big")),
    )
    yield Office(records, services)
    records.close()


def person_fields(**changes: Field) -> dict[str, Field]:
    sure = {"origin": FieldOrigin.QR}
    plain = {
        "personal_id": field(CCCD, **sure),
        "full_name": field("Nguyễn Thị An", **sure),
        "birth_date": field("1999-01-01", **sure),
    }
    return plain | changes


def test_a_card_read_by_its_code_goes_to_its_owner_with_all_that_is_known(office: Office) -> None:
    fields = person_fields(
        old_id=field(CMND, origin=FieldOrigin.QR),
        id_issued_date=field("2021-05-10", origin=FieldOrigin.QR),
        id_expiry_date=field("2039-01-01"),
    )
    card = office.keep("can_cuoc", fields)
    published = office.publish(card)
    assert published.withheld == ()
    (held,) = published.holdings
    assert held.code.text == f"{CCCD}-can_cuoc-000001"
    assert held.validity == Validity(since=dt.date(2021, 5, 10), until=dt.date(2039, 1, 1))
    owner = office.records.owners.find(Identifier(IdentifierKind.CMND, CMND))
    assert owner is not None
    assert (owner.name, owner.birth_date, owner.id) == ("Nguyễn Thị An", "1999-01-01", held.owner)
    (linked,) = office.records.owners.links(owner.id)
    assert (linked.evidence, linked.document) == (LinkEvidence.CARD_CODE, card)
    again = office.publish(card)
    assert again == published
    archive = office.records.depository.archive_code(card, organ="other", kind="other")
    assert (archive.organ, archive.kind, archive.serial) == ("H42.12", "VB", 1)


def test_a_marriage_certificate_lies_with_both_spouses_under_the_catalogues_code(office: Office) -> None:
    fields = person_fields(
        spouse_name=field("Trần Văn Bình", state=FieldState.CONFIRMED),
        spouse_personal_id=field("001098000022", state=FieldState.CONFIRMED),
        registered_date=field("2020-02-29"),
    )
    published = office.publish(office.keep("giay_ket_hon", fields))
    assert [each.code.text for each in published.holdings] == [
        f"{CCCD}-KQ.G15.000032-000001",
        "001098000022-KQ.G15.000032-000001",
    ]


def test_six_months_end_on_the_same_day_of_the_month_or_its_last(office: Office) -> None:
    # Bộ luật Dân sự 91/2015/QH13 art. 148: August 31 and six months is the last day of February
    fields = person_fields(issued_date=field("2025-08-31"), purpose=field("đăng ký kết hôn"))
    (held,) = office.publish(office.keep("xac_nhan_hon_nhan", fields)).holdings
    assert held.validity == Validity(since=dt.date(2025, 8, 31), until=dt.date(2026, 2, 28), purpose="đăng ký kết hôn")


def test_a_firm_is_an_owner_by_its_tax_code(office: Office) -> None:
    fields = {
        "tax_code": field("0100047516", state=FieldState.CONFIRMED),
        "business_name": field("CÔNG TY TNHH SEN", state=FieldState.CONFIRMED),
    }
    (held,) = office.publish(office.keep("dang_ky_doanh_nghiep", fields)).holdings
    owner = office.records.owners.get(held.owner)
    assert owner is not None
    assert owner.kind is OwnerKind.ORGANISATION
    assert owner.identifiers == (Identifier(IdentifierKind.TAX_CODE, "0100047516"),)


NOT_SURE = field(CCCD, state=FieldState.NEEDS_REVIEW)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"full_name": field("Nguyễn Thị An")}, Withheld.OWNER_MISSING),
        ({"personal_id": field(CCCD)}, Withheld.OWNER_MISSING),
        (person_fields(personal_id=field("12", origin=FieldOrigin.QR)), Withheld.IDENTIFIER_FAILS),
        # 003 is no province's; 1999 is not the year in the number
        (person_fields(personal_id=field("003199000011", origin=FieldOrigin.QR)), Withheld.IDENTIFIER_FAILS),
        (person_fields(birth_date=field("1998-01-01", origin=FieldOrigin.QR)), Withheld.IDENTIFIER_FAILS),
        (person_fields(personal_id=NOT_SURE), Withheld.NEEDS_REVIEW),
        (person_fields(full_name=field("Nguyễn Thị An", state=FieldState.NEEDS_REVIEW)), Withheld.NEEDS_REVIEW),
        # read from a picture alone, and of nobody who is known
        (person_fields(personal_id=field(CCCD)), Withheld.NEEDS_REVIEW),
    ],
)
def test_whose_owner_is_not_sure_stays_and_says_why(
    office: Office, fields: Mapping[str, Field], reason: Withheld
) -> None:
    published = office.publish(office.keep("don_de_nghi", fields))
    assert (published.holdings, published.withheld) == ((), (reason,))


def test_what_was_read_from_a_picture_goes_to_whom_is_known_under_the_same_name(office: Office) -> None:
    office.publish(office.keep("can_cuoc", person_fields()))
    read = {"personal_id": field(CCCD), "full_name": field("NGUYEN THI AN")}
    published = office.publish(office.keep("don_de_nghi", read))
    assert len(published.holdings) == 1
    other = office.keep("ly_lich_tu_phap", read | {"full_name": field("Nguyễn Thị Ân", origin=FieldOrigin.QR)})
    assert office.publish(other).holdings  # the marks may be lost, the letters not
    wrong = office.keep("giay_chung_nhan_dat", read | {"full_name": field("Lê Thị An", origin=FieldOrigin.QR)})
    assert office.publish(wrong).withheld == (Withheld.OWNER_DIFFERS,)


def test_a_paper_that_needs_a_look_stays_whoever_owns_it(office: Office) -> None:
    document = office.keep("can_cuoc", person_fields())
    found = office.records.library.document(document)
    assert found is not None
    doubtful = _with_state(found[1], DocumentState.NEEDS_REVIEW)

    batch = found[0]

    class Doubting:
        """The library as it would answer had the reader been less sure."""

        def document(self, _: DocumentId) -> tuple[object, StoredDocument]:
            return batch, doubtful

    services = replace(office.services, library=Doubting())  # type: ignore[arg-type]
    published = publish_document(document, services=services, codes=CODES)
    assert published.withheld == (Withheld.NEEDS_REVIEW,)


def _with_state(document: StoredDocument, state: DocumentState) -> StoredDocument:
    return replace(document, understood=replace(document.understood, state=state))


def test_a_person_may_name_an_owner_who_has_no_number(office: Office) -> None:
    child = office.records.owners.register(
        Owner(
            id=OwnerId(office.services.new_id()),
            kind=OwnerKind.PERSON,
            name="Lê Văn Con",
            birth_date="2025-12-01",
            paper="giấy chứng sinh 12/BV",
        )
    )
    (held,) = office.publish(office.keep("quyet_dinh", {}), owner=child.id).holdings
    # TT 01/2023/TT-VPCP art. 10.1: the owner's part stays empty
    assert held.code.text == "-quyet_dinh-000001"
    assert held.type == TypeCode("quyet_dinh")


def test_a_link_that_would_make_two_people_one_is_refused_and_the_paper_published(office: Office) -> None:
    qr = {"origin": FieldOrigin.QR}
    first = person_fields(old_id=field(CMND, **qr))
    office.publish(office.keep("can_cuoc", first))
    second = {
        "personal_id": field("001099000033", **qr),
        "full_name": field("Phạm Văn Cường", **qr),
        "birth_date": field("1999-01-01", **qr),
        "old_id": field(CMND, **qr),
    }
    # another batch: the same upload is the same batch
    published = office.publish(office.keep("can_cuoc", second, dossier=None))
    assert len(published.holdings) == 1
    assert published.withheld == (Withheld.LINK_REFUSED,)
