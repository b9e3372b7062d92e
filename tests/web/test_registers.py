"""Other systems beside dossiers and papers, as people see them: what they say, and that pages work without them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.document import FieldState
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, FieldName, content_hash
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from pipeline.ports import Area
from tests.e2e.papers import DOSSIER, keep_papers
from tests.servers.other_systems import TOKEN, Fault, OtherSystems, other_systems
from tests.storage.samples import field
from tests.web.conftest import Person, sign_in_at
from tests.web.issued import content, issue, sign
from tests.web.reviewed import NUMBER, kept
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.enable_socket]
PERSON, NAME = "001199000011", "Lê Văn Hải"


@dataclass
class Street:
    office: Office
    systems: OtherSystems
    clerk: Person


@pytest.fixture
def street(tmp_path: Path, empty_home: Path) -> Iterator[Street]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    environment = {
        "SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_READING__WORKERS": "1",
    }
    with other_systems() as systems:
        for name in ("population", "one_stop", "depository"):
            prefix = f"SOHOA_CONNECTORS__{name.upper()}__"
            environment[prefix + "ADDRESS"] = f"{systems.address}/{name.replace('_', '-')}"
            environment[prefix + "TOKEN_FILE"] = str(token)
        with open_office(load_settings(environment), with_prefect=False) as office:
            office.connectors.stop()  # rounds would take the faults that a test has made ready for a page
            yield Street(office, systems, sign_in_at(office)(Role.CLERK, login="lan"))


def keep_card(office: Office) -> DocumentId:
    fields = {FieldName("full_name"): field(NAME), NUMBER: field(PERSON)}
    services = office.services
    (document,) = keep_papers(services.records, services.objects, 1, fields=fields, kind="can_cuoc", with_source=True)
    return document


def test_a_clerk_asks_the_register_and_sees_what_it_said(street: Street) -> None:
    document = keep_card(street.office)
    street.systems.people[PERSON] = {"name": "Lê Văn Hai"}
    page = street.clerk.browser.get(f"/documents/{document}/review").text
    assert "Cơ sở dữ liệu quốc gia về dân cư" in page
    answer = street.clerk.post(f"/documents/{document}/confirm-person")
    assert answer.status_code == 303
    page = street.clerk.browser.get(f"/documents/{document}/review").text
    assert "không khớp: Họ và tên" in page
    assert "Dữ liệu dân cư quốc gia có giá trị khác" in page
    assert "Lê Văn Hai<" not in page
    assert kept(street.office, document).understood.fields[FieldName("full_name")].state is FieldState.NEEDS_REVIEW
    assert "Đối chiếu với cơ sở dữ liệu dân cư: 2 trường" in page
    assert 'form="undo-2"' not in page


def test_a_register_that_is_down_is_said_and_changes_nothing(street: Street) -> None:
    document = keep_card(street.office)
    street.systems.faults = [Fault.DOWN] * 3
    answer = street.clerk.post(f"/documents/{document}/confirm-person")
    assert answer.status_code == 503
    assert kept(street.office, document).version == 1


def test_without_a_register_the_page_says_nothing_of_one(tmp_path: Path, empty_home: Path) -> None:
    environment = {"SOHOA_HOME": str(shutil.copytree(empty_home, tmp_path / "home")), "SOHOA_OFFICE__AGENCY": "H42.12"}
    with open_office(load_settings(environment), with_prefect=False) as office:
        document = keep_card(office)
        clerk = sign_in_at(office)(Role.CLERK)
        page = clerk.browser.get(f"/documents/{document}/review").text
        assert "confirm-person" not in page
        assert clerk.browser.get(f"/dossiers/{DOSSIER}/one-stop").status_code == 204
        assert "/one-stop" not in clerk.browser.get(f"/dossiers/{DOSSIER}").text
        admin = sign_in_at(office)(Role.ADMINISTRATOR)
        assert admin.browser.get("/system/connectors").text.count("chưa khai báo") >= 5


def test_the_dossier_page_shows_what_the_one_stop_system_waits_for(street: Street) -> None:
    keep_card(street.office)
    street.systems.known[DOSSIER] = {
        "code": DOSSIER,
        "procedure": "1.001193",
        "due_on": "2026-03-01",
        "components": [
            {"code": "X1", "name": "Giấy chứng sinh"},
            {"code": "X2", "name": "Tờ khai", "digitized": True},
        ],
    }
    page = street.clerk.browser.get(f"/dossiers/{DOSSIER}").text
    assert f'hx-get="/dossiers/{DOSSIER}/one-stop"' in page
    part = street.clerk.browser.get(f"/dossiers/{DOSSIER}/one-stop", headers={"HX-Request": "true"}).text
    assert "Giấy chứng sinh" in part
    assert "01/03/2026" in part
    assert "chưa thấy" in part
    assert 'value="1.001193"' in part
    unknown = street.clerk.browser.get("/dossiers/H42.12-260131-0099/one-stop").text
    assert "không có hồ sơ H42.12-260131-0099" in unknown
    street.systems.faults = [Fault.WRONG]
    failed = street.clerk.browser.get(f"/dossiers/{DOSSIER}/one-stop")
    assert failed.status_code == 200
    assert "không đúng định dạng" in failed.text


def test_of_another_agencys_dossier_nobody_is_asked(street: Street) -> None:
    """Its procedure and its day are that agency's to know."""
    theirs = "H42.13-260131-0001"
    street.systems.known[theirs] = {"code": theirs, "procedure": "1.001193", "due_on": "2026-03-01", "components": []}
    for code in (theirs, "H42.13-260131-0099"):
        answer = street.clerk.browser.get(f"/dossiers/{code}/one-stop", headers={"HX-Request": "true"})
        assert answer.status_code == 404
        assert "1.001193" not in answer.text
    entries = [each for each in street.office.services.trail.entries(limit=100) if isinstance(each, AuditEntry)]
    assert Action.CONNECTOR_ASKED not in {each.deed.action for each in entries}


def own(office: Office) -> None:
    numbers = (Identifier(IdentifierKind.CCCD, PERSON),)
    office.services.owners.register(Owner(id=OwnerId("o"), kind=OwnerKind.PERSON, name=NAME, identifiers=numbers))


def test_a_result_whose_signature_does_not_hold_is_not_taken_over(street: Street) -> None:
    keep_card(street.office)
    own(street.office)
    data = b"%PDF-1.7 not signed"
    result = {"code": "G22-KQ1", "title": "Giấy khai sinh", "sha256": content_hash(data), "size": len(data)}
    street.systems.results, street.systems.files = [result], {"G22-KQ1": data}
    page = street.clerk.browser.get(f"/dossiers/{DOSSIER}/national").text
    owner = re.search(r'<option value="([^"]+)"[^>]*>Lê Văn Hải', page)
    assert owner, page
    found = street.clerk.post(f"/dossiers/{DOSSIER}/national/look-up", owner=owner[1])
    assert found.status_code == 200, found.text
    assert "Giấy khai sinh" in found.text
    assert street.systems.bodies[-1]["owner"] == PERSON
    taken = street.clerk.post(f"/dossiers/{DOSSIER}/national/take-over", owner=owner[1], code="G22-KQ1")
    assert taken.status_code == 409
    assert street.office.services.library.batches(limit=10)[0].id != BatchId("")
    assert len(street.office.services.library.batches(limit=10)) == 1
    looks = [each.deed for each in street.office.services.trail.entries(limit=300) if isinstance(each, AuditEntry)]
    mine = [each for each in looks if each.action is Action.READ and each.details.get("part") == "national_depository"]
    assert len(mine) == 2
    other = street.clerk.post(f"/dossiers/{DOSSIER}/national/look-up", owner="another")
    assert other.status_code == 404


def test_administrators_see_how_systems_answer(street: Street) -> None:
    document = keep_card(street.office)
    street.systems.faults = [Fault.GARBLED]
    street.clerk.post(f"/documents/{document}/confirm-person")
    admin = sign_in_at(street.office)(Role.ADMINISTRATOR)
    page = admin.browser.get("/system/connectors").text
    assert "trả lời không đúng định dạng" in page
    assert PERSON not in page
    street.clerk.browser.get(f"/dossiers/{DOSSIER}/one-stop")
    assert "trả lời tốt" in admin.browser.get("/system/connectors").text
    assert street.clerk.browser.get("/system/connectors").status_code == 403


def test_a_signed_result_is_taken_over_and_digitized_as_it_is(street: Street) -> None:
    keep_card(street.office)
    own(street.office)
    (issued,) = issue(street.office, dossier=DossierCode("G22-260115-0009"))
    sign(street.office, [issued.document])
    data = content(street.office, issued.document)
    result = {"code": "G22-KQ1", "title": "Giấy khai sinh", "sha256": content_hash(data), "size": len(data)}
    street.systems.results, street.systems.files = [result], {"G22-KQ1": data}
    before = {each.id for each in street.office.services.library.batches(limit=10)}
    page = street.clerk.browser.get(f"/dossiers/{DOSSIER}/national").text
    owner = re.search(r'<option value="([^"]+)"[^>]*>Lê Văn Hải', page)
    assert owner
    taken = street.clerk.post(f"/dossiers/{DOSSIER}/national/take-over", owner=owner[1], code="G22-KQ1")
    assert taken.status_code == 303, taken.text
    batch = BatchId(taken.headers["location"].rpartition("/")[2])
    assert batch not in before
    (intake,) = street.office.services.intake.intakes.of_batch(batch)
    assert (intake.dossier, intake.agency) == (DOSSIER, "H42.12")
    assert street.office.services.objects.has(Area.ARCHIVE, content_hash(data))
    receipt = street.clerk.browser.get(f"/batches/{batch}/receipt").text
    assert "kho dữ liệu quốc gia" in receipt
