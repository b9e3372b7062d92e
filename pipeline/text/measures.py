"""Areas and sums of money as Vietnamese papers write them: a dot between thousands, a comma before decimals."""

from __future__ import annotations

import re

from pipeline.text.fold import fold_for_search, nfc

# Digits of other scripts are no sum here, and no sum is longer: `int` refuses thousands of them.
_NUMBER = r"(?:[0-9]{1,3}(?:[. ][0-9]{3}){1,5}|[0-9]{1,18})(?:,[0-9]{1,2})?"
_AREA = re.compile(rf"(?<![\d.,])({_NUMBER})\s*(?:m\s*[²2?*’'°]|m(?![\w])|mét vuông)", re.IGNORECASE)
_BARE_AREA = re.compile(rf"^\W*({_NUMBER})(?:\s*m\S{{0,2}})?\W*$")
_MONEY = re.compile(
    r"(?<![\d.,])([0-9]{1,3}(?:[., ][0-9]{3}){1,5}|[0-9]{4,18})\s*(?:đồng|dong|đ\b|vnđ|vnd)", re.IGNORECASE
)

_UNITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_TENS, _HUNDREDS = "muoi", "tram"
_SCALES = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6, "ty": 10**9, "ti": 10**9}
_MOST = 10**18
"""above every sum that is written; a paper can say `tỷ` a thousand times"""
_FILLERS = frozenset({"linh", "le", "va", "dong", "chan", "viet"})


def find_area(text: str) -> str | None:
    """Return the first area of a text in square metres, the number as printed: `1.250,5 m²`; None when there is none."""
    clean = nfc(text)
    match = _AREA.search(clean) or _BARE_AREA.match(clean)
    if match is None:
        return None
    return f"{re.sub(r'[ ]', '.', match[1])} m²"


def find_money(text: str) -> str | None:
    """Return the first sum of a text in đồng, thousands parted by dots: `500.000.000 đồng`; None when there is none."""
    match = _MONEY.search(nfc(text))
    if match is None:
        return None
    return f"{amount_of(match[1]):,} đồng".replace(",", ".")


def amount_of(money: str) -> int:
    """Return the đồng of a sum as `find_money` writes it."""
    return int(re.sub(r"[^0-9]", "", money))


def amount_in_words(text: str) -> int | None:
    """Return the number that Vietnamese words name (`năm trăm triệu đồng chẵn`), None where a word is no part of a number."""
    total = group = 0
    pending: int | None = None
    for word in re.findall(r"[^\W\d_]+", fold_for_search(text)):
        if word in _FILLERS:
            continue
        if word in _UNITS:
            group += pending or 0
            pending = _UNITS[word]
        elif word == _TENS:
            group, pending = group + (1 if pending is None else pending) * 10, None
        elif word == _HUNDREDS:
            group, pending = group + (pending or 0) * 100, None
        elif word in _SCALES:
            whole = group + (pending or 0)
            # `tỷ` closes everything before it, the smaller scales their own group
            total = (total + whole) * _SCALES[word] if _SCALES[word] == _SCALES["ty"] else total + whole * _SCALES[word]
            group, pending = 0, None
            if total >= _MOST:
                return None
        else:
            return None
    return (total + group + (pending or 0)) or None
