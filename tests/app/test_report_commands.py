"""`sohoa report indices` and `sohoa exchange take`: what comes out of records, in files that people open."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from app.cli import main as command_line
from app.clock import SystemClock
from pipeline.domain.ids import TypeCode
from pipeline.domain.indices import FileWorth
from pipeline.domain.procedure import Procedure
from storage.audit_tables import audit_entries
from storage.database import connect
from storage.records import open_records
from tests.fakes.author import CLERK
from tests.storage.planned_dossiers import BIRTH, Plan, Registry

Run = Callable[..., tuple[int, str, str]]
EVIL = '=HYPERLINK("http://127.0.0.1/","x")'
"""what a scanner may have read as a dossier's code"""
DONE = dt.datetime(2026, 3, 9, 2, tzinfo=dt.UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOHOA_LANGUAGE", "vi")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("SOHOA_INDICES__POPULATION_DATABASES", "7 12")
    (tmp_path / "home").mkdir()
    records = open_records(f"sqlite:///{tmp_path / 'home' / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    birth = Procedure(
        code=BIRTH,
        name="Đăng ký khai sinh",
        field="Hộ tịch",
        since=dt.date(2020, 1, 1),
        results=(TypeCode("giay_khai_sinh"),),
    )
    records.procedures.load([birth])
    registry = Registry(records, SystemClock())  # type: ignore[arg-type]
    registry.keep(Plan(code="H42.12-260303-0001", due=dt.date(2026, 3, 10), result=FileWorth.SIGNED, resulted=DONE))
    registry.keep(Plan(code=EVIL, agency="H42.13", due=dt.date(2026, 3, 8), result=FileWorth.SIGNED, resulted=DONE))
    records.close()

    def run_(*words: str | Path) -> tuple[int, str, str]:
        code = command_line.main([*map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def report(run: Run, out: Path, *more: str, period: str = "2026-03") -> tuple[int, str, str]:
    return run("report", "indices", "--period", period, "--out", out, *more)


def test_a_workbook_for_whoever_answers_for_the_figures(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "chỉ số.xlsx"
    code, said, _ = report(run, file)
    assert (code, said) == (0, f"Đã ghi báo cáo kỳ 2026-03 vào {file}: 2 hồ sơ, 4 chỉ số tính được.\n")
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Chỉ số", "Theo tháng", "Theo cơ quan", "Theo thủ tục", "Hồ sơ", "Tệp", "Công thức"]
    figures = {row[0]: row for row in book["Chỉ số"].iter_rows(min_row=9, values_only=True)}
    assert figures["2.1"][2:10] == (1, 2, 1, 0, 0, 50, None, None)
    assert figures["4.2"][2:10] == (2, 2, 0, 0, 0, 100, 80, "đạt mức tối đa")
    assert figures["3.3"][2:8] == (None,) * 6
    assert figures["3.3"][10] == "Cần: hệ thống một cửa. Không ước đoán."
    assert len(book["Chỉ số"]._charts) == 1
    behind = {row[0]: row for row in book["Hồ sơ"].iter_rows(min_row=4, values_only=True)}
    assert behind["H42.12-260303-0001"][10:14] == ("Đạt", "Đạt", "Đạt", "Không đạt")
    assert "2.1: kết thúc sau ngày hẹn trả" in behind[EVIL][-1]
    formulae = {row[0]: row for row in book["Công thức"].iter_rows(min_row=3, values_only=True)}
    assert formulae["4.1"][3].startswith("2022-06-23/")
    assert "có tệp kết quả với chữ ký hợp lệ" in formulae["4.1"][2]


def test_no_cell_of_a_workbook_is_a_formula(run: Run, tmp_path: Path) -> None:
    assert report(run, tmp_path / "a.xlsx")[0] == 0
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        sheets = {name: parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")}
    assert len(sheets) == 7
    assert not any(b"<f>" in text or b"<f " in text for text in sheets.values())
    assert any(b"HYPERLINK" in text for text in sheets.values())  # it is there, as a text


def test_a_table_has_a_row_for_each_figure(run: Run, tmp_path: Path) -> None:
    assert report(run, tmp_path / "a.csv", "--agency", "H42.13", period="2026-Q1")[0] == 0
    rows = list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()))
    whole = {row[3]: row for row in rows if row[0] == "Toàn bộ"}
    assert whole["2.1"][5:8] == ["0", "1", "0"]
    assert whole["1.4"][5:8] == ["", "", ""]
    assert [row[1] for row in rows if row[0] == "Tháng" and row[3] == "2.1"] == ["2026-01", "2026-02", "2026-03"]


def test_figures_as_json_and_who_took_them(run: Run, tmp_path: Path) -> None:
    code, said, _ = report(run, tmp_path / "a.json", "--procedure", "1.001193.000.00.00.H42", "--json", period="2026")
    assert code == 0
    assert json.loads(said) == {"file": str(tmp_path / "a.json"), "dossiers": 2, "computed": 4}
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (told["schema"], told["since"], told["until"]) == ("sohoa.indices/1", "2026-01-01", "2026-12-31")
    on_time = next(each for each in told["indices"] if each["code"] == "2.1")
    assert on_time["whole"] == {"counted": 1, "total": 2, "unknown": 0, "per_cent": 50.0}
    assert on_time["by_agency"]["H42.13"]["per_cent"] == 0.0
    assert next(each for each in told["indices"] if each["code"] == "4.5")["needs"] == "population"
    engine = connect(f"sqlite:///{tmp_path / 'home' / 'sohoa.db'}")
    with engine.connect() as connection:
        details = connection.scalars(sa.select(audit_entries.c.details).where(audit_entries.c.action == "exported"))
        assert [each["part"] for each in details] == ["report.indices"]
    engine.dispose()


def test_what_keeps_files_from_counting_is_named(run: Run, tmp_path: Path) -> None:
    records = open_records(f"sqlite:///{tmp_path / 'home' / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    worths = (FileWorth.LOST, FileWorth.UNJUDGED)
    Registry(records, SystemClock()).keep(Plan(code="A-1", components=worths))  # type: ignore[arg-type]
    records.close()
    code, _, said = report(run, tmp_path / "a.json")
    assert code == 1
    assert "1 tệp có chữ ký chưa ai kiểm tra" in said
    assert "1 tệp hỏng hoặc mất" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "2026-13", "--out", "a.xlsx"), "“2026-13” không phải một kỳ"),
        (("--period", "quý 1", "--out", "a.xlsx"), "không phải một kỳ"),
        (("--period", "2026-03", "--out", "a.pdf"), "đuôi tệp phải là .xlsx, .csv hoặc .json"),
        (("--period", "2026-03", "--out", "a.csv", "--procedure", "khai sinh"), "không phải mã thủ tục"),
    ],
)
def test_wrong_use_is_told(run: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = run("report", "indices", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_month_without_a_dossier_has_no_share(run: Run, tmp_path: Path) -> None:
    assert report(run, tmp_path / "a.json", period="2025-12")[0] == 0
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert told["dossiers"] == 0
    assert {each["whole"]["per_cent"] for each in told["indices"] if each["is_computed"]} == {None}


def test_what_the_one_stop_system_tells_counts(run: Run, tmp_path: Path) -> None:
    message = tmp_path / "một cửa.json"
    said = {
        "MaHoSo": "H42.12-260303-0001",
        "MaTTHC": "1.001193.000.00.00.H42",
        "TenTTHC": "Đăng ký khai sinh",
        "KenhThucHien": "2",
        "ChuHoSo": "NGUYỄN VĂN AN",
        "NgayTiepNhan": "20260303081500",
        "NgayHenTra": "20260310170000",
        "NgayKetThucXuLy": "20260309100000",
        "TrangThaiHoSo": "9",
        "DuocThanhToanTrucTuyen": "1",
        "DanhSachLePhi": [{"TenPhiLePhi": "Lệ phí hộ tịch", "Gia": "5000"}],
        "DSKetNoiCSDL": [{"MaCSDL": "7"}],
        "DanhSachHoSoBoSung": [{"HoSoBoSungId": "1"}, {"HoSoBoSungId": "2"}],
    }
    message.write_text(json.dumps([said, {**said, "MaHoSo": "H42.12-260304-0009", "KenhThucHien": "1"}]))
    code, out, _ = run("exchange", "take", message, "--json")
    assert (code, json.loads(out)) == (0, {"dossiers": 2, "new": 2})
    assert json.loads(run("exchange", "take", message, "--json")[1]) == {"dossiers": 2, "new": 0}
    assert report(run, tmp_path / "a.json")[0] == 0
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    whole = {each["code"]: each["whole"] for each in told["indices"]}
    assert told["dossiers"] == 3
    assert whole["2.1"] == {"counted": 0, "total": 3, "unknown": 0, "per_cent": 0.0}  # asked for more twice
    assert whole["3.6"] == {"counted": 2, "total": 2, "unknown": 1, "per_cent": 100.0}
    assert whole["4.5"]["counted"] == 2
    assert whole["3.3"] is None  # it is multiplied by 1.4, of which nothing is known
    with (tmp_path / "home" / "sohoa.db").open("rb") as kept:
        assert "NGUYỄN VĂN AN".encode() not in kept.read()


def test_what_is_no_message_is_refused_as_a_whole(run: Run, tmp_path: Path) -> None:
    message = tmp_path / "a.json"
    message.write_text('[{"MaHoSo": "H42.12-260303-0001"}]')
    code, _, said = run("exchange", "take", message)
    assert code == 3
    assert "exchange.malformed" in said
    assert run("exchange", "take", tmp_path / "nowhere.json")[0] == 3
