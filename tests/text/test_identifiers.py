from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.contact import find_email, find_phone
from pipeline.text.identity import (
    CardCode,
    birth_year_of,
    find_old_id,
    find_personal_id,
    is_spoilt_card_code,
    parse_card_code,
    sex_of,
    without_other_people,
)
from pipeline.text.mrz import check_digit, read_card_zone
from pipeline.text.names import has_known_surname, looks_like_name, name_left
from pipeline.text.tax import find_tax_code, tax_check_digit, tax_code_holds

DIGITS = st.from_regex(r"[0-9]{12}", fullmatch=True)
CARD = "037190000012|163123456|Nguyễn Thị Mẫu Đơn|01021990|Nữ|Số 5 đường Hoa Mai, phường Mẫu, Ninh Bình|15042021"
# a made-up card with right check digits, lines of 30 characters
ZONE = ("IDVNM1990000117001199000011<<8", "9901018F3901016VNM<<<<<<<<<<<8", "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<")


def test_personal_numbers() -> None:
    assert find_personal_id("Căn cước số 037 190 000 012, cấp ngày 10/5/2022") == "037190000012"
    assert find_personal_id("0371900000123") is None
    assert find_old_id("CMND: 163123456") == "163123456"
    assert find_old_id("000000001") is None


@pytest.mark.parametrize(
    ("number", "year", "sex"),
    [
        ("001099000001", 1999, "Nam"),
        ("001199000011", 1999, "Nữ"),
        ("001200000001", 2000, "Nam"),
        ("001305000001", 2005, "Nữ"),
    ],
)
def test_century_and_sex_stand_in_the_fourth_digit(number: str, year: int, sex: str) -> None:
    assert birth_year_of(number) == year
    assert sex_of(number) == sex


@given(DIGITS)
def test_any_personal_number_is_found_and_explained(number: str) -> None:
    assert find_personal_id(f"số {number}.") == number
    assert 1900 <= birth_year_of(number) <= 2399
    assert sex_of(number) in {"Nam", "Nữ"}


def test_card_code_keeps_the_first_seven_fields_only() -> None:
    expected = CardCode(
        personal_id="037190000012",
        old_id="163123456",
        full_name="Nguyễn Thị Mẫu Đơn",
        birth_date="1990-02-01",
        sex="Nữ",
        address="Số 5 đường Hoa Mai, phường Mẫu, Ninh Bình",
        id_issued_date="2021-04-15",
    )
    assert parse_card_code(CARD) == expected
    assert parse_card_code(unicodedata.normalize("NFD", CARD)) == expected
    assert parse_card_code(f"{CARD}|Trần Văn Cha|001066000001|Lê Thị Mẹ") == expected


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "037190000012",
        CARD.replace("037190000012", "37190000012"),
        CARD.replace("01021990", "199"),
        CARD.replace("01021990", "Nữ").replace("|Nữ|Số", "|01021990|Số"),
        CARD.replace("163123456|Nguyễn Thị Mẫu Đơn", "Nguyễn Thị Mẫu Đơn|163123456"),
        CARD.replace("Mẫu Đơn", "M\ufffdu Đơn"),
        CARD.replace("|Nữ|", "|037066000001|"),
        CARD.replace("|15042021", ""),
    ],
)
def test_other_payloads_are_no_card(payload: str) -> None:
    assert parse_card_code(payload) is None


@pytest.mark.parametrize(
    ("written", "date"),
    [("00001990", "1990"), ("00021990", "1990-02"), ("1990", "1990"), ("00131990", None), ("31021990", None)],
)
def test_day_and_month_of_birth_may_be_unknown(written: str, date: str | None) -> None:
    card = parse_card_code(CARD.replace("01021990", written))
    assert card is not None
    assert card.birth_date == date


def test_codes_that_begin_as_a_card_and_break_off_are_told() -> None:
    assert is_spoilt_card_code(CARD[:40])
    assert is_spoilt_card_code("037190000012|")
    for text in (CARD, f"\ufeff{CARD}", "H42.12-220801-0001|1.001193", ""):
        assert not is_spoilt_card_code(text)


def test_nothing_about_other_people_is_kept_of_a_card_code() -> None:
    family = "|Trần Văn Cha|001066000001|Lê Thị Mẹ|001167000002|Trần Bé Con"
    assert without_other_people(f"{CARD}{family}") == CARD
    assert without_other_people(unicodedata.normalize("NFD", f"{CARD}{family}")) == unicodedata.normalize("NFD", CARD)
    # a card's code of another order is not read, but cut all the same
    assert "Cha" not in without_other_people(f"163123456|037190000012|Mẫu Đơn|Nữ|01021990|Mẫu|15042021{family}")
    receipt = "H42.12-220801-0001|1.001193|037190000012|Giấy tiếp nhận|HTTT|15/04/2026 08:00|20/04/2026 11:00|x|y"
    assert without_other_people(receipt) == receipt


@given(st.text(alphabet="|0123456789NamữM\ufeff ", max_size=80))
def test_any_code_is_survived(text: str) -> None:
    assert text.startswith(without_other_people(text))
    assert not (is_spoilt_card_code(text) and parse_card_code(text))


def test_old_cards_may_be_missing_from_the_code() -> None:
    card = parse_card_code(CARD.replace("163123456", ""))
    assert card is not None
    assert card.old_id is None


def test_zone_with_right_check_digits() -> None:
    zone = read_card_zone(["CĂN CƯỚC", *ZONE])
    assert zone is not None
    assert (zone.personal_id, zone.birth_date, zone.sex, zone.expiry_date) == (
        "001199000011",
        "1999-01-01",
        "Nữ",
        "2039-01-01",
    )
    assert zone.name == "NGUYEN THI A"


@pytest.mark.parametrize(
    ("birth", "date"), [("99<<<<", "1999"), ("990000", "1999"), ("9905<<", "1999-05"), ("9913<<", None)]
)
def test_zone_of_a_card_without_day_or_month_of_birth(birth: str, date: str | None) -> None:
    second = birth + check_digit(birth) + "F3901016VNM<<<<<<<<<<<"
    composite = ZONE[0][5:30] + second[:7] + second[8:15] + second[18:29]
    zone = read_card_zone([ZONE[0], second + check_digit(composite), ZONE[2]])
    assert (zone and zone.birth_date) == date


@given(st.integers(0, 1), st.integers(0, 29), st.sampled_from("0123456789"))
def test_no_zone_with_one_wrong_digit(line: int, place: int, digit: str) -> None:
    old = ZONE[line][place]
    if not old.isdigit() or old == digit:
        return
    altered = list(ZONE)
    altered[line] = ZONE[line][:place] + digit + ZONE[line][place + 1 :]
    assert read_card_zone(altered) is None


def test_check_digit_of_the_icao_example() -> None:
    # ICAO 9303-3, part 4.9: document number of the specimen
    assert check_digit("L898902C3") == "6"


def test_tax_codes() -> None:
    assert tax_check_digit("010004751") == "6"
    assert find_tax_code("MST: 0100047516") == "0100047516"
    assert find_tax_code("Mã số thuế 0100047516-001") == "0100047516-001"
    assert find_tax_code("0100047516001") == "0100047516-001"
    assert find_tax_code("MST cá nhân: 037190000012") == "037190000012"
    assert find_tax_code("12345") is None
    assert tax_code_holds("0100047516") is True
    assert tax_code_holds("0100047515") is False
    assert tax_code_holds("0100047516-000") is False
    assert tax_code_holds("037190000012") is None


@given(st.from_regex(r"[0-9]{2}[0-9]{6}[1-9]", fullmatch=True))
def test_exactly_one_check_digit_is_right(stem: str) -> None:
    right = tax_check_digit(stem)
    assert [digit for digit in "0123456789" if tax_code_holds(stem + digit)] == ([] if right is None else [right])


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Số điện thoại: 0912 345 678", "0912345678"),
        ("ĐT: +84 912 345 678", "0912345678"),
        ("(0229) 3.123.456 máy lẻ", "02293123456"),
        ("0229.3123.456", "02293123456"),
        ("037190000012", None),
        ("0112345678", None),
    ],
)
def test_phones(text: str, phone: str | None) -> None:
    assert find_phone(text) == phone


def test_email() -> None:
    assert find_email("Email: Mau.Don@Example.VN.") == "mau.don@example.vn"
    assert find_email("Email: không có") is None


@pytest.mark.parametrize("name", ["Nguyễn Thị Mẫu Đơn", "TRẦN VĂN VÍ DỤ", "Y Mẫu", "Lê Thí-Dụ", "H'Mẫu Niê"])
def test_names(name: str) -> None:
    assert looks_like_name(name)
    assert looks_like_name(unicodedata.normalize("NFD", name))


@pytest.mark.parametrize("text", ["Nguyễn", "nguyễn thị mẫu", "Lê zân Mẫu", "Nguyễn Thị 5", "Như trên;", ""])
def test_what_is_no_name(text: str) -> None:
    assert not looks_like_name(text)


def test_surnames_need_their_marks() -> None:
    assert has_known_surname("Nguyễn Mẫu")
    assert has_known_surname("THUỶ") is has_known_surname("THỦY")
    assert not has_known_surname("Nguyên Mẫu")
    assert not has_known_surname("")


@pytest.mark.parametrize(
    ("read", "left"),
    [
        ("4ê Văn Ví Dụ", "Lê Văn Ví Dụ"),
        ("-®*¡n Thị Mẫu", "Thị Mẫu"),
        ("Trần zăn Ví Dụ", "Trần zăn Ví Dụ"),
        ("| Trẩn Văn Mẫu .", "Trần Văn Mẫu"),
        ("*_y„ »fluỳnh Thế Phúc", "Huỳnh Thế Phúc"),
        ("z'x Đỗ Thị Mẫu", "Đỗ Thị Mẫu"),
        ("_m9Ÿ^Võ Ngọc Mẫu", "Võ Ngọc Mẫu"),
        ("#,ê Công Mẫu", "Lê Công Mẫu"),
        ("Đương Thị Mẫu", "Dương Thị Mẫu"),
        ("ng Thị Mẫu", "Thị Mẫu"),
        ("Vã Thị Mẫu", "Vã Thị Mẫu"),
        ("Minh Hạnh", "Minh Hạnh"),
        ("(<Ã ⁄Z“-", None),
        ("Mẫu", None),
        ("", None),
    ],
)
def test_what_a_seal_leaves_of_a_name(read: str, left: str | None) -> None:
    assert name_left(read) == left
    assert name_left(unicodedata.normalize("NFD", read)) == left
