"""Provinces old and new, and addresses with and without a district."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.address import Level, parse_address
from pipeline.text.provinces import PROVINCES, known_birthplace, province_named

# NQ 202/2025/QH15: eleven stay as they are, the others joined
UNCHANGED = {
    "Cao Bằng", "Điện Biên", "Hà Tĩnh", "Lai Châu", "Lạng Sơn", "Nghệ An", "Quảng Ninh", "Thanh Hóa", "Sơn La", "Hà Nội",
}  # fmt: skip


def test_there_were_63_provinces_and_there_are_34() -> None:
    assert len({one.name for one in PROVINCES}) == 63
    assert len({one.birth_code for one in PROVINCES}) == 63
    assert len({one.organ for one in PROVINCES}) == 63
    assert len({one.today for one in PROVINCES}) == 34


def test_what_did_not_join_is_alone() -> None:
    joined = [one.today for one in PROVINCES]
    assert {name for name in joined if joined.count(name) == 1} == UNCHANGED | {"Huế"}


@pytest.mark.parametrize(
    ("written", "name", "today"),
    [
        ("Hà Nội", "Hà Nội", "Hà Nội"),
        ("TỈNH KON TUM", "Kon Tum", "Quảng Ngãi"),
        ("TP. Hồ Chí Minh", "Hồ Chí Minh", "Hồ Chí Minh"),
        ("TP.HCM", "Hồ Chí Minh", "Hồ Chí Minh"),
        ("Hoà Bình", "Hòa Bình", "Phú Thọ"),
        ("Bà Rịa-Vũng Tàu", "Bà Rịa - Vũng Tàu", "Hồ Chí Minh"),
        ("thành phố Huế", "Thừa Thiên Huế", "Huế"),
        (unicodedata.normalize("NFD", "tỉnh Bạc Liêu"), "Bạc Liêu", "Cà Mau"),
    ],
)
def test_a_province_is_known_by_all_its_names(written: str, name: str, today: str) -> None:
    found = province_named(written)
    assert found is not None
    assert (found.name, found.today) == (name, today)


@pytest.mark.parametrize("written", ["Là Nội", "Ha Nội", "tỉnh Quàng Ngãi", "", "tỉnh"])
def test_a_wrong_mark_is_no_province(written: str) -> None:
    assert province_named(written) is None


def test_birthplaces() -> None:
    assert known_birthplace("001099000001")
    assert known_birthplace("096099000001")
    assert known_birthplace("150099000001"), "born abroad"
    assert not known_birthplace("003099000001")


H, C, D, P = Level.HOUSE, Level.COMMUNE, Level.DISTRICT, Level.PROVINCE


@pytest.mark.parametrize(
    ("text", "levels", "province"),
    [
        ("thôn Đông, xã Vĩnh Sơn, tỉnh Hưng Yên", [H, C, P], "Hưng Yên"),
        ("Số 5 đường Hoa Mai, phường Mẫu, quận Đống Đa, thành phố Hà Nội", [H, C, D, P], "Hà Nội"),
        ("tổ 3, TT. Mẫu, H. Phù Mỹ, T. Bình Định", [H, C, D, P], "Bình Định"),
        ("ấp 4, xã Mẫu, thành phố Vũng Tàu, tỉnh Bà Rịa - Vũng Tàu", [H, C, D, P], "Bà Rịa - Vũng Tàu"),
        ("phường Mẫu, Hồ Chí Minh, Việt Nam", [C, P], "Hồ Chí Minh"),
        ("xã Mẫu - huyện Thử - tỉnh Nghệ An", [C, D, P], "Nghệ An"),
        ("phường Mẫu, thành phố Vinh", [C, D], None),
        ("Số 7 đường Hà Nội, phường Mẫu", [H, C], None),
        ("xã Mẫu, tỉnh Quàng Ngãi", [C, P], None),
    ],
)
def test_the_parts_of_an_address(text: str, levels: list[Level], province: str | None) -> None:
    address = parse_address(text)
    assert [unit.level for unit in address.units] == levels
    assert (address.province.name if address.province else None) == province
    assert address.ordered


@pytest.mark.parametrize(
    "text", ["huyện Thử, xã Mẫu, tỉnh Nghệ An", "xã Một, xã Hai, tỉnh Nghệ An", "xã Một, thôn Đông, tỉnh Nghệ An"]
)
def test_parts_in_disorder_are_noticed(text: str) -> None:
    assert not parse_address(text).ordered


@given(st.lists(st.sampled_from(["thôn Đông", "xã Mẫu", "huyện Thử", "tỉnh Cà Mau", "số 5"]), max_size=6))
def test_nothing_of_an_address_is_lost(parts: list[str]) -> None:
    assert [unit.text for unit in parse_address(", ".join(parts)).units] == parts
