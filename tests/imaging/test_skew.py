"""Skew of pages made of level rows of letter-like marks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.imaging.picture import Pixels
from pipeline.imaging.skew import levelled, skew_of


def _rows(clockwise: float) -> Pixels:
    """Forty rows of small marks, turned clockwise."""
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    for row in range(40):
        for column in range(60):
            x, y = 200 + column * 20, 250 + row * 45
            draw.rectangle((x, y - (column * 7 + row) % 9, x + 10, y + 16), fill=0)
    return np.asarray(image.rotate(-clockwise, resample=Image.Resampling.BICUBIC, fillcolor=255))


@pytest.mark.parametrize("clockwise", [-10.0, -4.6, -1.3, 0.4, 2.75, 9.35])
def test_skew_is_measured_to_a_tenth_of_a_degree(clockwise: float) -> None:
    assert skew_of(_rows(clockwise)) == pytest.approx(clockwise, abs=0.1)


def test_level_and_empty_pages_have_none() -> None:
    assert skew_of(_rows(0.0)) == 0.0
    assert skew_of(np.full((2339, 1654), 255, np.uint8)) == 0.0


def test_marks_without_lines_have_none() -> None:
    """Specks and letters strewn at random have a best direction too, but no clear one."""
    page = np.full((2339, 1654), 250, np.uint8)
    for y, x in np.random.default_rng(5).uniform((150, 150), (2150, 1450), (300, 2)).astype(int):
        page[y : y + 14, x : x + 9] = 40
    assert skew_of(page) == 0.0


def test_levelling_keeps_the_whole_page_and_its_middle() -> None:
    page = np.full((400, 300), 255, np.uint8)
    page[198:202, 148:152] = 0
    page[0:4, 0:4] = 0
    level = levelled(page, 4.0)
    assert level.shape[0] > 400
    assert level.shape[1] > 300
    dark = np.argwhere(level < 100)
    # the corner mark is still there, and the middle mark is in the middle
    assert dark[:, 0].min() < 30
    middle = dark[dark[:, 0] > 100].mean(axis=0)
    assert middle == pytest.approx([(level.shape[0] - 1) / 2, (level.shape[1] - 1) / 2], abs=1)
