"""The words around the place that a search found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from pipeline.domain.search import Snippet
from pipeline.text.fold import nfc
from storage.search_words import Form, Term, joined_places, places, plain_words, word_key, word_spans

WORDS_AROUND = 24
"""words of a snippet"""

_IsWanted = Callable[[str], bool]
"""whether a term asks for a word"""


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    """Return the part of `text` with the most of the terms' words, cut ends marked `…`; its beginning if there is none."""
    text = nfc(text)
    spans = word_spans(text)
    if not spans:
        return Snippet("")
    hits, is_wanted = _hits(text, spans, terms)
    shown = _cut(text, spans, _densest(hits))
    return Snippet(shown, _marks(shown, is_wanted))


def _hits(
    text: str, spans: Sequence[tuple[int, int]], terms: Sequence[Term]
) -> tuple[list[tuple[int, str]], _IsWanted]:
    """Return (index of the word, folded key) of every word that a term asks for; exact ones alone where there are any."""
    words = list(enumerate(plain_words(text)))
    words += [(bisect_right(spans, (each.start, each.end)) - 1, each.word) for each in joined_places(text)]
    hits: list[tuple[int, str]] = []
    for form in Form:
        is_wanted = _asked_for(terms, form)
        hits = sorted((index, word_key(word, form)) for index, word in words if is_wanted(word))
        if len({key for _, key in hits}) >= len(terms):
            break
    return hits, is_wanted


def _asked_for(terms: Sequence[Term], form: Form) -> _IsWanted:
    keys = {key for term in terms for key in (*term.in_form(form), term.joined(form))}
    beginnings = tuple(
        key for term in terms if term.begins for key in (term.in_form(form)[-1], term.joined(form)) if key
    )

    def is_wanted(word: str) -> bool:
        key = word_key(word, form)
        return key in keys or key.startswith(beginnings)

    return is_wanted


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


def _marks(shown: str, is_wanted: _IsWanted) -> tuple[tuple[int, int], ...]:
    """Return where wanted words stand, a word within a longer one not for itself."""
    marks: list[tuple[int, int]] = []
    for each in sorted(places(shown), key=lambda place: (place.start, -place.end)):
        if is_wanted(each.word) and not (marks and each.end <= marks[-1][1]):
            marks.append((each.start, each.end))
    return tuple(marks)
