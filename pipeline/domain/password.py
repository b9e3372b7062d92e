"""Which passwords are accepted: long ones that are not the first to be guessed; nothing about kinds of characters.

Source: NIST SP 800-63B-4 section 3.1.1.2.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

SHORTEST = 15
"""characters of a password that may be all that stands before an account"""
LONGEST = 256
"""characters: more are not looked at, so that a password of megabytes keeps nobody busy"""
_OWN = 8
"""characters that have to be left when everything is taken out that others would guess"""
_UNIT = 4
"""characters that make no password however often they are repeated"""
_COMMON = (
    "password", "passw0rd", "matkhau", "qwertyuiop", "qwerty", "asdfgh", "zxcvbn", "iloveyou", "anhyeuem", "emyeuanh",
    "admin", "administrator", "quantri", "sohoa", "motcua", "dichvucong", "hanhchinh", "uybannhandan", "ubnd",
    "vietnam", "abc", "1q2w3e4r", "letmein", "welcome", "xinchao",
)  # fmt: skip
"""words with which guesses begin, in the product's own field among them"""
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUN = 4
"""neighbours in a row that are taken out"""


class PasswordProblem(StrEnum):
    """Why a password is not accepted."""

    SHORT = "short"
    LONG = "long"
    GUESSABLE = "guessable"
    """one short thing again and again, a row of keys, common words, or the person's own name"""
    SAME = "same"
    """the one there was"""


def password_problem(password: str, *, login: str = "", name: str = "") -> PasswordProblem | None:
    """Return why nobody should have this password; None: it is accepted."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < SHORTEST:
        return PasswordProblem.SHORT
    if len(text) > LONGEST:
        return PasswordProblem.LONG
    plain = _plain(text)
    if _repeats(plain) or len(set(_left(plain, login=login, name=name))) < _OWN // 2:
        return PasswordProblem.GUESSABLE
    if len(_left(plain, login=login, name=name)) < _OWN:
        return PasswordProblem.GUESSABLE
    return None


def _plain(text: str) -> str:
    """Return letters and digits without case and marks."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(each for each in bare if each.isalnum())


def _repeats(text: str) -> bool:
    """Say whether a text is one short piece again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, _UNIT + 1))


def _left(text: str, *, login: str, name: str) -> str:
    """Return what is left of a password without what others would guess."""
    own = [_plain(each) for each in (login, *re.split(r"[._@-]", login), name, *name.split())]
    for word in sorted({*_COMMON, *own}, key=len, reverse=True):
        if len(word) > 1:
            text = text.replace(word, "")
    for row in (*_ROWS, *(each[::-1] for each in _ROWS)):
        for size in range(len(row), _RUN - 1, -1):
            for start in range(len(row) - size + 1):
                text = text.replace(row[start : start + size], "")
    return text
