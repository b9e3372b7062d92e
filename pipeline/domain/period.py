"""Periods of reports: a month, a quarter, a year."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

_PERIOD = re.compile(r"(?P<year>20\d{2})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])))?")
_QUARTER = 3
"""months"""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months."""

    since: dt.date
    until: dt.date
    """both days included"""

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the period that `2026-03`, `2026-Q1` or `2026` names.

        Raises:
            ValueError: it names none.
        """
        found = _PERIOD.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        year, month, quarter = int(found["year"]), found["month"], found["quarter"]
        if month:
            return cls(*_months(year, int(month), 1))
        if quarter:
            return cls(*_months(year, _QUARTER * int(quarter) - _QUARTER + 1, _QUARTER))
        return cls(*_months(year, 1, 12))


def month_before(day: dt.date) -> Period:
    """Return the month before the one of a day."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    return Period(last.replace(day=1), last)


def _months(year: int, first: int, count: int) -> tuple[dt.date, dt.date]:
    behind = year * 12 + first - 1 + count
    return dt.date(year, first, 1), dt.date(behind // 12, behind % 12 + 1, 1) - dt.timedelta(days=1)
