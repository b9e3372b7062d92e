"""Papers that are no more, or stand in others by now, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.services import rules_of
from app.settings import load_settings
from pipeline.domain.audit import Author
from pipeline.usecases.carry_out_disposal import carry_out_disposal
from pipeline.usecases.propose_disposal import propose_disposal
from tests.e2e.papers import keep_papers
from tests.storage.test_rearrange_contract import REFS, arranged, loaded
from tests.web.api.conftest import Api, Asking
from tests.web.shelved import LONG_AGO, OURS, shelve
from tests.web.test_retention_pages import SCHEDULE
from web.application import create_app
from web.main import open_office
from web.office import Office

LAN, MINH = (Author(name=name, role="records_officer", origin="tests") for name in ("lan", "minh"))
FILES = ("copy.pdf", "versions/1.pdf", "text.txt", "fields.json", "fields.xml", "validation.json", "pages/1.jpg")


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


@pytest.fixture
def asking(office: Office) -> Iterator[Asking]:
    with TestClient(create_app(office), base_url="http://testserver") as browser:
        yield Api(office, browser).client()


def dispose(office: Office) -> str:
    """Dispose of what is due; return the list."""
    lan, minh = (office.services.acting(each) for each in (LAN, MINH))
    rules = rules_of(office.settings, office.services.catalogue)
    disposal = propose_disposal(
        by=LAN,
        reason="Hết thời hạn bảo quản",
        limit=10,
        papers=lan.disposing.papers,
        holds=lan.holds,
        disposals=lan.disposing.disposals,
        rules=rules,
        clock=lan.clock,
    )
    minh.disposing.disposals.decide(disposal.id, approved=True, at=minh.clock.now(), reason="Đã xem")
    carry_out_disposal(disposal.id, services=lan.disposing, rules=rules)
    return disposal.id


def test_of_what_was_disposed_of_only_the_entry_is_told(office: Office, asking: Asking) -> None:
    letter = shelve(office, kind="cong_van", received=LONG_AGO, fields={"full_name": "Nguyễn Thị Hoa"})
    link = asking.post(f"/documents/{letter}/links", json={}).json()["url"].rpartition("/")[2]
    disposal = dispose(office)
    for part in (*FILES, "signatures"):
        answer = asking.get(f"/documents/{letter}/{part}")
        assert (answer.status_code, answer.json()["code"]) == (410, "document.disposed"), part
        assert answer.headers["sohoa-state"] == "disposed", part
        assert answer.json()["details"]["disposal"] == disposal
    assert asking.get(f"/documents/{letter}/copy.pdf", params={"even_if": "disposed"}).status_code == 410
    assert asking.get(f"/links/{link}").status_code == 410
    told = asking.get(f"/documents/{letter}", params={"include": "fields,versions,pages,signatures"})
    assert told.headers["sohoa-state"].startswith("disposed;since=")
    assert (told.json()["state"], told.json()["standing"]["kind"], told.json()["fields"]) == (
        "disposed",
        "disposed",
        {},
    )
    assert "Hoa" not in told.text


def test_whoever_may_not_see_a_paper_is_not_told_that_it_was_disposed_of(office: Office, asking: Asking) -> None:
    letter = shelve(office, kind="cong_van", received=LONG_AGO)
    dispose(office)
    stranger = Api(office, asking.browser).client(agencies=frozenset({"H42.13"}))
    for part in ("", "/copy.pdf", "/signatures"):
        assert stranger.get(f"/documents/{letter}{part}").status_code == 404


def test_a_paper_whose_pages_were_put_right_names_those_that_have_them(office: Office, asking: Asking) -> None:
    records = office.services.records
    old, *_ = keep_papers(records, office.services.objects, 3)
    change = arranged(records, loaded(records, old), REFS)
    records.arrangements.apply(change)
    new = change.new[0].understood.id
    answer = asking.get(f"/documents/{old}/copy.pdf")
    assert (answer.status_code, answer.json()["code"]) == (410, "paper.not_in_force")
    assert answer.json()["details"]["state"] == "replaced"
    assert answer.headers["link"] == f'</api/v1/documents/{new}>; rel="successor-version"'
    kept = asking.get(f"/documents/{old}/copy.pdf", params={"even_if": "replaced"})
    assert kept.status_code == 200
    assert kept.headers["sohoa-state"].startswith("replaced;")
    assert asking.get(f"/documents/{old}").json()["standing"]["successors"] == [new]
    assert [each["id"] for each in asking.get("/documents").json()["items"]] == [new]
