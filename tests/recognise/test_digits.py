"""Handwritten digits: drawn by other strokes of the pen than those that the reader was trained on; cells of letterheads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.geometry import Box, around
from pipeline.domain.ids import SourceName
from pipeline.domain.page import Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.imaging.picture import PagePicture
from pipeline.recognise.cells import cut_out, reread_cells
from pipeline.recognise.digits import read_digits
from pipeline.specimens.ink import write_digits
from pipeline.specimens.sheet import Sheet
from pipeline.understand.cells import CellKind, find_cells
from pipeline.understand.head import find_head, read_head

SIZE = (595.0, 842.0)


def written(digits: str, seed: int) -> np.ndarray:
    sheet = Sheet((120, 40), dpi=200)
    write_digits(sheet, np.random.default_rng(seed), 20, 28, digits, size=14)
    return np.asarray(sheet.picture)


def test_most_handwritten_numbers_are_read_and_sure_ones_are_right() -> None:
    rng = np.random.default_rng(0)
    numbers = [str(int(rng.integers(10, 3000))) for _ in range(120)]
    readings = [read_digits(written(number, seed)) for seed, number in enumerate(numbers)]
    right = [one is not None and one.text == number for one, number in zip(readings, numbers, strict=True)]
    sure = [ok for one, ok in zip(readings, right, strict=True) if one and one.confidence > 0.8]
    assert sum(right) > 0.75 * len(numbers)
    assert len(sure) > 30
    assert sum(sure) >= 0.97 * len(sure)


def test_an_empty_cell_says_nothing() -> None:
    assert read_digits(np.full((64, 160, 3), 250, dtype=np.uint8)) is None


def test_red_ink_is_no_digit() -> None:
    cell = written("47", 3)
    stamped = cell.copy()
    stamped[10:100:7, :] = (220, 40, 50)
    plain, under = read_digits(cell), read_digits(stamped)
    assert plain is not None
    assert plain.text == "47"
    assert under is None or under.text == "47" or under.confidence < 0.8


def test_a_red_pen_is_read_where_nothing_else_is_written() -> None:
    cell = written("47", 3).astype(np.int16)
    red = np.stack([cell[..., 0] // 2 + 127, cell[..., 1], cell[..., 2]], axis=-1).astype(np.uint8)
    found = read_digits(red)
    assert found is not None
    assert found.text == "47"


def test_only_what_can_stand_in_a_cell_is_read() -> None:
    days = [read_digits(written("17", seed), possible=lambda text: text in {"11", "17", "19"}) for seed in range(12)]
    assert {one.text for one in days if one} == {"17"}
    assert read_digits(written("47", 3), possible=lambda text: len(text) > 4) is None


def test_other_readings_are_kept_with_their_chances() -> None:
    for seed in range(12):
        found = read_digits(written("4719", seed))
        assert found is not None
        assert found.confidence + sum(found.others.values()) <= 1.0 + 1e-6
        assert all(found.confidence >= chance for chance in found.others.values())
        assert found.chance_of(found.text) == found.confidence
        assert found.chance_of("no digits") == 0.0


def word(text: str, left: float, right: float, top: float, sure: float = 0.95) -> Word:
    return Word(text, Box(left, top, right, top + 12), sure)


def line(*words: Word) -> Line:
    return Line(words, around(one.box for one in words))


def letterhead(*number: Word, date: tuple[Word, ...]) -> RecognisedPage:
    nation = ["CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM"]
    lines = (
        line(*(word(text, 100 + 40 * i, 136 + 40 * i, 60) for i, text in enumerate(["ỦY", "BAN", "NHÂN", "DÂN"]))),
        line(*(word(text, 300 + 30 * i, 328 + 30 * i, 60) for i, text in enumerate(nation))),
        line(*number),
        line(*date),
    )
    return RecognisedPage(
        ref=PageRef(SourceName("scan.pdf"), 1),
        width=SIZE[0],
        height=SIZE[1],
        rotation=0,
        skew=0.0,
        dpi=200,
        blank=False,
        lines=lines,
        confidence=0.9,
        origin=TextOrigin.OCR,
    )


DATE = (
    word("Mẫu,", 320, 345, 100),
    word("ngày", 350, 375, 100),
    word("ä", 380, 395, 100, 0.3),
    word("tháng", 402, 432, 100),
    word("3", 437, 443, 100),
    word("năm", 449, 470, 100),
    word("2026", 475, 500, 100),
)


def test_cells_lie_between_the_print_even_where_it_is_glued() -> None:
    apart = letterhead(
        word("Số:", 100, 118, 100), word("JÄ", 122, 140, 100, 0.2), word("/QĐ-UBND", 146, 200, 100), date=DATE
    )
    glued = letterhead(word("Số:JÄ/QĐ-UBND", 100, 200, 100, 0.4), date=DATE)
    for page in (apart, glued):
        cells = {cell.kind: cell for cell in find_cells(page)}
        assert cells.keys() == {CellKind.NUMBER, CellKind.DAY, CellKind.MONTH}
        assert cells[CellKind.NUMBER].text == "JÄ"
        assert 115 < cells[CellKind.NUMBER].box.left < 125
        assert 125 < cells[CellKind.NUMBER].box.right < 150
        assert cells[CellKind.DAY].text == "ä"
        assert cells[CellKind.MONTH].text == "3"
    assert find_cells(letterhead(word("Không", 100, 140, 100), date=DATE[:1])) == ()


def picture(number: str, day: str) -> PagePicture:
    sheet = Sheet(SIZE, dpi=200)
    rng = np.random.default_rng(7)
    write_digits(sheet, rng, 123, 111, number, size=12)
    write_digits(sheet, rng, 380, 111, day, size=12)
    pixels = np.asarray(sheet.picture)
    return PagePicture(pixels=pixels, width=SIZE[0], height=SIZE[1], dpi=200)


@pytest.mark.parametrize(("number", "day"), [("47", "25"), ("83", "12")])
def test_what_was_misread_is_read_again(number: str, day: str) -> None:
    page = letterhead(
        word("Số:", 100, 118, 100), word("JÄ", 122, 140, 100, 0.2), word("/QĐ-UBND", 146, 200, 100), date=DATE
    )
    again = reread_cells(page, picture(number, day))
    fields = read_head(again, find_head(again), title=None, abbreviations=("QĐ",))
    assert str(fields["code_number"].value) == number  # type: ignore[index]
    assert str(fields["issued_date"].value) == f"2026-03-{day}"  # type: ignore[index]


@pytest.mark.parametrize(("worn_off", "day"), [(0.0, "25"), (0.5, "06")])
def test_a_sure_reading_is_overruled_by_a_plain_hand_only(worn_off: float, day: str) -> None:
    sure = tuple(word("06", 380, 395, 100, 0.99) if one.text == "ä" else one for one in DATE)
    page = letterhead(word("Số:", 100, 118, 100), word("/QĐ-UBND", 146, 200, 100), date=sure)
    shown = picture("47", "25")
    pixels = shown.pixels.copy()
    pixels[(pixels.min(axis=2) < 128) & (np.random.default_rng(3).random(pixels.shape[:2]) < worn_off)] = 255
    again = reread_cells(page, replace(shown, pixels=pixels))
    fields = read_head(again, find_head(again), title=None, abbreviations=("QĐ",))
    assert str(fields["issued_date"].value) == f"2026-03-{day}"  # type: ignore[index]


def test_what_cannot_be_read_stays_as_it_was() -> None:
    page = letterhead(
        word("Số:", 100, 118, 100), word("JÄ", 122, 140, 100, 0.2), word("/QĐ-UBND", 146, 200, 100), date=DATE
    )
    empty = PagePicture(pixels=np.full((1169, 826, 3), 255, dtype=np.uint8), width=SIZE[0], height=SIZE[1], dpi=100)
    assert reread_cells(page, empty) == page
    with_text = replace(page, origin=TextOrigin.PDF_TEXT)
    assert reread_cells(with_text, picture("47", "25")) is with_text


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_cut_out_is_upright_however_the_page_lies(rotation: int) -> None:
    upright = np.full((842, 595), 255, dtype=np.uint8)
    upright[100:112, 350:380] = 0
    as_shown = np.rot90(upright, rotation // 90)
    height, width = as_shown.shape
    shown = PagePicture(pixels=np.ascontiguousarray(as_shown), width=width, height=height, dpi=72)
    page = replace(letterhead(*DATE[:1], date=DATE), rotation=rotation)
    dark = np.asarray(Image.fromarray(cut_out(Box(350, 100, 380, 112), page, shown)))
    assert dark[20:44, 44:-44].max() < 60
    assert dark[20:44, :4].min() > 200
