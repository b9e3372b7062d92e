from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.notation import (
    Reference,
    has_number_sign,
    notation_fits,
    notation_is_known,
    read_reference,
    repair_notation,
)

TYPES = ("NQ", "QĐ", "CT", "QC", "QyĐ", "TB", "HD", "CTr", "KH", "BC", "TTr", "HĐ", "CĐ", "NĐ", "TT")
"""abbreviations of NĐ 30/2020, phụ lục III"""


def _cpu_seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


@pytest.mark.parametrize("words", [300, 3000])
def test_a_name_of_single_letters_takes_no_time(words: int) -> None:
    organ = " ".join("ABCDEGHKLM"[number % 10] for number in range(words))
    assert _cpu_seconds(lambda: repair_notation("QD-UBND", abbreviations=TYPES, organ=organ)) < 2
    assert _cpu_seconds(lambda: notation_is_known("QĐ-UBND", abbreviations=TYPES, organ=organ)) < 2


@pytest.mark.parametrize("filling", ["a", "1 ", "a/", "A-", "Số "])
def test_a_long_line_takes_no_time(filling: str) -> None:
    assert _cpu_seconds(lambda: read_reference(filling * 30_000)) < 2


def test_the_longest_names_of_organs_give_their_initials() -> None:
    words = ["Ủy", "ban", "nhân", "dân"] * 6
    notation = f"QĐ-{'UBND' * 6}"
    assert notation_is_known(notation, abbreviations=TYPES, organ=" ".join(["thường", "trực", *words]))


@pytest.mark.parametrize(
    ("line", "number", "notation"),
    [
        ("Số: 12/QĐ-UBND", "12", "QĐ-UBND"),
        ("Số: 04  /TTr-UBND", "04", "TTr-UBND"),
        ("Số:118/2025/NĐ-CP", "118", "2025/NĐ-CP"),
        ("Số: 7197/BKHCN-CĐSQG", "7197", "BKHCN-CĐSQG"),
        ("Số: 05/UBND-XNTTHN", "05", "UBND-XNTTHN"),
        ("Số: 202/2025/QH15", "202", "2025/QH15"),
        ("Số: 15/2026/QĐST-HNGĐ", "15", "2026/QĐST-HNGĐ"),
        ("Số: 12/GPXD", "12", "GPXD"),
        ("Số: 12 / QĐ – UBND", "12", "QĐ-UBND"),
        # drafts, and numbers written by hand that were not read as digits
        ("Số:      /QĐ-UBND", None, "QĐ-UBND"),
        ("Số: /2025/NQ-HĐND", None, "2025/NQ-HĐND"),
        ("Số: /2025NQ-HĐND", None, "2025/NQ-HĐND"),
        ("Số: †4/UBND-KTTH", None, "UBND-KTTH"),
        ("Số: 0_ /TTr-UBND", None, "TTr-UBND"),
        ("Số: …/QĐ-UBND", None, "QĐ-UBND"),
    ],
)
def test_number_line(line: str, number: str | None, notation: str) -> None:
    assert read_reference(line) == Reference(number, notation)
    assert read_reference(unicodedata.normalize("NFD", line)) == Reference(number, notation)


@pytest.mark.parametrize(
    ("line", "number", "notation", "joined"),
    [
        ("Số 12-QĐ/TU", "12", "QĐ/TU", "12-QĐ/TU"),
        ("Số 105 - KH/ĐU", "105", "KH/ĐU", "105-KH/ĐU"),
        ("Số      -BC/BTCTU", None, "BC/BTCTU", None),
        ("Số 1?-CT/TU", None, "CT/TU", None),
    ],
)
def test_bodies_of_the_party_write_the_type_before_the_stroke(
    line: str, number: str | None, notation: str, joined: str | None
) -> None:
    found = read_reference(line)
    assert found is not None
    assert (found.number, found.notation, found.joined) == (number, notation, joined)


@pytest.mark.parametrize("line", ["Số: 12", "TỈNH QUẢNG MẪU", "", "V/v"])
def test_lines_without_a_notation(line: str) -> None:
    found = read_reference(line)
    assert found is None or found.number is None


@pytest.mark.parametrize("line", ["SÓC TRĂNG", "SÔNG CẦU", "SỞ Y TẾ", "SƠN LA"])
def test_names_are_no_number_sign(line: str) -> None:
    assert not has_number_sign(line)


def test_joined_only_with_a_number() -> None:
    assert Reference("37", "2026/TT-BCA").joined == "37/2026/TT-BCA"
    assert Reference(None, "QĐ-UBND").joined is None


@pytest.mark.parametrize("sign", ["Số: 1", "Só: 1", "SỐ 1", "Sô: 1", "So: 1"])
def test_number_sign_with_lost_marks(sign: str) -> None:
    assert has_number_sign(sign)
    assert not has_number_sign("Sở Xây dựng")


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("QD-UBND", "QĐ-UBND"),
        ("QÐ-UBND", "QĐ-UBND"),
        ("QĐÐ-UBND", "QĐ-UBND"),
        ("TTR-U8ND", "TTr-UBND"),
        ("NQ-HDND", "NQ-HĐND"),
        ("QD-TTG", "QĐ-TTg"),
        ("2026/TT-BXD", "2026/TT-BXD"),
        ("QD/TU", "QĐ/TU"),
        ("XYZ-KTTH", "XYZ-KTTH"),
        ("TTrUBND", "TTr-UBND"),
        ("TTRUBND", "TTRUBND"),
        ("QĐUBND-VX", "QĐ-UBND-VX"),
        ("GPXD", "GPXD"),
        # hướng dẫn is not hợp đồng
        ("HD-UBND", "HD-UBND"),
        ("HĐ-UBND", "HĐ-UBND"),
        ("Hd-UBND", "Hd-UBND"),
    ],
)
def test_repair(read: str, right: str) -> None:
    assert repair_notation(read, abbreviations=TYPES) == right


def test_the_organ_spells_its_initials() -> None:
    assert repair_notation("QD-BGDDT", abbreviations=TYPES, organ="BỘ GIÁO DỤC VÀ ĐÀO TẠO") == "QĐ-BGDĐT"
    assert repair_notation("QĐ-UBND", abbreviations=TYPES, organ="ỦY BAN NHÂN DÂN TỈNH MẪU") == "QĐ-UBND"
    assert notation_is_known("QĐ-SXD", abbreviations=TYPES, organ="SỞ XÂY DỰNG")
    assert not notation_is_known("QĐ-SXO", abbreviations=TYPES, organ="SỞ XÂY DỰNG")


@given(st.sampled_from(TYPES), st.from_regex(r"[A-Z]{2,5}", fullmatch=True), st.integers(1, 999999))
def test_a_well_written_reference_is_read_back_and_left_alone(kind: str, organ: str, number: int) -> None:
    notation = f"{kind}-{organ}"
    assert read_reference(f"Số: {number:02}/{notation}") == Reference(f"{number:02}", notation)
    # an organ that is spelt like a type or a common organ but for its marks takes that one's marks
    repaired = repair_notation(notation, abbreviations=TYPES)
    assert repaired.startswith(f"{kind}-")
    assert repair_notation(repaired, abbreviations=TYPES) == repaired
    assert notation_fits(repaired, kind)


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    found = read_reference(text)
    if found:
        repair_notation(found.notation, abbreviations=TYPES, organ=text)
