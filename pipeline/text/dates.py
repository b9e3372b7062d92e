"""Dates as Vietnamese papers write them: the day first, always."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pipeline.text.fold import nfc

_VIETNAM = "+07:00"

# What OCR makes of `ngày … tháng … năm`: the vowels lose or change their marks, the letters stay but for the g beside the loop of the y.
_NGAY = r"[nN][gq]?[aàáảãạâ][yvỳý]"
_THANG = r"[tT]h[aáàâảãạ]ng"
_NAM = r"[nN][aăâáàẩãắ]m"
_WORDED = re.compile(
    rf"{_NGAY}\s*(?P<day>\d{{1,2}}|[^\d\s]\S{{0,2}}|)[\s.…]*{_THANG}\s*(?P<month>\d{{1,2}}|[^\d\s]\S{{0,2}}|)[\s.…]*{_NAM}\s*(?P<year>(?:19|20)\d\s?\d)?"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})\s*[/.\-ÍÌíìI|l!\\]\s*(?P<month>\d{1,2})\s*[/.\-ÍÌíìI|l!\\]\s*(?P<year>(?:19|20)\d{2})(?!\d)"
)
_CLOCK = re.compile(
    r"(?<!\d)(?P<hour>[01]?\d|2[0-3])\s*(?:giờ|gio|h|:)\s*(?:(?P<minute>[0-5]?\d)\s*(?:phút|phut|p|')?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PlaceDate:
    """The line `Hà Nội, ngày 05 tháng 01 năm 2025`, as far as it can be read."""

    place: str
    """empty when nothing stands before `ngày`"""
    date: str | None
    """ISO 8601, only when day, month and year were all read"""
    padded: bool = True
    """days below 10 and the months 1 and 2 carry a zero, as the rule is; a single digit may be half of a handwritten day"""


def iso_date(day: int, month: int, year: int) -> str | None:
    """Return the date as ISO 8601, or None where the calendar has no such day."""
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def compact_date(text: str) -> str | None:
    """Return the ISO date of eight digits ddMMyyyy (the form in card QR codes), None for unknown days such as `00001980`."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    return iso_date(int(text[:2]), int(text[2:4]), int(text[4:]))


def find_date(text: str) -> str | None:
    """Return the first full date of a text as ISO 8601: `15/03/2026`, `15-3-2026` or `ngày 15 tháng 3 năm 2026`."""
    clean = nfc(text)
    for match in (_NUMERIC.search(clean), _WORDED.search(clean)):
        date = _date_of(match) if match else None
        if date:
            return date
    return None


def find_moment(text: str) -> str | None:
    """Return date and time of a text as ISO 8601 in Vietnamese time (`8 giờ 30 phút, ngày 15/3/2026`), or the date alone."""
    date = find_date(text)
    if date is None:
        return None
    clean = _NUMERIC.sub(" ", nfc(text))
    clock = _CLOCK.search(clean)
    if clock is None:
        return date
    return f"{date}T{int(clock['hour']):02}:{int(clock['minute'] or 0):02}{_VIETNAM}"


def read_place_date(text: str) -> PlaceDate | None:
    """Read the place-date line of an administrative document (NĐ 30/2020, phụ lục I); None when it is not one.

    A day or month that is missing or unreadable (often handwritten) leaves the date out: nothing is guessed.
    """
    clean = nfc(text)
    match = _WORDED.search(clean)
    if match is None:
        return None
    place = re.sub(r"^(?:làm\s+)?tại\b[\s:]*", "", clean[: match.start()].strip(), flags=re.IGNORECASE)
    # an abbreviation keeps its stop, `TP. H.`; behind a word it is the comma misread
    place = re.sub(r"^[^\w]+|[^\w.)]+$|(?<=\w\w)\.$", "", place)
    date = _date_of(match)
    padded = date is None or (len(match["day"]) > 1 and match["month"] not in {"1", "2"})
    return PlaceDate(place=place, date=date, padded=padded)


def _date_of(match: re.Match[str]) -> str | None:
    day, month, year = match["day"], match["month"], match["year"]
    if not (day.isdecimal() and month.isdecimal() and year):
        return None
    return iso_date(int(day), int(month), int("".join(year.split())))
