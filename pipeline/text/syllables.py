"""Whether words can be Vietnamese: a syllable is an onset, a rime and a tone, and not every spelling of them is one.

The tables follow the orthography as schools teach it (onsets and rimes in the spelling of chữ quốc ngữ); they list the parts
of syllables, no words. Plausibility only tells how well a page was read: nothing is corrected by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
"""huyền, sắc, ngã, hỏi, nặng as combining marks"""
_STOP_TONES = {"\u0301", "\u0323"}
"""a syllable that ends in a stop (p, t, c, ch) has one of these: sắc or nặng"""
_STOPS = ("p", "t", "c", "ch")

_BEFORE_FRONT = frozenset({"k", "gh", "ngh"})
"""written only before e, ê, i, y"""
_BEFORE_BACK = frozenset({"c", "g", "ng"})
"""written only before other vowels; `g` also before i: gì, giếng"""
_OTHER_ONSETS = frozenset(
    {"b", "ch", "d", "đ", "gi", "h", "kh", "l", "m", "n", "nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x"}
)
_ONSETS = _BEFORE_FRONT | _BEFORE_BACK | _OTHER_ONSETS
_LONGEST_ONSET = 3

_FINALS = {
    "a": "- c ch i m n ng nh o p t u y",
    "ă": "c m n ng p t",
    "â": "c m n ng p t u y",
    "e": "- c m n ng o p t",
    "ê": "- ch m n nh p t u",
    "i": "- a ch m n nh p t u",
    "iê": "c m n ng p t u",
    "y": "-",
    "yê": "m n ng t u",
    "o": "- c i m n ng p t",
    "oo": "c ng",
    "oa": "- c ch i m n ng nh o p t y",
    "oă": "c m n ng t",
    "oe": "- n o t",
    "ô": "- c i m n ng p t",
    "ơ": "- i m n p t",
    "u": "- a c i m n ng p t",
    "uô": "c i m n ng t",
    "uâ": "n ng t y",
    "uê": "- ch n nh u",
    "uơ": "-",
    "uy": "- a ch n nh p t u",
    "uyê": "n t",
    "ư": "- a c i m n ng t u",
    "ươ": "c i m n ng p t u",
}
"""by the vowels of a syllable, what may close it; `-`: nothing"""
_RIMES = frozenset(vowels + final.strip("-") for vowels, finals in _FINALS.items() for final in finals.split())
_AFTER_QU = frozenset({"y", "ych", "yên", "yêt", "yn", "ynh", "yp", "yt", "ôc", "ơ", "ơn", "ơt"})
"""rimes after `qu` besides those that begin with a, ă, â, e, ê, i: its u is the glide of oa, uê, uy"""
_FRONT = "eêiy"
_FEWEST_WORDS = 12
"""words below which a share says nothing"""
_LETTERS = re.compile(r"[^\W\d_]+")


def is_syllable(word: str) -> bool:
    """Say whether a word of letters can be a syllable of Vietnamese; case does not matter."""
    letters, tones = _without_tones(word.lower())
    if len(tones) > 1:
        return False
    return any(_fits(onset, rime, tones) for onset, rime in _splits(letters))


def plausible_share(text: str) -> float | None:
    """Return which part of the words of a text can be Vietnamese syllables, None if it has too few words to tell.

    Single letters and words in capitals that cannot be (UBND, QĐ) are left out: they are numberings and abbreviations.
    """
    words = [word for word in _LETTERS.findall(unicodedata.normalize("NFC", text)) if len(word) > 1]
    plausible = [is_syllable(word) for word in words]
    counted = [fits for word, fits in zip(words, plausible, strict=True) if fits or not word.isupper()]
    if len(counted) < _FEWEST_WORDS:
        return None
    return sum(counted) / len(counted)


def _without_tones(word: str) -> tuple[str, list[str]]:
    """Part a word into its letters (with circumflex, breve, horn) and its tone marks."""
    signs = unicodedata.normalize("NFD", word)
    letters = "".join(sign for sign in signs if sign not in _TONES)
    return unicodedata.normalize("NFC", letters), [sign for sign in signs if sign in _TONES]


def _splits(letters: str) -> Iterator[tuple[str, str]]:
    yield "", letters
    for length in range(1, min(_LONGEST_ONSET, len(letters) - 1) + 1):
        if letters[:length] in _ONSETS:
            yield letters[:length], letters[length:]


def _fits(onset: str, rime: str, tones: list[str]) -> bool:
    if rime not in _RIMES and not (onset == "qu" and rime in _AFTER_QU):
        return False
    if rime.endswith(_STOPS) and not _STOP_TONES.issuperset(tones or [""]):
        return False
    return _may_follow(onset, rime)


def _may_follow(onset: str, rime: str) -> bool:
    """Say whether a rime is written after an onset."""
    front = rime[0] in _FRONT
    if onset == "qu":
        fits = rime[0] in "aăâeêi" or rime in _AFTER_QU
    elif onset in _BEFORE_FRONT:
        fits = front
    elif onset in _BEFORE_BACK:
        fits = not front or (onset == "g" and rime[0] == "i")
    elif onset == "gi":
        fits = rime[0] != "i"
    else:
        # yê- begins a word, iê- follows an onset
        fits = not rime.startswith("yê" if onset else "iê")
    return fits
