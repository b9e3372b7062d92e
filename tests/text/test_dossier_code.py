from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.dossier_code import find_dossier_codes, misdated_dossier_codes, read_dossier_codes

DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2099, 12, 31)).map(lambda day: day.strftime("%y%m%d"))
SERIALS = st.integers(0, 10**8 - 1).map(lambda number: f"{number:04}")
NEW_ORGS = st.from_regex(r"[A-Y][0-9]{2}(\.[0-9]{2,3}){0,3}", fullmatch=True)
OLD_ORGS = st.from_regex(r"([0-9]{3}\.)?[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}", fullmatch=True)
CODES = st.builds("{}-{}-{}".format, st.one_of(NEW_ORGS, OLD_ORGS), DAYS, SERIALS)


@pytest.mark.parametrize(
    "code",
    [
        "H42.12-220801-0001",
        "H56.12.34-230105-12345",
        "000.00.12.H42-220801-0001",
        "G06.001.02-260125-120001",
        "T.G12.34-250301-0042",
    ],
)
def test_both_generations_are_found_in_whatever_holds_them(code: str) -> None:
    for payload in (
        code,
        f"{code}|1.001193|037190000012|Giấy tiếp nhận",
        f"MaHS:{code};MaTTHC:1.001193",
        f"https://dichvucong.example.vn/tra-cuu?ma={code}&kenh=qr",
        f"scan/{code}/to-khai.pdf",
        f"{code}_to-trinh.pdf",
        f"{code}-KQ1",
    ):
        assert find_dossier_codes(payload) == (code,)


@pytest.mark.parametrize(
    "code",
    [
        "H42-220801-0001",
        "H42.12-220801-0001",
        "H56.12.34-230105-12345",
        "000.00.12.H42-220801-0001",
        "00.12.H42-220801-000123",
        "G06.001.02-260125-120001",
        "T.G12.34-250301-0042",
    ],
)
def test_codes_as_barcodes_addresses_and_file_names_write_them(code: str) -> None:
    bare = code.replace(".", "").replace("-", "")
    for payload in (
        code.lower(),
        bare,
        bare.lower(),
        f"*{bare}*",
        f"{bare}KQ1",
        f"{code}-KQ(2)",
        code.replace(".", ""),
        code.replace("-", "."),
        f"{code.replace('-', '_')}_2.pdf",
        f"https://dichvucong.example.vn/ho-so/{code}?kenh=qr",
        f"https://dichvucong.example.vn/tra-cuu?ma={code.replace('-', '%2D').replace('.', '%2e')}",
        f"https://dichvucong.example.vn/vao?den=%252Fho-so%252F{code}",
        f'{{"maTTHC": "1.001193", "maHoSo": "{code}"}}',
        f'{{"maHoSo":"{code}"}}'.replace("-", "\\u002d"),
    ):
        assert find_dossier_codes(payload) == (code,), payload


@pytest.mark.parametrize(
    "text",
    [
        "IMG_20220801_0001.jpg",
        "A12_220801_1234.jpg",
        "ASN00123",
        "PATCHT",
        "EB123456789VN",
        "H0123456789",
        "037190000012||Nguyễn Thị Mẫu Đơn|01021990|Nữ|Phường Mẫu, Ninh Bình|15042021",
        "x" * 10_000 + " H42.12-220801-0001",
    ],
)
def test_other_barcodes_and_names_are_no_codes(text: str) -> None:
    assert find_dossier_codes(text) == ()


def test_digits_that_can_be_parted_in_two_ways_are_no_code() -> None:
    # H42-210210-2100012, or H42.210-210210-0012
    assert find_dossier_codes("H422102102100012") == ()
    assert find_dossier_codes("H42.210-210210-0012") == ("H42.210-210210-0012",)


def test_days_that_no_calendar_has_are_named() -> None:
    assert misdated_dossier_codes("https://example.vn?ma=h42.12-260231-0001") == ("H42.12-260231-0001",)
    assert misdated_dossier_codes("H42.12-260228-0001") == ()
    assert misdated_dossier_codes("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "H42.12-220231-0001",
        "H42.12-221301-0001",
        "H42.12-220801-01",
        "Z42-220801-0001",
        "0912345678",
        "",
        "12-220801-0001",
    ],
)
def test_what_is_no_code_is_not_found(text: str) -> None:
    assert find_dossier_codes(text) == ()


def test_codes_come_in_order_and_once() -> None:
    text = "H42.12-220801-0002 H42.12-220801-0001 H42.12-220801-0002"
    assert find_dossier_codes(text) == ("H42.12-220801-0002", "H42.12-220801-0001")


@pytest.mark.parametrize(
    "read",
    [
        "Mã hồ sơ: H42.12-220801-0001",
        "Mã hồ sơ: H42 . 12 - 220801 - 0001",
        "Mã hồ sơ: H42.12–22O8O1–OOO1",
        "Mã hồ sơ: H42.l2-2208Ol-000l",
    ],
)
def test_recognised_text_is_repaired(read: str) -> None:
    assert read_dossier_codes(read) == ("H42.12-220801-0001",)
    assert read_dossier_codes(unicodedata.normalize("NFD", read)) == ("H42.12-220801-0001",)


@given(CODES)
def test_every_code_is_found_again(code: str) -> None:
    assert find_dossier_codes(f"mã {code}.") == (code,)
    assert read_dossier_codes(f"Mã hồ sơ: {code}") == (code,)


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for code in read_dossier_codes(text):
        dt.datetime.strptime(code.split("-")[-2], "%y%m%d").replace(tzinfo=dt.UTC)
