"""Sheets in photographs: drawn pages seen aslant on a desk, their corners known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels, pictured
from pipeline.imaging.sheet import flat_sheet

_SIZE = (992, 1403)
"""A4 at 120 dpi"""
_MARK = (300.0, 1000.0)
_SEEN = {
    "a little": ((60, 40), (940, 70), (950, 1350), (40, 1330)),
    "tilted": ((110, 90), (900, 60), (960, 1300), (40, 1340)),
    "askew": ((150, 60), (930, 160), (840, 1330), (60, 1230)),
}


def _page() -> Pixels:
    page = np.full((_SIZE[1], _SIZE[0]), 240, np.uint8)
    for row in range(30):
        for column in range(40 - row % 7):
            x, y = 100 + column * 19, 150 + row * 38
            page[y : y + 12, x : x + 11] = 40
    page[900:1100, 150:450] = 240
    cv2.circle(page, (300, 1000), 8, 0, cv2.FILLED)
    return page


def _corners() -> NDArray[np.float32]:
    return np.array([(0, 0), (_SIZE[0], 0), _SIZE, (0, _SIZE[1])], dtype=np.float32)


def _photo(seen: tuple[tuple[int, int], ...], *, desk: tuple[int, int, int], shadow: bool) -> Pixels:
    matrix = cv2.getPerspectiveTransform(_corners(), np.array(seen, dtype=np.float32))
    colours = cv2.cvtColor(_page(), cv2.COLOR_GRAY2RGB)
    photo = cv2.warpPerspective(colours, matrix, _SIZE, borderValue=desk).astype(np.float32)
    if shadow:
        across, down = np.meshgrid(np.linspace(0, 1, _SIZE[0]), np.linspace(0, 1, _SIZE[1]))
        photo *= (1 - 0.45 / (1 + np.exp((across + down - 0.9) * 20)))[..., None]
    grain = np.random.default_rng(5).normal(0, 3, photo.shape)
    return np.asarray(np.clip(photo + grain, 0, 255), dtype=np.uint8)


def _found(pixels: Pixels) -> NDArray[np.float64] | None:
    """Return where the corners of the sheet laid flat are in the photograph, in its pixels, clockwise from the top left."""
    photo = pictured(pixels, dpi=None)
    sheet = flat_sheet(photo, dpi=200)
    if sheet is None:
        return None
    width, height = sheet.picture.width, sheet.picture.height
    points = [sheet.on_photo(x, y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))]
    return np.asarray(np.array(points) * pixels.shape[1] / photo.width, dtype=np.float64)


@pytest.mark.parametrize("shadow", [False, True], ids=["lit", "shadow"])
@pytest.mark.parametrize("desk", [(92, 74, 58), (40, 40, 44), (150, 115, 80)], ids=["wood", "black", "light wood"])
@pytest.mark.parametrize("seen", _SEEN.values(), ids=_SEEN)
def test_the_corners_of_a_photographed_sheet_are_found(
    seen: tuple[tuple[int, int], ...],
    desk: tuple[int, int, int],
    shadow: bool,  # noqa: FBT001 - a parameter
) -> None:
    corners = _found(_photo(seen, desk=desk, shadow=shadow))
    assert corners is not None
    np.testing.assert_allclose(corners, np.array(seen), atol=0.015 * _SIZE[0])


@pytest.mark.parametrize("seen", _SEEN.values(), ids=_SEEN)
def test_the_flat_sheet_leads_back_onto_the_photograph(seen: tuple[tuple[int, int], ...]) -> None:
    picture = pictured(_photo(seen, desk=(92, 74, 58), shadow=True), dpi=None)
    sheet = flat_sheet(picture, dpi=200)
    assert sheet is not None
    flat = sheet.picture
    assert flat.pixels.shape[0] / flat.pixels.shape[1] == pytest.approx(297 / 210, rel=0.1)
    # the mark is the only thing in the white field: find it in the flat picture and follow it back
    height, width = flat.pixels.shape
    rows, columns = slice(round(0.65 * height), round(0.77 * height)), slice(round(0.17 * width), round(0.44 * width))
    down, across = np.nonzero(flat.pixels[rows, columns] < 60)
    x = (columns.start + across.mean() + 0.5) * flat.width / width
    y = (rows.start + down.mean() + 0.5) * flat.height / height
    true = cv2.getPerspectiveTransform(_corners(), np.array(seen, dtype=np.float32)) @ (*_MARK, 1.0)
    expected = true[:2] / true[2] * picture.width / _SIZE[0]
    assert sheet.on_photo(x, y) == pytest.approx(tuple(expected), abs=1.0)


def _bowed(photo: Pixels, *, pixels: float) -> Pixels:
    """The sheet bulging: what stands in the middle is moved down by `pixels`, the sides stay."""
    height, width = photo.shape[:2]
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None] - pixels * (1 - (across / (width / 2) - 1) ** 2)
    map_x = np.ascontiguousarray(np.broadcast_to(across, (height, width)))
    return np.asarray(cv2.remap(photo, map_x, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


@pytest.mark.parametrize("pixels", [-20, 20, 40])
def test_a_bulging_sheet_is_laid_flat_and_leads_back(pixels: float) -> None:
    seen = _SEEN["a little"]
    picture = pictured(_bowed(_photo(seen, desk=(92, 74, 58), shadow=False), pixels=pixels), dpi=None)
    sheet = flat_sheet(picture, dpi=200)
    assert sheet is not None
    assert sheet.bend is not None
    height, width = sheet.picture.pixels.shape
    # the first row of letters, 12 of 1,403 pixels high: its top runs level from the left to the right
    columns = np.linspace(0.12, 0.8, 18) * width
    top = slice(round(0.06 * height), round(0.13 * height))
    firsts = []
    for column in columns.astype(int):
        dark = (sheet.picture.pixels[top, column : column + round(0.02 * width)] < 120).any(axis=1)
        firsts.append(int(np.argmax(dark)))
    assert np.ptp(firsts) <= 0.004 * height
    # the mark on the photograph: where it was, and down by the bow there
    rows, across = slice(round(0.65 * height), round(0.77 * height)), slice(round(0.17 * width), round(0.44 * width))
    ys, xs = np.nonzero(sheet.picture.pixels[rows, across] < 60)
    x = (across.start + xs.mean() + 0.5) * sheet.picture.width / width
    y = (rows.start + ys.mean() + 0.5) * sheet.picture.height / height
    true = cv2.getPerspectiveTransform(_corners(), np.array(seen, dtype=np.float32)) @ (*_MARK, 1.0)
    at_x, at_y = true[:2] / true[2]
    at_y += pixels * (1 - (at_x / (_SIZE[0] / 2) - 1) ** 2)
    scale = picture.width / _SIZE[0]
    assert sheet.on_photo(x, y) == pytest.approx((at_x * scale, at_y * scale), abs=1.5)


@pytest.mark.parametrize("seen", _SEEN.values(), ids=_SEEN)
def test_a_flat_sheet_is_not_bent(seen: tuple[tuple[int, int], ...]) -> None:
    for shadow in (False, True):
        sheet = flat_sheet(pictured(_photo(seen, desk=(92, 74, 58), shadow=shadow), dpi=None), dpi=200)
        assert sheet is not None
        assert sheet.bend is None


def test_a_scan_is_no_photograph() -> None:
    page = _page()
    assert _found(page) is None
    barred = page.copy()
    barred[:, :20] = 30
    barred[:12] = 30
    assert _found(barred) is None
    assert flat_sheet(pictured(cv2.cvtColor(barred, cv2.COLOR_GRAY2RGB).astype(np.uint8), dpi=120), dpi=200) is None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_holds_no_sheet(level: int) -> None:
    assert _found(np.full((1403, 992, 3), level, np.uint8)) is None
    assert _found(np.full((1, 1), level, np.uint8)) is None


def test_a_dark_picture_on_a_page_is_no_sheet() -> None:
    # a page with a wide dark frame around an irregular light field
    page = np.full((1403, 992), 60, np.uint8)
    cv2.ellipse(page, (496, 700), (420, 600), 0, 0, 360, 235, cv2.FILLED)
    assert _found(page) is None
