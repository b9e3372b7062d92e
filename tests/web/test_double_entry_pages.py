"""Fields that two people have to enter, on pages: the second is shown neither what was read nor what the first typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import load_settings
from pipeline.domain.account import Role
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DocumentId
from tests.web.conftest import SignIn
from tests.web.reviewed import NUMBER, keep_card, kept
from web.main import open_office
from web.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Open an office in which two people have to enter personal numbers."""
    environment = {
        "SOHOA_HOME": str(tmp_path / "home"),
        "SOHOA_READING__WORKERS": "1",
        "SOHOA_REVIEW__DOUBLE_ENTRY": "personal_id",
    }
    with open_office(load_settings(environment), with_prefect=False) as opened:
        yield opened


@pytest.fixture
def card(office: Office) -> DocumentId:
    return keep_card(office)


def test_a_field_for_two_people_is_hidden_from_the_second(office: Office, card: DocumentId, sign_in: SignIn) -> None:
    lan, hoa = sign_in(Role.CLERK, login="lan"), sign_in(Role.CLERK, login="hoa")
    lan.browser.get(f"/documents/{card}/review")
    lan.post(f"/documents/{card}/review", do="confirm", version=1, **{"value.personal_id": "001199000099"})
    assert kept(office, card).understood.state is DocumentState.NEEDS_REVIEW
    assert lan.browser.get("/review/next").headers["location"] == "/review?done", "it waits for somebody else"
    page = hoa.browser.get(f"/documents/{card}/review").text
    assert "001199000011" not in page, "neither what was read"
    assert "001199000099" not in page, "nor what was entered"
    again = hoa.browser.post(
        f"/documents/{card}/region",
        data={"name": "personal_id", "page": 1, "left": 10, "top": 10, "right": 90, "bottom": 40},
        headers={"X-CSRF-Token": hoa.csrf, "Accept": "application/json"},
    )
    assert again.status_code == 400, "nor is it read for them"
    version = kept(office, card).version
    hoa.post(f"/documents/{card}/review", do="confirm", version=version, **{"value.personal_id": "001199000099"})
    assert kept(office, card).understood.fields[NUMBER].value == "001199000099"
    assert kept(office, card).understood.state is DocumentState.CONFIRMED
