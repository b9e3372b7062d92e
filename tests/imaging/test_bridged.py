"""Print under an opaque red bar is carried on through it."""

from __future__ import annotations

import numpy as np

from pipeline.imaging.bridged import bridged
from pipeline.imaging.picture import Pixels

PER_MILLIMETRE = 8.0
RED = (225, 25, 60)


def crossed() -> Pixels:
    """Three upright stems on paper, and a bar of red ink over the middle of them."""
    line = np.full((60, 300, 3), 250, dtype=np.uint8)
    for left in (40, 100, 200):
        line[8:52, left : left + 5] = 20
    line[28:33, :] = RED
    return line


def test_stems_go_on_under_the_ink_and_paper_stays_paper() -> None:
    closed, drawn_in, averaged = bridged(crossed(), per_millimetre=PER_MILLIMETRE)
    for picture in (closed, drawn_in):
        assert picture[30, 102] < 150
        assert picture[30, 150] > 200
    assert averaged[28, 102] < 200 < averaged[30, 150]


def test_what_is_not_covered_stays_as_it_is() -> None:
    line = crossed()
    for picture in bridged(line, per_millimetre=PER_MILLIMETRE):
        assert np.array_equal(picture[:28], line[:28, :, 0])
        assert np.array_equal(picture[33:], line[33:, :, 0])


def test_print_beside_the_ink_that_jpeg_has_tinted_stays_print() -> None:
    line = crossed()
    line[26:28, 100:105] = (90, 20, 30)
    closed, *_ = bridged(line, per_millimetre=PER_MILLIMETRE)
    assert (closed[26:28, 100:105] == 90).all()


def test_a_line_without_red_ink_is_left_alone() -> None:
    line = crossed()
    line[28:33, :] = 250
    assert bridged(line, per_millimetre=PER_MILLIMETRE) == ()
