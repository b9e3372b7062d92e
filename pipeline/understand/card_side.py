"""Which side of an identity card a page shows, and whose: both sides belong together, however they were scanned."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.page import RecognisedPage
from pipeline.text.identity import find_personal_id, parse_card_code
from pipeline.text.mrz import read_card_zone
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import find_title
from pipeline.understand.declaration import Family
from pipeline.understand.rows import find_phrase, row_of

_BACK_WORDS = ("Đặc điểm nhận dạng", "Ngón trỏ trái", "Ngón trỏ phải", "Left index finger", "Right index finger")
_ALIKE = 0.85
_MOST_WORDS = 200
"""both sides of a card bear some 100; a page with more is another paper, unless a card's code is on it"""
_ZONE_FILLERS = 5
"""`<` in a line of the machine-readable zone, however badly it was read"""


@dataclass(frozen=True, slots=True)
class CardSide:
    """What a page, or the pages of a card so far, show."""

    front: bool
    back: bool
    numbers: frozenset[str]
    """personal numbers; none where they cannot be read"""

    def goes_with(self, other: CardSide) -> bool:
        """Say whether `other` may be a further page of this card: of the same person, or else no side twice."""
        again = (self.front and other.front) or (self.back and other.back)
        if self.numbers and other.numbers:
            whole = self.front and self.back
            return bool(self.numbers & other.numbers) and not (whole and again)
        return not again

    def joined(self, other: CardSide) -> CardSide:
        """Return what both show together."""
        return CardSide(self.front or other.front, self.back or other.back, self.numbers | other.numbers)


def card_side(page: RecognisedPage, *, catalogue: TypeCatalogue) -> CardSide | None:
    """Return which side of a card a page shows: by its title, its zone, its code or the words on the back; None for others."""
    said = [card for card in (parse_card_code(code.text) for code in page.codes) if card]
    if not said and sum(len(line.words) for line in page.lines) > _MOST_WORDS:
        return None
    zone = read_card_zone([line.text for line in page.lines])
    title = find_title(page, catalogue=catalogue)
    front = title is not None and title.declaration.family is Family.CARD
    back = zone is not None or _looks_like_back(page)
    if not (said or front or back):
        return None
    numbers = {card.personal_id for card in said} | ({zone.personal_id} if zone else set())
    printed = find_personal_id(page.text) if front and not numbers else None
    return CardSide(front, back, frozenset(numbers | ({printed} if printed else set())))


def _looks_like_back(page: RecognisedPage) -> bool:
    lines = [line for line in page.lines if line.words]
    if sum(line.text.count("<") + 2 * line.text.count("«") >= _ZONE_FILLERS for line in lines) > 1:
        return True
    return any(find_phrase(row_of(line.words), words, at_least=_ALIKE) for line in lines for words in _BACK_WORDS)
