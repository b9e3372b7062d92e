"""Words of Vietnamese papers as a search sees them: the same for every database, because they are made here.

Each text gives two rows of words. *Exact* words keep their diacritics (wherever a syllable carries its tone: `hoà` is
`hòa`); *folded* words have none, so that `ho so` finds `hồ sơ` and `d` finds `đ`. A number or code with separators also
gives the word that is left without them: `12/QĐ-UBND` gives `12`, `qđ`, `ubnd` and `12qđubnd`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?=[^\s]*\d)[^\W_]+(?:[./\-\u2010-\u2015_:]+[^\W_]+)+")
"""words with separators but no space between them, one of which has a digit"""
_DIGIT_GROUPS = re.compile(r"\d+(?:[ \u00a0]\d+)+")
"""an identity or tax number as people write it down"""
_SHORTEST_NUMBER = 9
"""digits; a shorter row of numbers is no identity number"""

# fold_tone_place puts tones behind the letters; in a word of an index they have to be letters themselves, and private ones
_TONES = str.maketrans(
    {"\u200b": None} | {tone: chr(0xE000 + i) for i, tone in enumerate("\u0300\u0301\u0303\u0309\u0323")}
)


class Form(StrEnum):
    """Which row of words."""

    EXACT = "exact"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that have to stand side by side, or joined as one word."""

    words: tuple[str, ...]

    def in_form(self, form: Form) -> tuple[str, ...]:
        """Return the words as the index has them."""
        return tuple(word_key(word, form) for word in self.words)


@dataclass(frozen=True, slots=True)
class Place:
    """A word, or several as one, with its place in the text."""

    start: int
    end: int
    word: str


def word_key(word: str, form: Form) -> str:
    """Return the word as the index has it."""
    return fold_tone_place(word).translate(_TONES) if form is Form.EXACT else fold_for_search(word)


def places(text: str) -> Iterator[Place]:
    """Yield the words of an NFC text in order, then the joined ones."""
    for match in _WORD.finditer(text):
        yield Place(match.start(), match.end(), match.group())
    for match in _JOINED.finditer(text):
        yield Place(match.start(), match.end(), _only_words(match.group()))
    for match in _DIGIT_GROUPS.finditer(text):
        digits = _only_words(match.group())
        if len(digits) >= _SHORTEST_NUMBER:
            yield Place(match.start(), match.end(), digits)


def index_words(text: str) -> dict[Form, list[str]]:
    """Return both rows of words of a text, in order, joined ones at the end."""
    words = [place.word for place in places(nfc(text))]
    keys: dict[Form, list[str]] = {}
    for form in Form:
        known = {word: word_key(word, form) for word in set(words)}
        keys[form] = [known[word] for word in words]
    return keys


def query_terms(query: str) -> tuple[Term, ...]:
    """Take a query apart: `"words in quotes"` and what has no space in it stand together, all terms have to be found."""
    quoted = re.findall(r'"([^"]*)"|(\S+)', nfc(query))
    words = (tuple(_WORD.findall(phrase or chunk)) for phrase, chunk in quoted)
    return tuple(Term(each) for each in words if each)


def _only_words(text: str) -> str:
    return "".join(_WORD.findall(text))
