"""Streaks of a feeder: they go, what they crossed stays as it was printed, and rules of the paper itself are left alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.imaging.picture import Pixels
from pipeline.imaging.streaks import without_streaks

_HEIGHT, _WIDTH = 2339, 1654
_DPI = 200.0
_AT = 700
"""column of the streak: through the middle of the lines"""


def _written() -> Pixels:
    """Print of 12 points on grainy paper."""
    page = np.full((_HEIGHT, _WIDTH), 238, np.uint8)
    for y in range(200, _HEIGHT - 200, 45):
        cv2.putText(page, "Cong hoa xa hoi chu nghia Viet Nam Doc lap", (150, y), cv2.FONT_HERSHEY_DUPLEX, 0.9, 45, 2)
    grain = np.random.default_rng(3).normal(0.0, 2.0, page.shape)
    return np.asarray(np.clip(page + grain, 0, 255), dtype=np.uint8)


def _streaked(page: Pixels, *, light: float, width: int = 2, until: int | None = None) -> Pixels:
    out = page.copy()
    out[:until, _AT : _AT + width] = np.asarray(out[:until, _AT : _AT + width] * light, dtype=np.uint8)
    return out


def _furthest(one: Pixels, other: Pixels) -> float:
    return float(np.percentile(np.abs(one.astype(np.float64) - other)[:, _AT - 4 : _AT + 7], 99))


def test_a_page_without_streaks_is_returned_as_it_is() -> None:
    page = _written()
    assert without_streaks(page, dpi=_DPI) is page


@pytest.mark.parametrize("light", [0.9, 0.75, 0.5])
@pytest.mark.parametrize("width", [1, 3])
def test_print_and_paper_below_a_streak_come_back(light: float, width: int) -> None:
    page = _written()
    assert _furthest(without_streaks(_streaked(page, light=light, width=width), dpi=_DPI), page) <= 16


def test_a_streak_that_a_reduced_scan_has_softened_goes_too() -> None:
    size = (1102, 1559)
    page, streaked = (
        np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        for one in (_written(), _streaked(_written(), light=0.6))
    )
    mended = without_streaks(streaked, dpi=_DPI * 2 / 3)
    assert np.abs(mended.astype(np.int16) - page).max() <= 24


def test_strokes_across_a_black_streak_stay_joined() -> None:
    page = _written()
    page[1000:1006, 300:1200] = 45
    mended = without_streaks(_streaked(page, light=0.0), dpi=_DPI)
    assert mended[1001:1005, _AT - 20 : _AT + 20].max() < 70
    blank_line = mended[1100:1104, _AT - 3 : _AT + 5]
    assert blank_line.min() > 200


def test_streaks_across_a_page_on_its_side_go() -> None:
    page = np.ascontiguousarray(_written().T)
    streaked = np.ascontiguousarray(_streaked(_written(), light=0.7).T)
    mended = without_streaks(streaked, dpi=_DPI)
    assert mended.flags.c_contiguous
    assert _furthest(np.asarray(mended.T), np.asarray(page.T)) <= 16


def test_a_streak_may_begin_at_the_edge_and_end_where_the_dust_went() -> None:
    page = _written()
    mended = without_streaks(_streaked(page, light=0.7, until=1500), dpi=_DPI)
    assert _furthest(mended[:1350], page[:1350]) <= 16
    assert _furthest(mended[1700:], page[1700:]) <= 6


@pytest.mark.parametrize(
    "corners",
    [((160, 160), (1494, 2179)), ((160, 400), (700, 1900))],
    ids=["frame around the page", "high table"],
)
def test_rules_of_the_paper_stay(corners: tuple[tuple[int, int], tuple[int, int]]) -> None:
    page = _written()
    cv2.rectangle(page, *corners, 60, 2)
    assert without_streaks(page, dpi=_DPI) is page


def test_a_rule_that_runs_off_with_the_skew_of_the_page_stays() -> None:
    page = _written()
    cv2.line(page, (700, 0), (724, _HEIGHT), 60, 2)
    assert without_streaks(page, dpi=_DPI) is page


def test_the_shade_of_a_fold_across_the_print_goes() -> None:
    page = _written()
    folded = page.copy()
    folded[1090:1094] = np.asarray(page[1090:1094] * 0.8, dtype=np.uint8)
    mended = without_streaks(folded, dpi=_DPI)
    assert np.percentile(np.abs(mended.astype(np.int16) - page)[1086:1098], 99) <= 16


def test_pictures_too_small_to_tell_are_left_alone() -> None:
    for shape in ((1, 1), (60, 900), (900, 60)):
        page = np.full(shape, 230, np.uint8)
        assert without_streaks(page, dpi=_DPI) is page
