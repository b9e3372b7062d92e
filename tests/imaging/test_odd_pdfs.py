"""Pictures of PDF pages against what Poppler draws, in every way in which a page can hold one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from pikepdf import Array
from PIL import Image

from pipeline.domain.errors import DamagedSource, SourceTooLarge
from pipeline.imaging.pdf_facts import page_facts
from pipeline.imaging.pdf_file import open_pdf, pdf_page
from pipeline.imaging.pdf_picture import picture_by_poppler, picture_of_pdf_page
from pipeline.imaging.picture import PagePicture, Pixels
from tests.imaging.odd_pdfs import DAMAGED, HEIGHT, SEEN, WIDE, WIDTH, Case, drawn, write

LIMIT = 20_000_000
COARSE = 4
"""pixels at 144 dpi that are compared as one: renderers smooth edges differently"""


def _picture(file: Path, *, limit: int = LIMIT) -> PagePicture:
    with open_pdf(file) as document:
        return picture_of_pdf_page(pdf_page(document, 1), page_facts(file, 1), pixel_limit=limit)


def _by_poppler(file: Path) -> Pixels:
    target = file.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "144", "-cropbox", "-png", "-singlefile", file, target], check=True)
    return np.asarray(Image.open(target.with_suffix(".png")).convert("RGB"), dtype=np.uint8)


def _assert_same(seen: Pixels, expected: Pixels) -> None:
    colours = seen if seen.ndim == 3 else np.repeat(seen[:, :, None], 3, axis=2)
    size = (expected.shape[1] // COARSE, expected.shape[0] // COARSE)
    assert colours.shape[1] / colours.shape[0] == pytest.approx(expected.shape[1] / expected.shape[0], rel=0.01)
    ours, theirs = (
        cv2.GaussianBlur(cv2.resize(each, size, interpolation=cv2.INTER_AREA), (3, 3), 1).astype(np.int16)
        for each in (colours, expected)
    )
    assert np.abs(ours - theirs).mean() < 4
    assert np.abs(ours - theirs).max() < 70


@pytest.mark.tools
@pytest.mark.parametrize("name", SEEN)
def test_a_page_looks_as_poppler_shows_it(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / "page.pdf", SEEN[name])
    picture = _picture(file)
    expected = _by_poppler(file)
    _assert_same(picture.pixels, expected)
    assert (picture.width, picture.height) == pytest.approx((expected.shape[1] / 2, expected.shape[0] / 2), abs=0.6)
    assert not picture.damaged


@pytest.mark.parametrize("name", DAMAGED)
def test_a_picture_of_which_a_part_is_lost_says_so(tmp_path: Path, name: str) -> None:
    assert _picture(write(tmp_path / "page.pdf", DAMAGED[name])).damaged


@pytest.mark.parametrize("unit", [0.5, 2.5])
def test_units_of_a_page_are_counted(tmp_path: Path, unit: float) -> None:
    case = Case(SEEN["rgb"].images, attributes={"UserUnit": unit})
    picture = _picture(write(tmp_path / "page.pdf", case))
    assert (picture.width, picture.height) == (WIDTH * unit, HEIGHT * unit)
    _assert_same(picture.pixels, np.asarray(drawn()))


@pytest.mark.parametrize("unit", [0, -3])
def test_senseless_units_are_those_of_every_page(tmp_path: Path, unit: float) -> None:
    case = Case(SEEN["rgb"].images, attributes={"UserUnit": unit})
    picture = _picture(write(tmp_path / "page.pdf", case))
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)


def test_a_crop_box_beside_the_page_shows_the_page(tmp_path: Path) -> None:
    case = Case(SEEN["rgb"].images, attributes={"CropBox": Array([1000, 1000, 1200, 1200])})
    _assert_same(_picture(write(tmp_path / "page.pdf", case)).pixels, np.asarray(drawn()))


def test_a_page_of_kilometres_still_shows_its_scan(tmp_path: Path) -> None:
    wide, high = 1000 * WIDTH, 1000 * HEIGHT
    case = Case(SEEN["rgb"].images, contents=f"q {wide} 0 0 {high} 0 0 cm /Im0 Do Q", box=(0, 0, wide, high))
    picture = _picture(write(tmp_path / "page.pdf", case))
    _assert_same(picture.pixels, np.asarray(drawn()))
    assert picture.guessed


def test_a_page_of_kilometres_that_must_be_drawn_is_refused(tmp_path: Path) -> None:
    case = Case(None, contents="0 0 m 9 9 l S", box=(0, 0, 1_000_000, 1_000_000))
    with pytest.raises(SourceTooLarge) as caught:
        _picture(write(tmp_path / "page.pdf", case))
    assert caught.value.details["limit"] == "pixels"


@pytest.mark.tools
def test_poppler_draws_large_pages_coarsely(tmp_path: Path) -> None:
    case = Case(SEEN["rgb"].images, contents="q 7200 0 0 10080 0 0 cm /Im0 Do Q", box=(0, 0, 7200, 10080))
    picture = picture_by_poppler(write(tmp_path / "page.pdf", case), 1, pixel_limit=150_000_000)
    assert picture.pixels.shape[0] * picture.pixels.shape[1] <= 25_000_000
    _assert_same(picture.pixels, np.asarray(drawn()))


def test_an_image_over_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(SourceTooLarge):
        _picture(write(tmp_path / "page.pdf", SEEN["rgb"]), limit=WIDE * 100)


@pytest.mark.tools
def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "page.pdf", SEEN["rgb"])
    with pytest.raises(DamagedSource), open_pdf(file) as document:
        pdf_page(document, 2)
    with pytest.raises(DamagedSource):
        picture_by_poppler(file, 2, pixel_limit=LIMIT)
