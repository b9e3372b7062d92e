"""Indices on pages: figures, the dossiers behind them, who may see what, and signatures that are checked from there."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest

from pipeline.domain.account import Role
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.indices import FileWorth
from pipeline.domain.signature import SignerRole
from tests.web.conftest import SignIn
from tests.web.issued import sign
from tests.web.markup import Elements
from tests.web.shelved import OURS, THEIRS, shelve
from web.office import Office

MARCH = "since=2026-03&until=2026-03"
IN_MARCH = dt.datetime(2026, 3, 10, 2, tzinfo=dt.UTC)


def dossier(office: Office, code: str, *, agency: str = OURS, due: str = "2026-03-20") -> DocumentId:
    """Keep a dossier of a receipt and one paper, and return the paper."""
    receipt = {"procedure_code": "1.001193", "due_at": f"{due}T17:00"}
    shelve(office, agency=agency, kind="giay_tiep_nhan", dossier=code, fields=receipt, received=IN_MARCH)
    return shelve(office, agency=agency, kind="to_khai_khai_sinh", dossier=code, received=IN_MARCH)


def shown(text: str, code: str) -> str:
    """Return what is said of an index."""
    found = re.search(rf"<h2[^>]*>{re.escape(code)} .*?</section>", text, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_figures_count_the_own_agencys_dossiers_only(office: Office, sign_in: SignIn) -> None:
    dossier(office, "H42.12-260310-0001")
    dossier(office, "H42.12-260310-0002")
    dossier(office, "H42.13-260310-0001", agency=THEIRS)
    text = sign_in(Role.RECORDS_OFFICER, agency=OURS).browser.get(f"/indices?{MARCH}").text
    assert "Đạt / phải tính: 0 / 2" in shown(text, "4.3")
    assert "0,00 %" in shown(text, "4.3")
    assert THEIRS not in text
    assert Elements(text).harmful == []


def test_an_administrator_sees_all_agencies_figures_and_no_dossiers(office: Office, sign_in: SignIn) -> None:
    dossier(office, "H42.12-260310-0001")
    dossier(office, "H42.13-260310-0001", agency=THEIRS)
    person = sign_in(Role.ADMINISTRATOR)
    text = person.browser.get(f"/indices?{MARCH}").text
    assert "Đạt / phải tính: 0 / 2" in shown(text, "4.3")
    assert THEIRS in text
    assert "/indices/4.3?" not in text
    assert person.browser.get(f"/indices/4.3?{MARCH}").status_code == 403
    assert person.post(f"/indices/judge?{MARCH}").status_code == 403


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICIAL])
def test_others_see_no_indices(sign_in: SignIn, role: Role) -> None:
    assert sign_in(role).browser.get("/indices").status_code == 403


def test_what_cannot_be_computed_is_said_with_what_it_needs(sign_in: SignIn) -> None:
    text = sign_in(Role.RECORDS_OFFICER).browser.get(f"/indices?{MARCH}").text
    for told in ("Chưa tính được tại đây", "4.4 Kết nối, chia sẻ", "hệ thống một cửa", "QĐ 766/QĐ-TTg"):
        assert told in text, told


def test_the_chart_says_its_numbers_to_who_cannot_see_it(office: Office, sign_in: SignIn) -> None:
    dossier(office, "H42.12-260310-0001")
    text = sign_in(Role.RECORDS_OFFICER).browser.get("/indices?since=2026-02&until=2026-03").text
    described = re.findall(r"<desc[^>]*>(.*?)</desc>", text, re.DOTALL)
    assert len(described) == 4
    assert "02/26: – (0/0); 03/26: 0,00 % (0/1);" in described[3]


@pytest.mark.enable_socket
def test_a_copy_counts_when_its_signatures_were_checked_from_the_page(office: Office, sign_in: SignIn) -> None:
    paper = dossier(office, "H42.12-260310-0001")
    sign(office, [paper], SignerRole.CLERK)
    officer = sign_in(Role.RECORDS_OFFICER)
    behind = officer.browser.get(f"/indices/4.2?{MARCH}&side=missed").text
    assert "chưa kiểm tra chữ ký" in behind
    assert f'href="/documents/{paper}"' in behind
    answer = officer.post(f"/indices/judge?{MARCH}")
    assert answer.headers["location"] == f"/indices?{MARCH}&checking=1#files"
    assert _worth(office) is FileWorth.SIGNED
    assert "chữ ký hợp lệ" in officer.browser.get(f"/indices/4.2?{MARCH}&side=missed").text


def _worth(office: Office) -> FileWorth:
    """Return what the one component is worth once somebody has judged it."""
    for _ in range(1200):  # a minute
        march = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
        (found,) = office.services.officer.dossiers.dossiers(*march)
        (component,) = found.components
        if component.worth is not FileWorth.UNJUDGED:
            return component.worth
        time.sleep(0.05)
    raise AssertionError("nobody judged it")


def test_dossiers_behind_a_figure_name_what_is_missing(office: Office, sign_in: SignIn) -> None:
    office.services.results.issue(DossierCode("H42.12-260310-0001"), dossier(office, "H42.12-260310-0001"), at=IN_MARCH)
    dossier(office, "H42.12-260310-0002")
    officer = sign_in(Role.RECORDS_OFFICER)
    on_time = officer.browser.get(f"/indices/2.1?{MARCH}&side=counted").text
    assert "H42.12-260310-0001" in on_time
    assert "H42.12-260310-0002" not in on_time
    unknown = officer.browser.get(f"/indices/4.1?{MARCH}&side=unknown").text
    assert "chưa biết thủ tục có phải trả kết quả bằng văn bản không" in unknown


def test_figures_are_handed_out_as_a_table(office: Office, sign_in: SignIn) -> None:
    dossier(office, "H42.12-260310-0001")
    dossier(office, "H42.13-260310-0001", agency=THEIRS)
    answer = sign_in(Role.RECORDS_OFFICER, agency=OURS).browser.get(f"/indices/figures.csv?{MARCH}")
    assert answer.headers["content-disposition"].startswith('attachment; filename="chi-so_2026-03_2026-03.csv"')
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert any(line.startswith("Toàn bộ,,tất cả,4.3,") and ",0,1,0," in line for line in lines)
    assert THEIRS not in answer.text


def test_while_much_is_to_be_counted_the_page_says_how_far_it_is(
    office: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # one dossier within a request
    monkeypatch.setattr("web.counting._SECONDS", -1.0)
    monkeypatch.setattr("pipeline.usecases.count_dossiers._AT_ONCE", 1)
    for number in range(3):
        dossier(office, f"H42.12-260310-000{number}")
    officer = sign_in(Role.RECORDS_OFFICER, agency=OURS)
    text = officer.browser.get(f"/indices?{MARCH}").text
    assert "Đang tính lại các hồ sơ đã thay đổi" in text
    assert 'hx-get="/indices/counting?since=2026-03&amp;until=2026-03"' in text
    for _ in range(1200):  # a minute
        part = officer.browser.get(f"/indices/counting?{MARCH}", headers={"HX-Request": "true"})
        if part.headers.get("HX-Redirect") == f"/indices?{MARCH}":
            break
        assert "Hồ sơ: " in part.text
        time.sleep(0.05)
    else:
        raise AssertionError("nobody counted")
    assert "Đạt / phải tính: 0 / 3" in shown(officer.browser.get(f"/indices?{MARCH}").text, "4.3")


@pytest.mark.parametrize(
    "address", ["since=2026-13", "since=2026-03&until=2026-02", "since=2020-01&until=2026-01", "until=Juni"]
)
def test_months_that_are_none_are_refused(sign_in: SignIn, address: str) -> None:
    answer = sign_in(Role.RECORDS_OFFICER).browser.get(f"/indices?{address}")
    assert (answer.status_code, answer.headers["x-error-code"]) == (400, "web.form_refused")


@pytest.mark.parametrize("code", ["9.9", "4.4", "judge", "<script>"])
def test_there_is_nothing_behind_an_index_that_is_not_computed(sign_in: SignIn, code: str) -> None:
    assert sign_in(Role.RECORDS_OFFICER).browser.get(f"/indices/{code}?{MARCH}").status_code == 404
