from __future__ import annotations

import pytest

from pipeline.text.letterhead import (
    deputy_of,
    known_position,
    knows_organ,
    restore_organ,
    restore_position,
)


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("ỦY BAN NHÂN DÂN TÍNH QUÁNG NGÃI", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"),
        ("UỶ BAN NHAN DAN THÁNH PHÓ HÀ NỘI", "UỶ BAN NHÂN DÂN THÀNH PHỐ HÀ NỘI"),
        ("SO XÂY DUNG", "SỞ XÂY DỰNG"),
        ("CÔNG TY MẪU", "CÔNG TY MẪU"),
    ],
)
def test_organs_get_their_marks_back_and_keep_their_tone_places(read: str, right: str) -> None:
    assert restore_organ(read) == right


def test_known_organs() -> None:
    assert knows_organ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI")
    assert not knows_organ("ỦY BAN NHÂN DÂN XÃ MẪU THỬ")
    assert not knows_organ("")


def test_positions() -> None:
    assert restore_position("KT. BỘ TRƯỜNG") == "KT. BỘ TRƯỞNG"
    assert known_position("PHO CHU TỊCH") == "PHÓ CHỦ TỊCH"
    assert known_position("PHÓCHỦ TỊCH") == "PHÓ CHỦ TỊCH"
    assert known_position("PHOCHUTỊCH Z", at_least=0.85) == "PHÓ CHỦ TỊCH"
    assert known_position("KHỔ CHANH VĂN KHONG") is None
    assert known_position("KHỔ CHANH VĂN KHONG", at_least=0.7) == "PHÓ CHÁNH VĂN PHÒNG"


@pytest.mark.parametrize(
    ("position", "deputy"), [("CHỦ TỊCH", "PHÓ CHỦ TỊCH"), ("BỘ TRƯỞNG", "THỨ TRƯỞNG"), ("GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")]
)
def test_who_signs_for_whom(position: str, deputy: str) -> None:
    assert deputy_of(position) == deputy
