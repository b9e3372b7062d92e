"""Picture files of every kind give the same page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from pipeline.domain.errors import SourceTooLarge
from pipeline.domain.source import MediaType
from pipeline.imaging.picture import Pixels
from pipeline.imaging.still import load_still

LIMIT = 10_000_000
SIZE = (640, 900)


def _page() -> Image.Image:
    """White, with a black block top left and a red one bottom right."""
    image = Image.new("RGB", SIZE, "white")
    image.paste((0, 0, 0), (50, 60, 250, 160))
    image.paste((200, 20, 20), (400, 700, 600, 800))
    return image


def _seen(pixels: Pixels) -> tuple[int, int, int]:
    """Grey in the black block, in the red block and on the paper."""
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
    return int(grey[110, 150]), int(grey[750, 500]), int(grey[400, 300])


def _assert_page(pixels: Pixels) -> None:
    assert pixels.shape[:2] == (SIZE[1], SIZE[0])
    black, red, paper = _seen(pixels)
    assert black < 30
    assert 50 < red < 120
    assert paper > 240


@pytest.mark.parametrize(
    ("name", "media_type", "mode"),
    [
        ("a.png", MediaType.PNG, "RGB"),
        ("a.png", MediaType.PNG, "P"),
        ("a.bmp", MediaType.BMP, "RGB"),
        ("a.webp", MediaType.WEBP, "RGB"),
        ("a.jpg", MediaType.JPEG, "CMYK"),
        ("a.jpg", MediaType.JPEG, "L"),
        ("a.tiff", MediaType.TIFF, "CMYK"),
        ("a.tiff", MediaType.TIFF, "LAB"),
    ],
)
def test_modes(tmp_path: Path, name: str, media_type: MediaType, mode: str) -> None:
    file = tmp_path / name
    if mode == "LAB":
        # L*, a*, b* of the three colours
        lab = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        lab[:, :, 0] = 255
        lab[60:160, 50:250, 0] = 0
        lab[700:800, 400:600] = (102, 60, 45)
        Image.fromarray(lab, "LAB").save(file)
    else:
        _page().convert(mode).save(file)
    _assert_page(load_still(file, media_type, 1, pixel_limit=LIMIT).pixels)


def test_transparent_is_white(tmp_path: Path) -> None:
    image = _page().convert("RGBA")
    image.paste((0, 0, 0, 0), (260, 300, 340, 500))
    file = tmp_path / "a.png"
    image.save(file)
    _assert_page(load_still(file, MediaType.PNG, 1, pixel_limit=LIMIT).pixels)


def test_sixteen_bits(tmp_path: Path) -> None:
    deep = np.asarray(_page().convert("L"), dtype=np.uint16) * 257
    for name, media_type in (("a.png", MediaType.PNG), ("a.tiff", MediaType.TIFF)):
        Image.fromarray(deep).save(tmp_path / name)
        _assert_page(load_still(tmp_path / name, media_type, 1, pixel_limit=LIMIT).pixels)


def test_heic(tmp_path: Path) -> None:
    file = tmp_path / "a.heic"
    pillow_heif.from_pillow(_page()).save(file, quality=90)
    _assert_page(load_still(file, MediaType.HEIC, 1, pixel_limit=LIMIT).pixels)


def test_exif_turn_is_obeyed(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned clockwise by 90 degrees
    _page().rotate(90, expand=True).save(file, exif=exif, dpi=(150, 150))
    picture = load_still(file, MediaType.JPEG, 1, pixel_limit=LIMIT)
    _assert_page(picture.pixels)
    assert (picture.width, picture.height) == pytest.approx((640 / 150 * 72, 900 / 150 * 72))


def test_frames_are_counted_from_one(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    Image.new("L", SIZE, 100).save(file, save_all=True, append_images=[_page()], dpi=(100, 100))
    assert int(load_still(file, MediaType.TIFF, 1, pixel_limit=LIMIT).pixels.mean()) == 100
    _assert_page(load_still(file, MediaType.TIFF, 2, pixel_limit=LIMIT).pixels)


def test_fax_pixels_are_squared(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    flat = _page().convert("1").resize((640, 450))
    flat.save(file, compression="group4", dpi=(204, 102))
    picture = load_still(file, MediaType.TIFF, 1, pixel_limit=LIMIT)
    assert picture.pixels.shape == (900, 640)
    assert (picture.width, picture.height) == pytest.approx((640 / 204 * 72, 900 / 204 * 72), rel=0.01)


@pytest.mark.parametrize("dpi", [(1, 400), (400, 1), (30, 60_000)])
def test_pixels_of_senseless_length_stay_as_they_are(tmp_path: Path, dpi: tuple[int, int]) -> None:
    """Four hundred times as long as wide: squared, this small file would take 230 million pixels."""
    file = tmp_path / "a.tiff"
    _page().save(file, dpi=dpi)
    picture = load_still(file, MediaType.TIFF, 1, pixel_limit=LIMIT)
    assert picture.pixels.shape[:2] == (900, 640)
    assert picture.guessed


def test_the_limit_counts_squared_pixels(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    _page().convert("1").save(file, compression="group4", dpi=(204, 98))
    assert load_still(file, MediaType.TIFF, 1, pixel_limit=1_300_000).pixels.shape == (1873, 640)
    with pytest.raises(SourceTooLarge):
        load_still(file, MediaType.TIFF, 1, pixel_limit=1_100_000)


@pytest.mark.parametrize("dpi", [None, 10, 1])
def test_a_senseless_resolution_is_replaced_by_that_of_a_sheet(tmp_path: Path, dpi: int | None) -> None:
    file = tmp_path / "a.jpg"
    if dpi is None:
        _page().save(file)
    else:
        _page().save(file, dpi=(dpi, dpi))
    picture = load_still(file, MediaType.JPEG, 1, pixel_limit=LIMIT)
    assert picture.guessed
    assert picture.height == pytest.approx(297 / 25.4 * 72)
