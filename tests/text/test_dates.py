from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.dates import PlaceDate, compact_date, find_date, find_moment, iso_date, read_place_date

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))


@given(DAYS)
def test_every_way_of_writing_a_date_means_the_same(day: dt.date) -> None:
    iso = day.isoformat()
    written = (
        f"ngày {day:%d} tháng {day:%m} năm {day:%Y}",
        f"Ngày {day.day} tháng {day.month} năm {day.year}",
        f"{day:%d/%m/%Y}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d.%m.%Y}",
    )
    for text in written:
        assert find_date(text) == iso
        assert find_date(unicodedata.normalize("NFD", text)) == iso
    assert compact_date(f"{day:%d%m%Y}") == iso
    assert iso_date(day.day, day.month, day.year) == iso


@pytest.mark.parametrize("text", ["31/02/2024", "ngày 30 tháng 02 năm 2024", "2024", "ngày tháng năm", "", "12/2024"])
def test_what_is_no_day_of_the_calendar_is_none(text: str) -> None:
    assert find_date(text) is None


@pytest.mark.parametrize("text", ["00001980", "01011", "32012000", "abcdefgh", ""])
def test_unknown_days_of_a_card_are_none(text: str) -> None:
    assert compact_date(text) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Hà Nội, ngày 05 tháng 01 năm 2025", PlaceDate("Hà Nội", "2025-01-05")),
        # the comma may be misread
        ("Hà Nội. ngày 05 tháng 01 năm 2025", PlaceDate("Hà Nội", "2025-01-05")),
        ("Thành phố Hồ Chí Minh, ngày 14 tháng 10 năm 2025", PlaceDate("Thành phố Hồ Chí Minh", "2025-10-14")),
        # no space where the day was written in by hand, and none at all
        ("Hà Nội, ngày24 tháng9 năm 2025", PlaceDate("Hà Nội", "2025-09-24")),
        ("Quảng Mẫu, ngày tháng 01 năm 2025", PlaceDate("Quảng Mẫu", None)),
        ("Quảng Mẫu, ngày … tháng … năm 2025", PlaceDate("Quảng Mẫu", None)),
        ("Quảng Mẫu, ngày {5 tháng 3 năm 2024", PlaceDate("Quảng Mẫu", None)),
        # half of a day written by hand: read, but marked
        ("Quảng Mẫu, ngày 3 tháng 01 năm 2025", PlaceDate("Quảng Mẫu", "2025-01-03", padded=False)),
    ],
)
def test_place_date_line(line: str, expected: PlaceDate) -> None:
    assert read_place_date(line) == expected
    assert read_place_date(unicodedata.normalize("NFD", line)) == expected


def test_a_year_may_be_torn_by_any_space() -> None:
    assert find_date("ngày 05 tháng 01 năm 202\u00a05") == "2025-01-05"


def test_other_lines_are_no_place_date() -> None:
    assert read_place_date("Độc lập - Tự do - Hạnh phúc") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("08 giờ 15 phút, ngày 05 tháng 3 năm 2026", "2026-03-05T08:15+07:00"),
        ("16h30 ngày 06/03/2026", "2026-03-06T16:30+07:00"),
        ("06/03/2026 16:30", "2026-03-06T16:30+07:00"),
        ("9 giờ, ngày 06/03/2026", "2026-03-06T09:00+07:00"),
        ("ngày 06/03/2026", "2026-03-06"),
        ("trong ngày", None),
    ],
)
def test_moments_are_in_vietnamese_time(text: str, moment: str | None) -> None:
    assert find_moment(text) == moment


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for found in (find_date(text), find_moment(text)):
        assert found is None or dt.date.fromisoformat(found[:10])
    read_place_date(text)
