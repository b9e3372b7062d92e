"""Putting pages right, reviewing by group and completing dossiers over HTTP: what is asked is done, for whom it may be."""

from __future__ import annotations

import html
import json
import re
import time
from typing import Any

import pytest

from pipeline.domain.account import Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.correction import Correction
from pipeline.domain.document import FieldState
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.page import PageState
from pipeline.understand.catalogue import load_types
from pipeline.understand.procedure_file import built_in_procedures
from pipeline.usecases.correct_fields import correct_fields
from tests.e2e.papers import DOSSIER
from tests.web.conftest import Person, SignIn
from tests.web.reviewed import BIRTH, NUMBER, keep_card, kept
from web.office import Office


@pytest.fixture
def card(office: Office) -> DocumentId:
    """A card of one page whose number and birth date are in doubt."""
    return keep_card(office)


@pytest.fixture
def batch(office: Office, card: DocumentId) -> BatchId:
    found = office.services.library.document(card)
    assert found is not None
    return found[0]


def draft(**changes: object) -> str:
    plain = {
        "round": 0,
        "papers": [{"pages": [0], "type": "", "dossier": DOSSIER}],
        "blank": [],
        "separators": [],
        "turns": {},
    }
    return json.dumps(plain | changes)


def loaded(office: Office, batch: BatchId) -> DigitizedBatch:
    found = office.services.batches.load(batch)
    assert isinstance(found, DigitizedBatch)
    return found


def settled(person: Person, batch: BatchId) -> str:
    """Wait until what was asked for is done, and return the page then."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        page = person.browser.get(f"/batches/{batch}/pages").text
        if 'id="papers"' in page:
            return page
        time.sleep(0.05)
    raise AssertionError("it was not done in time")


def test_a_draft_is_one_s_own_and_stays_until_it_is_dropped(office: Office, batch: BatchId, sign_in: SignIn) -> None:
    lan, hoa = sign_in(Role.CLERK, login="lan"), sign_in(Role.CLERK, login="hoa")
    assert lan.post(f"/batches/{batch}/pages/draft", draft=draft(turns={"0": 90})).status_code == 204
    assert 'data-turn="90"' in lan.browser.get(f"/batches/{batch}/pages").text
    assert 'data-turn="90"' not in hoa.browser.get(f"/batches/{batch}/pages").text
    assert lan.post(f"/batches/{batch}/pages/forget").status_code == 303
    assert 'data-turn="90"' not in lan.browser.get(f"/batches/{batch}/pages").text
    assert office.services.arrangements.rounds(batch) == 0


def test_a_plan_says_what_would_be_done_and_does_nothing(office: Office, batch: BatchId, sign_in: SignIn) -> None:
    lan, before = sign_in(Role.CLERK), loaded(office, batch)
    page = lan.post(f"/batches/{batch}/pages/plan", draft=draft(papers=[], blank=[0])).text
    assert "1 trang được ghi là trang trắng" in page
    assert "Thay thế: Căn cước" in page
    assert "Không có gì thay đổi" in lan.post(f"/batches/{batch}/pages/plan", draft=draft()).text
    assert loaded(office, batch) == before


@pytest.mark.parametrize(
    "said",
    ["", "[]", "{}", draft(papers=[]), draft(blank=[0]), draft(papers=[{"pages": [7], "type": "", "dossier": ""}])],
)
def test_what_is_no_arrangement_is_refused(office: Office, batch: BatchId, sign_in: SignIn, said: str) -> None:
    lan, before = sign_in(Role.CLERK), loaded(office, batch)
    assert lan.post(f"/batches/{batch}/pages/plan", draft=said).status_code in {400, 422}
    assert loaded(office, batch) == before


def test_what_was_planned_is_carried_out_in_the_clerk_s_name(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK, login="lan")
    lan.post(f"/batches/{batch}/pages/plan", draft=draft(papers=[], blank=[0]))
    assert lan.post(f"/batches/{batch}/pages/apply").headers["location"] == f"/batches/{batch}/pages"
    assert "Đã sắp xếp lại: 0 giấy tờ mới" in settled(lan, batch)
    (page,) = loaded(office, batch).pages
    assert (page.state, page.document) == (PageState.BLANK, None)
    assert kept(office, card).understood.state == "replaced"
    entries = [each for each in office.services.trail.entries(limit=500) if isinstance(each, AuditEntry)]
    (told,) = (each for each in entries if each.deed.action is Action.PAGES_ARRANGED and each.deed.subject.id == card)
    assert told.author.name == "lan"
    # the draft is gone: again changes nothing
    lan.post(f"/batches/{batch}/pages/apply")
    assert office.services.arrangements.rounds(batch) == 1


def test_a_type_alone_changes_the_paper_in_place(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK, login="lan")
    other = draft(papers=[{"pages": [0], "type": "giay_ket_hon", "dossier": DOSSIER}])
    assert "Đổi loại: Căn cước" in lan.post(f"/batches/{batch}/pages/plan", draft=other).text
    lan.post(f"/batches/{batch}/pages/apply")
    assert "Đã đổi loại 1 giấy tờ" in settled(lan, batch)
    after = kept(office, card)
    assert (after.understood.type, after.type_by, after.version) == ("giay_ket_hon", "lan", 2)
    assert office.services.arrangements.rounds(batch) == 0


def test_a_refusal_is_shown_and_changes_nothing(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK)
    office.services.results.issue(DOSSIER, card, at=office.services.clock.now())
    assert "đã cấp làm kết quả" in lan.browser.get(f"/batches/{batch}/pages").text
    lan.post(f"/batches/{batch}/pages/draft", draft=draft(papers=[], blank=[0]))
    lan.post(f"/batches/{batch}/pages/apply")
    assert "không có gì bị thay đổi" in settled(lan, batch)
    assert kept(office, card).understood.state == "needs_review"


@pytest.mark.parametrize("path", ["pages", "group"])
def test_nobody_of_another_agency_sees_the_batch(batch: BatchId, sign_in: SignIn, path: str) -> None:
    stranger = sign_in(Role.CLERK, login="xa", agency="H53")
    assert stranger.browser.get(f"/batches/{batch}/{path}").status_code == 404
    assert stranger.post(f"/batches/{batch}/pages/apply").status_code == 404
    assert stranger.post(f"/batches/{batch}/pages/plan", draft=draft()).status_code == 404
    assert stranger.browser.get(f"/dossiers/{DOSSIER}").status_code == 404


def test_without_the_session_s_token_nothing_is_done(office: Office, batch: BatchId, sign_in: SignIn) -> None:
    lan = sign_in(Role.CLERK)
    assert lan.browser.post(f"/batches/{batch}/pages/draft", data={"draft": draft()}).status_code == 403
    assert office.services.arrangement_drafts.find(batch, lan.account.id) is None


# --- by group -------------------------------------------------------------------------------------------------------------


def rows(page: str) -> dict[str, str]:
    """Return the values of a page of a group by the keys of their rows."""
    keys = re.findall(r'data-row="([^"]+)"', page)
    values = re.findall(r'name="value\.[^"]+" value="([^"]*)"', page)
    return dict(zip(keys, map(html.unescape, values), strict=True))


def said(document: DocumentId, name: str, value: str, *, version: int = 1) -> dict[str, Any]:
    key = f"{document}|{name}|{version}"
    return {"row": key, "accepted": key, f"value.{document}.{name}": value}


def test_doubtful_values_of_one_kind_are_shown_and_saved_together(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    lan = sign_in(Role.CLERK, login="lan")
    page = lan.browser.get(f"/batches/{batch}/group?kind=digits").text
    assert rows(page) == {f"{card}|{NUMBER}|1": "001199000011"}
    assert rows(lan.browser.get(f"/batches/{batch}/group?kind=dates").text) == {f"{card}|{BIRTH}|1": "02/01/1999"}
    after = lan.post(f"/batches/{batch}/group?kind=dates", **said(card, BIRTH, "3/1/1999"))
    assert "Đã ghi 1 giá trị" in after.text
    found = kept(office, card).understood.fields
    assert (found[BIRTH].value, found[BIRTH].state) == ("1999-01-03", FieldState.CONFIRMED)
    assert found[NUMBER].state is FieldState.NEEDS_REVIEW
    assert {each.by for each in office.services.corrections.changes(card)} == {"lan"}


def test_a_row_that_somebody_changed_meanwhile_says_so_and_keeps_what_was_typed(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    lan, services = sign_in(Role.CLERK), office.services
    correct_fields(
        card,
        Correction(values={NUMBER: "001199000012"}),
        by="hoa",
        library=services.library,
        corrections=services.corrections,
        catalogue=services.catalogue,
        clock=services.clock,
    )
    page = lan.post(f"/batches/{batch}/group?kind=dates", **said(card, BIRTH, "4/1/1999")).text
    assert "đã được người khác sửa" in page
    assert rows(page) == {f"{card}|{BIRTH}|2": "4/1/1999"}
    assert kept(office, card).understood.fields[BIRTH].state is FieldState.NEEDS_REVIEW


def test_a_value_that_is_none_of_its_kind_stops_only_its_paper(
    office: Office, batch: BatchId, card: DocumentId, sign_in: SignIn
) -> None:
    page = sign_in(Role.CLERK).post(f"/batches/{batch}/group?kind=dates", **said(card, BIRTH, "ngày mai")).text
    assert 'aria-invalid="true"' in page
    assert 'value="ngày mai"' in page
    assert kept(office, card).version == 1


# --- dossiers -------------------------------------------------------------------------------------------------------------


def test_a_dossier_shows_what_its_procedure_asks_for(office: Office, batch: BatchId, sign_in: SignIn) -> None:
    office.services.procedures.load(built_in_procedures(types=load_types()))
    lan = sign_in(Role.CLERK)
    assert "chưa rõ thủ tục" in lan.browser.get(f"/dossiers/{DOSSIER}").text
    assert lan.post(f"/dossiers/{DOSSIER}/procedure", procedure="1.000894").status_code == 303
    page = lan.browser.get(f"/dossiers/{DOSSIER}").text
    assert "do cán bộ chọn" in page
    assert "Giấy tờ khác trong hồ sơ" in page
    assert lan.post(f"/dossiers/{DOSSIER}/procedure", procedure="9.999999").status_code == 404
    assert batch


def test_a_component_that_is_not_digitized_says_why_until_that_is_taken_back(
    office: Office, batch: BatchId, sign_in: SignIn
) -> None:
    office.services.procedures.load(built_in_procedures(types=load_types()))
    lan = sign_in(Role.CLERK)
    path = f"/dossiers/{DOSSIER}"
    lan.post(f"{path}/procedure", procedure="1.000894")
    said = {"component": "to_khai", "reason": "born_digital", "note": "nộp  qua Cổng"}
    assert lan.post(f"{path}/not-digitized", **said).status_code == 303
    page = lan.browser.get(path).text
    assert "hồ sơ nộp điện tử – nộp qua Cổng" in page
    assert "không số hóa" in page
    assert lan.post(f"{path}/not-digitized", **said | {"component": "khac"}).status_code == 404
    assert lan.post(f"{path}/not-digitized", **said | {"reason": "no_time"}).status_code == 422
    assert lan.post(f"{path}/to-digitize", component="to_khai").status_code == 303
    assert "nộp qua Cổng" not in lan.browser.get(path).text
    assert [each.stands for each in office.services.reuse.marks.marks(DOSSIER)] == [False]
    assert batch
