from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.fold import fold_for_search, fold_tone_place, nfc, same_words

VIETNAMESE = st.text(
    alphabet="aáàảãạăắằẳẵặâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩịoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữựyýỳỷỹỵbcdđghklmnpqrstvxBCDĐHT 0123-/.,"
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ủy ban nhân dân", "uy ban nhan dan"),
        ("UỶ BAN NHÂN DÂN", "uy ban nhan dan"),
        ("QĐ-UBND", "qd-ubnd"),
        ("QÐ-UBND", "qd-ubnd"),
        ("Đường Nguyễn Thị Thuỷ", "duong nguyen thi thuy"),
        ("", ""),
    ],
)
def test_search_folding_drops_all_marks(text: str, folded: str) -> None:
    assert fold_for_search(text) == folded
    assert fold_for_search(unicodedata.normalize("NFD", text)) == folded


@given(VIETNAMESE)
def test_search_folding_of_vietnamese_is_ascii_idempotent_and_blind_to_case_and_form(text: str) -> None:
    folded = fold_for_search(text)
    assert folded.isascii()
    assert fold_for_search(folded) == folded
    assert fold_for_search(text.upper()) == folded
    assert fold_for_search(unicodedata.normalize("NFD", text)) == folded


@given(st.text())
def test_search_folding_is_idempotent_on_any_text(text: str) -> None:
    once = fold_for_search(text)
    assert fold_for_search(once) == once


@pytest.mark.parametrize(("one", "other"), [("hoà", "hòa"), ("Thuỷ", "THỦY"), ("UỶ BAN", "Ủy ban"), ("khoẻ", "khỏe")])
def test_tone_place_does_not_count(one: str, other: str) -> None:
    assert fold_tone_place(one) == fold_tone_place(other)
    assert same_words(f"  {one} nhân", f"{other}  nhân")


@pytest.mark.parametrize(("one", "other"), [("hòa", "hóa"), ("ma", "mà"), ("dân", "dần"), ("đa", "da"), ("o", "ô")])
def test_tones_and_letters_count(one: str, other: str) -> None:
    assert fold_tone_place(one) != fold_tone_place(other)
    assert not same_words(one, other)


def test_a_tone_belongs_to_its_word() -> None:
    assert fold_tone_place("mà ma") != fold_tone_place("ma mà")


@given(VIETNAMESE)
def test_tone_key_is_blind_to_form(text: str) -> None:
    assert fold_tone_place(unicodedata.normalize("NFD", text)) == fold_tone_place(text)
    assert nfc(unicodedata.normalize("NFD", text)) == nfc(text)
