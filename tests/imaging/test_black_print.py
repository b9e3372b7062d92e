"""The black print under red seals, and red titles."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from pipeline.imaging.black_print import black_print, has_red
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.specimens.fonts import Face, font

DPI = 200
RED = (214, 30, 44)
PAPER = (250, 249, 246)
SIDE = 640


def page(pixels: Image.Image | Pixels, dpi: int = DPI) -> PagePicture:
    array = np.array(pixels)
    height, width = array.shape[:2]
    return PagePicture(pixels=array, width=width * 72 / dpi, height=height * 72 / dpi, dpi=dpi)


def paper() -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), PAPER)


def print_text(picture: Image.Image, text: str, y: int, colour: tuple[int, int, int], size: int = 36) -> None:
    ImageDraw.Draw(picture).text((60, y), text, fill=colour, font=font(Face.SANS_BOLD, size))


def press_seal(picture: Image.Image, centre: tuple[int, int] = (320, 320), radius: int = 140) -> Image.Image:
    """Press a round seal (36 mm) with a ring of writing; the ink lets through what is below."""
    ink = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(ink)
    (x, y), r = centre, radius
    draw.ellipse((x - r, y - r, x + r, y + r), outline=RED, width=9)
    draw.ellipse((x - r * 2 // 3, y - r * 2 // 3, x + r * 2 // 3, y + r * 2 // 3), outline=RED, width=4)
    draw.text((x, y - r * 3 // 4), "CƠ QUAN", fill=RED, font=font(Face.SANS_BOLD, 24), anchor="mm")
    draw.polygon([(x, y - 50), (x + 48, y + 40), (x - 48, y + 40)], fill=RED)
    return ImageChops.multiply(picture, ink)


def drawn_in(colour: tuple[int, int, int], text: str, y: int) -> np.ndarray:
    """Where solid ink of a text lies, from a drawing of the text alone."""
    alone = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(alone).text((60, y), text, fill=0, font=font(Face.SANS_BOLD, 36))
    del colour
    return np.array(alone) < 30


def test_print_under_a_seal_is_as_if_there_were_no_seal() -> None:
    without = paper()
    print_text(without, "Trần Thị Mẫu Đơn", 300, (20, 20, 24))
    after = black_print(page(press_seal(without))).pixels.astype(int)
    before = np.array(without)[:, :, 0].astype(int)
    solid = (before < 60) | (before > 240)
    assert after.shape == before.shape
    # what is left of the seal is less than the grain of a scanner
    assert np.percentile(np.abs(after - before)[solid], 99) <= 12


def test_the_red_channel_alone_keeps_the_seal() -> None:
    """The drawing is one on which there is something to do."""
    sealed = np.array(press_seal(paper()))
    assert sealed[:, :, 0].min() < 215
    assert black_print(page(sealed)).pixels.min() > 240


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_red_titles_stay_dark_whichever_way_the_page_lies(turns: int) -> None:
    picture = paper()
    print_text(picture, "GIẤY KHAI SINH", 60, (190, 38, 44))
    sealed = np.rot90(np.array(press_seal(picture, centre=(320, 420))), turns)
    letters = np.rot90(drawn_in(RED, "GIẤY KHAI SINH", 60), turns)
    seal_only = np.rot90(np.array(press_seal(paper(), centre=(320, 420)))[:, :, 1] < 60, turns)
    after = black_print(page(np.ascontiguousarray(sealed))).pixels
    assert np.percentile(after[letters], 98) < 80
    assert np.percentile(after[seal_only], 2) > 230


def test_writing_in_the_ring_is_no_title() -> None:
    after = black_print(page(press_seal(paper()))).pixels
    assert (after < 200).mean() < 0.0005


def framed(words: str, millimetres: tuple[float, float]) -> tuple[Image.Image, np.ndarray]:
    """A red frame with words in its middle, and where the solid ink of the words lies."""
    width, height = (side / 25.4 * DPI for side in millimetres)
    picture, alone = paper(), Image.new("L", (SIDE, SIDE), 255)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((320 - width / 2, 320 - height / 2, 320 + width / 2, 320 + height / 2), outline=RED, width=3)
    for canvas, colour in ((draw, RED), (ImageDraw.Draw(alone), 0)):
        canvas.text((320, 320), words, fill=colour, font=font(Face.SERIF_BOLD, 13.5 / 72 * DPI), anchor="mm")
    return picture, np.array(alone) < 30


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("words", "millimetres"),
    # sizes of NĐ 30/2020, phụ lục I, cell 10
    [("KHẨN", (20, 8)), ("HỎA TỐC", (30, 8)), ("THƯỢNG KHẨN", (40, 8)), ("MẬT", (20, 8)), ("TUYỆT MẬT", (40, 8))],
)
def test_degrees_in_red_frames_stay_dark(words: str, millimetres: tuple[float, float], turned: bool) -> None:  # noqa: FBT001
    picture, letters = framed(words, millimetres)
    pixels = np.array(picture)
    if turned:
        pixels, letters = np.ascontiguousarray(np.rot90(pixels)), np.rot90(letters)
    assert np.percentile(black_print(page(pixels)).pixels[letters], 90) < 80


def test_blue_handwriting_stays() -> None:
    picture = paper()
    print_text(picture, "viết tay", 300, (28, 52, 158))
    pen = drawn_in(RED, "viết tay", 300)
    assert np.percentile(black_print(page(press_seal(picture))).pixels[pen], 95) < 60


def test_pages_without_red_are_their_red_channel() -> None:
    picture = paper()
    print_text(picture, "Văn bản", 100, (20, 20, 20))
    print_text(picture, "chữ ký", 300, (28, 52, 158))
    assert not has_red(page(picture))
    assert np.array_equal(black_print(page(picture)).pixels, np.array(picture)[:, :, 0])


def test_grey_pages_are_returned_as_they_are() -> None:
    grey = page(np.full((50, 40), 200, np.uint8))
    assert black_print(grey) is grey


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (200, 2, 3)])
def test_tiny_pictures_of_red_alone(shape: tuple[int, int, int]) -> None:
    pixels = np.zeros(shape, np.uint8)
    pixels[:, :, 0] = 220
    assert black_print(page(pixels)).pixels.shape == shape[:2]


def test_a_page_all_red_is_not_changed() -> None:
    """Without paper beside it nobody can tell how much ink takes away."""
    pixels = np.full((300, 300, 3), (200, 40, 40), np.uint8)
    assert black_print(page(pixels)).pixels.min() == 200
