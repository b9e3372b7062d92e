"""What is fixed in an address, spelt as it is: the words for kinds of places, and the names of provinces.

The reader loses the marks of small words (`tố dân phố`, `tỉnh Đông Tháp`). Names of streets, hamlets and communes stay as read: there
are too many, and many differ in a mark.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc
from pipeline.text.provinces import PROVINCES

_KINDS = (
    "tổ dân phố", "khu dân cư", "khu phố", "thị trấn", "thị xã", "thành phố", "đặc khu", "tiểu khu", "chung cư", "xã", "phường", "huyện",
    "quận", "tỉnh", "thôn", "ấp", "xóm", "khóm", "buôn", "tổ", "đường", "phố", "ngõ", "hẻm", "số",
)  # fmt: skip
"""longest first; the names behind them begin with a capital or a digit"""
_KEYS = tuple((tuple(fold_for_search(kind).split()), kind.split()) for kind in _KINDS)
_WORD = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
_STOP = re.compile(
    r"(?<=\w)\.\s+(?=(?:xã|phường|thị trấn|đặc khu|huyện|quận|thị xã|tỉnh|thành phố|thôn|ấp|tổ dân phố|khu phố)\s)"
)
"""a comma that was read as a full stop; abbreviations stand before names, not before kinds of places"""
_PROVINCE = re.compile(r"(?<=\btỉnh )([^,;]+)$|(?<=\bthành phố )([^,;]+)$")


def spelt_address(text: str) -> str:
    """Return an address with the marks of its fixed words right: `tố dân phố 3. xà Mẫu, tỉnh Đông Tháp` names `Đồng Tháp`."""
    words = nfc(text).split()
    keys = [fold_for_search(_core(word)) for word in words]
    place, begins = 0, True
    while place < len(words):
        kind = next((right for key, right in _KEYS if _stands_at(place, key, keys, words, begins=begins)), None)
        for right in kind or ():
            words[place] = _spelt(words[place], right)
            place += 1
        place += kind is None
        begins = kind is not None or not words[place - 1][-1].isalpha()
    return _PROVINCE.sub(_province, _STOP.sub(", ", " ".join(words)))


def _stands_at(place: int, key: tuple[str, ...], keys: list[str], words: list[str], *, begins: bool) -> bool:
    """Say whether a kind of place is named at a word, in small letters but at the beginning.

    A kind of one word is a word of names and of others, too (`cơ quan Mẫu`): it `begins` a part, before a name or a number.
    """
    end = place + len(key)
    if tuple(keys[place:end]) != key or end >= len(words) or words[place].isupper():
        return False
    small = all(_core(word).islower() for word in words[max(1, place) : end])
    name = _core(words[end])
    return small and (len(key) > 1 or (begins and (name[:1].isupper() or name[:1].isdigit())))


def _core(word: str) -> str:
    match = _WORD.match(word)
    return match[2] if match else word


def _spelt(word: str, right: str) -> str:
    core = _core(word)
    if fold_tone_place(core) == fold_tone_place(right):
        return word
    return word.replace(core, right.capitalize() if core[:1].isupper() else right, 1)


def _province(match: re.Match[str]) -> str:
    read = match[1] or match[2]
    known = _provinces().get(fold_for_search(_core(read)))
    return read if known is None or fold_tone_place(known) == fold_tone_place(_core(read)) else known


@cache
def _provinces() -> dict[str, str]:
    """Return the names by their letters without marks, which no two of them share."""
    return {fold_for_search(name): name for one in PROVINCES for name in (one.name, one.today)}
