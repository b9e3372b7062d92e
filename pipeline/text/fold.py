"""Folding of Vietnamese text, for comparing and for searching; what is shown and kept is never folded."""

from __future__ import annotations

import re
import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
"""grave, acute, tilde, hook above, dot below: huyền, sắc, ngã, hỏi, nặng"""

_STROKED = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})
"""Latin eth is what old converters and OCR write for the Vietnamese letter; both have no decomposition"""

_UNSEEN = frozenset({"Cc", "Cf"})
"""general categories: control, format"""
_WORD = re.compile(r"\w+", re.UNICODE)


def nfc(text: str) -> str:
    """Return `text` in Unicode NFC (TCVN 6909:2001), the form of all text inside the product."""
    return unicodedata.normalize("NFC", text)


def drawn_text(text: str) -> str:
    """Return what of `text` can be drawn, NFC: without controls and without marks of format, which hide what is beside them or turn it about.

    Vietnamese needs none of them.
    """
    return nfc("".join(char for char in text if unicodedata.category(char) not in _UNSEEN))


def fold_for_search(text: str) -> str:
    """Return `text` in lower case without any diacritics: `Ủy ban` and `UỶ BAN` become `uy ban`, `Đ` becomes `d`.

    Works for NFC and NFD alike and keeps all other characters, so that words stay words.
    """
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKED).casefold())
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    # compatibility forms (ligatures, full-width digits) last: their marks are gone by then
    return unicodedata.normalize("NFC", kept)


def fold_tone_place(text: str) -> str:
    """Return a key of `text` that does not depend on where a syllable carries its tone mark, nor on letter case.

    `hoà` and `hòa`, `THUỶ` and `Thủy` have one key each. Tones and vowel marks themselves count: `hòa` is not `hóa`.
    The key is for comparing only: each word's tone marks stand behind its letters.
    """
    return _WORD.sub(lambda match: _tones_last(match.group()), nfc(text).casefold())


def same_words(one: str, other: str) -> bool:
    """Say whether two texts hold the same words, whatever their case, spacing and tone places."""
    return fold_tone_place(one).split() == fold_tone_place(other).split()


def _tones_last(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(char for char in letters if char in _TONES)
    if not tones:
        return word
    plain = unicodedata.normalize("NFC", "".join(char for char in letters if char not in _TONES))
    # parted by a zero-width space, so that the tone does not join a final vowel when the key is normalised
    return f"{plain}\u200b{tones}"
