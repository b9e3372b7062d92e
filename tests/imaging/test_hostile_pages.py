"""Pictures that nobody printed: dense dots and noise take little memory, and read the same on every processor."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from pipeline.domain.geometry import Box
from pipeline.domain.page import Word
from pipeline.imaging.chunks import Chunks, chunks_of
from pipeline.imaging.figures import in_code
from pipeline.imaging.ink import ink_marks
from pipeline.imaging.marks import chunks_of_marks
from pipeline.imaging.order import Piece, reading_order
from pipeline.imaging.picture import PagePicture
from pipeline.imaging.rows import Rows, joined
from pipeline.imaging.rules import NO_RULES
from pipeline.imaging.sift import sifted
from pipeline.imaging.strokes import Strokes, ink_of, strokes_of
from pipeline.recognise.layout import arranged
from pipeline.recognise.layout import joined as joined_words

MIB = 1 << 20


def test_more_chunks_than_sixteen_bits_count() -> None:
    """An A2 sheet full of dots: each is a chunk of its own."""
    x, y = (each.ravel().astype(np.int32) for each in np.meshgrid(np.arange(350) * 12, np.arange(200) * 6))
    dots = Strokes(np.zeros((1200, 4200), np.uint16), x, y, x + 4, y + 4, np.full(len(x), 16, np.int32))
    chunks = chunks_of(dots, np.ones(len(x), dtype=np.bool_), 1.0, NO_RULES.upright)
    assert len(chunks.left) == 70_000
    assert len(np.unique(chunks.of)) == 70_000


def test_specks_and_chunks_without_number_take_little_memory() -> None:
    """Noise: all pairs at once, in numbers of eight bytes, would take half a gigabyte."""
    x, y = (each.ravel().astype(np.int32) for each in np.meshgrid(np.arange(200) * 6, np.arange(40) * 30))
    specks = Strokes(np.zeros((1200, 1200), np.int32), x, y, x + 2, y + 2, np.full(len(x), 4, np.int32))
    every = np.arange(3000, dtype=np.int32) % 1100
    feet = np.arange(3000) / 3000 * 1200
    chunks = Chunks(np.full(len(x), -1, np.int32), every, every + 50, feet - 8, feet, feet)
    tracemalloc.start()
    try:
        owners = chunks_of_marks(specks, np.arange(len(x), dtype=np.int32), chunks, np.full(3000, 10.0), 8.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (owners >= 0).any()
    assert peak < 200 * MIB


def test_rings_and_squares_without_number_take_little_memory() -> None:
    """Like the corners of three thousand QR codes, which together span the page."""
    page = np.full((1600, 1200), 250, np.uint8)
    for y in range(2, 1584, 14):
        for x in range(2, 1184, 14):
            page[y : y + 12, x : x + 12] = 20
            page[y + 2 : y + 10, x + 2 : x + 10] = 250
            page[y + 4 : y + 9, x + 4 : x + 9] = 20
    strokes = strokes_of(ink_of(page))
    tracemalloc.start()
    try:
        inside = in_code(strokes)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert inside.all()
    assert peak < 200 * MIB


def test_of_rows_equally_near_the_first_goes_on() -> None:
    """Forty lines, of which the lower half end at one place, and a tall stroke beside all of them."""
    top = np.append(np.arange(40) * 10.0, 0.0)
    bottom = np.append(np.arange(40) * 10.0 + 8, 400.0)
    left, right = np.append(np.zeros(40, np.int32), 110), np.append(np.where(np.arange(40) < 20, 90, 100), 150)
    chunks = Chunks(np.arange(41), left, right, top, bottom, bottom)
    row, count = joined(chunks, NO_RULES, 8.0)
    assert count == 40
    assert row[40] == 20


def test_rows_without_number_take_little_memory() -> None:
    """A page of noise with five thousand rows of three specks: all pairs at once would take a gigabyte."""
    count = 5000
    row = np.repeat(np.arange(count, dtype=np.int32), 3)
    x = np.tile(np.array([0, 12, 24], np.int32), count) + row % 50 * 40
    y = row // 50 * 14
    specks = Strokes(np.zeros((1400, 2000), np.int32), x, y, x + 8, y + 8 + row % 2 * 4, np.full(len(x), 40, np.int32))
    none = np.zeros(0, np.int32)
    rows = Rows(row=row, letter=np.ones(len(row), np.bool_), bridges=none, large=none, count=count)
    tracemalloc.start()
    try:
        kept = sifted(specks, rows, 8.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.count == count
    assert peak < 100 * MIB


@pytest.mark.parametrize("across", [2, 70])
def test_words_without_number_are_arranged_quickly(across: int) -> None:
    """A text layer of five thousand words that stand far apart; looking at all pairs takes ten seconds and more."""
    words = [
        Word("ab", Box(x * 31.0, y * 12.0, x * 31.0 + 8, y * 12.0 + 8), 0.9)
        for y in range(5000 // across)
        for x in range(across)
    ]
    start = time.process_time()
    lines = arranged(joined_words(words))
    assert time.process_time() - start < 5
    assert len(lines) == len(words)


def test_a_page_of_slanted_red_strokes_is_looked_through_quickly() -> None:
    """Each is as large as a seal, and lies in the box of others."""
    boxes = 12
    pixels = np.full((3508, 2480, 3), 255, np.uint8)
    for y in range(0, 3300, boxes * 4):
        for x in range(0, 2300, boxes * 4):
            for step in range(150):
                pixels[y + step, x + step : x + step + 6] = (220, 20, 30)
    start = time.process_time()
    ink_marks(PagePicture(pixels=pixels, width=595, height=842, dpi=300))
    assert time.process_time() - start < 5


def test_the_order_of_two_long_columns_is_found_quickly() -> None:
    pieces = [
        Piece(left=x * 600.0, top=y * 12.0, right=x * 600.0 + 200, bottom=y * 12.0 + 8, size=8, capitals=False)
        for y in range(5000)
        for x in range(2)
    ]
    start = time.process_time()
    order = reading_order(pieces)
    assert time.process_time() - start < 5
    assert sorted(order) == list(range(len(pieces)))
