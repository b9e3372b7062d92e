"""Words of a closed set that are stamped in a frame of their own: degrees of secrecy and urgency (NĐ 30/2020, phụ lục I, cell 10)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

_ALIKE = 75.0
"""of 100: the stamp's frame lies close to its letters, and one of them is often misread"""
_FRAME = re.compile(r"^[\[\]|!(){}'’‘]|[\[\]|!(){}'’‘][.,]?$")
_LIKE_T = str.maketrans(dict.fromkeys("rjf", "t"))
"""what is left of a T whose bar or stem touches the frame"""
_NOT_LETTERS = re.compile(r"[^\w\s]|\d|_")


def stamped(text: str, phrases: Sequence[str]) -> str | None:
    """Return which of `phrases`, capital words, a line is that holds nothing else: letters and marks must be right."""
    letters = _letters(text)
    if letters != letters.upper():
        return None
    return next((phrase for phrase in phrases if fold_tone_place(letters) == fold_tone_place(phrase)), None)


def stamped_in_head(text: str, phrases: Sequence[str]) -> str | None:
    """Return which of `phrases` a line at the head of a page is, or holds, as framed stamps are read.

    There marks may be lost, letters that touch the frame misread, and phrases of several words stand beside others.
    """
    letters, framed = _letters(text), _FRAME.search(text.strip()) is not None
    if not framed and not any(char.isupper() for char in letters):
        return None
    return next((phrase for phrase in phrases if _reads(letters, phrase, framed=framed)), None)


def _letters(text: str) -> str:
    return " ".join(_NOT_LETTERS.sub(" ", nfc(text)).split())


def _reads(letters: str, phrase: str, *, framed: bool) -> bool:
    plain, sought = fold_for_search(letters), fold_for_search(phrase)
    if plain == sought:
        return framed or letters == letters.upper()
    if " " not in sought:
        return framed and plain[:-1] + plain[-1:].translate(_LIKE_T) == sought
    if re.search(rf"(?<!\w){phrase}(?!\w)", letters):
        return True
    same_end = plain.rpartition(" ")[2] == sought.rpartition(" ")[2]
    return same_end and fuzz.ratio(plain.replace(" ", ""), sought.replace(" ", "")) >= _ALIKE
