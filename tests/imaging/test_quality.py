"""Page quality: drawn pages made worse in one way each."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.imaging.picture import Pixels, pictured
from pipeline.imaging.quality import REMEDIES, Fault, Grade, PageQuality, page_quality

_FONT = ImageFont.truetype("/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf", 38)
_LINE = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19"


def _page(left: int = 200) -> Pixels:
    image = Image.new("L", (1654, 2339), 246)
    draw = ImageDraw.Draw(image)
    for row in range(30):
        draw.text((left, 200 + row * 60), _LINE, fill=30, font=_FONT)
    noise = np.random.default_rng(2).normal(0, 2, (2339, 1654))
    soft = cv2.GaussianBlur(np.asarray(image), (0, 0), 0.6) + noise
    return np.asarray(np.clip(soft, 0, 255), dtype=np.uint8)


def _quality(page: Pixels, *, dpi: float = 200, skew: float = 0.0, plausible: float | None = 1.0) -> PageQuality:
    return page_quality(pictured(page, dpi=dpi), page, dpi=dpi, skew=skew, plausible=plausible)


def _faults(quality: PageQuality) -> dict[Fault, Grade]:
    return dict(quality.faults)


def test_a_clean_page_is_good() -> None:
    quality = _quality(_page())
    assert quality.grade is Grade.GOOD
    assert quality.remedies == ()
    assert quality.paper == pytest.approx(246, abs=3)
    assert quality.contrast == pytest.approx(216, abs=25)


@pytest.mark.parametrize(("sigma", "grade"), [(2.4, Grade.USABLE), (4.0, Grade.SCAN_AGAIN)])
def test_blur_shows_in_the_width_of_edges(sigma: float, grade: Grade) -> None:
    sharp = _quality(_page())
    quality = _quality(np.asarray(cv2.GaussianBlur(_page(), (0, 0), sigma), dtype=np.uint8))
    assert quality.edge_width > 1.5 * sharp.edge_width
    assert _faults(quality)[Fault.BLURRED] is grade


@pytest.mark.parametrize(("dpi", "grade"), [(150, Grade.USABLE), (100, Grade.SCAN_AGAIN)])
def test_too_few_pixels(dpi: int, grade: Grade) -> None:
    size = (1654 * dpi // 200, 2339 * dpi // 200)
    page = np.asarray(cv2.resize(_page(), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    assert _faults(_quality(page, dpi=dpi)) == {Fault.LOW_RESOLUTION: grade}


def test_dark_and_pale_pages() -> None:
    dark = _faults(_quality(np.asarray(_page() * 0.5, dtype=np.uint8)))
    assert Fault.TOO_DARK in dark
    pale = _faults(_quality(np.asarray(190 + _page() * 0.22, dtype=np.uint8)))
    assert pale == {Fault.LOW_CONTRAST: Grade.SCAN_AGAIN}


def test_letters_at_the_border_are_cut_off() -> None:
    quality = _quality(_page(left=-14))
    assert quality.cut_letters >= 10
    assert quality.grade is Grade.SCAN_AGAIN
    assert quality.remedies[0] is REMEDIES[Fault.CUT_OFF]


def test_a_dark_bar_at_the_border_cuts_nothing() -> None:
    page = _page()
    page[:, :14] = 30
    assert _quality(page).cut_letters == 0


def test_black_and_white() -> None:
    page = np.where(_page() < 128, 0, 255).astype(np.uint8)
    assert _faults(_quality(page)) == {Fault.BILEVEL: Grade.USABLE}


def test_crooked_and_implausible_pages_are_named_worst_first() -> None:
    quality = _quality(_page(), skew=-3.4, plausible=0.4)
    assert quality.faults == ((Fault.IMPLAUSIBLE_TEXT, Grade.SCAN_AGAIN), (Fault.CROOKED, Grade.USABLE))
    assert quality.grade is Grade.SCAN_AGAIN


def test_a_guessed_resolution_is_no_fault() -> None:
    page = _page()[:1100, :800]
    picture = pictured(np.ascontiguousarray(page), dpi=None)
    assert picture.guessed
    quality = page_quality(picture, picture.pixels, dpi=picture.dpi, skew=0.0, plausible=None)
    assert Fault.LOW_RESOLUTION not in _faults(quality)


def test_every_fault_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Fault)
