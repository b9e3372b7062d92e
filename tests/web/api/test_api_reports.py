"""Indices over HTTP: the client's own agencies only, exact figures, and the dossiers behind them part by part."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipeline.domain.client import ApiScope
from pipeline.domain.ids import TypeCode
from pipeline.domain.indices import FileWorth
from pipeline.domain.procedure import Procedure
from tests.storage.planned_dossiers import BIRTH, Plan, Registry
from tests.web.api.conftest import Api

DONE = dt.datetime(2026, 3, 9, 2, tzinfo=dt.UTC)


@pytest.fixture
def town(api: Api) -> Api:
    """Six dossiers of March, one of them another agency's."""
    records = api.office.services.records
    birth = Procedure(
        code=BIRTH,
        name="Đăng ký khai sinh",
        field="Hộ tịch",
        since=dt.date(2020, 1, 1),
        results=(TypeCode("giay_khai_sinh"),),
    )
    records.procedures.load([birth])
    registry = Registry(records, api.office.services.clock)  # type: ignore[arg-type]
    for number in range(5):
        worth = FileWorth.SIGNED if number % 2 else FileWorth.UNSIGNED
        code = f"H42.12-260303-000{number}"
        registry.keep(Plan(code=code, agency="H42.12", result=worth, resulted=DONE, due=dt.date(2026, 3, 9)))
    registry.keep(Plan(code="H42.99-260303-0001", agency="H42.99", result=FileWorth.SIGNED, resulted=DONE))
    return api


def index(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in told["indices"] if each["code"] == code)


def test_figures_of_the_clients_agencies(town: Api) -> None:
    told = town.client(ApiScope.REPORTS_READ).get("/reports/indices?period=2026-03").json()
    assert (told["since"], told["until"], told["dossiers"]) == ("2026-03-01", "2026-03-31", 5)
    assert told["files"]["unsigned"] == 3
    signed = index(told, "4.1")
    assert signed["whole"] == {"counted": 2, "total": 5, "unknown": 0, "per_cent": 40.0}
    assert signed["by_agency"] == {"H42.12": signed["whole"]}
    assert signed["by_procedure"] == {BIRTH: signed["whole"]}
    assert signed["by_month"] == {"2026-03": signed["whole"]}
    assert (index(told, "1.4")["needs"], index(told, "1.4")["whole"]) == ("national_portal", None)
    theirs = town.client(ApiScope.REPORTS_READ, agencies=frozenset({"H42.99"}))
    assert index(theirs.get("/reports/indices?period=2026-Q1").json(), "4.1")["whole"]["counted"] == 1


def test_a_change_is_in_the_next_answer(town: Api) -> None:
    asking = town.client(ApiScope.REPORTS_READ)
    path = "/reports/indices?period=2026-03&procedure=1.001193.000.00.00.H42"
    before = asking.get(path)
    assert asking.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    (result,) = town.office.services.results.of("H42.12-260303-0001")  # type: ignore[arg-type]
    registry = Registry(town.office.services.records, town.office.services.clock)  # type: ignore[arg-type]
    registry.keep(Plan(code="H42.12-260304-0001", agency="H42.12", result=FileWorth.SIGNED, resulted=DONE))
    assert index(before.json(), "4.1")["whole"]["counted"] == 2
    assert index(asking.get(path).json(), "4.1")["whole"]["counted"] == 3
    assert result.code.endswith("-KQ1")


def test_dossiers_behind_a_figure_come_part_by_part(town: Api) -> None:
    asking = town.client(ApiScope.REPORTS_READ)
    path = "/reports/indices/4.1/dossiers?period=2026-03&side=missed&limit=2"
    first = asking.get(path).json()
    second = asking.get(f"{path}&after={first['next']}").json()
    codes = [each["code"] for each in (*first["items"], *second["items"])]
    assert codes == ["H42.12-260303-0000", "H42.12-260303-0002", "H42.12-260303-0004"]
    assert second["next"] is None
    (one,) = second["items"]
    assert (one["side"], one["missing"]) == ("missed", ["has_signed_result"])
    assert [each["worth"] for each in one["results"]] == ["unsigned"]
    assert (one["received"], one["over"]) == ("2026-03-03", "2026-03-09")
    assert asking.get("/reports/indices/4.1/dossiers?period=2026-03&side=counted").json()["next"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/indices", 400),
        ("/reports/indices?period=2026-13", 400),
        ("/reports/indices?period=1999", 400),
        ("/reports/indices?period=2026&procedure=khai%20sinh", 400),
        ("/reports/indices/9.9/dossiers?period=2026", 404),
        ("/reports/indices/1.4/dossiers?period=2026", 404),
        ("/reports/indices/4.1/dossiers?period=2026&after=xyz", 400),
        ("/reports/indices/4.1/dossiers?period=2026&side=else", 400),
    ],
)
def test_what_is_no_question_is_refused(town: Api, path: str, status: int) -> None:
    assert town.client(ApiScope.REPORTS_READ).get(path).status_code == status


def test_figures_need_their_scope(town: Api) -> None:
    others = frozenset(ApiScope) - {ApiScope.REPORTS_READ}
    assert town.client(*others).get("/reports/indices?period=2026").status_code == 403
