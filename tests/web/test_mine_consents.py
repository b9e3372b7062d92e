"""Owners agree to something, and withdraw it."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.ids import TypeCode
from tests.web.street import Street, open_street
from web.office import Office


@pytest.fixture
def street(office: Office) -> Street:
    return open_street(office)


def consent_form(**changes: object) -> dict[str, object]:
    until = (dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=30)).date().isoformat()
    return {"agency": "H42.12", "purpose": "Vay vốn ngân hàng", "types": ["giay_ket_hon"], "until": until, **changes}


def test_consent_is_given_takes_effect_and_is_withdrawn(street: Street) -> None:
    lan, services = street.lan, street.office.services
    answer = lan.browser.post("/mine/consents", data={"csrf": lan.csrf, **consent_form()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/mine/consents")
    (consent,) = services.access_book.consents(lan.owner.id)
    now = services.clock.now()
    asked = {"at": now, "agency": "H42.12", "purpose": "vay vốn ngân hàng"}
    assert consent.covers(**asked, type_=TypeCode("giay_ket_hon"))  # type: ignore[arg-type]
    assert not consent.covers(**asked, type_=TypeCode("quyet_dinh"))  # type: ignore[arg-type]
    last = dt.date.fromisoformat(str(consent_form()["until"]))
    assert consent.until == dt.datetime.combine(last, dt.time(), dt.timezone(dt.timedelta(hours=7))) + dt.timedelta(
        days=1
    )
    page = lan.get("/mine/consents")
    assert "đang có hiệu lực" in page
    assert f"{last:%d/%m/%Y}" in page

    answer = lan.browser.post(f"/mine/consents/{consent.id}/withdraw", data={"csrf": lan.csrf})
    assert answer.status_code == 303
    (withdrawn,) = services.access_book.consents(lan.owner.id)
    assert withdrawn.withdrawn_at is not None
    assert not withdrawn.covers(**{**asked, "at": services.clock.now()}, type_=TypeCode("giay_ket_hon"))  # type: ignore[arg-type]
    assert "đã rút lại" in lan.get("/mine/consents")
    deeds = [each.deed.action for each in services.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
    assert deeds.count(Action.CONSENT_GIVEN) == deeds.count(Action.CONSENT_WITHDRAWN) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agency": ""}, "Hãy chọn một cơ quan"),
        ({"agency": "H99"}, "Hãy chọn một cơ quan"),
        ({"purpose": "  "}, "Hãy ghi mục đích"),
        ({"purpose": "x" * 201}, "Hãy ghi mục đích"),
        ({"types": ["khong_co"]}, "Có loại giấy tờ không tồn tại"),
        ({"until": "2020-01-01"}, "Ngày cuối cùng phải"),
        ({"until": "2099-01-01"}, "Ngày cuối cùng phải"),
        ({"until": "mai"}, "Ngày cuối cùng phải"),
    ],
)
def test_what_does_not_fit_is_shown_with_what_was_typed(street: Street, change: dict[str, object], said: str) -> None:
    lan = street.lan
    answer = lan.browser.post("/mine/consents", data={"csrf": lan.csrf, **consent_form(**change)})
    assert answer.status_code == 400
    assert said in answer.text
    assert str(consent_form(**change)["purpose"]) in answer.text
    assert street.office.services.access_book.consents(lan.owner.id) == ()


def test_a_change_without_the_token_is_refused(street: Street) -> None:
    assert street.lan.browser.post("/mine/consents", data=consent_form()).status_code == 403
