"""What the national portal gets of a batch that was really digitized, held against the field table of its interface.

The table is written out here by itself, from what provinces' systems send (public integration code), and knows nothing of the
program's own: names, kinds, lengths, codes, and how a moment is written.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.audit_seal import OFFICE_TIME
from tests.e2e.conftest import Digitized
from tests.e2e.office import Office
from tests.servers.other_systems import TOKEN, Fault, OtherSystems, other_systems

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]
FILES = "https://sohoa.example.vn/api/v1/documents/{document}/copy"


@dataclass(frozen=True)
class Is:
    """How a property is written."""

    kind: str = "text"
    most: int = 10**9
    """characters"""
    codes: tuple[str, ...] = ()
    needed: bool = False


TEXT, MOMENT, FLAG = Is(), Is("moment"), Is(codes=("0", "1"))
NEEDED = Is(needed=True)


def code(*codes: str, needed: bool = False) -> Is:
    return Is(codes=codes, needed=needed)


STATUS = code(*map(str, range(1, 11)), needed=True)
TABLE: Mapping[str, Is] = {
    "MaHoSo": NEEDED,
    "MaTTHC": NEEDED,
    "TenTTHC": NEEDED,
    "MaLinhVuc": TEXT,
    "TenLinhVuc": TEXT,
    "KenhThucHien": code("1", "2", "3"),
    "TrichYeuHoSo": Is(most=1000),
    "NgayNopHoSo": MOMENT,
    "NgayTiepNhan": Is("moment", needed=True),
    "NgayHenTra": MOMENT,
    "NgayTra": MOMENT,
    "NgayTuChoi": MOMENT,
    "NgayKetThucXuLy": MOMENT,
    "TrangThaiHoSo": STATUS,
    "HinhThuc": TEXT,
    "ThongTinTra": TEXT,
    "DonViXuLy": TEXT,
    "GhiChu": TEXT,
    "NoiNopHoSo": code("1", "2"),
    "HoSoCoThanhPhanSoHoa": FLAG,
    "TaiKhoanDuocXacThucVoiVNeID": FLAG,
    "DuocThanhToanTrucTuyen": code("1", "2", "3"),
    "ChuHoSo": TEXT,
    "SoGiayToChuHoSo": TEXT,
    "LoaiDoiTuong": code("1", "2", "3", "4"),
    "MaDoiTuong": TEXT,
    "Email": TEXT,
    "Fax": TEXT,
    "SoDienThoai": TEXT,
    "ThongTinKhac": TEXT,
}
LISTS: Mapping[str, Mapping[str, Is]] = {
    "DinhDanhCHS": {"LoaiDinhDanh": code("1", "2", needed=True), "SoDinhDanh": NEEDED},
    "TaiLieuNop": {
        "TepDinhKemId": TEXT,
        "TenTepDinhKem": Is(most=4000, needed=True),
        "IsDeleted": FLAG,
        "MaThanhPhanHoSo": TEXT,
        "DuongDanTaiTepTin": TEXT,
        "DuocSoHoa": FLAG,
        "DuocTaiSuDung": code("0", "1", "2", needed=True),
        "DuocLayTuKhoDMQG": FLAG,
        "MaKetQuaThayThe": TEXT,
    },
    "DanhSachGiayToKetQua": dict.fromkeys(
        ("TenGiayTo", "MaThanhPhanHoSo", "GiayToId", "DuongDanTepTinKetQua", "MaGiayToKetQua"), TEXT
    ),
    "DanhSachLePhi": dict.fromkeys(("TenPhiLePhi", "MaPhiLePhi", "HinhThucThu", "Gia", "LoaiPhiLePhi"), TEXT),
    "DanhSachTepDinhKemKhac": dict.fromkeys(("TenGiayTo", "SoLuong", "LoaiGiayTo"), TEXT),
    "DanhSachHoSoBoSung": {
        "HoSoBoSungId": TEXT,
        "NgayBoSung": MOMENT,
        "NgayTiepNhanBoSung": MOMENT,
        "TrangThaiBoSung": TEXT,
        "NgayHenTraTruoc": MOMENT,
        "NgayHenTraMoi": MOMENT,
    },
    "DSKetNoiCSDL": {"MaCSDL": TEXT},
}


def wrongs(record: Mapping[str, Any], table: Mapping[str, Is], lists: Mapping[str, Mapping[str, Is]]) -> Iterator[str]:
    """Say what of a record is not as the table has it."""
    if set(record) != {*table, *lists}:
        yield f"properties: {set(record) ^ {*table, *lists}}"
    for name, how in table.items():
        value = record[name]
        if not isinstance(value, str) or len(value) > how.most:
            yield f"{name}: {value!r}"
        elif not value:
            if how.needed:
                yield f"{name} is empty"
        elif how.codes and value not in how.codes:
            yield f"{name}: {value!r} is no code"
        elif how.kind == "moment" and not is_moment(value):
            yield f"{name}: {value!r} is no moment"
    for name, inner in lists.items():
        for each in record[name]:
            yield from (f"{name}.{wrong}" for wrong in wrongs(each, inner, {}))


def is_moment(text: str) -> bool:
    """Say whether a text is yyyyMMddHHmmss of a day that there was."""
    if not re.fullmatch(r"[0-9]{14}", text):
        return False
    year, month, day, hour, minute, second = (
        int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)  # there was such a moment
    return True


@pytest.fixture
def office(digitized: Digitized, tmp_path: Path) -> Iterator[tuple[Office, OtherSystems, str, str]]:
    """A copy of the office, the systems around it, its dossier, and a document of it that can be a result."""
    (tmp_path / "token").write_text(TOKEN)
    with other_systems() as systems:
        settings = {
            "SOHOA_CONNECTORS__NATIONAL_PORTAL__ADDRESS": f"{systems.address}/portal",
            "SOHOA_CONNECTORS__NATIONAL_PORTAL__TOKEN_FILE": str(tmp_path / "token"),
            "SOHOA_EXCHANGE__FILE_ADDRESS": FILES,
            "SOHOA_EXCHANGE__ORGAN": "UBND xã Thanh Bình",
        }
        kept = digitized.of_its_own(tmp_path, settings)
        documents = digitized.batch["documents"]
        decision = next(each for each in reversed(documents) if each["dossier"] and each["type"] != "giay_tiep_nhan")
        yield kept, systems, decision["dossier"], decision["id"]


def queued(office: Office, dossier: str) -> None:
    done = office.run("exchange", "queue", dossier, "--json")
    if done.returncode:  # its papers do not name the procedure for sure: a person does
        done = office.run("exchange", "queue", dossier, "--procedure", "1.001193", "--json")
    assert json.loads(done.stdout)["failed"] == {}, done.stderr


def sent(office: Office) -> Any:  # noqa: ANN401 - JSON
    return json.loads(office.run("exchange", "send", "--json").stdout)


def test_what_is_sent_equals_the_field_table(
    office: tuple[Office, OtherSystems, str, str], digitized: Digitized
) -> None:
    kept, systems, dossier, decision = office
    assert kept.run("procedures", "load").returncode == 0
    queued(kept, dossier)
    assert sent(kept)["taken"] == [dossier]
    (path, (record,)) = systems.asked[-1][1], systems.bodies[-1]
    assert path == "/portal/dossiers/create"
    assert list(wrongs(record, TABLE, LISTS)) == []
    assert (record["MaHoSo"], record["TrangThaiHoSo"], record["HoSoCoThanhPhanSoHoa"]) == (dossier, "2", "1")
    # of what only the one-stop system knows nothing is invented
    unknown = (
        "KenhThucHien",
        "NoiNopHoSo",
        "DuocThanhToanTrucTuyen",
        "TaiKhoanDuocXacThucVoiVNeID",
        "NgayTra",
        "Email",
    )
    assert {name: record[name] for name in unknown} == dict.fromkeys(unknown, "")
    assert record["DanhSachLePhi"] == record["DanhSachHoSoBoSung"] == record["DSKetNoiCSDL"] == []
    mine = [each for each in digitized.batch["documents"] if each["dossier"] == dossier]
    papers = {each["id"] for each in mine if each["type"] != "giay_tiep_nhan"}
    assert {each["TepDinhKemId"] for each in record["TaiLieuNop"]} == papers
    assert {each["DuongDanTaiTepTin"] for each in record["TaiLieuNop"]} == {
        FILES.format(document=each) for each in papers
    }
    sure = {
        name: field["value"]
        for each in mine
        if each["type"] == "giay_tiep_nhan"
        for name, field in each["fields"].items()
        if field["state"] != "needs_review"
    }
    assert record["ChuHoSo"] == sure.get("full_name", "")
    assert record["DinhDanhCHS"] == [
        {"LoaiDinhDanh": "1", "SoDinhDanh": sure[name]} for name in ("personal_id",) if name in sure
    ]
    del decision


def test_what_the_one_stop_system_tells_goes_along(
    office: tuple[Office, OtherSystems, str, str], tmp_path: Path
) -> None:
    kept, systems, dossier, decision = office
    assert kept.run("procedures", "load").returncode == 0
    assert kept.run("result", "issue", decision, "--dossier", dossier, "--anyway").returncode == 0
    told = {
        "MaHoSo": dossier,
        "MaTTHC": "1.001193",
        "TenTTHC": "Đăng ký khai sinh",
        "KenhThucHien": "2",
        "NoiNopHoSo": "1",
        "NgayNopHoSo": "20260102080000",
        "NgayTiepNhan": "20260103081500",
        "NgayHenTra": "20260110170000",
        "TrangThaiHoSo": "9",
        "NgayKetThucXuLy": "20260109101112",
        "DuocThanhToanTrucTuyen": "1",
        "TaiKhoanDuocXacThucVoiVNeID": "1",
        "DanhSachLePhi": [{"TenPhiLePhi": "Lệ phí hộ tịch", "MaPhiLePhi": "LP1", "Gia": "8000", "HinhThucThu": "1"}],
        "DanhSachHoSoBoSung": [
            {"HoSoBoSungId": "1", "NgayBoSung": "20260104090000", "NguoiYeuCauBoSung": "Trần Văn Nam"}
        ],
        "DSKetNoiCSDL": [{"MaCSDL": "7"}],
    }
    (tmp_path / "told.json").write_text(json.dumps([told]))
    assert kept.run("exchange", "take", tmp_path / "told.json").returncode == 0
    queued(kept, dossier)
    assert sent(kept)["taken"] == [dossier]
    (record,) = systems.bodies[-1]
    assert list(wrongs(record, TABLE, LISTS)) == []
    same = (
        "KenhThucHien",
        "NoiNopHoSo",
        "NgayNopHoSo",
        "NgayTiepNhan",
        "NgayHenTra",
        "NgayKetThucXuLy",
        "TrangThaiHoSo",
    )
    more = ("DuocThanhToanTrucTuyen", "TaiKhoanDuocXacThucVoiVNeID", "DSKetNoiCSDL")
    assert {name: record[name] for name in (*same, *more)} == {name: told[name] for name in (*same, *more)}
    assert record["DanhSachLePhi"] == [{**told["DanhSachLePhi"][0], "LoaiPhiLePhi": ""}]  # type: ignore[dict-item]
    (asked,) = record["DanhSachHoSoBoSung"]
    assert (asked["HoSoBoSungId"], asked["NgayBoSung"]) == ("1", "20260104090000")
    assert "Trần Văn Nam" not in json.dumps(record, ensure_ascii=False)
    (result,) = record["DanhSachGiayToKetQua"]
    assert result["MaGiayToKetQua"] == f"{dossier}-KQ1"
    assert result["DuongDanTepTinKetQua"] == FILES.format(document=decision)


@pytest.mark.parametrize(
    "known", [pytest.param(False, id="new there"), pytest.param(True, id="there already", marks=pytest.mark.long)]
)
def test_faults_and_answers_lead_to_one_dossier_counted_once(
    office: tuple[Office, OtherSystems, str, str], *, known: bool
) -> None:
    kept, systems, dossier, _ = office
    assert kept.run("procedures", "load").returncode == 0
    queued(kept, dossier)
    if known:
        systems.dossiers[dossier] = {}
    for fault in (Fault.DOWN, Fault.GARBLED, Fault.LOST_ANSWER, None):
        systems.faults = [] if fault is None else [fault]
        outcome = sent(kept)
        assert (outcome["taken"] == [dossier]) == (fault is None), (fault, outcome)
        _wait_no_more(kept)
    assert systems.creations == (0 if known else 1)
    assert systems.dossiers[dossier]["MaHoSo"] == dossier
    queued(kept, dossier)  # nothing has changed
    assert sent(kept) == {"taken": [], "refused": [], "failed": []}
    report = kept.home.parent / "report.json"
    kept.run("report", "indices", "--period", f"{dt.datetime.now(OFFICE_TIME):%Y}", "--out", report)
    told = {each["code"]: each for each in json.loads(report.read_text(encoding="utf-8"))["indices"]}
    assert told["1.4"]["whole"]["counted"] == 1


def test_a_refusal_waits_for_a_person(office: tuple[Office, OtherSystems, str, str]) -> None:
    kept, systems, dossier, _ = office
    assert kept.run("procedures", "load").returncode == 0
    queued(kept, dossier)
    systems.answer_code = "-1"
    assert sent(kept)["refused"] == [dossier]
    systems.answer_code = ""
    assert sent(kept) == {"taken": [], "refused": [], "failed": []}
    assert systems.creations == 0


def _wait_no_more(office: Office) -> None:
    """Let the time be over that a dossier has to wait before it is sent again."""
    with sqlite3.connect(office.home / "sohoa.db") as database:
        database.execute("UPDATE sync_queue SET due_at = '2026-01-01 00:00:00.000000' WHERE due_at IS NOT NULL")
