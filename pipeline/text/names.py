"""Personal names, as far as their look tells whether a text can be one."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc

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

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MIN_WORDS, _MAX_WORDS, _MAX_LETTERS = 2, 6, 8


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

    Signs and words without letters fall off. A first word that is one letter away from exactly one of the most common family
    names is proposed as that name (`4ê Minh Hưng`): whoever uses it shows it as a doubt, never as read.
    """
    words = [stripped for word in nfc(text).split() if (stripped := re.sub(r"^[^\w]+|[^\w]+$|_", "", word))]
    surname = _nearest_surname(words[0]) if words else None
    kept = [surname or words[0], *words[1:]] if words else []
    named = [word for word in kept if _WORD.fullmatch(word) and len(word) <= _MAX_LETTERS and len(word) > 1]
    return " ".join(named) if _MIN_WORDS <= len(named) <= _MAX_WORDS else None


def _nearest_surname(word: str) -> str | None:
    if fold_tone_place(word) in _SURNAMES:
        return word
    near = [name for name in _MOST_COMMON if Levenshtein.distance(fold_for_search(word), fold_for_search(name)) <= 1]
    return near[0] if len(near) == 1 else None
