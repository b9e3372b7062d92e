from __future__ import annotations

import pytest

from pipeline.text.measures import amount_in_words, amount_of, find_area, find_money


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("Diện tích: 120,5 m²", "120,5 m²"),
        ("1.250 m2 (bằng chữ: một nghìn …)", "1.250 m²"),
        ("117,9", "117,9 m²"),
        ("75 mét vuông", "75 m²"),
        ("số nhà 120 đường Hoa Mai", None),
        ("٥٠ m²", None),
        ("", None),
    ],
)
def test_areas_keep_the_number_as_printed(text: str, area: str | None) -> None:
    assert find_area(text) == area


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("500.000.000 đồng", "500.000.000 đồng"),
        ("500,000,000 VNĐ", "500.000.000 đồng"),
        ("1 500 000 đồng", "1.500.000 đồng"),
        ("năm trăm triệu", None),
        ("٥٠٠٠ đồng", None),
        ("５００．０００ đồng", None),
        ("9" * 18 + " đồng", "999.999.999.999.999.999 đồng"),
        ("9" * 5000 + " đồng", None),
        ("1" + ".000" * 2000 + " đồng", None),
    ],
)
def test_sums_are_written_one_way(text: str, money: str | None) -> None:
    assert find_money(text) == money


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Năm trăm triệu đồng", 500_000_000),
        ("Một tỷ năm trăm triệu đồng chẵn", 1_500_000_000),
        ("ba nghìn không trăm linh năm", 3_005),
        ("hai mươi mốt nghìn tỷ đồng", 21_000 * 10**9),
        ("mười lăm", 15),
        ("chín trăm chín mươi chín nghìn chín trăm chín mươi chín", 999_999),
        ("năm trăm con gà", None),
        ("một " + "tỷ " * 2000, None),
        ("", None),
    ],
)
def test_numbers_in_words(words: str, number: int | None) -> None:
    assert amount_in_words(words) == number


def test_a_sum_and_its_words_agree() -> None:
    assert amount_of("1.500.000.000 đồng") == amount_in_words("một tỷ năm trăm triệu")
