"""Which strings of letters Vietnamese can spell."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.text.syllables import is_syllable, plausible_share

_SENTENCE = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam. Quyết định về việc giải quyết khiếu nại của ông Nguyễn Huỳnh Thượng, "
    "thường trú tại quận Gò Vấp; giếng khoan, khuỷu tay, ngoằn ngoèo, nghiêng, yêu, uống, ướt, oanh, y tế, quờ quạng."
)


@pytest.mark.parametrize("word", [word.strip(".,;") for word in _SENTENCE.split()])
def test_what_stands_in_a_sentence_can_be_a_syllable(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word.upper()))


@pytest.mark.parametrize("word", ["hoà", "hòa", "thuý", "thúy", "quý", "gì", "gìn", "kỹ", "kĩ", "boong", "xoong"])
def test_both_ways_of_placing_tones_and_rare_spellings(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word",
    [
        "kác",  # k stands before e, ê, i, y
        "ce",
        "ngê",
        "ghà",
        "nghà",
        "hoàt",  # a stop takes sắc or nặng
        "tôc",
        "địịnh",  # two tones
        "strong",
        "file",
        "wà",
        "viêtj",
        "ươ",
        "bcd",
    ],
)
def test_what_cannot_be_spelt(word: str) -> None:
    assert not is_syllable(word)


def test_the_share_leaves_numbers_and_abbreviations_out() -> None:
    assert plausible_share("UBND TTHC QĐ-UBND số 12/2024/NĐ-CP: " + _SENTENCE) == 1.0
    garbled = "tlie qnick brovvn fcx jvmps ovcr thc lazv dcg wlth strcng wlnds ahcad"
    share = plausible_share(garbled)
    assert share is not None
    assert share < 0.3


def test_a_few_words_tell_nothing() -> None:
    assert plausible_share("Ủy ban nhân dân") is None
    assert plausible_share("") is None
