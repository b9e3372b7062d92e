"""A dossier against its procedure: what is there, what is not, and what a depository may lend, with its owner's log."""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.arrange_errors import AttachmentRefused
from pipeline.domain.document import FieldState
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, FieldName, TypeCode, uuid7
from pipeline.domain.owner import HoldingId, Owner
from pipeline.domain.procedure import Component, Procedure, ProcedureCode
from pipeline.domain.reuse import ReuseObstacle
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole, Verdict
from pipeline.ports import Area
from pipeline.understand.catalogue import load_types
from pipeline.usecases.attach_stored_copy import attach_stored_copy, choose_procedure, detach_stored_copy
from pipeline.usecases.component_list import ComponentList, ComponentStanding, Standing, component_list
from pipeline.usecases.look_up import Looker
from pipeline.usecases.open_dossier import DossierServices
from pipeline.usecases.weigh_copies import ProofServices
from storage.records import Records, open_records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import field
from tests.storage.test_owners_contract import CCCD, person

TODAY = dt.date(2026, 2, 1)
MARRIAGE = ProcedureCode("1.000894")
OLD = DossierCode("H42.12-250101-0001")
_numbers = itertools.count(1)


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def records(tmp_path: Path, clock: SetClock) -> Iterator[Records]:
    opened = opened_records(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def services(records: Records, objects: MemoryObjects, clock: SetClock) -> DossierServices:
    return services_of(records, objects, clock)


@pytest.fixture
def owner(records: Records) -> Owner:
    return records.owners.register(person(CCCD))


@pytest.fixture
def dossier(records: Records, objects: MemoryObjects, owner: Owner) -> DossierCode:
    return keep_form(records, objects, owner)


def opened_records(folder: Path, clock: SetClock) -> Records:
    """Open records that know what a marriage takes."""
    opened = open_records(f"sqlite:///{folder / 'records.db'}", clock=clock, author=CLERK)
    opened.procedures.load(
        [
            Procedure(
                code=MARRIAGE,
                name="Đăng ký kết hôn",
                field="Hộ tịch",
                since=dt.date(2016, 1, 1),
                components=(
                    Component(code="to_khai", name="Tờ khai", types=(TypeCode("don_de_nghi"),)),
                    Component(code="hon_nhan", name="Giấy xác nhận", types=(TypeCode("xac_nhan_hon_nhan"),)),
                    Component(code="khac", name="Giấy tờ khác", types=(), required=False),
                ),
                source="Luật Hộ tịch",
            )
        ]
    )
    return opened


def services_of(records: Records, objects: MemoryObjects, clock: SetClock) -> DossierServices:
    """Return what dossiers need; every signature is judged valid."""
    return DossierServices(
        library=records.library,
        procedures=records.procedures,
        dossiers=records.dossiers,
        marks=records.reuse.marks,
        owners=records.owners,
        depository=records.depository,
        access_book=records.access_book,
        copies=records.reuse.copies,
        proofs=ProofServices(objects=objects, fixity=records.fixity, clock=clock, judge=lambda _: Verdict.VALID),
        catalogue=load_types(),
        looker=Looker(trail=records.trail),
        new_id=lambda: uuid7(clock.now(), next(_numbers).to_bytes(8, "big")),
        one_look=dt.timedelta(minutes=30),
    )


def keep_form(records: Records, objects: MemoryObjects, owner: Owner) -> DossierCode:
    """Keep a dossier with the form, whose applicant is known; the confirmation is missing."""
    fields = {
        FieldName("personal_id"): field(owner.identifiers[0].value, state=FieldState.CONFIRMED),
        FieldName("procedure_code"): field("1.000894.000.00.00.H42"),
        FieldName("received_at"): field("2026-01-30T08:00+07:00"),
    }
    keep_papers(records, objects, 1, kind="don_de_nghi", fields=fields)
    return DOSSIER


def stored(
    records: Records, objects: MemoryObjects, owner: Owner, *, signed: bool = True, validity: Validity | None = None
) -> Holding:
    """Keep a confirmation that came with an earlier dossier in its owner's depository."""
    (paper,) = keep_papers(records, objects, 1, kind="xac_nhan_hon_nhan", dossier=OLD)
    if signed:
        sign(records, objects, paper)
    placed = Holding(
        id=HoldingId(f"h-{next(_numbers)}"),
        owner=owner.id,
        document=paper,
        type=TypeCode("xac_nhan_hon_nhan"),
        code=PaperCode(owner="1", type="xac_nhan_hon_nhan", serial=0, text=""),
        published_at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
        validity=validity or Validity(),
    )
    return records.depository.place([placed], template="{owner}/{type}/{serial}")[0]


def sign(records: Records, objects: MemoryObjects, paper: DocumentId) -> ContentHash:
    kept = objects.put(Area.ARCHIVE, io.BytesIO(b"signed"))
    version = CopyVersion(
        number=2,
        sha256=kept.sha256,
        size=kept.size,
        created_at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
        role=SignerRole.CLERK,
        level=SignatureLevel.B_LT,
        signer="Trần Thị Bình",
    )
    records.versions.add(paper, version)
    return kept.sha256


Lender = Callable[..., Holding]


@pytest.fixture
def lender(records: Records, objects: MemoryObjects, owner: Owner) -> Lender:
    """What puts a confirmation into the applicant's depository."""
    return functools.partial(stored, records, objects, owner)


def told(
    dossier: DossierCode, services: DossierServices, *, scope: Scope = EVERYTHING, today: dt.date = TODAY
) -> ComponentList:
    return component_list(dossier, who="lan", agency="H42.12", scope=scope, today=today, services=services)


def component(list_: ComponentList, code: str = "hon_nhan") -> ComponentStanding:
    return next(each for each in list_.components if each.component.code == code)


def test_what_is_there_and_what_is_not(dossier: DossierCode, services: DossierServices) -> None:
    found = told(dossier, services)
    assert (found.code, found.is_chosen, found.day) == (MARRIAGE, False, dt.date(2026, 1, 30))
    assert [each.standing for each in found.components] == [Standing.PRESENT, Standing.MISSING, Standing.BY_HAND]


def test_a_stored_paper_is_offered_attached_and_taken_back(
    dossier: DossierCode, services: DossierServices, records: Records, objects: MemoryObjects, owner: Owner
) -> None:
    held = stored(records, objects, owner)
    offered = component(told(dossier, services))
    assert (offered.standing, [each.holding for each in offered.stored]) == (Standing.REUSABLE, [held])
    paper = attach_stored_copy(
        dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services
    )
    assert (paper.document, paper.purpose) == (held.document, "Đăng ký kết hôn (1.000894)")
    assert component(told(dossier, services)).standing is Standing.ATTACHED
    detach_stored_copy(dossier, paper.id, who="lan", scope=EVERYTHING, services=services)
    assert component(told(dossier, services)).standing is Standing.REUSABLE
    # a look and a use; opening the page again within half an hour is the same look
    looks = records.access_book.accesses(owner.id)
    assert [(each.who, each.dossier, each.purpose) for each in looks] == [("lan", dossier, paper.purpose)] * 2


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"validity": Validity(until=dt.date(2026, 1, 31))}, ReuseObstacle.EXPIRED),
        ({"validity": Validity(since=dt.date(2026, 2, 2))}, ReuseObstacle.NOT_YET_VALID),
        ({"validity": Validity(scope="tỉnh khác")}, ReuseObstacle.OUT_OF_SCOPE),
        ({"validity": Validity(purpose="mua nhà")}, ReuseObstacle.OTHER_PURPOSE),
        ({"signed": False}, ReuseObstacle.NOT_SIGNED),
    ],
)
def test_what_speaks_against_a_stored_paper_is_said_and_it_cannot_be_attached(
    lender: Lender, dossier: DossierCode, services: DossierServices, changes: dict[str, Any], obstacle: ReuseObstacle
) -> None:
    held = lender(**changes)
    found = component(told(dossier, services))
    assert (found.standing, [each.obstacles for each in found.stored]) == (Standing.MISSING, [(obstacle,)])
    with pytest.raises(AttachmentRefused) as raised:
        attach_stored_copy(
            dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services
        )
    assert raised.value.details["obstacles"] == obstacle.value


def test_bytes_that_were_altered_and_signatures_that_fail_stop_the_use(
    dossier: DossierCode, services: DossierServices, records: Records, objects: MemoryObjects, owner: Owner
) -> None:
    held = stored(records, objects, owner)
    invalid = replace(services, proofs=replace(services.proofs, judge=lambda _: Verdict.INVALID))
    assert component(told(dossier, invalid)).stored[0].obstacles == (ReuseObstacle.SIGNATURE_INVALID,)
    newest = records.versions.versions(held.document)[-1].sha256
    objects.kept[Area.ARCHIVE, newest] = b"something else"
    # for a while it counts that the file was put; to use the paper, it is read
    assert component(told(dossier, services)).standing is Standing.REUSABLE
    with pytest.raises(AttachmentRefused) as raised:
        attach_stored_copy(
            dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services
        )
    assert raised.value.details["obstacles"] == "altered signature_unproven"
    # what was found then is known from then on
    assert ReuseObstacle.ALTERED in component(told(dossier, services)).stored[0].obstacles


def test_a_paper_that_was_attached_and_revoked_since_no_longer_stands(
    dossier: DossierCode, services: DossierServices, records: Records, objects: MemoryObjects, owner: Owner
) -> None:
    held = stored(records, objects, owner)
    attach_stored_copy(
        dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services
    )
    records.depository.change(replace(held, state=HoldingState.REVOKED, reason="thu hồi"), version=held.version)
    assert component(told(dossier, services)).standing is Standing.SUPERSEDED


def test_papers_of_somebody_else_are_neither_offered_nor_looked_at(
    dossier: DossierCode, services: DossierServices, records: Records, objects: MemoryObjects, owner: Owner
) -> None:
    numbers = tuple(replace(each, value="001199000029") for each in owner.identifiers)
    stranger = records.owners.register(
        replace(owner, id=type(owner.id)("o-2"), name="Lê Văn Khác", identifiers=numbers)
    )
    held = stored(records, objects, stranger)
    assert component(told(dossier, services)).standing is Standing.MISSING
    assert records.access_book.accesses(stranger.id) == ()
    with pytest.raises(AttachmentRefused):
        attach_stored_copy(
            dossier, "hon_nhan", held.id, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services
        )


def test_a_number_that_nobody_is_sure_of_opens_no_depository(
    services: DossierServices, records: Records, objects: MemoryObjects, owner: Owner
) -> None:
    doubtful = {FieldName("personal_id"): field(owner.identifiers[0].value, state=FieldState.NEEDS_REVIEW)}
    keep_papers(records, objects, 1, kind="don_de_nghi", fields=doubtful)
    stored(records, objects, owner)
    choose_procedure(DOSSIER, MARRIAGE, who="lan", agency="H42.12", scope=EVERYTHING, today=TODAY, services=services)
    found = told(DOSSIER, services)
    assert (found.owners, found.is_chosen) == ((), True)
    assert component(found).stored == ()
    assert records.access_book.accesses(owner.id) == ()


def test_a_dossier_of_another_agency_is_not_there(dossier: DossierCode, services: DossierServices) -> None:
    foreign = Scope(frozenset({"H53"}))
    with pytest.raises(NotFound):
        told(dossier, services, scope=foreign)
    with pytest.raises(NotFound):
        choose_procedure(dossier, MARRIAGE, who="an", agency="H53", scope=foreign, today=TODAY, services=services)


def test_a_paper_of_the_dossier_that_has_run_out_is_said_to_have(
    dossier: DossierCode, services: DossierServices, records: Records, objects: MemoryObjects
) -> None:
    fields = {FieldName("issued_date"): field("2025-01-10", state=FieldState.CONFIRMED)}
    keep_papers(records, objects, 1, kind="xac_nhan_hon_nhan", fields=fields)
    assert component(told(dossier, services)).standing is Standing.EXPIRED
