"""Words of Vietnamese papers as a search sees them: the same for every database, because they are made here.

Each text gives two rows of words. *Exact* words keep their diacritics (wherever a syllable carries its tone: `hoà` is
`hòa`); *folded* words have none, so that `ho so` finds `hồ sơ` and `d` finds `đ`. A number or code with separators also
gives the word that is left without them: `12/QĐ-UBND` gives `12`, `qđ`, `ubnd` and `12qđubnd`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

# possessive, and begun at words' starts only: a megabyte without a space is still read in one pass
_WORD = re.compile(r"[^\W_]++")
_JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[./\-\u2010-\u2015_:]++[^\W_]++)++")
"""words with separators but no space between them"""
_DIGIT_GROUPS = re.compile(r"(?<!\d)\d++(?:[ \u00a0]\d++)++")
"""an identity or tax number as people write it down"""
_CHUNK = re.compile(r'"(?P<phrase>[^"]*)"|(?P<plain>\S+)')
_SHORTEST_NUMBER = 9
"""digits; a shorter row of numbers is no identity number"""
_LONGEST_WORD = 100
"""characters that count; PostgreSQL takes 2046 bytes"""
_MOST_TERMS = 32
"""terms of a query, and words of a term, that count; SQLite refuses expressions that are nested too deeply"""
_KNOWN_WORDS = 1 << 16
"""keys that a process remembers: Vietnamese has some seven thousand syllables, which come again and again"""

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
    begins: bool = False
    """the last word is only the beginning of what is looked for"""

    def in_form(self, form: Form) -> tuple[str, ...]:
        """Return the words as the index has them."""
        return tuple(word_key(word, form) for word in self.words)

    def joined(self, form: Form) -> str:
        """Return all words as one, as the index has it."""
        return word_key("".join(self.words), form)


@dataclass(frozen=True, slots=True)
class Place:
    """A word, or several as one, with its place in the text."""

    start: int
    end: int
    word: str


@functools.lru_cache(_KNOWN_WORDS)
def word_key(word: str, form: Form) -> str:
    """Return the word as the index has it."""
    word = word[:_LONGEST_WORD]
    return fold_tone_place(word).translate(_TONES) if form is Form.EXACT else fold_for_search(word)


def places(text: str) -> Iterator[Place]:
    """Yield the words of an NFC text in order, then the joined ones."""
    for match in _WORD.finditer(text):
        yield Place(match.start(), match.end(), match.group())
    for match in _JOINED.finditer(text):
        if any(char.isdigit() for char in match.group()):
            yield Place(match.start(), match.end(), _only_words(match.group()))
    for match in _DIGIT_GROUPS.finditer(text):
        digits = _only_words(match.group())
        if len(digits) >= _SHORTEST_NUMBER:
            yield Place(match.start(), match.end(), digits)


def index_words(text: str) -> dict[Form, list[str]]:
    """Return both rows of words of a text, in order, joined ones at the end."""
    words = [place.word for place in places(nfc(text))]
    return {form: [word_key(word, form) for word in words] for form in Form}


def query_terms(query: str, *, as_typed: bool = False) -> tuple[Term, ...]:
    """Take a query apart: `"words in quotes"` and what has no space in it stand together, all terms have to be found.

    Groups of digits that make up a long number are one term; `ngu*`, and with `as_typed` the last word of a query that
    does not end in a space, stands for all words that begin so.
    """
    quoted = list(_CHUNK.finditer(_one_number(nfc(query))))
    terms = []
    for each in quoted:
        words = tuple(_WORD.findall(each["phrase"] or each["plain"] or ""))
        is_last = as_typed and each.end() == len(each.string)
        begins = bool(each["plain"]) and (is_last or each["plain"].endswith("*")) and len(words) <= _MOST_TERMS
        if words:
            terms.append(Term(words[:_MOST_TERMS], begins=begins))
    return tuple(terms[:_MOST_TERMS])


def _one_number(query: str) -> str:
    """Put a number that is written in groups together, so that its groups are one term."""

    def together(match: re.Match[str]) -> str:
        digits = _only_words(match.group())
        return "-".join(_WORD.findall(match.group())) if len(digits) >= _SHORTEST_NUMBER else match.group()

    return _DIGIT_GROUPS.sub(together, query)


def _only_words(text: str) -> str:
    return "".join(_WORD.findall(text))
