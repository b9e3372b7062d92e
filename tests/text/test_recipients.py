"""Items of lists of recipients."""

from __future__ import annotations

import pytest

from pipeline.text.recipients import recipient


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Như trên:", "Như trên"),
        ("Lãnh đạo (đề b⁄c);", "Lãnh đạo (để b/c)"),
        ("Tỉnh ủy (đê b/€)", "Tỉnh ủy (để b/c)"),
        ("Tỉnh ủy (đẻ b c)", "Tỉnh ủy (để b/c)"),
        ("Sở Tài chính (đẻ thẩm định)", "Sở Tài chính (để thẩm định)"),
        ("Iưu. VI.TH.", "Lưu: VT, TH"),
        ("Lưu VT,VHXH", "Lưu: VT, VHXH"),
        ("L.ưu: VT, hồ sơ", "Lưu: VT, hồ sơ"),
        ("Lưu trữ lịch sử tỉnh", "Lưu trữ lịch sử tỉnh"),
        ("Công ty A.B", "Công ty A.B"),
        ("Các phòng: TH, KT;", "Các phòng: TH, KT"),
    ],
)
def test_fixed_parts_are_written_as_the_decree_has_them(read: str, meant: str) -> None:
    assert recipient(read) == meant
