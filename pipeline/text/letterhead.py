"""The fixed words of letterheads and signature blocks: organs, provinces, positions, in the spelling of today."""

from __future__ import annotations

import re
from functools import cache

from rapidfuzz import fuzz

from pipeline.text.fold import fold_for_search, nfc, same_words
from pipeline.text.provinces import PROVINCES

_ORGAN_WORDS = """
ỦY BAN NHÂN DÂN|HỘI ĐỒNG NHÂN DÂN|ĐOÀN ĐẠI BIỂU QUỐC HỘI|ỦY BAN THƯỜNG VỤ QUỐC HỘI|QUỐC HỘI|CHÍNH PHỦ|THỦ TƯỚNG CHÍNH PHỦ|CHỦ TỊCH NƯỚC
VĂN PHÒNG CHÍNH PHỦ|VĂN PHÒNG|THANH TRA|BAN QUẢN LÝ|BAN CHỈ ĐẠO|TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG|TRUNG TÂM|CHI CỤC|TỔNG CỤC|CỤC|SỞ|BỘ|PHÒNG|BAN
TỈNH|THÀNH PHỐ|HUYỆN|QUẬN|THỊ XÃ|THỊ TRẤN|PHƯỜNG|XÃ|ĐẶC KHU|KHU KINH TẾ|CÁC KHU CÔNG NGHIỆP
CÔNG AN|QUỐC PHÒNG|NGOẠI GIAO|NỘI VỤ|TƯ PHÁP|TÀI CHÍNH|KẾ HOẠCH VÀ ĐẦU TƯ|CÔNG THƯƠNG|XÂY DỰNG|GIAO THÔNG VẬN TẢI|NÔNG NGHIỆP VÀ MÔI TRƯỜNG
NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN|TÀI NGUYÊN VÀ MÔI TRƯỜNG|THÔNG TIN VÀ TRUYỀN THÔNG|KHOA HỌC VÀ CÔNG NGHỆ|GIÁO DỤC VÀ ĐÀO TẠO|Y TẾ
LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI|VĂN HÓA, THỂ THAO VÀ DU LỊCH|VĂN HÓA, THỂ THAO|DÂN TỘC VÀ TÔN GIÁO|DÂN TỘC|DU LỊCH|NGÂN HÀNG NHÀ NƯỚC VIỆT NAM
TÒA ÁN NHÂN DÂN|VIỆN KIỂM SÁT NHÂN DÂN|KIỂM TOÁN NHÀ NƯỚC|KHO BẠC NHÀ NƯỚC|BẢO HIỂM XÃ HỘI|THI HÀNH ÁN DÂN SỰ|MẶT TRẬN TỔ QUỐC VIỆT NAM
ĐĂNG KÝ ĐẤT ĐAI|ĐĂNG KÝ KINH DOANH|KINH TẾ|HẠ TẦNG|VÀ|CỦA
QUẢN LÝ|DÂN SỐ|CHUYỂN ĐỔI SỐ|SỐ HÓA|QUÂN SỰ|QUÂN ĐỘI|BỘ ĐỘI BIÊN PHÒNG|TỈNH ỦY|THÀNH ỦY|HUYỆN ỦY|ĐẢNG ỦY|BAN THƯỜNG VỤ|BAN TỔ CHỨC
"""
_POSITIONS = """
CHỦ TỊCH|PHÓ CHỦ TỊCH|CHỦ TỊCH NƯỚC|PHÓ CHỦ TỊCH NƯỚC|CHỦ TỊCH QUỐC HỘI|PHÓ CHỦ TỊCH QUỐC HỘI|THỦ TƯỚNG|PHÓ THỦ TƯỚNG|BỘ TRƯỞNG|THỨ TRƯỞNG
THỐNG ĐỐC|PHÓ THỐNG ĐỐC|TỔNG THANH TRA|PHÓ TỔNG THANH TRA|CHÁNH THANH TRA|PHÓ CHÁNH THANH TRA|GIÁM ĐỐC|PHÓ GIÁM ĐỐC|TỔNG GIÁM ĐỐC
PHÓ TỔNG GIÁM ĐỐC|CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG|BỘ TRƯỞNG, CHỦ NHIỆM|PHÓ CHỦ NHIỆM|CHỦ NHIỆM|CỤC TRƯỞNG|PHÓ CỤC TRƯỞNG|CHI CỤC TRƯỞNG
PHÓ CHI CỤC TRƯỞNG|TỔNG CỤC TRƯỞNG|PHÓ TỔNG CỤC TRƯỞNG|VỤ TRƯỞNG|PHÓ VỤ TRƯỞNG|TRƯỞNG PHÒNG|PHÓ TRƯỞNG PHÒNG|TRƯỞNG BAN|PHÓ TRƯỞNG BAN
PHÓ BAN|HIỆU TRƯỞNG|PHÓ HIỆU TRƯỞNG|VIỆN TRƯỞNG|PHÓ VIỆN TRƯỞNG|VIỆN TRƯỞNG|CHÁNH ÁN|PHÓ CHÁNH ÁN|THẨM PHÁN|CHẤP HÀNH VIÊN|BÍ THƯ|PHÓ BÍ THƯ
TRƯỞNG CÔNG AN|PHÓ TRƯỞNG CÔNG AN|CÔNG CHỨNG VIÊN|CÔNG CHỨC TƯ PHÁP - HỘ TỊCH|ỦY VIÊN|TỔNG THƯ KÝ|CHỦ TỌA|ĐỘI TRƯỞNG|PHÓ ĐỘI TRƯỞNG
"""
_DEPUTY_OF = {"BỘ TRƯỞNG": "THỨ TRƯỞNG"}


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for line in text.split("\n") for phrase in line.split("|") if phrase))


ORGAN_WORDS = _phrases(_ORGAN_WORDS)
PROVINCE_NAMES = tuple(dict.fromkeys(name.upper() for one in PROVINCES for name in (one.name, one.today)))
POSITIONS = _phrases(_POSITIONS)


def restore_organ(text: str) -> str:
    """Return an organ's name with the fixed words of letterheads in their right spelling: `TÍNH QUÁNG NGÃI` is `TỈNH QUẢNG NGÃI`.

    Only words are touched that differ in diacritics alone; case and the place of a tone mark stay as printed.
    """
    return _restored(nfc(text), _organ_table())


def knows_organ(text: str) -> bool:
    """Say whether an organ's name consists of the fixed words of letterheads and provinces alone."""
    words = fold_for_search(text).split()
    return bool(words) and _covered(tuple(words), _organ_table())


def restore_position(text: str) -> str:
    """Return a capacity or position line with positions and organs in their right spelling (`THỨ TRƯỜNG`: `THỨ TRƯỞNG`)."""
    return _restored(nfc(text), _position_table())


def known_position(text: str, *, at_least: float = 1.0) -> str | None:
    """Return the position that a text reads, diacritics aside; with `at_least` below 1 also one that is merely alike.

    How words are parted does not count: a seal over a line joins them.
    """
    wanted = _letters(text)
    scored = ((fuzz.ratio(wanted, _letters(position)) / 100, position) for position in POSITIONS)
    score, position = max(scored, default=(0.0, ""))
    return position if score >= at_least else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", fold_for_search(text))


def deputy_of(position: str) -> str:
    """Return who signs `KT.` for a position: the deputy, `PHÓ CHỦ TỊCH` for `CHỦ TỊCH` (NĐ 30/2020, phụ lục I)."""
    return _DEPUTY_OF.get(position, f"PHÓ {position}")


@cache
def _organ_table() -> dict[tuple[str, ...], str]:
    return {tuple(fold_for_search(phrase).split()): phrase for phrase in (*ORGAN_WORDS, *PROVINCE_NAMES)}


@cache
def _position_table() -> dict[tuple[str, ...], str]:
    return _organ_table() | {tuple(fold_for_search(phrase).split()): phrase for phrase in POSITIONS}


def _covered(words: tuple[str, ...], table: dict[tuple[str, ...], str]) -> bool:
    """Say whether words can be cut into known phrases without a rest, the longest first."""
    index = 0
    longest = max(map(len, table))
    while index < len(words):
        size = next((n for n in range(min(longest, len(words) - index), 0, -1) if words[index : index + n] in table), 0)
        if size == 0:
            return False
        index += size
    return True


_TOKEN = re.compile(r"\S+")


def _restored(text: str, table: dict[tuple[str, ...], str]) -> str:
    """Replace the longest known phrases, from the left."""
    words = _TOKEN.findall(text)
    keys = [fold_for_search(word) for word in words]
    longest = max(map(len, table))
    out: list[str] = []
    index = 0
    while index < len(words):
        for size in range(min(longest, len(words) - index), 0, -1):
            known = table.get(tuple(keys[index : index + size]))
            if known:
                out += [
                    _spelt(word, right) for word, right in zip(words[index : index + size], known.split(), strict=True)
                ]
                index += size
                break
        else:
            out.append(words[index])
            index += 1
    return " ".join(out)


def _spelt(word: str, right: str) -> str:
    """Write `right` the way the paper does: its own tone place and case."""
    if same_words(word, right):
        return word
    return right if word.isupper() else right.capitalize()
