"""Tokens of documents and of filters, and the blocks that PostgreSQL asks one after the other, without a database."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.search import Scope, SearchQuery
from storage.search_engines import blocks_from_newest, tsvector
from storage.search_query import AllOf, AnyOf, Token, everything_wanted, is_hopeless, stages
from storage.search_tokens import Card, card_tokens, document_tokens, range_tokens
from storage.search_words import query_terms

CARD = Card(
    batch="b-1",
    dossier="H42.12-220801-0001",
    agency="",
    type="quyet_dinh",
    state="digitized",
    issued=None,
    received="2026-01-31",
)
_days = st.dates(dt.date(1890, 1, 1), dt.date(2110, 12, 31))


def card(issued: dt.date) -> Card:
    return Card(
        batch="b", dossier=None, agency="", type="t", state="s", issued=issued.isoformat(), received="2026-01-31"
    )


@given(_days, st.none() | _days, st.none() | _days)
def test_a_day_has_a_token_of_a_range_just_when_it_lies_in_it(
    day: dt.date, since: dt.date | None, until: dt.date | None
) -> None:
    shared = set(range_tokens("issued", since, until)) & set(card_tokens(card(day)))
    inside = (since or dt.date.min) <= day <= (until or dt.date.max) and 1900 <= day.year <= 2099
    assert len(shared) == inside


@given(_days, _days)
def test_a_range_is_asked_for_with_few_tokens(since: dt.date, until: dt.date) -> None:
    # at each end at most 9 days, 3 tens of days, 8 months, 1 part of a year, 9 years; between them decades
    assert len(range_tokens("issued", since, until)) <= 2 * (9 + 3 + 8 + 1 + 9) + 20


def test_a_paper_has_each_token_once_and_words_before_beginnings() -> None:
    tokens = document_tokens("Giấy giấy khai", CARD)
    assert len(tokens) == len(set(tokens))
    words = [token for token in tokens if token.isalpha() and token.isascii()]
    assert words == ["giay", "khai"]
    assert "\u00b7giay\u00b7khai" in tokens
    assert "\u00abgia" in tokens
    assert "\u00abgiay" not in tokens  # that is the word itself


def test_what_is_too_much_for_a_database_is_cut_words_last() -> None:
    rubbish = " ".join(f"x{number}y{'z' * 60}" for number in range(30_000))
    tokens = document_tokens(f"quyết định {rubbish}", CARD)
    assert set(card_tokens(CARD)) < set(tokens)
    assert {"quyet", "dinh"} < set(tokens)
    assert len(tsvector(1, tokens).encode()) < 1 << 20


@given(st.text())
def test_no_token_can_end_a_text_in_a_query(text: str) -> None:
    for token in document_tokens(text, CARD):
        assert not set(token) & set("'\"\\ \0\n")


@pytest.mark.parametrize("last", [0, 1, 4095, 4096, 32767, 32768, 262143, 262144, 262145, 1_000_000, 9_999_999])
def test_blocks_hold_every_number_once(last: int) -> None:
    seen: list[tuple[int, int]] = []
    for group in blocks_from_newest(last):
        spans = sorted(_span(token) for token in group)
        # each group lies below the ones before
        assert not seen or spans[-1][1] == min(seen)[0]
        seen += spans
    assert min(seen)[0] == 0
    assert max(end for _, end in seen) > last
    assert sum(end - begin for begin, end in seen) == max(end for _, end in seen)


def _span(token: str) -> tuple[int, int]:
    _, level, block = token.split("\u00b6")
    size = 1 << (12, 15, 18)[int(level)]
    return int(block) * size, (int(block) + 1) * size


def test_stages_ask_for_diacritics_before_letters_and_neighbours_before_scattered_words() -> None:
    terms = query_terms("hồ sơ")
    assert [stage.worth for stage in stages(terms, SearchQuery(words=""), Scope())] == [1.5, 1.0, 0.5, 0.0]
    assert [stage.worth for stage in stages(query_terms("ho so"), SearchQuery(words=""), Scope())] == [1.5, 1.0]
    assert [stage.worth for stage in stages(query_terms("hồ"), SearchQuery(words=""), Scope())] == [1.0, 0.0]


def test_a_scope_of_nobody_asks_for_nothing() -> None:
    query = SearchQuery(words="")
    assert is_hopeless(everything_wanted(query_terms("hồ"), query, Scope(frozenset())) or Token(""))
    assert not is_hopeless(everything_wanted(query_terms("hồ"), query, Scope(frozenset({""}))) or AnyOf(()))
    assert is_hopeless(AllOf((Token("a"), AnyOf(()))))
