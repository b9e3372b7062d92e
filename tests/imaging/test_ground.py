"""Grounds: dark bars of scanners go, shadows are lifted, and neither takes writing with it."""

from __future__ import annotations

import numpy as np

from pipeline.imaging.ground import even_ground
from pipeline.imaging.picture import Pixels

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


def test_an_even_page_is_returned_as_it_is() -> None:
    page = _written()
    assert even_ground(page) is page
