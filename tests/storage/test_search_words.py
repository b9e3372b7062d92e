"""Words of texts and of queries, without a database."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search_words import Form, index_words, query_terms
from storage.snippet import snippet


def test_a_text_gives_exact_and_folded_words() -> None:
    assert index_words("Hồ sơ Đất")[Form.FOLDED] == ["ho", "so", "dat"]
    exact = index_words("hồ ho hộ Hồ")[Form.EXACT]
    assert exact[0] == exact[3]
    assert len({*exact[:3]}) == 3


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("12/QĐ-UBND", "12qdubnd"),
        ("H42.12-220801-0001", "h42122208010001"),
        ("số 019 185 000 123 do", "019185000123"),
        ("000.00.12.H42-220801-0001", "0000012h422208010001"),
    ],
)
def test_numbers_and_codes_are_also_one_word(text: str, joined: str) -> None:
    assert index_words(text)[Form.FOLDED][-1] == joined


@pytest.mark.parametrize("text", ["và/hoặc", "1 2 3", "QĐ-UBND"])
def test_what_is_no_number_stays_apart(text: str) -> None:
    assert len(index_words(text)[Form.FOLDED]) == len(text.replace("/", " ").replace("-", " ").split())


def test_a_query_is_taken_apart_into_terms() -> None:
    assert [term.words for term in query_terms('cấp "giấy phép" 12/QĐ-UBND -')] == [
        ("cấp",),
        ("giấy", "phép"),
        ("12", "QĐ", "UBND"),
    ]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("019 185 000 123", [("019", "185", "000", "123")]),
        ("0191 8500 0123 xa", [("0191", "8500", "0123"), ("xa",)]),
        # a whole number and a year, two whole numbers, numbers too short or too long together
        ("019185000123 2025", [("019185000123",), ("2025",)]),
        ("019185000123 019185000456", [("019185000123",), ("019185000456",)]),
        ("12 2025", [("12",), ("2025",)]),
        ("019 185 000 123 05 2025", [("019", "185", "000", "123"), ("05",), ("2025",)]),
        ("1 2 3 4 5 6 7 8 9", [(each,) for each in "123456789"]),
    ],
)
def test_groups_of_digits_are_one_term_where_they_make_up_a_number(query: str, terms: list[tuple[str, ...]]) -> None:
    assert [term.words for term in query_terms(query)] == terms


def test_a_number_in_groups_is_one_word_wherever_it_stands_in_a_row_of_numbers() -> None:
    for text in ("019 185 000 123 05 2025", "05 019 185 000 123", "số 019 185 000 123"):
        assert "019185000123" in index_words(text)[Form.FOLDED]


def test_what_a_query_may_ask_for_has_an_end() -> None:
    assert len(query_terms("a " * 10_000)) == len(query_terms("/".join("a" * 10_000))[0].words) == 32


@pytest.mark.parametrize("unit", ["a", "a1", "1 ", "12 ", "123 ", "a-", "1.", "-", "\u0301", '"'])
def test_a_long_text_of_anything_is_read_in_one_pass(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    assert all(len(word) <= 300 for words in index_words(text).values() for word in words)
    query_terms(text)


@given(st.text())
def test_words_hold_only_letters_and_digits(text: str) -> None:
    """So that nothing in them can be taken for a part of a query."""
    for words in index_words(text).values():
        for char in "".join(words):
            assert unicodedata.category(char)[0] in "LN" or unicodedata.category(char) in {"Co", "Mn", "Mc", "Me"}


@given(st.text())
def test_composed_and_decomposed_texts_have_the_same_words(text: str) -> None:
    assert index_words(unicodedata.normalize("NFC", text)) == index_words(unicodedata.normalize("NFD", text))


@given(st.text(), st.text(min_size=1))
def test_a_snippet_is_a_part_of_the_text(text: str, query: str) -> None:
    shown = snippet(text, query_terms(query)).text.removeprefix("… ").removesuffix(" …")
    assert shown in " ".join(unicodedata.normalize("NFC", text).split())


def test_a_snippet_of_a_text_without_the_words_is_its_beginning() -> None:
    text = " ".join(f"chữ{number}" for number in range(100))
    assert snippet(text, query_terms("khác")).text == " ".join(text.split()[:24]) + " …"
