"""Invented numbers pass checks that are written here from the rules, not taken from the generator."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from pipeline.specimens.cases import Topic, invent_case
from pipeline.specimens.dates import date_in_words, number_in_words, vietnamese_date
from pipeline.specimens.identifiers import mrz, mrz_check, tax_code
from pipeline.specimens.people import PROVINCES, card_expiry, invent_person, invent_place

TODAY = dt.date(2026, 3, 31)
SEEDS = range(60)


def digit_sum(text: str) -> int:
    """ICAO Doc 9303 part 3 §4.9, written out anew."""
    total = 0
    for place, char in enumerate(text):
        value = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(char)
        total += max(value, 0) * (7 if place % 3 == 0 else 3 if place % 3 == 1 else 1)
    return total % 10


@pytest.mark.parametrize("topic", list(Topic))
def test_dossier_code_names_a_real_day_not_after_today(topic: Topic) -> None:
    for seed in SEEDS:
        case = invent_case(np.random.default_rng(seed), topic=topic, today=TODAY)
        found = re.fullmatch(r"(H\d{2})\.(\d{2,3})-(\d{6})-(\d{4,8})", case.code)
        assert found, case.code
        day = dt.datetime.strptime(found[3], "%y%m%d").replace(tzinfo=dt.UTC).date()
        assert day == case.received.date()
        assert day <= TODAY
        assert day.weekday() < 5
        assert case.received < case.due
        assert case.received.utcoffset() == dt.timedelta(hours=7)


def test_personal_number_agrees_with_birth_and_sex() -> None:
    provinces = {province.birth_code for province in PROVINCES}
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        who = invent_person(rng, place=invent_place(rng), today=TODAY)
        assert re.fullmatch(r"\d{12}", who.number)
        assert who.number[:3] in provinces
        century, even_for_men = divmod(int(who.number[3]), 2)
        assert 1900 + 100 * century + int(who.number[4:6]) == who.birth.year
        assert (even_for_men == 0) == who.male
        assert re.fullmatch(r"0[35789]\d{8}|0500\d{6}", who.phone)
        assert re.fullmatch(r"\d{9}", who.old_number)
        age = (TODAY - who.birth).days / 365.25
        assert 19 < age < 71


def test_machine_readable_lines_of_the_known_card() -> None:
    # a synthetic card whose digits were worked out by hand
    lines = mrz(
        number="001199000011", name="Nguyễn Thị A", birth=dt.date(1999, 1, 1), male=False, expiry=dt.date(2039, 1, 1)
    )
    assert lines == (
        "IDVNM1990000117001199000011<<8",
        "9901018F3901016VNM<<<<<<<<<<<8",
        "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<",
    )


def test_machine_readable_lines_check() -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        who = invent_person(rng, place=invent_place(rng), today=TODAY)
        one, two, three = mrz(number=who.number, name=who.full_name, birth=who.birth, male=who.male, expiry=who.expiry)
        assert {len(one), len(two), len(three)} == {30}
        assert one[5:14] == who.number[3:]
        assert int(one[14]) == digit_sum(one[5:14])
        assert one[15:27] == who.number
        assert int(one[29]) == digit_sum(one[15:27])
        assert int(two[6]) == digit_sum(two[:6])
        assert int(two[14]) == digit_sum(two[8:14])
        assert int(two[29]) == digit_sum(one[5:] + two[:7] + two[8:15] + two[18:29])
        assert re.fullmatch(r"[A-Z]+<<[A-Z]+(<[A-Z]+)*<*", three)


def test_check_digit_of_the_standards_example() -> None:
    # Doc 9303 part 3, appendix A: the birth date 520727 and the number AB2134<<<
    assert mrz_check("520727") == "3"
    assert mrz_check("AB2134<<<") == "5"


def test_tax_code_has_its_check_digit() -> None:
    weights = [31, 29, 23, 19, 17, 13, 7, 5, 3]
    for seed in SEEDS:
        code = tax_code(np.random.default_rng(seed), province="58")
        assert re.fullmatch(r"58\d{8}", code)
        digits = [int(digit) for digit in code]
        assert (sum(w * d for w, d in zip(weights, digits[:9], strict=True)) + digits[9] - 10) % 11 == 0


@pytest.mark.parametrize(
    ("birth", "issued", "expiry"),
    [
        (dt.date(2004, 5, 6), dt.date(2025, 1, 1), dt.date(2029, 5, 6)),
        (dt.date(2001, 5, 6), dt.date(2025, 1, 1), dt.date(2041, 5, 6)),
        (dt.date(1960, 5, 6), dt.date(2025, 1, 1), None),
        (dt.date(2000, 2, 29), dt.date(2020, 1, 1), dt.date(2025, 2, 28)),
    ],
)
def test_card_runs_out_on_a_birthday(birth: dt.date, issued: dt.date, expiry: dt.date | None) -> None:
    assert card_expiry(birth, issued) == expiry


def test_dates_as_papers_write_them() -> None:
    assert vietnamese_date(dt.date(2026, 2, 5)) == "ngày 05 tháng 02 năm 2026"
    assert vietnamese_date(dt.date(2025, 12, 31)) == "ngày 31 tháng 12 năm 2025"
    assert date_in_words(dt.date(2026, 4, 15)) == "ngày mười lăm, tháng tư, năm hai nghìn không trăm hai mươi sáu"
    assert date_in_words(dt.date(2005, 10, 21)) == "ngày hai mươi mốt, tháng mười, năm hai nghìn không trăm lẻ năm"
    assert [number_in_words(number) for number in (5, 10, 15, 24, 31)] == ["năm", "mười", "mười lăm", "hai mươi tư", "ba mươi mốt"]  # fmt: skip
