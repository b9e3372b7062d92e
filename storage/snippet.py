"""The words around the place that a search found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.domain.search import Snippet
from pipeline.text.fold import nfc
from storage.search_words import Form, Place, Term, places, word_key

WORDS_AROUND = 24
"""words of a snippet"""

_Wanted = Callable[[str], bool]
"""whether a term asks for a word"""


def snippet(text: str, terms: Sequence[Term]) -> Snippet:
    """Return the part of `text` with the most of the terms' words, cut ends marked `…`; its beginning if there is none."""
    text = nfc(text)
    words = sorted(places(text), key=lambda place: (place.start, place.end))
    if not words:
        return Snippet("")
    hits, is_wanted = _hits(words, terms)
    shown = _cut(text, words, _densest(hits))
    return Snippet(shown, _marks(shown, is_wanted))


def _hits(words: Sequence[Place], terms: Sequence[Term]) -> tuple[list[tuple[int, str]], _Wanted]:
    """Return (index of the word, folded key) of every word that a term asks for; exact ones alone where there are any."""
    hits: list[tuple[int, str]] = []
    for form in Form:
        wanted = _asked_for(terms, form)
        hits = [(index, word_key(each.word, form)) for index, each in enumerate(words) if wanted(each.word)]
        if len({key for _, key in hits}) >= len(terms):
            break
    return hits, wanted


def _asked_for(terms: Sequence[Term], form: Form) -> _Wanted:
    keys = {key for term in terms for key in (*term.in_form(form), term.joined(form))}
    beginnings = tuple(
        key for term in terms if term.begins for key in (term.in_form(form)[-1], term.joined(form)) if key
    )

    def wanted(word: str) -> bool:
        key = word_key(word, form)
        return key in keys or key.startswith(beginnings)

    return wanted


def _densest(hits: Sequence[tuple[int, str]]) -> int:
    """Return the index of the word with which the window of the most different hits begins."""
    best, most = 0, 0
    for position, (start, _) in enumerate(hits):
        inside = {key for index, key in hits[position : position + WORDS_AROUND] if index < start + WORDS_AROUND}
        if len(inside) > most:
            best, most = start, len(inside)
    return best


def _cut(text: str, words: Sequence[Place], first: int) -> str:
    # a third of the words stands before the first hit
    begin = max(0, min(first - WORDS_AROUND // 3, len(words) - WORDS_AROUND))
    end = min(begin + WORDS_AROUND, len(words))
    start, stop = words[begin].start, max(place.end for place in words[begin:end])
    before = "… " if begin else ""
    after = " …" if end < len(words) else ""
    return before + " ".join(text[start:stop].split()) + after


def _marks(shown: str, is_wanted: _Wanted) -> tuple[tuple[int, int], ...]:
    """Return where wanted words stand, a word within a longer one not for itself."""
    marks: list[tuple[int, int]] = []
    for each in sorted(places(shown), key=lambda place: (place.start, -place.end)):
        if is_wanted(each.word) and not (marks and each.end <= marks[-1][1]):
            marks.append((each.start, each.end))
    return tuple(marks)
