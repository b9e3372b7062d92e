"""What a document can be found by, as plain tokens: the same for every database, which need only intersect lists.

Beside its words a document has a token for each pair of neighbours, for each beginning of a word, and for each thing that
a search may be narrowed to. So a phrase, a beginning and a filter cost what a word costs, and none needs positions.
Tokens of the text are letters and digits; the others begin with a sign that no word holds.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.text.fold import nfc
from storage.search_words import SHORTEST_BEGINNING, Form, joined_words, plain_words, word_keys

_PAIR, _BEGINNING, _FILTER = "\u00b7", "\u00ab", "\u00a7"
"""outside ASCII, so that SQLite's `ascii` tokenizer takes them for parts of a token"""
LONGEST_BEGINNING = 6
"""characters; longer ones are rare enough to be looked up as they are (the longest Vietnamese syllable has seven)"""
_MOST_BYTES = 900_000
"""PostgreSQL takes 1 MiB for a tsvector; what is over it is rubbish read from pictures, and is left out"""
_OVERHEAD = 8
"""bytes of a token in a tsvector beside its text"""
_LONGEST_CHARACTER = 4
"""bytes of UTF-8"""
_KNOWN_WORDS = 1 << 16
_DECADE = 3
"""digits of a year that its decade has; a day has a token for each of its beginnings from there on"""
_FIRST_DAY, _LAST_DAY = dt.date(1900, 1, 1), dt.date(2099, 12, 31)
"""what lies outside is a misread date"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a search can be narrowed to, and matches are counted by."""

    batch: str
    dossier: str | None
    agency: str
    type: str
    state: str
    issued: str | None
    """ISO date"""
    received: str
    """ISO date"""


def document_tokens(text: str, card: Card) -> list[str]:
    """Return all tokens of a document, each once, what matters most first."""
    text = nfc(text)
    plain, joined = plain_words(text), joined_words(text)
    folded = word_keys(plain, Form.FOLDED)
    tokens = dict.fromkeys(card_tokens(card))
    tokens |= dict.fromkeys(folded + word_keys(joined, Form.FOLDED))
    words = list(tokens)
    tokens |= dict.fromkeys(word_keys(plain + joined, Form.EXACT))
    tokens |= dict.fromkeys(map(pair_token, folded, folded[1:]))
    for word in words:
        tokens |= _beginnings(word)
    return _as_much_as_fits(tokens)


def pair_token(one: str, other: str) -> str:
    """Return the token of two folded words that stand side by side."""
    return f"{_PAIR}{one}{_PAIR}{other}"


def pair_tokens(words: Collection[str]) -> list[str]:
    """Return the tokens of all neighbours."""
    return [pair_token(one, other) for one, other in pairwise(words)]


def beginning_token(beginning: str) -> str:
    """Return the token of all longer words with this beginning of two to six characters."""
    return _BEGINNING + beginning


def filter_token(name: str, value: str) -> str:
    """Return the token of a value to which a search may be narrowed."""
    # values may hold anything: of a digest no database asks what its characters mean
    return f"{_FILTER}{name}{hashlib.blake2b(value.encode(), digest_size=10).hexdigest()}"


def range_tokens(name: str, since: dt.date | None, until: dt.date | None) -> list[str]:
    """Return tokens of which a document has one if its date lies in the range, ends included."""
    first, last = max(since or _FIRST_DAY, _FIRST_DAY), min(until or _LAST_DAY, _LAST_DAY)
    return [_date_token(name, part) for part in _parts(first, last)]


def iso_day(text: object) -> str | None:
    """Return what is an ISO date and nothing more, else None."""
    try:
        return dt.date.fromisoformat(str(text)).isoformat()
    except ValueError:
        return None


def card_tokens(card: Card) -> Iterator[str]:
    """Yield the tokens of all that a search may be narrowed to."""
    yield filter_token("batch", card.batch)
    yield filter_token("agency", card.agency)
    yield filter_token("type", card.type)
    yield filter_token("state", card.state)
    if card.dossier is not None:
        yield filter_token("dossier", card.dossier)
    for name, day in (("issued", card.issued), ("received", card.received)):
        if day is not None and _FIRST_DAY.isoformat() <= day <= _LAST_DAY.isoformat():
            digits = day.replace("-", "")
            yield from (_date_token(name, digits[:length]) for length in range(_DECADE, len(digits) + 1))


def _date_token(name: str, digits: str) -> str:
    return f"{_FILTER}{name}{digits}"


def _parts(day: dt.date, last: dt.date) -> Iterator[str]:
    """Yield the digits of the largest pieces of time that make up a range."""
    while day <= last:
        digits, day = next((digits, behind) for digits, behind in _pieces(day) if behind - dt.timedelta(1) <= last)
        yield digits


def _pieces(day: dt.date) -> Iterator[tuple[str, dt.date]]:
    """Yield pieces of time that begin with a day, the largest first: the digits that all their days begin with, and the day behind."""
    year, month = dt.date(day.year + 1, 1, 1), dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    ten_days = day + dt.timedelta(10 - day.day % 10)
    for length, is_first, behind in (
        (3, day.year % 10 == 0 and (day.month, day.day) == (1, 1), dt.date(day.year + 10, 1, 1)),
        (4, (day.month, day.day) == (1, 1), year),
        (5, day.day == 1 and day.month in {1, 10}, min(year, dt.date(day.year + day.month // 10, 10, 1))),
        (6, day.day == 1, month),
        (7, day.day == 1 or day.day % 10 == 0, min(month, ten_days)),
        (8, True, day + dt.timedelta(1)),
    ):
        if is_first:
            yield f"{day:%Y%m%d}"[:length], behind


@functools.lru_cache(_KNOWN_WORDS)
def _beginnings(word: str) -> dict[str, None]:
    """Return the tokens of a word's beginnings; the whole word is a token of its own."""
    longest = min(len(word) - 1, LONGEST_BEGINNING)
    return {beginning_token(word[:length]): None for length in range(SHORTEST_BEGINNING, longest + 1)}


def _as_much_as_fits(tokens: Collection[str]) -> list[str]:
    room, kept = _MOST_BYTES, list(tokens)
    if _LONGEST_CHARACTER * len("".join(kept)) + _OVERHEAD * len(kept) <= room:
        return kept
    for at, token in enumerate(kept):
        room -= len(token.encode()) + _OVERHEAD
        if room < 0:
            return kept[:at]
    return kept
