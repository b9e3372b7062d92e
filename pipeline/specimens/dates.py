"""Days as Vietnamese papers write them, and working days."""

from __future__ import annotations

import datetime as dt

VIETNAM = dt.timezone(dt.timedelta(hours=7))

_UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_FRIDAY = 4
_FEBRUARY = 2
_APRIL = 4


def working_day(day: dt.date, *, onward: bool = False) -> dt.date:
    """Return `day`, or where it is a Saturday or Sunday the Friday before it (`onward`: the Monday after it)."""
    weekend = day.weekday() - _FRIDAY
    if weekend <= 0:
        return day
    return day + dt.timedelta(days=3 - weekend) if onward else day - dt.timedelta(days=weekend)


def month_and_year(day: dt.date) -> str:
    """Return `tháng 02 năm 2026`: the months 1 and 2 with a zero before (NĐ 30/2020/NĐ-CP, phụ lục I)."""
    month = f"{day.month:02d}" if day.month <= _FEBRUARY else str(day.month)
    return f"tháng {month} năm {day.year}"


def vietnamese_date(day: dt.date) -> str:
    """Return `ngày 05 tháng 02 năm 2026`: days below 10 with a zero before."""
    return f"ngày {day.day:02d} {month_and_year(day)}"


def date_in_words(day: dt.date) -> str:
    """Return a date as forms want it in words: `ngày mười lăm, tháng hai, năm hai nghìn không trăm hai mươi sáu`."""
    century, rest = divmod(day.year % 1000, 100)
    tail = f" lẻ {_UNITS[rest]}" if 0 < rest < len(_UNITS) else f" {number_in_words(rest)}" if rest else ""
    year = f"{_UNITS[day.year // 1000]} nghìn {_UNITS[century]} trăm{tail}"
    month = "tư" if day.month == _APRIL else number_in_words(day.month)
    return f"ngày {number_in_words(day.day)}, tháng {month}, năm {year}"


def number_in_words(number: int) -> str:
    """Return a number from 1 to 99 in words."""
    tens, unit = divmod(number, 10)
    if tens == 0:
        return _UNITS[unit]
    if tens == 1:
        ending = {0: "", 5: " lăm"}.get(unit, f" {_UNITS[unit]}")
        return f"mười{ending}"
    ending = {0: "", 1: " mốt", 4: " tư", 5: " lăm"}.get(unit, f" {_UNITS[unit]}")
    return f"{_UNITS[tens]} mươi{ending}"
