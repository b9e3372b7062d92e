"""How well a text answers a query: worked out for the few candidates that are newest, never for all matches."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.ids import DocumentId
from pipeline.text.fold import nfc
from storage.search_words import Form, Term, is_numbered, joined_words, plain_words, word_keys

_USUAL_LENGTH = 200
"""words of a paper of one page"""
_ENOUGH = 1.2
"""times that a word has to occur until more of it hardly counts (the k1 of BM25, Robertson and Zaragoza 2009)"""
_LENGTH_COUNTS = 0.75
"""share in which the length of a text matters (the b of BM25)"""


class Candidate:
    """A text that an index found, with its words."""

    def __init__(self, document: DocumentId, text: str, terms: Sequence[Term]) -> None:
        self.document, self.text = document, text
        self._terms = terms
        text = nfc(text)
        self._words = plain_words(text)
        if any(term.begins or any(map(is_numbered, term.words)) for term in terms):
            # the empty word keeps the last plain one and the first joined one apart
            self._words += ["", *joined_words(text)]
        self._rows: dict[Form, list[str]] = {}
        self._length = 1 - _LENGTH_COUNTS + _LENGTH_COUNTS * len(self._words) / _USUAL_LENGTH

    def holds(self) -> bool:
        """Say whether all terms stand in the text, the words of each side by side."""
        return all(self._count(term, Form.FOLDED) for term in self._terms)

    def agrees(self) -> bool:
        """Say whether the diacritics of the query are those of the text; beginnings, and words without any, agree with all."""
        return all(map(self._agrees, self._terms))

    def score(self) -> float:
        """Return how much of the terms is in how much text, from 0 to below 1; other diacritics count half."""
        if not self._terms:
            return 0.0
        counts = (0.5 * (self._count(term, Form.EXACT) + self._count(term, Form.FOLDED)) for term in self._terms)
        return sum(count / (count + _ENOUGH * self._length) for count in counts) / len(self._terms)

    def _agrees(self, term: Term) -> bool:
        is_bare = term.in_form(Form.EXACT) == term.in_form(Form.FOLDED)
        return term.begins or is_bare or self._count(term, Form.EXACT) > 0

    def _count(self, term: Term, form: Form) -> int:
        if form not in self._rows:
            self._rows[form] = word_keys(self._words, form)
        wanted, row = term.in_form(form), self._rows[form]
        if not term.begins and len(wanted) == 1:
            return row.count(wanted[0])
        beginning = term.joined(form)
        joined = sum(each.startswith(beginning) for each in row) if term.begins else row.count(beginning)
        return joined if len(wanted) == 1 else joined + _chains(row, wanted, begins=term.begins)


def _chains(row: Sequence[str], wanted: tuple[str, ...], *, begins: bool) -> int:
    """Return how often the words stand side by side."""
    inner, last, count, at = list(wanted[:-1]), wanted[-1], 0, -1
    for _ in range(row.count(wanted[0])):
        at = row.index(wanted[0], at + 1)
        end = at + len(inner)
        if row[at:end] == inner and end < len(row) and (row[end] == last or (begins and row[end].startswith(last))):
            count += 1
    return count
