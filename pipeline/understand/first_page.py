"""Whether a page is the first of a paper: a sum of signs, none of which decides alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.domain.page import RecognisedPage
from pipeline.text.identity import parse_card_code
from pipeline.text.notation import has_number_sign, read_reference
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import find_title
from pipeline.understand.declaration import Family
from pipeline.understand.head import find_head
from pipeline.understand.rows import split_rows

BEGINS = 0.5
"""from this sum of signs on a page begins a paper"""

_NATION, _NUMBER, _FORM_TITLE, _PLAIN_TITLE, _CARD = 0.6, 0.2, 0.5, 0.3, 1.0
_NEW_FILE, _NEW_PICTURE, _NEW_SIZE = 0.6, 0.3, 0.2
_PAGE_NUMBER, _MID_SENTENCE, _ENCLOSED = -0.7, -0.3, -0.7
_SIZE_SLACK = 0.12
_TOP, _MARGIN = 0.12, 0.09
_ENCLOSURE = re.compile(
    r"^\W*(?:(?:được )?ban hành\s+)?kèm theo\s+(?:quy|nghị|thông|tờ|công|kế|báo|văn)", re.IGNORECASE
)
_PAGE_NUMBER_TEXT = re.compile(r"^\W*(?:trang\s*)?(\d{1,3})\W*(?:/\s*\d{1,3})?\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a page follows."""

    page: RecognisedPage | None
    """the written page before it; none at the start of the batch"""
    same_source: bool
    single_page_source: bool
    """the page is the only one of its source: a stack scanned to pictures, one a page"""


def beginning(page: RecognisedPage, before: Before, *, catalogue: TypeCatalogue) -> float:
    """Return the sum of signs that `page` begins a paper.

    For: the national title, a number line, a title, a card's QR code, another size of paper, and, weakly, a new source (less
    when every page is a source of its own). Against: a printed page number above 1, a sentence that goes on, the
    note that this was issued together with something else (a regulation behind its decision).
    """
    number = printed_page_number(page)
    return (
        _content_signs(page, catalogue)
        + _place_signs(page, before)
        + (_PAGE_NUMBER if number is not None and number > 1 else 0.0)
        + (_MID_SENTENCE if _goes_on(page) else 0.0)
        + (_ENCLOSED if _is_enclosure(page) else 0.0)
    )


def printed_page_number(page: RecognisedPage) -> int | None:
    """Return the number printed in the top margin (NĐ 30/2020, phụ lục I: centred, not on page 1)."""
    for row in split_rows(page):
        if row.box.centre[1] > _MARGIN * page.height:
            return None
        match = _PAGE_NUMBER_TEXT.match(row.text)
        if match and 0.3 * page.width < row.middle < 0.7 * page.width:
            return int(match[1])
    return None


def _content_signs(page: RecognisedPage, catalogue: TypeCatalogue) -> float:
    if any(parse_card_code(code.text) for code in page.codes):
        return _CARD
    head = find_head(page)
    title = find_title(page, catalogue=catalogue)
    score = _NATION if head.nation else 0.0
    if any(has_number_sign(row.text) and read_reference(row.text) for row in head.left):
        score += _NUMBER
    if title:
        score += _PLAIN_TITLE if title.declaration.family is Family.ADMINISTRATIVE else _FORM_TITLE
    return score


def _place_signs(page: RecognisedPage, before: Before) -> float:
    if before.page is None:
        return BEGINS
    score = 0.0
    if not before.same_source:
        score += _NEW_PICTURE if before.single_page_source else _NEW_FILE
    if _other_size(page, before.page):
        score += _NEW_SIZE
    return score


def _is_enclosure(page: RecognisedPage) -> bool:
    return any(_ENCLOSURE.match(line.text) for line in page.lines if line.box.top < 0.4 * page.height)


def _other_size(one: RecognisedPage, other: RecognisedPage) -> bool:
    return (
        abs(one.width - other.width) > _SIZE_SLACK * other.width
        or abs(one.height - other.height) > _SIZE_SLACK * other.height
    )


def _goes_on(page: RecognisedPage) -> bool:
    """Say whether the page's first line of text begins in the middle of a sentence: with a small letter, at the left margin."""
    for row in split_rows(page):
        if _PAGE_NUMBER_TEXT.match(row.text) or row.box.width < 0.4 * page.width:
            continue
        if row.box.centre[1] > 2 * _TOP * page.height:
            return False
        return row.text[0].islower()
    return False
