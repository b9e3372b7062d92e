"""Grounds: dark bars of scanners go, shadows are lifted, and neither takes writing with it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.imaging.ground import enlarged, even_ground, reading_grey
from pipeline.imaging.picture import Pixels, pictured

_PAPER, _INK = 230, 40
_MARGIN = 60
"""pixels; the writing begins closer to the edge than a band may reach"""


def _written() -> Pixels:
    page = np.full((2339, 1654), _PAPER, np.uint8)
    for y in range(_MARGIN, 2339 - _MARGIN, 45):
        for x in range(_MARGIN, 1654 - _MARGIN, 20):
            page[y : y + 16, x : x + 9] = _INK
    return page


def test_dark_bars_at_the_edges_become_paper() -> None:
    page = _written()
    ink = page == _INK
    page[:, :24] = 30
    page[:16] = 30
    page[300:900, 1200:] = page[300:900, 1200:] * 0.7  # makes the ground uneven: even ground is left alone
    cleaned = even_ground(page)
    assert cleaned[:16].min() > 150
    assert cleaned[:, :24].min() > 150
    assert (cleaned[ink] < 110).mean() > 0.999


def test_writing_in_a_shadow_at_the_edge_is_kept() -> None:
    page = _written()
    ink = page == _INK
    across = np.linspace(0, 1, 1654)
    light = 1 - 0.6 / (1 + np.exp((across - 0.15) * 30))
    shaded = np.asarray(page * light, dtype=np.uint8)
    cleaned = even_ground(shaded)
    assert (cleaned[ink] < 120).mean() > 0.999
    assert np.median(cleaned[~ink]) > 220
    assert (cleaned[~ink] > 150).mean() > 0.99


def test_a_stain_on_the_writing_is_lifted() -> None:
    page = _written()
    ink = page == _INK
    stained = page.copy()
    stained[900:1100, 700:900] = np.asarray(page[900:1100, 700:900] * 0.7, dtype=np.uint8)
    cleaned = even_ground(stained)
    middle = np.s_[930:1070, 730:870]
    assert np.median(cleaned[middle][~ink[middle]]) > 220
    assert cleaned[middle][ink[middle]].max() < 110


def test_a_narrow_bar_at_the_edge_is_no_reason_to_even_a_page() -> None:
    page = _written()
    page[:, :14] = 40
    assert even_ground(page) is page


def test_an_even_page_is_returned_as_it_is() -> None:
    page = _written()
    assert even_ground(page) is page


@pytest.mark.parametrize("dpi", [200.0, 204.0, 300.0])
def test_a_fine_scan_is_not_enlarged(dpi: float) -> None:
    page = _written()
    assert enlarged(page, dpi=dpi, wanted=200.0)[0] is page


@pytest.mark.parametrize("dpi", [100.0, 150.0])
def test_a_coarse_scan_is_enlarged_as_a_whole(dpi: float) -> None:
    page = _written()
    large, large_dpi = enlarged(page, dpi=dpi, wanted=200.0)
    assert large.shape[0] / page.shape[0] == pytest.approx(large_dpi / dpi, rel=0.001)
    assert large.shape[1] / page.shape[1] == pytest.approx(large_dpi / dpi, rel=0.001)
    assert large_dpi > 200.0


def test_enlarging_smooths_what_compression_draws_around_letters() -> None:
    page = _written()[:450, :800]
    packed = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    smooth, dpi = enlarged(unpacked, dpi=150.0, wanted=200.0)
    plain, truth = (
        cv2.resize(one, None, fx=dpi / 150, fy=dpi / 150, interpolation=cv2.INTER_CUBIC) for one in (unpacked, page)
    )
    paper = truth > _PAPER - 3
    assert np.std(smooth[paper].astype(np.float64)) < np.std(plain[paper].astype(np.float64))
    assert smooth[truth < _INK + 5].max() < 130


@pytest.mark.parametrize(("dpi", "read_at"), [(150.0, 150.0), (200.0, 200.0), (204.0, 204.0), (300.0, 200.0)])
def test_only_finer_scans_are_reduced(dpi: float, read_at: float) -> None:
    picture = pictured(_written(), dpi=dpi)
    grey, grey_dpi = reading_grey(picture, dpi=200.0)
    assert grey_dpi == read_at
    assert grey.shape[0] == round(2339 * read_at / dpi)
