"""Words of Vietnamese papers as a search sees them: the same for every database, because they are made here.

Each text gives two rows of words. *Exact* words keep their diacritics (wherever a syllable carries its tone: `hoà` is
`hòa`); *folded* words have none, so that `ho so` finds `hồ sơ` and `d` finds `đ`. A number or code with separators also
gives the word that is left without them: `12/QĐ-UBND` gives `12`, `qđ`, `ubnd` and `12qđubnd`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

# possessive, and begun at words' starts only: a megabyte without a space is still read in one pass
_WORD = re.compile(r"[^\W_]++")
# groups are repeated greedily: Python before 3.11.5 takes too much with possessive ones that give something back inside
_JOINED = re.compile(r"(?<![^\W_])[^\W_]++(?:[./\-\u2010-\u2015_:]++[^\W_]++)+")
"""words with separators but no space between them"""
_DIGIT_GROUPS = re.compile(r"(?<![^\W_])\d{2,6}+(?:[ \u00a0]\d{2,6}+(?![^\W_]))+")
"""an identity or tax number as people write it down"""
_CHUNK = re.compile(r'"(?P<phrase>[^"]*)"|(?P<plain>\S+)')
_SHORTEST_NUMBER, _LONGEST_NUMBER = 9, 13
"""digits of identity, telephone and tax numbers; what is shorter or longer together is several numbers in a row"""
SHORTEST_BEGINNING = 2
"""characters; one letter begins nearly everything"""
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
        return tuple(word_keys(self.words, form))

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
def _exact_key(word: str) -> str:
    return fold_tone_place(word[:_LONGEST_WORD]).translate(_TONES)


@functools.lru_cache(_KNOWN_WORDS)
def _folded_key(word: str) -> str:
    return fold_for_search(word[:_LONGEST_WORD])


_KEY = {Form.EXACT: _exact_key, Form.FOLDED: _folded_key}


def word_key(word: str, form: Form) -> str:
    """Return the word as the index has it."""
    return _KEY[form](word)


def word_keys(words: Iterable[str], form: Form) -> list[str]:
    """Return words as the index has them."""
    return list(map(_KEY[form], words))


def places(text: str) -> list[Place]:
    """Return the words of an NFC text in order, then the joined ones."""
    plain = zip(word_spans(text), plain_words(text), strict=True)
    return [*(Place(start, end, word) for (start, end), word in plain), *joined_places(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where the words of a text stand: first character and the one behind the last."""
    return [match.span() for match in _WORD.finditer(text)]


def joined_places(text: str) -> list[Place]:
    """Return numbers and codes of an NFC text that are parted by signs, and long numbers parted by spaces, each as one word."""
    return [Place(start, end, _only_words(text[start:end])) for start, end in _joined(text)]


def plain_words(text: str) -> list[str]:
    """Return the words of an NFC text in order."""
    return _WORD.findall(text)


def joined_words(text: str) -> list[str]:
    """Return the words of `joined_places`."""
    return [_only_words(text[start:end]) for start, end in _joined(text)]


def index_words(text: str) -> dict[Form, list[str]]:
    """Return both rows of words of a text, in order, joined ones at the end."""
    text = nfc(text)
    words = plain_words(text) + joined_words(text)
    return {form: word_keys(words, form) for form in Form}


def _joined(text: str) -> Iterator[tuple[int, int]]:
    """Yield where numbers and codes stand that are parted by signs, and long numbers that are parted by spaces."""
    for match in _JOINED.finditer(text):
        if is_numbered(match.group()):
            yield match.span()
    for match in _DIGIT_GROUPS.finditer(text):
        # where a number begins in a row of several cannot be known: it is looked for from each group on
        groups = [(match.start() + start, match.start() + end) for start, end in word_spans(match.group())]
        for first in reversed(range(len(groups))):
            if end := _end_of_number(groups[first : first + _LONGEST_NUMBER]):
                yield groups[first][0], end


def _end_of_number(groups: Sequence[tuple[int, int]]) -> int:
    """Return where the longest number of the first groups ends; 0: they make up none."""
    digits, number = 0, 0
    for start, end in groups:
        digits += end - start
        if digits > _LONGEST_NUMBER:
            break
        if digits >= _SHORTEST_NUMBER:
            number = end
    return number


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
    # one letter is no beginning yet: while it is typed, the other words count
    known = [term for term in terms if not term.begins or len("".join(term.words)) >= SHORTEST_BEGINNING]
    return tuple((known or terms)[:_MOST_TERMS])


def _one_number(query: str) -> str:
    """Put a number that is written in groups together, so that its groups are one term."""

    def together(match: re.Match[str]) -> str:
        row, parts, behind = match.group(), list[str](), 0
        groups = word_spans(row)
        for first, (start, end) in enumerate(groups):
            if start >= behind:
                behind = _end_of_number(groups[first : first + _LONGEST_NUMBER]) or end
                parts.append("-".join(_WORD.findall(row[start:behind])))
        return " ".join(parts)

    return _DIGIT_GROUPS.sub(together, query)


def is_numbered(text: str) -> bool:
    """Say whether there is a digit in it: joined words are numbers and codes."""
    return any(map(str.isdigit, text))


def _only_words(text: str) -> str:
    return "".join(_WORD.findall(text))
