"""Whether a page is the first of a paper: a sum of signs, none of which decides alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.domain.page import RecognisedPage
from pipeline.text.notation import has_number_sign, read_reference
from pipeline.understand.card_side import CardSide
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import find_title
from pipeline.understand.declaration import Family
from pipeline.understand.head import find_head
from pipeline.understand.page_number import Fit, Numbering, PageNumber
from pipeline.understand.rows import split_rows

BEGINS = 0.5
"""from this sum of signs on a page begins a paper"""

_NATION, _NUMBER, _FORM_TITLE, _PLAIN_TITLE, _CARD = 0.6, 0.2, 0.5, 0.3, 1.0
_NEW_FILE, _NEW_PICTURE, _NEW_SIZE = 0.6, 0.3, 0.2
_FIRST_NUMBER, _SECOND_FOLLOWS, _OTHER_NUMBERS = 0.6, 0.3, 1.4
_PAGE_NUMBER, _MID_SENTENCE, _ENCLOSED = -0.7, -0.3, -0.7
_SIZE_SLACK = 0.12
_SAME_TEXT = 0.8
"""likeness of one page scanned twice: 0.9 and more, less what a note stuck to it covers; half of all other pairs are under 0.4"""
_TOP = 0.24
_ENCLOSURE = re.compile(
    r"^\W*(?:(?:được )?ban hành\s+)?kèm theo\s+(?:quy|nghị|thông|tờ|công|kế|báo|văn)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a page follows."""

    page: RecognisedPage | None
    """the written page before it; none at the start of the batch"""
    same_source: bool
    single_page_source: bool
    """the page is the only one of its source: a stack scanned to pictures, one a page"""
    number: PageNumber | None
    """of the page itself"""
    numbers: Numbering
    """of the paper before it"""
    side: CardSide | None
    """of the page itself, where it shows an identity card"""
    card: CardSide | None
    """what the paper before it shows of an identity card, where it is one"""


def beginning(page: RecognisedPage, before: Before, *, catalogue: TypeCatalogue) -> float:
    """Return the sum of signs that `page` begins a paper.

    For: the national title, a number line, a title, page numbers that restart, another size of paper, and, weakly, a new
    source (less when every page is a source of its own). Against: a printed page number above 1 that goes on from the pages
    before it, a sentence that goes on, the note that this was issued together with something else (a regulation behind its
    decision). A side of an identity card begins a paper unless it goes with the side before it.
    """
    if before.side is not None:
        return 0.0 if before.card is not None and before.card.goes_with(before.side) else _CARD
    return (
        _content_signs(page, catalogue)
        + _place_signs(page, before)
        + _number_signs(page, before)
        + (_MID_SENTENCE if _goes_on(page) else 0.0)
        + (_ENCLOSED if is_enclosure(page) else 0.0)
    )


def lacks_first_page(page: RecognisedPage, number: PageNumber | None, *, catalogue: TypeCatalogue) -> bool:
    """Say whether a page on which a paper begins is a later one by its number, and carries no sign of a first page."""
    return number is not None and number.number > 1 and _content_signs(page, catalogue) < BEGINS


def is_enclosure(page: RecognisedPage) -> bool:
    """Say whether a page states that it was issued together with something else; its page numbers begin anew."""
    return any(_ENCLOSURE.match(line.text) for line in page.lines if line.box.top < 0.4 * page.height)


def _number_signs(page: RecognisedPage, before: Before) -> float:
    found = before.number
    if found is None:
        return 0.0
    fit = before.numbers.fit(found)
    if found.number == 1 and not found.printed:
        return _SECOND_FOLLOWS
    if found.number == 1:
        restarts = fit is Fit.RESTARTS and before.numbers.last is not None and before.numbers.last.below is found.below
        return _FIRST_NUMBER if found.total or restarts else 0.0
    other_text = before.page is not None and fuzz.ratio(page.text, before.page.text) < 100 * _SAME_TEXT
    if fit is Fit.AGAIN and found.printed and other_text:
        fit = Fit.RESTARTS
    alien = before.page is not None and _other_size(page, before.page, turned=True) and before.numbers.last is None
    if fit is Fit.RESTARTS or alien or before.card is not None:
        return _OTHER_NUMBERS
    return _PAGE_NUMBER


def _content_signs(page: RecognisedPage, catalogue: TypeCatalogue) -> float:
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


def _other_size(one: RecognisedPage, other: RecognisedPage, *, turned: bool = False) -> bool:
    """Say whether two pages differ in size; pages that were `turned` do not for that alone."""
    sides = [sorted(page) if turned else page for page in ((one.width, one.height), (other.width, other.height))]
    return any(abs(mine - yours) > _SIZE_SLACK * yours for mine, yours in zip(*sides, strict=True))


def _goes_on(page: RecognisedPage) -> bool:
    """Say whether the page's first line of text begins in the middle of a sentence: with a small letter, at the left margin."""
    for row in split_rows(page):
        if row.box.width < 0.4 * page.width:
            continue
        if row.box.centre[1] > _TOP * page.height:
            return False
        return row.text[0].islower()
    return False
