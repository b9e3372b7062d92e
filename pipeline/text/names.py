"""Personal names, as far as their look tells whether a text can be one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc
from pipeline.text.given_names import is_given_name

_COMMON = """
An Âu Bạch Bành Bế Biện Bùi Ca Cái Cam Cao Cầm Chu Chung Châu Chử Cung Cù Dương Danh Diệp Doãn Dư Đàm Đan Đào Đặng
Đầu Đậu Điêu Điểu Đinh Đoàn Đô Đỗ Đổng Đồng Giang Giàng Giáp Hà Hạ Hàn Hán Hầu Hoa Hoàng Hồ Hồng Hứa Huỳnh Kha Khổng
Khuất Khúc Kiều Kim La Lã Lạc Lai Lâm Lê Lò Lô Lộc Lục Lường Lưu Lương Lữ Lý Ma Mã Mạc Mạch Mai Mẫn Mùa Nghiêm Ngọc
Ngô Ngụy Nguyễn Ninh Nông Nhâm Nhữ Ông Phạm Phan Phí Phó Phùng Phương Quách Quan Quàng Quản Sầm Sùng Sử Tạ Tăng Tần
Tiêu Tòng Tô Tôn Tống Thạch Thái Thẩm Thân Thi Thiều Thịnh Trang Tràng Trần Triệu Trịnh Trương Từ Ung Ứng Uông Văn
Vàng Vi Viên Vòng Võ Vũ Vừ Vương Xa Y Hờ Hạng Thào Lầu Cứ Chẩu Tẩn Phàn Đèo Bàn Đường Thiệu Thang Đới Tưởng Cấn Phù
Phú Khưu Liêu Quang Tào Thoòng Trà
"""
_SURNAMES = frozenset(map(fold_tone_place, _COMMON.split()))
"""Family names of the larger peoples of the country; a name outside the list is not wrong, only less sure"""

_BARE_SURNAMES = frozenset(map(fold_for_search, _COMMON.split()))

_MOST_COMMON = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
"""family names of nine people in ten; what a seal left of one is most likely one of them"""
_BARE_COMMON = frozenset(map(fold_for_search, _MOST_COMMON))

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MIN_WORDS, _MAX_WORDS, _MAX_LETTERS = 2, 6, 8
_SHORT = 2
"""letters of the shortest family names"""


def looks_like_name(text: str) -> bool:
    """Say whether a text has the shape of a full name: two to six words of letters, each with a capital, or all in capitals."""
    words = nfc(text).split()
    if not _MIN_WORDS <= len(words) <= _MAX_WORDS:
        return False
    return all(_WORD.fullmatch(word) and len(word) <= _MAX_LETTERS and _capitalised(word) for word in words)


def _capitalised(word: str) -> bool:
    """Say whether a word, or each part of one like `H'Mẫu`, is written as in names."""
    parts = re.split(r"['’-]", word)
    return all(part[0].isupper() and (part[1:].islower() or part.isupper()) for part in parts)


def has_known_surname(text: str) -> bool:
    """Say whether a name begins with a common family name, tone and letters exact, tone place aside."""
    words = text.split()
    return bool(words) and fold_tone_place(words[0]) in _SURNAMES


def resembles_surname(text: str) -> bool:
    """Say whether a name begins with a common family name but for diacritics: `Nguyên`, `Tran`."""
    words = text.split()
    return bool(words) and fold_for_search(words[0]) in _BARE_SURNAMES


def name_left(text: str) -> str | None:
    """Return the name that a text is, as far as a seal or an autograph over it lets one tell; None where two words are not left.

    What stands before the last run of words with capitals falls off. Where a family name is missing, the letters at the end of
    the damaged word, or all but one of its letters, may still tell which of the most common ones it was (`4ê Minh Hưng`,
    `»fluỳnh Thế Phúc`): whoever uses that shows it as a doubt, never as read.
    """
    words = [stripped for word in nfc(text).split() if (stripped := re.sub(r"^[^\w]+|[^\w]+$|_", "", word))]
    start = _begins_at(words)
    named = words[start:]
    if named and named[0] not in _MOST_COMMON:
        before = _torn_surname(words[start - 1]) if start else None
        whole = fold_tone_place(named[0]) in _SURNAMES or (
            is_given_name(named[0]) and fold_for_search(named[0]) not in _BARE_COMMON
        )
        first = None if before or whole else _torn_surname(named[0])
        named = [before, *named] if before else [first, *named[1:]] if first else named
    return " ".join(named) if _MIN_WORDS <= len(named) <= _MAX_WORDS else None


def _begins_at(words: Sequence[str]) -> int:
    """Return where a name begins: at a common family name before nothing but words, else where the last run of capitals does."""
    for place, word in enumerate(words):
        if word in _MOST_COMMON and all(_WORD.fullmatch(other) and len(other) > 1 for other in words[place:]):
            return place
    start = len(words)
    while start and _is_name_word(words[start - 1]):
        start -= 1
    return start


def _is_name_word(word: str) -> bool:
    return _WORD.fullmatch(word) is not None and 1 < len(word) <= _MAX_LETTERS and _capitalised(word)


def _torn_surname(word: str) -> str | None:
    """Return the one most common family name that a damaged word may have been."""
    runs = re.findall(r"[^\W\d_]+", word)
    read = runs[-1].lower() if runs else ""
    for size in range(len(read), 0, -1):
        end = read[-size:]
        alike = [name for name in _MOST_COMMON if name.lower().endswith(end)]
        # one letter tells a name by its marks only
        if len(alike) == 1 and (size > 1 or fold_for_search(end) != end):
            return alike[0]
        if alike:
            break
    near = [name for name in _MOST_COMMON if _one_letter_off(runs[-1], name)] if runs else []
    return near[0] if len(near) == 1 else None


def _one_letter_off(word: str, name: str) -> bool:
    """Say whether a word is a name but for one letter and the marks; of two letters the first must be right, marks and all."""
    plain, wanted = fold_for_search(word), fold_for_search(name)
    if len(plain) <= _SHORT:
        return len(plain) == len(wanted) == _SHORT and word[0] == name[0]
    return Levenshtein.distance(plain, wanted) <= 1
