"""The words around the place that a search found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.search import Snippet
from pipeline.text.fold import nfc
from storage.search_words import Form, Term, joined_places, places, plain_words, word_keys, word_spans

WORDS_AROUND = 24
"""words of a snippet"""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What terms ask for."""

    form: Form
    keys: frozenset[str]
    beginnings: tuple[str, ...]

    def among(self, words: Sequence[str]) -> list[tuple[int, str]]:
        """Return index and key of the wanted ones among words."""
        keys, beginnings = self.keys, self.beginnings
        keyed = enumerate(word_keys(words, self.form))
        if not beginnings:
            return [(at, key) for at, key in keyed if key in keys]
        return [(at, key) for at, key in keyed if key in keys or key.startswith(beginnings)]


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    """Return the part of `text` with the most of the terms' words, cut ends marked `…`; its beginning if there is none."""
    text = nfc(text)
    spans = word_spans(text)
    if not spans:
        return Snippet("")
    hits, wanted = _hits(text, spans, terms)
    shown = _cut(text, spans, _densest(hits))
    return Snippet(shown, _marks(shown, wanted))


def _hits(text: str, spans: Sequence[tuple[int, int]], terms: Sequence[Term]) -> tuple[list[tuple[int, str]], _Wanted]:
    """Return (index of the word, its key) of every word that a term asks for; exact ones alone where there are any."""
    plain, joined = plain_words(text), joined_places(text)
    for form in Form:
        wanted = _wanted(terms, form)
        hits = wanted.among(plain)
        hits += [
            (bisect_right(spans, (joined[at].start, joined[at].end)) - 1, key)
            for at, key in wanted.among([each.word for each in joined])
        ]
        if len({key for _, key in hits}) >= len(terms):
            break
    return sorted(hits), wanted


def _wanted(terms: Sequence[Term], form: Form) -> _Wanted:
    keys = frozenset(key for term in terms for key in (*term.in_form(form), term.joined(form)))
    beginnings = {key for term in terms if term.begins for key in (term.in_form(form)[-1], term.joined(form))}
    return _Wanted(form, keys, tuple(beginnings))


def _densest(hits: Sequence[tuple[int, str]]) -> int:
    """Return the index of the word with which the window of the most different hits begins."""
    best, most = 0, 0
    for position, (start, _) in enumerate(hits):
        inside = {key for index, key in hits[position : position + WORDS_AROUND] if index < start + WORDS_AROUND}
        if len(inside) > most:
            best, most = start, len(inside)
    return best


def _cut(text: str, spans: Sequence[tuple[int, int]], first: int) -> str:
    # a third of the words stands before the first hit
    begin = max(0, min(first - WORDS_AROUND // 3, len(spans) - WORDS_AROUND))
    end = min(begin + WORDS_AROUND, len(spans))
    start, stop = spans[begin][0], spans[end - 1][1]
    before = "… " if begin else ""
    after = " …" if end < len(spans) else ""
    return before + " ".join(text[start:stop].split()) + after


def _marks(shown: str, wanted: _Wanted) -> tuple[tuple[int, int], ...]:
    """Return where wanted words stand, a word within a longer one not for itself."""
    marks: list[tuple[int, int]] = []
    there = sorted(places(shown), key=lambda place: (place.start, -place.end))
    for at, _ in wanted.among([each.word for each in there]):
        if not (marks and there[at].end <= marks[-1][1]):
            marks.append((there[at].start, there[at].end))
    return tuple(marks)
