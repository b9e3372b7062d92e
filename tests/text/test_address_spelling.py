"""Fixed words of addresses."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.text.address_spelling import spelt_address
from pipeline.text.provinces import PROVINCES


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("tố dân phô số 1. phường Mẫu, tỉnh Đông Tháp", "tổ dân phố số 1, phường Mẫu, tỉnh Đồng Tháp"),
        ("sô 12 dường Hoa Mẫu, xà Thí Dụ. tỉnh Lâm Đông", "số 12 đường Hoa Mẫu, xã Thí Dụ, tỉnh Lâm Đồng"),
        ("Xà Mẫu, thành phô Hà Nôi", "Xã Mẫu, thành phố Hà Nội"),
        ("äp Mẫu, xã Thí Dụ", "ấp Mẫu, xã Thí Dụ"),
        # names are not touched, not even where they are letters of a kind of place or of a province
        ("thôn Đông Tháp, xã Dương Xá, tỉnh Hưng Yên", "thôn Đông Tháp, xã Dương Xá, tỉnh Hưng Yên"),
        ("Khu liên cơ quan Mẫu", "Khu liên cơ quan Mẫu"),
        ("tờ bản đồ số 7, xã Mẫu", "tờ bản đồ số 7, xã Mẫu"),
        ("sinh hoạt xã hội tại phố Mẫu", "sinh hoạt xã hội tại phố Mẫu"),
        ("số 5 phố Hoà Mã, tỉnh Hoà Bình", "số 5 phố Hoà Mã, tỉnh Hoà Bình"),
        ("PHƯỜNG MẪU, TỈNH ĐÔNG THÁP", "PHƯỜNG MẪU, TỈNH ĐÔNG THÁP"),
        ("", ""),
    ],
)
def test_fixed_words_are_spelt_right_and_names_stay(read: str, meant: str) -> None:
    assert spelt_address(read) == meant
    assert spelt_address(unicodedata.normalize("NFD", read)) == meant


def test_no_two_provinces_differ_in_marks_alone() -> None:
    for one in PROVINCES:
        assert spelt_address(f"xã Mẫu, tỉnh {one.name}") == f"xã Mẫu, tỉnh {one.name}"
