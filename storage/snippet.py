"""The words around the place that a search found."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text.fold import nfc
from storage.search_words import Form, Place, Term, places, word_key

WORDS_AROUND = 24
"""words of a snippet"""


def snippet(text: str, terms: Sequence[Term]) -> str:
    """Return the part of `text` with the most of the terms' words, cut ends marked `…`; its beginning if there is none."""
    text = nfc(text)
    words = sorted(places(text), key=lambda place: (place.start, place.end))
    return _cut(text, words, _densest(_hits(words, terms))) if words else ""


def _hits(words: Sequence[Place], terms: Sequence[Term]) -> list[tuple[int, str]]:
    """Return (index of the word, folded key) of every word that a term asks for; exact ones alone where there are any."""
    hits: list[tuple[int, str]] = []
    for form in Form:
        wanted = {key for term in terms for key in (*term.in_form(form), term.joined(form))}
        keys = ((index, word_key(place.word, form)) for index, place in enumerate(words))
        hits = [(index, key) for index, key in keys if key in wanted]
        if len({key for _, key in hits}) >= len(terms):
            break
    return hits


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
