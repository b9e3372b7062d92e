"""The machine-readable zone on the back of identity cards: ICAO 9303 TD1, three lines of 30 characters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

_WEIGHTS = (7, 3, 1)
_LINE_1 = re.compile(r"IDVNM(\d{9})(\d)(\d{12})<<(\d)")
_LINE_2 = re.compile(r"(\d{2}[\d<]{4})(\d)([MF<])(\d{6})(\d)VNM<{11}(\d)")
_LINE_3 = re.compile(r"[A-Z]+(?:<[A-Z]+)*<<[A-Z<]*")
_LINE_LENGTH = 30
_DIGIT_LIKE = str.maketrans({"O": "0", "I": "1", "B": "8", "S": "5", "Z": "2"})
_NO_EXPIRY = "991231"

_HEAD = re.compile(r"^[I1LT|][D0O]VNM$")
"""the document code of identity cards as readers see it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardZone:
    """What the zone says; every check digit is right, or there is no such value."""

    personal_id: str
    birth_date: str
    """ISO 8601; the year, or year and month, alone where the rest is unknown (ICAO 9303-3, 4.8: fillers; or zeros)"""
    sex: str | None
    expiry_date: str | None
    """ISO 8601; None for a card without expiry"""
    name: str
    """without diacritics, for comparing only"""


def check_digit(text: str) -> str:
    """Return the check digit of ICAO 9303-3: weights 7, 3, 1 over digits, letters from 10 on, `<` as 0; modulo 10."""
    total = sum(_value(char) * _WEIGHTS[index % 3] for index, char in enumerate(text))
    return str(total % 10)


def read_card_zone(lines: Sequence[str]) -> CardZone | None:
    """Find the zone of a Vietnamese identity card in lines of text; None unless all of its five check digits are right.

    On Vietnamese cards the optional field of line 1 has a check digit of its own, over the 12 digits of the personal number.
    """
    rows = [re.sub(r"\s", "", line).upper().replace("«", "<<") for line in lines]
    for index in range(len(rows) - 2):
        zone = _zone(*rows[index : index + 3])
        if zone is not None:
            return zone
    return None


def _zone(first: str, second: str, third: str) -> CardZone | None:
    first = _HEAD.sub("IDVNM", first[:5]) + first[5:].translate(_DIGIT_LIKE)
    second = second[:7].translate(_DIGIT_LIKE) + second[7:8] + second[8:15].translate(_DIGIT_LIKE) + second[15:]
    one, two, three = (
        _LINE_1.fullmatch(first),
        _LINE_2.fullmatch(second),
        _LINE_3.fullmatch(third.ljust(_LINE_LENGTH, "<")),
    )
    if one is None or two is None or three is None:
        return None
    document, check_1, personal_id, check_2 = one.groups()
    birth, check_3, sex, expiry, check_4, check_5 = two.groups()
    composite = first[5:30] + second[:7] + second[8:15] + second[18:29]
    expected = ((document, check_1), (personal_id, check_2), (birth, check_3), (expiry, check_4), (composite, check_5))
    if any(check_digit(text) != digit for text, digit in expected):
        return None
    birth_date = _birth_date(birth, century=1900 + 100 * (int(personal_id[3]) // 2))
    if birth_date is None:
        return None
    return CardZone(
        personal_id=personal_id,
        birth_date=birth_date,
        sex={"M": "Nam", "F": "Nữ"}.get(sex),
        expiry_date=None if expiry == _NO_EXPIRY else _date(expiry, century=2000),
        name=" ".join(third.replace("<", " ").split()),
    )


def _birth_date(six: str, *, century: int) -> str | None:
    """Return a day of birth whose day, or day and month, may be unknown."""
    known = six[:2] + six[2:].replace("<", "0")
    if known.endswith("0000"):
        return str(century + int(known[:2]))
    if known.endswith("00"):
        month = _date(f"{known[:4]}01", century=century)
        return month[:-3] if month else None
    return _date(known, century=century)


def _date(six: str, *, century: int) -> str | None:
    try:
        return dt.date(century + int(six[:2]), int(six[2:4]), int(six[4:])).isoformat()
    except ValueError:
        return None


def _value(char: str) -> int:
    return 0 if char == "<" else int(char, 36)
