"""Blank backs with what scanners add to them, and pages with very little on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.imaging.blank import Writing, writing_on
from pipeline.imaging.picture import Pixels


def _back() -> Pixels:
    grain = np.random.default_rng(4).normal(246, 2.5, (2339, 1654))
    return np.asarray(np.clip(grain, 0, 255), dtype=np.uint8)


def _streaked(page: Pixels, *, across: bool) -> Pixels:
    """A streak of a dirty glass: a broken line along the whole page."""
    out = page.copy() if not across else page.T.copy()
    chance = np.random.default_rng(9)
    for start in range(0, out.shape[0], 40):
        out[start : start + int(chance.integers(4, 36)), 700:703] = 150
    return np.ascontiguousarray(out.T) if across else out


@pytest.mark.parametrize("across", [False, True])
def test_streaks_are_no_writing(across: bool) -> None:  # noqa: FBT001 - a parameter
    assert writing_on(_back(), dpi=200) is Writing.NONE
    assert writing_on(_streaked(_back(), across=across), dpi=200) is Writing.NONE


def test_writing_beside_a_streak_counts() -> None:
    page = _streaked(_back(), across=False)
    cv2.putText(page, "da xem", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 40, 3)
    assert writing_on(page, dpi=200) is Writing.PLAIN


def test_a_column_of_short_strokes_counts() -> None:
    page = _back()
    for row in range(5):
        cv2.line(page, (400, 400 + row * 90), (404, 440 + row * 90), 40, 4)
        cv2.line(page, (460, 400 + row * 90), (470, 440 + row * 90), 40, 4)
    assert writing_on(page, dpi=200) is Writing.PLAIN


@pytest.mark.parametrize(("ground", "ink"), [(90, 60), (60, 36), (150, 105)])
def test_writing_on_dark_paper_counts(ground: int, ink: int) -> None:
    page = _back() - np.uint8(246 - ground)
    assert writing_on(page, dpi=200) is Writing.NONE
    cv2.putText(page, "da xem ngay", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 1.6, ink, 4)
    assert writing_on(page, dpi=200) is Writing.PLAIN
