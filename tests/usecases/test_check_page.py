"""A page is judged while it still lies in the scanner: quickly, and without reading it."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pipeline.domain.errors import DamagedSource, SourceTooLarge, UnknownSource
from pipeline.imaging.quality import Fault, Grade
from pipeline.usecases.check_page import PageCheck, check_page, check_page_of_file

FONT = "/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf"
LIMIT = 150_000_000
LINE = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6"


def _page(*, dpi: int = 300, left: float = 1.0, mode: str = "RGB", skew: float = 0.0) -> Image.Image:
    """An A4 sheet with thirty lines of 13 points, as a scanner delivers it; `left` in inches."""
    size = round(210 / 25.4 * dpi), round(297 / 25.4 * dpi)
    image = Image.new("L", size, 245)
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(FONT, round(13 / 72 * dpi))
    for row in range(30):
        draw.text((left * dpi, (1 + row * 0.3) * dpi), LINE, fill=35, font=face)
    image = image.rotate(-skew, resample=Image.Resampling.BICUBIC, fillcolor=245)
    image = image.filter(ImageFilter.GaussianBlur(0.5 * dpi / 200))
    noise = np.random.default_rng(4).integers(-4, 5, (size[1], size[0]), dtype=np.int16)
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)).convert(mode)


def _checked(image: Image.Image, form: str = "JPEG", *, dpi: int = 300) -> PageCheck:
    packed = io.BytesIO()
    settings: dict[str, Any] = {"resolution": dpi} if form == "PDF" else {"dpi": (dpi, dpi)}
    image.save(packed, form, **settings)
    return check_page(packed.getvalue(), pixel_limit=LIMIT)


def _faults(check: PageCheck) -> dict[Fault, Grade]:
    assert check.quality is not None
    return dict(check.quality.faults)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "PDF"])
def test_a_good_page_is_good_in_every_form(form: str) -> None:
    check = _checked(_page(), form)
    assert check.quality is not None
    assert check.quality.faults == ()
    assert check.quality.dpi == pytest.approx(300, abs=1)
    assert check.quality.plausible is None


def test_an_empty_page_is_blank() -> None:
    assert _checked(Image.new("L", (2480, 3508), 245)) == PageCheck(blank=True, quality=None)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_faults_are_found_however_the_page_lies(turn: int) -> None:
    faults = _faults(_checked(_page(dpi=200, skew=5.0, left=1.4).rotate(turn, expand=True), dpi=200))
    assert faults == {Fault.CROOKED: Grade.USABLE}


@pytest.mark.parametrize(
    ("image", "dpi", "fault", "grade"),
    [
        (_page(dpi=200).filter(ImageFilter.GaussianBlur(5)), 200, Fault.BLURRED, Grade.SCAN_AGAIN),
        (_page(dpi=100), 100, Fault.LOW_RESOLUTION, Grade.SCAN_AGAIN),
        (_page(dpi=200, left=-0.05), 200, Fault.CUT_OFF, Grade.SCAN_AGAIN),
        (_page(dpi=200).point(lambda level: 160 + level // 3), 200, Fault.LOW_CONTRAST, Grade.USABLE),
        (_page(dpi=200).point(lambda level: level // 5), 200, Fault.TOO_DARK, Grade.SCAN_AGAIN),
    ],
    ids=["blurred", "coarse", "cut", "pale", "dark"],
)
def test_a_bad_page_is_told_what_is_wrong(image: Image.Image, dpi: int, fault: Fault, grade: Grade) -> None:
    check = _checked(image, dpi=dpi)
    assert check.quality is not None
    assert _faults(check)[fault] is grade
    assert check.quality.grade is grade


def test_a_black_picture_is_no_empty_sheet() -> None:
    check = _checked(Image.new("L", (1654, 2339), 12), dpi=200)
    assert not check.blank
    assert _faults(check)[Fault.TOO_DARK] is Grade.SCAN_AGAIN


def _in_red(dpi: int, words: str = "", *, seal: bool = False) -> Image.Image:
    image = Image.new("RGB", (round(210 / 25.4 * dpi), round(297 / 25.4 * dpi)), (245, 245, 245))
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(FONT, round(18 / 72 * dpi))
    for row in range(8):
        draw.text((dpi, (1 + row / 2) * dpi), words, fill=(200, 40, 50), font=face)
    for part in (1.0, 0.7) if seal else ():
        reach, ring = part * 18 / 25.4 * dpi, round(dpi / 25)
        box = (4 * dpi - reach, 7 * dpi - reach, 4 * dpi + reach, 7 * dpi + reach)
        draw.ellipse(box, outline=(205, 45, 55), width=ring)
    return image


@pytest.mark.parametrize("dpi", [200, 300])
def test_a_title_in_red_is_as_plain_as_one_in_black(dpi: int) -> None:
    assert _faults(_checked(_in_red(dpi, "GIẤY CHỨNG NHẬN KẾT HÔN"), dpi=dpi)) == {}


@pytest.mark.parametrize("dpi", [200, 300])
def test_a_sheet_with_but_a_seal_is_not_blank(dpi: int) -> None:
    assert not _checked(_in_red(dpi, seal=True), dpi=dpi).blank


def test_what_is_no_page_is_refused_by_name() -> None:
    with pytest.raises(UnknownSource):
        check_page(b"#!/bin/sh\n", pixel_limit=LIMIT)
    packed = io.BytesIO()
    _page(dpi=100).save(packed, "PNG")
    with pytest.raises(DamagedSource):
        check_page(packed.getvalue()[:3000], pixel_limit=LIMIT)
    with pytest.raises(SourceTooLarge):
        check_page(packed.getvalue(), pixel_limit=1000)
    with pytest.raises(DamagedSource):
        check_page(packed.getvalue().replace(b"IHDR", b"IHDX"), pixel_limit=LIMIT)


@pytest.mark.parametrize("size", [(2480, 3508), (3000, 4000)], ids=["300 dpi A4", "12 million pixels"])
def test_the_answer_is_there_in_two_seconds_of_work(size: tuple[int, int]) -> None:
    packed = io.BytesIO()
    _page().resize(size).save(packed, "JPEG", quality=90)
    start = time.process_time()
    check_page(packed.getvalue(), pixel_limit=LIMIT)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(("rotation", "turned"), [(0, 0), (180, 180), (90, 90), (270, 90)])
def test_a_page_that_lies_wrong_is_told(rotation: int, turned: int) -> None:
    check = _checked(_page().rotate(rotation, expand=True))
    assert (check.blank, check.turned) == (False, turned)


def test_a_page_of_a_file_is_judged_as_its_bytes_are(tmp_path: Path) -> None:
    packed = io.BytesIO()
    _page(dpi=100).save(packed, "PNG", dpi=(100, 100))
    file = tmp_path / "scan"
    file.write_bytes(packed.getvalue())
    assert check_page_of_file(file, pixel_limit=LIMIT) == check_page(packed.getvalue(), pixel_limit=LIMIT)
