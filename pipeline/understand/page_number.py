"""Printed page numbers, and whether they go on from one page to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.domain.page import RecognisedPage
from pipeline.understand.rows import split_rows

_TOP, _BOTTOM = 0.09, 0.92
"""shares of the page's height that are margins: 20 to 25 mm of A4 (NĐ 30/2020, phụ lục I), the type of the number included"""
_CENTRED = (0.3, 0.7)
_TEXT = re.compile(r"^\W*(?:trang\s*)?(?P<number>\d{1,3})\W*(?:/\s*(?P<total>\d{1,3}))?\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageNumber:
    """A number in a margin, and of how many pages where that is printed (`Trang 2/5`)."""

    number: int
    total: int | None
    below: bool
    """it stands in the lower margin"""
    printed: bool = True
    """not only told by the number of the page behind it"""


class Fit(StrEnum):
    """How a page's number continues the numbers of the pages before it."""

    NEXT = "next"
    AGAIN = "again"
    """a page scanned twice: with the note that is stuck to it, and without (TT 01/2023/TT-VPCP art. 8)"""
    LATE = "late"
    """it was missing before"""
    SKIPS = "skips"
    """it leaves out others"""
    RESTARTS = "restarts"
    """it cannot belong to the same paper"""


@dataclass(frozen=True, slots=True)
class Numbering:
    """What the numbers of a paper's pages are so far."""

    pages: int = 0
    """pages since the numbers began"""
    last: PageNumber | None = None
    since: int = 0
    """pages since the last number"""
    missing: frozenset[int] = frozenset()

    def fit(self, found: PageNumber) -> Fit:
        """Say how the number of the next page continues these; pages without one may have theirs cut off."""
        if self.last and self.last.total and found.total and self.last.total != found.total:
            return Fit.RESTARTS
        if self.last and found.number == self.last.number:
            return Fit.AGAIN
        if found.number in self.missing:
            return Fit.LATE
        if found.number <= (self.last.number if self.last else min(self.pages, 1)):
            return Fit.RESTARTS
        return Fit.NEXT if found.number <= self._highest else Fit.SKIPS

    @property
    def _highest(self) -> int:
        return self.last.number + self.since + 1 if self.last else self.pages + 1

    def with_page(self, found: PageNumber | None) -> Numbering:
        """Return the numbers with another page of the same paper."""
        if found is None:
            return replace(self, pages=self.pages + 1, since=self.since + 1)
        if self.last and found.number <= self.last.number:
            return replace(self, pages=self.pages + 1, missing=self.missing - {found.number})
        skipped = range(self._highest, found.number)
        return Numbering(self.pages + 1, found, 0, self.missing | frozenset(skipped))


def told_number(following: PageNumber | None) -> PageNumber | None:
    """Return the number of a page that carries none, by that of the next written page of its source: none stands on a first page."""
    if following is None or following.number == 1:
        return None
    return replace(following, number=following.number - 1, printed=False)


def printed_page_number(page: RecognisedPage) -> PageNumber | None:
    """Return the number printed in the upper margin (NĐ 30/2020, phụ lục I: centred, not on page 1), else in the lower one."""
    lower = None
    for row in split_rows(page):
        height = row.box.centre[1] / page.height
        if _TOP < height < _BOTTOM:
            continue
        match = _TEXT.match(row.text)
        if match is None or int(match["number"]) == 0:
            continue
        total = int(match["total"]) if match["total"] else None
        found = PageNumber(int(match["number"]), total, height >= _BOTTOM)
        if found.below:
            lower = found
        elif _CENTRED[0] * page.width < row.middle < _CENTRED[1] * page.width:
            return found
    return lower
