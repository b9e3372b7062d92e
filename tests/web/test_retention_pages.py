"""Retention on pages: what is due, two people for a list, what is left of a paper, holds, and whose papers they reach."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.disposal import Disposal, DisposalId
from pipeline.domain.ids import content_hash
from tests.web.conftest import Person, SignIn
from tests.web.shelved import LONG_AGO, OURS, THEIRS, shelve
from web.main import open_office
from web.office import Office

SCHEDULE = """
[[rule]]
id = "letters"
types = ["cong_van"]
retention = "06"
since = 2010-01-01
source = "Bảng thời hạn bảo quản của xã"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Open an office that keeps letters for ten years."""
    schedule = tmp_path / "schedule.toml"
    schedule.write_text(SCHEDULE, encoding="utf-8")
    environment = {
        "SOHOA_HOME": str(tmp_path / "home"),
        "SOHOA_OFFICE__AGENCY": OURS,
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_RETENTION__SCHEDULE": str(schedule),
    }
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


def officers(sign_in: SignIn) -> tuple[Person, Person]:
    return (
        sign_in(Role.RECORDS_OFFICER, login="nhung", agency=OURS),
        sign_in(Role.RECORDS_OFFICER, login="toan", agency=OURS),
    )


def proposed(person: Person) -> str:
    """Propose what is due and return the list's id."""
    answer = person.post("/retention/lists", reason="Hết thời hạn bảo quản")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def finished(office: Office, disposal: str) -> Disposal:
    """Wait until a list is carried out."""
    for _ in range(1200):  # a minute
        found = office.services.disposing.disposals.load(DisposalId(disposal))
        assert found is not None
        if found.certificate is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("the list is not carried out")


def test_the_schedule_in_force_is_shown_with_its_sources(sign_in: SignIn) -> None:
    text = sign_in(Role.RECORDS_OFFICER).browser.get("/retention").text
    for told in (
        "letters",
        "Công văn",
        "10 năm từ khi kết thúc công việc",
        "Bảng thời hạn bảo quản của xã",
        "vĩnh viễn",
    ):
        assert told in text, told


def test_two_people_dispose_of_a_paper_and_its_certificate_stays(office: Office, sign_in: SignIn) -> None:
    letter = shelve(office, kind="cong_van", received=LONG_AGO, fields={"full_name": "Nguyễn Thị Hoa"})
    shelve(office, kind="quyet_dinh", received=LONG_AGO)
    nhung, toan = officers(sign_in)
    assert "1 giấy tờ đã hết thời hạn" in nhung.browser.get("/retention/due").text

    disposal = proposed(nhung)
    own = nhung.browser.get(f"/retention/lists/{disposal}").text
    assert "Người khác phải duyệt" in own
    assert "/approve" not in own
    refused = nhung.post(f"/retention/lists/{disposal}/approve", reason="Tự duyệt")
    assert (refused.status_code, refused.headers["x-error-code"]) == (409, "disposal.refused")
    too_early = toan.post(f"/retention/lists/{disposal}/carry-out", reason="Đã xem")
    assert too_early.headers["x-error-code"] == "disposal.refused"

    assert toan.post(f"/retention/lists/{disposal}/approve", reason="Đồng ý").status_code == 303
    assert toan.post(f"/retention/lists/{disposal}/carry-out", reason="Đã xem").status_code == 303
    done = finished(office, disposal)
    assert (done.proposed_by, done.decided_by) == ("nhung", "toan")

    kept = nhung.browser.get(f"/retention/lists/{disposal}/certificate.json")
    assert content_hash(kept.content) == done.certificate
    assert json.loads(kept.content)["items"][0]["document"] == letter
    words = nhung.browser.get(f"/retention/lists/{disposal}/certificate.txt").text
    assert words.startswith("BIÊN BẢN HỦY")
    assert "Nguyễn Thị Hoa" not in words

    gone = nhung.browser.get(f"/documents/{letter}")
    assert gone.status_code == 410
    assert "đã được hủy" in gone.text
    assert "Nguyễn Thị Hoa" not in gone.text
    handed_out = nhung.browser.get(f"/documents/{letter}/files/copy-1")
    assert (handed_out.status_code, handed_out.headers["x-error-code"]) == (410, "document.disposed")
    stranger = sign_in(Role.RECORDS_OFFICER, login="la", agency=THEIRS)
    assert stranger.browser.get(f"/documents/{letter}/files/copy-1").status_code == 404


def test_a_list_can_be_withdrawn_by_who_proposed_it(office: Office, sign_in: SignIn) -> None:
    shelve(office, kind="cong_van", received=LONG_AGO)
    nhung, _ = officers(sign_in)
    disposal = proposed(nhung)
    nhung.post(f"/retention/lists/{disposal}/reject", reason="Nhầm")
    assert "không duyệt" in nhung.browser.get(f"/retention/lists/{disposal}").text
    assert "1 giấy tờ đã hết thời hạn" in nhung.browser.get("/retention/due").text


def test_nothing_is_proposed_without_a_reason_or_without_a_paper(office: Office, sign_in: SignIn) -> None:
    person = sign_in(Role.RECORDS_OFFICER)
    nothing = person.post("/retention/lists", reason="Hết thời hạn")
    assert (nothing.status_code, nothing.headers["x-error-code"]) == (409, "disposal.refused")
    shelve(office, kind="cong_van", received=LONG_AGO)
    assert person.post("/retention/lists", reason="  ").status_code == 422
    assert office.services.disposing.disposals.all() == ()


def test_what_is_held_is_not_due_until_the_hold_is_lifted(office: Office, sign_in: SignIn) -> None:
    letter = shelve(office, kind="cong_van", received=LONG_AGO)
    person = sign_in(Role.RECORDS_OFFICER, login="nhung")
    placed = person.post("/retention/holds", kind="document", subject=letter, reason="Khiếu nại <b>số 7</b>")
    assert placed.status_code == 303
    page = person.browser.get("/retention/holds").text
    assert "Khiếu nại &lt;b&gt;số 7&lt;/b&gt;" in page
    assert "Hôm nay không có giấy tờ nào hết thời hạn" in person.browser.get("/retention/due").text
    assert "đang có lệnh giữ" in person.browser.get(f"/documents/{letter}").text
    hold = re.search(r"/retention/holds/([0-9a-f-]+)/lift", page)
    assert hold is not None
    assert person.post(f"/retention/holds/{hold[1]}/lift", reason="Đã giải quyết").status_code == 303
    assert "1 giấy tờ đã hết thời hạn" in person.browser.get("/retention/due").text


def test_of_another_agency_nothing_is_due_listed_or_held(office: Office, sign_in: SignIn) -> None:
    theirs = shelve(office, kind="cong_van", received=LONG_AGO, agency=THEIRS, dossier="H42.13-150302-0001")
    foreign = sign_in(Role.RECORDS_OFFICER, login="khach", agency=THEIRS)
    disposal = proposed(foreign)
    foreign.post("/retention/holds", kind="document", subject=theirs, reason="Thanh tra")
    ours = sign_in(Role.RECORDS_OFFICER, login="nhung", agency=OURS)
    assert "không có giấy tờ nào hết thời hạn" in ours.browser.get("/retention/due").text
    assert disposal not in ours.browser.get("/retention").text
    assert ours.browser.get(f"/retention/lists/{disposal}").status_code == 404
    assert ours.post(f"/retention/lists/{disposal}/approve", reason="x").status_code == 404
    holds = foreign.browser.get("/retention/holds").text
    assert theirs not in ours.browser.get("/retention/holds").text
    hold = re.search(r"/retention/holds/([0-9a-f-]+)/lift", holds)
    assert hold is not None
    assert ours.post(f"/retention/holds/{hold[1]}/lift", reason="x").status_code == 404
    for kind, subject in (("document", theirs), ("dossier", "H42.13-150302-0001")):
        answer = ours.post("/retention/holds", kind=kind, subject=subject, reason="x")
        assert answer.status_code == 404, kind


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICIAL, Role.ADMINISTRATOR])
def test_others_have_no_part_in_it(sign_in: SignIn, role: Role) -> None:
    person = sign_in(role)
    for path in ("/retention", "/retention/due", "/retention/holds", "/retention/lists/x-1"):
        assert person.browser.get(path).status_code == 403, path
    for path in ("/retention/lists", "/retention/holds", "/retention/lists/x-1/approve", "/retention/holds/1/lift"):
        assert person.post(path, reason="x").status_code == 403, path
