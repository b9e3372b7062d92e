"""Procedures over HTTP: listed by day, taken over as JSON and as a table, compared."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.domain.client import ApiScope
from tests.web.api.conftest import Api, Asking

MARRIAGE: dict[str, Any] = {
    "code": "1.000894",
    "name": "Đăng ký kết hôn",
    "field": "Hộ tịch",
    "since": "2016-01-01",
    "until": None,
    "results": ["giay_ket_hon"],
    "source": "Luật Hộ tịch 60/2014/QH13",
    "components": [
        {
            "code": "to_khai",
            "name": "Tờ khai",
            "types": ["don_de_nghi"],
            "required": True,
            "condition": None,
            "copies": 1,
        }
    ],
}
TABLE = (
    "\ufeffMã TTHC;Tên thủ tục;Lĩnh vực;Hiệu lực từ;Căn cứ;Mã thành phần;Thành phần hồ sơ;Loại giấy tờ\r\n"
    "1.000894;Đăng ký kết hôn;Hộ tịch;01/03/2026;QĐ 12/QĐ-UBND;to_khai;Tờ khai;don_de_nghi\r\n"
    ";;;;;hon_nhan;Giấy xác nhận;xac_nhan_hon_nhan\r\n"
)


@pytest.fixture
def asking(api: Api) -> Asking:
    return api.client(ApiScope.PROCEDURES_READ, ApiScope.PROCEDURES_WRITE)


def test_a_catalogue_is_compared_taken_over_and_told_by_day(asking: Asking) -> None:
    body = {"procedures": [MARRIAGE | {"code": "1.000894.000.00.00.H42"}]}
    told = asking.post("/procedures/import?dry_run=true", json=body)
    assert (told.status_code, told.json()["new"], told.json()["written"]) == (200, 1, 0)
    assert asking.get("/procedures").json()["items"] == []
    assert asking.post("/procedures/import", json=body).json()["written"] == 1
    assert asking.get("/procedures").json()["items"] == [MARRIAGE]
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    changed = asking.post("/procedures/import", content=TABLE.encode(), headers=headers)
    (change,) = changed.json()["changes"]
    assert (change["change"], change["parts"]) == ("changed", ["since", "results", "source", "components"])
    assert [(each["code"], each["change"]) for each in change["components"]] == [("hon_nhan", "new")]
    assert change["gone_results"] == ["giay_ket_hon"]
    path = "/procedures/1.000894"
    assert asking.get(f"{path}?on=2026-02-28").json() == MARRIAGE
    assert len(asking.get(f"{path}.000.00.00.H42?on=2026-03-01").json()["components"]) == 2
    assert [each["since"] for each in asking.get(f"{path}/editions").json()] == ["2016-01-01", "2026-03-01"]
    compared = asking.get(f"{path}/compare?before=2020-01-01&after=2026-03-01").json()
    assert (compared["change"], compared["since"]) == ("changed", "2026-03-01")
    assert asking.get(f"{path}?on=2015-12-31").status_code == 404
    assert asking.get(f"{path}/compare?before=2015-12-31").status_code == 404
    assert asking.get("/procedures/1.000895/editions").status_code == 404


def test_what_is_wrong_is_named_and_nothing_is_written(asking: Asking) -> None:
    wrong = {"procedures": [MARRIAGE, MARRIAGE | {"code": "1.000895", "results": ["giay_ket_hom"]}]}
    refused = asking.post("/procedures/import", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (400, "procedures.bad_catalogue")
    assert refused.json()["details"]["key"] == "procedures[1].results"
    table = asking.post(
        "/procedures/import", content=TABLE.replace("Tờ khai;", "=A1;").encode(), headers={"Content-Type": "text/csv"}
    )
    assert (table.json()["details"]["line"], table.json()["details"]["key"]) == (2, "component_name")
    other = asking.post("/procedures/import", content=b"x", headers={"Content-Type": "application/xml"})
    assert (other.status_code, other.json()["details"]["name"]) == (400, "header.Content-Type")
    assert asking.get("/procedures").json()["items"] == []


def test_lists_go_on_behind_a_code(asking: Asking) -> None:
    codes = [f"1.00000{number}" for number in range(1, 6)]
    asking.post("/procedures/import", json={"procedures": [MARRIAGE | {"code": each} for each in codes]})
    first = asking.get("/procedures?limit=3").json()
    rest = asking.get(f"/procedures?limit=3&after={first['next']}").json()
    assert [each["code"] for each in (*first["items"], *rest["items"])] == codes
    assert rest["next"] is None


def test_reading_lets_nobody_write(api: Api) -> None:
    reader = api.client(ApiScope.PROCEDURES_READ)
    assert reader.post("/procedures/import", json={"procedures": []}).status_code == 403
