"""The counting of errors, on texts short enough to count by hand."""

from __future__ import annotations

import pytest

from benchmarks.ocr_metrics import Score, score, total
from benchmarks.ocr_scans import text_regions
from benchmarks.ocr_text import normalised, without_tones
from benchmarks.reading_order import best_order, regions_of
from pipeline.domain.geometry import Box
from pipeline.specimens.paper import PrintedLine


def running(text: str) -> tuple[tuple[str, ...], ...]:
    return ((text,),)


def test_nothing_wrong() -> None:
    assert score(running("Độc lập"), "Độc lập") == Score(
        characters=7, errors=0, toneless_errors=0, words=2, word_errors=0, read_words=2, shared_words=2
    )


def test_one_letter_one_tone_and_one_word_wrong() -> None:
    # e for o (a letter), a dot below lost (a tone), a speck read as a word: " ," are two characters
    found = score(running("Độc lập tự do"), "Độc lâp tự de ,")
    assert (found.characters, found.errors, found.toneless_errors) == (13, 4, 3)
    assert found.cer == pytest.approx(4 / 13)
    assert found.tone_only == pytest.approx(1 / 13)
    # two words replaced, one inserted; "Độc" and "tự" are right
    assert (found.words, found.word_errors, found.read_words, found.shared_words) == (4, 3, 5, 2)
    assert found.wer == pytest.approx(3 / 4)
    assert found.word_f1 == pytest.approx(2 * 2 / (4 + 5))


def test_marks_that_make_other_letters_are_no_tones() -> None:
    assert without_tones("Đường về Huế ở") == "Đương vê Huê ơ"
    # breve for circumflex is a wrong letter, with and without tones
    found = score(running("tấn"), "tắn")
    assert (found.errors, found.toneless_errors) == (1, 1)


def test_white_space_and_dotted_lines_do_not_count() -> None:
    decomposed = "Ho\u0323 te\u0302n:"
    assert normalised(f"  {decomposed} .........\n\n Lê…  A ") == "Họ tên: Lê A"
    assert normalised("1.000.000 đ.") == "1.000.000 đ."


def test_empty_page() -> None:
    assert score((), "") == Score()
    invented = score((), "ab c")
    assert (invented.characters, invented.errors, invented.word_errors) == (0, 4, 2)
    assert invented.cer == float("inf")


def test_scores_add_up_by_length() -> None:
    # 1 of 2 and 0 of 8: one in ten, not a quarter
    assert total([score(running("ab"), "ax"), score(running("abcdefgh"), "abcdefgh")]).cer == pytest.approx(0.1)


COLUMNS = (("ỦY BAN NHÂN DÂN", "XÃ HÒA BÌNH", "CỘNG HÒA XÃ HỘI", "Độc lập"), ("Kính gửi: Sở",))


@pytest.mark.parametrize(
    "read",
    [
        "ỦY BAN NHÂN DÂN XÃ HÒA BÌNH CỘNG HÒA XÃ HỘI Độc lập Kính gửi: Sở",
        "CỘNG HÒA XÃ HỘI Độc lập ỦY BAN NHÂN DÂN XÃ HÒA BÌNH Kính gửi: Sở",
        "ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI XÃ HÒA BÌNH Độc lập Kính gửi: Sở",
    ],
)
def test_columns_may_be_read_in_any_order(read: str) -> None:
    assert best_order(COLUMNS, read) == read
    assert score(COLUMNS, read).errors == 0


def test_what_is_not_side_by_side_keeps_its_order() -> None:
    one_below_the_other = (("Điều 1.",), ("Điều 2.",))
    assert best_order(one_below_the_other, "Điều 2. Điều 1.") == "Điều 1. Điều 2."
    assert score(one_below_the_other, "Điều 2. Điều 1.").errors == 2
    # nor does a line leave its region
    assert score(COLUMNS, "Kính gửi: Sở ỦY BAN NHÂN DÂN XÃ HÒA BÌNH CỘNG HÒA XÃ HỘI Độc lập").errors > 10


def test_columns_with_errors_are_still_put_in_order() -> None:
    found = score(COLUMNS, "CỌNG HÒA XÃ HỘI Độc lập ỦY BAN NHÂN DAN XÃ HÒA BÌNH Kính gửi: Sở")
    assert found.errors == 2


def line(text: str, left: float, top: float, width: float) -> PrintedLine:
    return PrintedLine(text, Box(left, top, left + width, top + 15))


def test_regions_are_what_stands_side_by_side() -> None:
    lines = [
        line("agency", 90, 60, 120),
        line("motto", 300, 62, 200),
        line("number", 90, 78, 120),
        line("place", 300, 80, 200),
        line("subject below the number, nothing beside it", 90, 95, 120),
        line("title", 250, 160, 120),
        line("first line of the text", 90, 190, 420),
        line("second line of the text", 90, 207, 420),
    ]
    assert regions_of(lines) == (
        ("agency", "motto", "number", "place", "subject below the number, nothing beside it"),
        ("title",),
        ("first line of the text",),
        ("second line of the text",),
    )


def test_blocks_of_a_written_down_text() -> None:
    assert text_regions("one\ntwo\n\nthree\n") == (("one two", "three"),)
    assert text_regions("one\ntwo\n") == (("one", "two"),)
    assert text_regions(" \n") == ()
