"""Dotted leaders go; letters, their dots, full stops and ellipses stay."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.imaging.leaders import without_leaders
from pipeline.imaging.picture import Pixels

_FONT = ImageFont.truetype("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf", 36)
_TEXT = (
    "Nơi cư trú: thôn Trung, xã Mỹ Hậu, tỉnh Ninh Bình.",
    "Họ, chữ đệm, tên người mẹ: Trần Thị Mịn",
    "Các giấy tờ kèm theo: đơn, bản sao, ảnh...",
    "Điều 1.2.3. Kể từ ngày 01.02.2024 (xem Mục I.1)",
)
_BASELINES = (240, 320, 400, 480)


def _page(*, dots: bool, step: int = 9, size: int = 3, grain: int = 0) -> Pixels:
    image = Image.new("L", (1400, 700), 250)
    draw = ImageDraw.Draw(image)
    for text, baseline in zip(_TEXT, _BASELINES, strict=True):
        draw.text((100, baseline), text, fill=20, font=_FONT, anchor="ls")
        left = 100 + draw.textlength(text, font=_FONT) + 14
        while dots and left < 1300:
            draw.rectangle((left, baseline - size + 1, left + size - 1, baseline), fill=40)
            left += step
    noise = np.random.default_rng(1).integers(-grain, grain + 1, (700, 1400))
    return np.asarray(np.clip(np.asarray(image, dtype=np.int16) + noise, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize(("step", "size"), [(7, 2), (9, 3), (14, 3)])
def test_leaders_go_and_the_writing_stays(step: int, size: int) -> None:
    written, dotted = _page(dots=False), _page(dots=True, step=step, size=size)
    cleaned = without_leaders(dotted)
    assert np.count_nonzero(dotted < 128) > np.count_nonzero(written < 128) + 500
    np.testing.assert_array_equal(cleaned < 128, written < 128)


def test_leaders_go_from_grainy_scans_too() -> None:
    written, cleaned = _page(dots=False, grain=12), without_leaders(_page(dots=True, grain=12))
    left_over = np.count_nonzero((cleaned < 128) & (written >= 128))
    lost = np.count_nonzero((cleaned >= 128) & (written < 128))
    assert left_over == 0
    assert lost == 0


def test_short_runs_between_writing_go_with_the_long_one_on_their_level() -> None:
    page = _page(dots=False).copy()
    for left in (*range(100, 190, 9), *range(700, 720, 9)):
        page[600:603, left : left + 3] = 30
    assert np.count_nonzero(without_leaders(page)[590:] < 128) == 0


def test_a_page_without_leaders_is_returned_as_it_is() -> None:
    page = _page(dots=False, grain=12)
    assert without_leaders(page) is page
    empty = np.full((700, 1400), 255, np.uint8)
    assert without_leaders(empty) is empty


def test_the_page_given_is_not_altered() -> None:
    page = _page(dots=True)
    before = page.copy()
    without_leaders(page)
    np.testing.assert_array_equal(page, before)
