"""Codes are covered before a page is read: their modules look like letters."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipeline.imaging.picture import PagePicture
from pipeline.recognise.codes import read_codes, without_codes
from pipeline.specimens.codes import qr_picture

DPI = 200


@pytest.mark.parametrize("turn", [0, 4, 90])
@pytest.mark.parametrize("finer", [1, 2])
def test_a_code_becomes_paper_and_the_rest_stays(turn: float, finer: int) -> None:
    sheet = Image.new("L", (900, 700), 244)
    sheet.paste(qr_picture("000.00.01.H16-251122-0001", dpi=DPI, size=90.0).convert("L"), (300, 200))
    page = sheet.rotate(turn, fillcolor=244, resample=Image.Resampling.BICUBIC)
    page.paste(40, (20, 20, 60, 40))
    pixels = np.array(page)
    picture = PagePicture(pixels=pixels, width=900 * 72 / DPI, height=700 * 72 / DPI, dpi=DPI)
    codes = read_codes(picture)
    assert len(codes) == 1
    grey = np.array(page.resize((900 // finer, 700 // finer), Image.Resampling.BOX))
    before = grey.copy()
    after = without_codes(grey, codes, picture)
    assert np.array_equal(grey, before)
    # nothing dark is left but the print in the corner
    dark = np.argwhere(after < 150) * finer
    assert len(dark) > 0
    assert dark[:, 0].max() < 60
    assert dark[:, 1].max() < 80


def test_without_codes_the_page_itself_is_returned() -> None:
    grey = np.full((40, 30), 200, np.uint8)
    picture = PagePicture(pixels=grey, width=30, height=40, dpi=72)
    assert without_codes(grey, (), picture) is grey
