"""Vietnamese from before Unicode: TCVN3 (ABC) and VNI put Vietnamese letters on the codes of Western European ones.

A PDF made in such a font looks right on paper and on the screen; taken out of it, its text reads `Céng hoµ` or `Coäng hoøa`.
Sources: TCVN 5712:1993, set VN3 (one code a letter, capitals with tones only by fonts whose name ends in H); the VNI-Windows
set of VNI Software (a vowel, then a code for its marks).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from pipeline.text.syllables import is_syllable

_TCVN3_CODES = (
    "\u00b5\u00b8\u00b6\u00b7\u00b9\u00a8\u00bb\u00be\u00bc\u00bd\u00c6\u00a9\u00c7\u00ca\u00c8\u00c9\u00cb"
    "\u00ae\u00cc\u00d0\u00ce\u00cf\u00d1\u00aa\u00d2\u00d5\u00d3\u00d4\u00d6\u00d7\u00dd\u00d8\u00dc\u00de"
    "\u00df\u00e3\u00e1\u00e2\u00e4\u00ab\u00e5\u00e8\u00e6\u00e7\u00e9\u00ac\u00ea\u00ed\u00eb\u00ec\u00ee"
    "\u00ef\u00f3\u00f1\u00f2\u00f4\u00ad\u00f5\u00f8\u00f6\u00f7\u00f9\u00fa\u00fd\u00fb\u00fc\u00fe"
    "\u00a1\u00a2\u00a7\u00a3\u00a4\u00a5\u00a6"
)
_TCVN3_LETTERS = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ"
_TCVN3 = dict(zip(_TCVN3_CODES, _TCVN3_LETTERS, strict=True))

_MICRO = "\u03bc"
"""the Greek letter that some programs write for the micro sign, which is the code of à"""

_PLAIN_MARKS = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_CIRCUMFLEX_MARKS = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BREVE_MARKS = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_MARKS = (
    _PLAIN_MARKS
    | {code: _CIRCUMFLEX + tone for code, tone in _CIRCUMFLEX_MARKS.items()}
    | {code: _BREVE + tone for code, tone in _BREVE_MARKS.items()}
)
_VNI_SINGLE = {"ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ì": "ì", "í": "í"}

_FONT_PREFIX = re.compile(r"^[A-Z]{6}\+")
"""of a font of which only the glyphs in use are embedded (ISO 32000-1, 9.6.4)"""
_TCVN3_FONT = re.compile(r"^[.#]Vn[A-Z]", re.IGNORECASE)
_CAPITALS_FONT = re.compile(r"H(?=$|[\s,_-])")
_VNI_FONT = re.compile(r"^VNI[\s_-]", re.IGNORECASE)
_FEWEST_MARKED = 5
"""words with letters beyond ASCII below which nothing is said of an encoding"""
_DECODES, _READS = 0.8, 0.5
"""share of those words that are syllables: after decoding at least, before it at most"""
_MOST_HYPHENS = 3
_ASCII_SIGNS = "!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~0123456789"


class LegacyEncoding(StrEnum):
    """How text from before Unicode is written."""

    TCVN3 = "tcvn3"
    VNI = "vni"


@dataclass(frozen=True, slots=True)
class LegacyFont:
    """What the name of a font tells about text in it."""

    encoding: LegacyEncoding
    capitals: bool = False
    """small letters look like capitals"""


def legacy_font(name: str) -> LegacyFont | None:
    """Return what the PostScript name of a font (`.VnTime`, `ABCDEF+.VnTimeH,Bold`, `VNI-Times`) tells, None for others."""
    name = _FONT_PREFIX.sub("", name.strip())
    if _TCVN3_FONT.match(name):
        return LegacyFont(LegacyEncoding.TCVN3, capitals=bool(_CAPITALS_FONT.search(name)))
    return LegacyFont(LegacyEncoding.VNI) if _VNI_FONT.match(name) else None


def encoding_in_use(text: str, font: str) -> LegacyFont | None:
    """Return how all the text in a font is encoded, judged by the font's name and by the text; None for Unicode.

    A name alone does not settle it: programs that embed `.VnTime` may tell Unicode for its glyphs all the same.
    """
    named = legacy_font(font)
    if named is None:
        guessed = guessed_encoding(text)
        return LegacyFont(guessed) if guessed else None
    words = _marked_words(text)
    if not words or _syllable_share(words) <= _decoded_share(words, named.encoding):
        return named
    return None


def decoded(text: str, encoding: LegacyEncoding, *, capitals: bool = False) -> str:
    """Return `text` in Unicode NFC; what is no code of the encoding stays.

    Args:
        text: as a program shows it that takes the codes for Western European letters.
        encoding: how it is written.
        capitals: whether its font shows capitals only.
    """
    if encoding is LegacyEncoding.VNI:
        return unicodedata.normalize("NFC", _from_vni(text))
    letters = "".join(_TCVN3.get(sign, sign) for sign in text.replace(_MICRO, "\u00b5"))
    words = (_with_horns(word) if "-" in word else word for word in re.split(r"(\s+)", letters))
    whole = "".join(words)
    return whole.upper() if capitals else whole


def code_meaning(sign: str, font: LegacyFont) -> str:
    """Return what a single code of a font stands for in Unicode; the codes of VNI's marks give combining characters.

    Args:
        sign: the Western European letter of the code.
        font: how the font is encoded.
    """
    if font.encoding is LegacyEncoding.VNI:
        marks = _VNI_MARKS.get(sign.lower())
        return marks if marks is not None else _vni_letter(sign)
    letter = _TCVN3.get("\u00b5" if sign == _MICRO else sign, sign)
    return letter.upper() if font.capitals else letter


def guessed_encoding(text: str) -> LegacyEncoding | None:
    """Return the encoding by which words that cannot be Vietnamese become Vietnamese, None if none does or too few tell."""
    words = _marked_words(text)
    if len(words) < _FEWEST_MARKED or _syllable_share(words) > _READS:
        return None
    shares = {encoding: _decoded_share(words, encoding) for encoding in LegacyEncoding}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] >= _DECODES else None


def _marked_words(text: str) -> set[str]:
    """Return the words that have letters or signs beyond ASCII."""
    return {word for part in text.split() if not (word := part.strip(_ASCII_SIGNS)).isascii()}


def _decoded_share(words: Iterable[str], encoding: LegacyEncoding) -> float:
    return _syllable_share(decoded(word, encoding) for word in words)


def _syllable_share(words: Iterable[str]) -> float:
    fits = [all(is_syllable(part) for part in word.split("-") if part) for word in words]
    return sum(fits) / max(1, len(fits))


def _from_vni(text: str) -> str:
    """Return text with marks as combining characters; a code that stands behind no vowel is a letter by itself."""
    signs: list[str] = []
    for sign in text:
        marks = _vni_marks(signs[-1] if signs else "", sign.lower())
        if marks is not None:
            signs.append(marks)
            continue
        signs.append(_vni_letter(sign))
    return "".join(signs)


def _vni_letter(sign: str) -> str:
    letter = _VNI_SINGLE.get(sign.lower(), sign)
    return letter.upper() if sign.isupper() else letter


def _vni_marks(before: str, code: str) -> str | None:
    """Return the combining marks that `code` puts on the letter before it, None if it puts none."""
    vowel = before.lower()
    if code in _PLAIN_MARKS and vowel in {"a", "e", "o", "u", "y", "ơ", "ư"}:
        return _PLAIN_MARKS[code]
    if code in _CIRCUMFLEX_MARKS and vowel in {"a", "e", "o"}:
        return _CIRCUMFLEX + _CIRCUMFLEX_MARKS[code]
    if code in _BREVE_MARKS and vowel == "a":
        return _BREVE + _BREVE_MARKS[code]
    return None


def _with_horns(word: str) -> str:
    """Return a word of TCVN3 with those hyphens as ư that make syllables of it: the code of ư is that of the soft hyphen.

    The reading with the fewest changes wins, so that `xã-hội` keeps its hyphen and `n-ớc` loses it.
    """
    core = word.strip(_ASCII_SIGNS)
    places = [at for at, sign in enumerate(core) if sign == "-"]
    if core == "-" or len(places) > _MOST_HYPHENS:
        return word
    for horns in sorted(product((False, True), repeat=len(places)), key=sum):
        signs = list(core)
        for at, horn in zip(places, horns, strict=True):
            signs[at] = "ư" if horn else "-"
        spelled = "".join(signs)
        if all(part and is_syllable(part) for part in spelled.split("-")):
            return word.replace(core, spelled)
    return word
