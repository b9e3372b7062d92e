"""Seals and autographs on colour pages."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.domain.page import InkKind
from pipeline.imaging.ink import ink_marks
from pipeline.imaging.picture import PagePicture
from pipeline.specimens.fonts import Face, font

RED, BLUE, BLACK = (214, 30, 44), (28, 52, 158), (20, 20, 24)


def page(picture: Image.Image, dpi: int) -> PagePicture:
    return PagePicture(
        pixels=np.array(picture), width=picture.width * 72 / dpi, height=picture.height * 72 / dpi, dpi=dpi
    )


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_a_seal_is_found_where_it_was_drawn(dpi: int) -> None:
    millimetre = dpi / 25.4
    picture = Image.new("RGB", (round(210 * millimetre), round(148 * millimetre)), (250, 249, 246))
    draw = ImageDraw.Draw(picture)
    draw.text((20 * millimetre, 20 * millimetre), "CHỦ TỊCH", fill=BLACK, font=font(Face.SANS_BOLD, 5 * millimetre))
    box = [side * millimetre for side in (100, 60, 136, 96)]
    draw.ellipse(box, outline=RED, width=round(1.2 * millimetre))
    draw.regular_polygon((118 * millimetre, 78 * millimetre, 8 * millimetre), 5, fill=RED)
    (mark,) = ink_marks(page(picture, dpi))
    assert mark.kind is InkKind.RED_SEAL
    # pieces that lie close together are joined over 2.5 mm, half of it on each side
    assert [mark.left, mark.top, mark.right, mark.bottom] == pytest.approx(box, abs=2 * millimetre)


def test_a_red_title_is_no_seal() -> None:
    """Two lines as high together as a seal is broad."""
    picture = Image.new("RGB", (1654, 1000), (250, 249, 246))
    draw = ImageDraw.Draw(picture)
    for row, text in enumerate(("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG", "ĐẤT VÀ NHÀ Ở")):
        draw.text((500, 200 + 90 * row), text, fill=RED, font=font(Face.SANS_BOLD, 56))
    assert ink_marks(page(picture, 200)) == ()


def test_a_stroke_of_blue_is_an_autograph_and_print_is_none() -> None:
    picture = Image.new("RGB", (1654, 1000), (250, 249, 246))
    draw = ImageDraw.Draw(picture)
    draw.text((100, 100), "Mẫu in xanh", fill=BLUE, font=font(Face.SANS, 40))
    draw.line([(800, 600), (860, 480), (900, 620), (960, 500), (1000, 620), (1150, 540)], fill=BLUE, width=5)
    (mark,) = ink_marks(page(picture, 200))
    assert mark.kind is InkKind.BLUE_SIGNATURE
    assert [mark.left, mark.top, mark.right, mark.bottom] == pytest.approx([800, 480, 1150, 620], abs=20)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
def test_tiny_pages_have_none(size: tuple[int, int]) -> None:
    assert ink_marks(page(Image.new("RGB", size, RED), 200)) == ()
