"""Wear changes how a page looks and never what it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.page import InkKind
from pipeline.specimens.draw import PaperKind, draw_whole
from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.wear import faded, fed, photocopied, photographed, sealed_over

OnPaper = Callable[[DrawnPage, np.random.Generator], DrawnPage]
OnPicture = Callable[[Image.Image, np.random.Generator], Image.Image]


def page(dpi: int = 100) -> DrawnPage:
    return draw_whole(PaperKind.POSTING_NOTICE, np.random.default_rng(2), dpi=dpi).pages[0]


def grey(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"), dtype=float)


@pytest.mark.parametrize("wear", [faded, photocopied, sealed_over])
def test_paper_keeps_its_truth_and_the_same_seed_its_look(wear: OnPaper) -> None:
    before = page()
    one, again, other = (wear(before, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert one.lines == before.lines
    assert one.dpi == before.dpi
    assert one.picture.size == before.picture.size
    assert one.picture.tobytes() == again.picture.tobytes()
    assert one.picture.tobytes() != other.picture.tobytes()


@pytest.mark.parametrize("wear", [fed, photographed])
def test_scan_keeps_its_size_and_the_same_seed_its_look(wear: OnPicture) -> None:
    before = page().picture
    one, again, other = (wear(before, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert one.size == before.size
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()


def test_old_paper_is_yellow_and_its_ink_pale() -> None:
    before, after = page(), faded(page(), np.random.default_rng(3))
    red, _, blue = np.asarray(after.picture, dtype=float).transpose(2, 0, 1)
    assert np.median(red - blue) > 15
    contrast = [np.percentile(grey(one.picture), 99) - np.percentile(grey(one.picture), 1) for one in (before, after)]
    assert contrast[1] < 0.85 * contrast[0]


def test_photocopy_has_two_tones_and_specks() -> None:
    before, after = page(), photocopied(page(), np.random.default_rng(3))
    assert len(np.unique(grey(after.picture))) == 2
    # the lower margin was empty
    margin = slice(int(after.picture.height * 0.95), None)
    assert (grey(before.picture)[margin] < 128).sum() == 0
    assert (grey(after.picture)[margin] < 128).sum() > 0


def test_seal_over_text_is_noted_and_leaves_the_text_below_it() -> None:
    before, after = page(), sealed_over(page(), np.random.default_rng(3))
    seal = next(mark.box for mark in after.marks if mark not in before.marks)
    assert len(after.marks) == len(before.marks) + 1
    assert {mark.kind for mark in after.marks if mark not in before.marks} == {InkKind.RED_SEAL}
    assert any(line.box.overlap(seal) > 0 for line in after.lines)
    x0, y0, x1, y1 = (round(side * after.dpi / 72) for side in (seal.left, seal.top, seal.right, seal.bottom))
    black = np.asarray(before.picture)[y0:y1, x0:x1].max(axis=2) < 60
    still = np.asarray(after.picture)[y0:y1, x0:x1].max(axis=2) < 60
    assert black.sum() > 20
    assert still[black].all()


def test_feeder_works_on_grey_and_on_colour() -> None:
    for mode in ("L", "RGB"):
        assert fed(page().picture.convert(mode), np.random.default_rng(1)).mode == mode


def test_photograph_shows_the_desk_and_a_shadow() -> None:
    white = Image.new("RGB", (400, 560), "white")
    after = grey(photographed(white, np.random.default_rng(5)))
    assert after[:2, :2].mean() < 110
    middle = after[100:-100, 80:-80]
    assert np.percentile(middle, 95) / np.percentile(middle, 5) > 1.3
