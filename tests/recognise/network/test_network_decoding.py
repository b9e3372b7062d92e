"""Codes from probabilities, characters from codes, places from ink: small cases worked out by hand."""

from __future__ import annotations

import struct
import unicodedata

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.errors import UnsupportedNetwork
from pipeline.recognise.network.charset import parse_characters
from pipeline.recognise.network.decode import Emission, Probabilities, emissions, spelled_characters
from pipeline.recognise.network.line_picture import line_picture
from pipeline.recognise.network.places import glyph_spans
from pipeline.recognise.network.reading import Alternative, NetworkWord, ReadText, Sign

NULL = 3


def _frames(*frames: dict[int, float]) -> Probabilities:
    """Each frame names the probabilities of some codes; the null has the rest."""
    table = np.zeros((len(frames), NULL + 1), np.float32)
    for row, frame in zip(table, frames, strict=True):
        for code, chance in frame.items():
            row[code] = chance
        row[NULL] = 1 - sum(frame.values())
    return table


def test_equal_codes_side_by_side_are_one_and_a_null_parts_them() -> None:
    found = emissions(_frames({}, {0: 0.9}, {0: 0.95}, {}, {0: 0.9}, {1: 0.99}), null=NULL)
    assert [(one.code, one.start, one.end) for one in found] == [(0, 1, 3), (0, 4, 5), (1, 5, 6)]
    assert found[0].confidence == pytest.approx(0.95)


def test_two_opinions_on_one_character_become_the_surer_one() -> None:
    (found,) = emissions(_frames({}, {0: 0.6, 1: 0.3}, {1: 0.7, 0: 0.2}, {}), null=NULL)
    assert (found.code, found.start, found.end) == (1, 1, 3)
    assert found.confidence == pytest.approx(0.7)
    assert [code for code, _ in found.others] == [0]


def test_two_sure_characters_that_touch_stay_two() -> None:
    found = emissions(_frames({0: 0.95, 1: 0.04}, {1: 0.95, 0: 0.04}), null=NULL)
    assert [one.code for one in found] == [0, 1]


def test_a_doubtful_character_beside_an_unlike_one_stays() -> None:
    found = emissions(_frames({0: 0.55, 2: 0.4}, {1: 0.95}), null=NULL)
    assert [one.code for one in found] == [0, 1]


def test_what_else_a_character_may_be_is_named_the_likeliest_first() -> None:
    (found,) = emissions(_frames({0: 0.6, 1: 0.1, 2: 0.25}, {0: 0.8, 1: 0.15}), null=NULL)
    assert [code for code, _ in found.others] == [2, 1]
    assert [chance for _, chance in found.others] == pytest.approx([0.25, 0.15])


def test_no_frames_and_nulls_alone_say_nothing() -> None:
    assert emissions(_frames(), null=NULL) == ()
    assert emissions(_frames({}, {}, {}), null=NULL) == ()


def _emission(code: int, start: int) -> Emission:
    return Emission(code, start, start + 1, 0.9, ())


def test_characters_of_several_codes_are_put_together() -> None:
    characters = {(0,): "a", (1, 2): "字", (1, 2, 0): "宇"}
    found = [_emission(code, frame) for frame, code in enumerate((0, 1, 2, 1, 2, 0, 2, 0))]
    spelled = list(spelled_characters(found, characters))
    assert [text for _, text in spelled] == ["a", "字", "宇", "a"]
    assert [len(parts) for parts, _ in spelled] == [1, 2, 3, 1]


def _recoder(*spellings: tuple[int, ...]) -> bytes:
    entries = (struct.pack(f"<bi{len(codes)}i", 1, len(codes), *codes) for codes in spellings)
    return struct.pack("<i", len(spellings)) + b"".join(entries)


CHARSET = b"5\nNULL 0 Common 0\nJoined 7 0,255 Latin 1\n|Broken|0|1 f 0,255 Common 2\na\xcc\x81 3 Latin 3\n\xe5\xad\x97 1 Han 4\n"


def test_the_character_set_and_the_recoder_belong_together() -> None:
    characters = parse_characters(
        CHARSET, _recoder((0,), (9,), (9,), (1,), (2, 3, 4)), null_code=9, file="xyz.traineddata"
    )
    assert characters == {(0,): " ", (1,): unicodedata.normalize("NFC", "a\u0301"), (2, 3, 4): "字"}


@pytest.mark.parametrize(
    ("charset", "recoder"),
    [
        (CHARSET, _recoder((0,), (9,))),
        (CHARSET, _recoder((0,), (9,), (9,), (1,), (2, 3, 4))[:-2]),
        (CHARSET, b""),
        (CHARSET, _recoder((0,), (9,), (9,), (1,), tuple(range(40)))),
        (b"", _recoder((0,))),
        (b"many\nNULL 0\n", _recoder((0,))),
        (b"9\nNULL 0\n", _recoder(*[(0,)] * 9)),
        (b"\xff\xfe", _recoder((0,))),
        ("2\nא 1 Hebrew\nב 1 Hebrew\n".encode(), _recoder((0,), (1,))),
    ],
)
def test_a_broken_or_foreign_character_set_is_refused(charset: bytes, recoder: bytes) -> None:
    with pytest.raises(UnsupportedNetwork):
        parse_characters(charset, recoder, null_code=9, file="xyz.traineddata")


def _ink(*runs: tuple[int, int], width: int = 60) -> NDArray[np.float32]:
    ink = np.zeros(width, np.float32)
    for left, right in runs:
        ink[left:right] = 5.0
    return ink


def test_a_glyph_is_as_wide_as_its_ink() -> None:
    assert glyph_spans([8.0, 25.0], [0.0, 16.0, 60.0], _ink((4, 12), (20, 33))) == [(4, 12), (20, 33)]


def test_glyphs_that_touch_are_cut_at_the_bound_between_them() -> None:
    assert glyph_spans([8.0, 25.0], [0.0, 16.0, 60.0], _ink((4, 33))) == [(4, 16.0), (16.0, 33)]


def test_glyphs_that_touch_are_cut_where_they_touch_least() -> None:
    ink = _ink((4, 33))
    ink[18] = 1.0
    assert glyph_spans([8.0, 25.0], [0.0, 16.0, 60.0], ink) == [(4, 18), (18, 33)]
    ink[18], ink[28] = 5.0, 1.0  # as far away as that is the middle of the second letter
    assert glyph_spans([8.0, 25.0], [0.0, 16.0, 60.0], ink) == [(4, 16), (16, 33)]


def test_a_full_stop_that_is_shown_at_the_letter_before_takes_its_own_ink() -> None:
    assert glyph_spans([8.0, 18.0], [0.0, 13.0, 60.0], _ink((4, 18), (21, 25))) == [(4, 18), (21, 25)]


def test_a_character_between_two_inks_has_one_of_them() -> None:
    assert glyph_spans([8.0, 15.0, 24.0], [0.0, 11.0, 20.0, 60.0], _ink((4, 14), (16, 20), (22, 26))) == [
        (4, 14),
        (16, 20),
        (22, 26),
    ]


def test_parts_of_a_glyph_belong_together_and_far_specks_to_nobody() -> None:
    assert glyph_spans([8.0], [0.0, 60.0], _ink((4, 7), (8, 10), (12, 13), (50, 52))) == [(4, 13)]


def test_a_glyph_without_ink_keeps_its_bounds() -> None:
    assert glyph_spans([8.0], [3.0, 13.0], _ink()) == [(3.0, 13.0)]
    assert glyph_spans([], [0.0], _ink((4, 12))) == []


def test_ink_and_paper_become_minus_one_and_one_whatever_their_greys() -> None:
    stripes = np.tile(np.repeat(np.array([60, 200], np.uint8), 4), (36, 20))
    picture = line_picture(stripes, height=36)
    assert picture is not None
    assert picture.scale == 1
    assert set(np.unique(picture.values.round(1))) == {-1.0, 1.0}


def test_a_line_keeps_three_columns_beside_its_writing() -> None:
    grey = np.full((72, 400), 255, np.uint8)
    grey[20:50, 100:300] = 0
    picture = line_picture(grey, height=36)
    assert picture is not None
    assert picture.values.shape == (36, 106)
    assert (picture.left, picture.scale) == (94.0, 0.5)
    grey[30:32, 20:22] = 0
    speckled = line_picture(grey, height=36)
    assert speckled is not None
    assert speckled.left == picture.left


def test_words_lie_between_spaces() -> None:
    signs = [Sign(text, place, place + 1.0, 0.5 + place / 10) for place, text in enumerate("Sở  Y")]
    read = ReadText(tuple(signs))
    assert read.text == "Sở Y"
    assert [(word.left, word.right, word.confidence) for word in read.words] == [(0, 2.0, 0.5), (4, 5.0, 0.9)]
    assert read.confidence == pytest.approx(0.7)
    assert ReadText(()).text == ""
    assert ReadText(()).confidence == 0


def test_what_else_a_word_may_say_is_worth_the_product_of_its_signs() -> None:
    signs = (
        Sign("D", 0, 1, 0.5, (Alternative("Đ", 0.4),)),
        Sign("á", 1, 2, 0.8, (Alternative("ă", 0.15), Alternative("a", 0.01))),
        Sign("o", 2, 3, 1.0),
    )
    others = NetworkWord(signs).others(at_least=0.05, most=2)
    assert [text for text, _ in others] == ["Đáo", "Dăo"]
    assert [chance for _, chance in others] == pytest.approx([0.32, 0.075])
    assert [text for text, _ in NetworkWord(signs).others(at_least=0.05, most=5)] == ["Đáo", "Dăo", "Đăo"]


def test_a_word_of_many_doubts_is_looked_through_quickly() -> None:
    doubt = Sign("a", 0, 1, 1.0, tuple(Alternative(sign, 1.0) for sign in "bcd"))
    assert len(NetworkWord((doubt,) * 500).others(at_least=0.03, most=4)) == 4
