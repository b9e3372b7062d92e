"""Seals in grey and black and white scans are found where they are, and the writing that they lie over stays whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.imaging.lines import find_lines
from pipeline.imaging.picture import Pixels
from pipeline.imaging.seals import find_seals
from pipeline.imaging.strokes import ink_of, strokes_of, usual_height
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import seal
from pipeline.specimens.sheet import A4, Sheet

DPI = 200
SCALE = DPI / POINTS_PER_INCH
BODY = "Quyết định này có hiệu lực kể từ ngày ký, các đơn vị liên quan chịu trách nhiệm thi hành"


def _sheet(*, sealed: bool) -> tuple[Sheet, tuple[float, float]]:
    sheet = Sheet((A4[0], 400), dpi=DPI)
    for number in range(3):
        sheet.text(60, 60 + 20 * number, BODY, size=13)
    middle = (330.0, 200.0)
    if sealed:
        seal(sheet, np.random.default_rng(4), middle, around="ỦY BAN NHÂN DÂN XÃ MẪU", foot="TỈNH MẪU")
    sheet.text(352, 154, "KT. CHỦ TỊCH", size=13, face=Face.SERIF_BOLD)
    sheet.text(358, 247, "Nguyễn Thị Kim Chi", size=14, face=Face.SERIF_BOLD)
    return sheet, middle


def _black_and_white(sheet: Sheet) -> Pixels:
    return np.where(np.asarray(sheet.picture.convert("L")) < 170, 0, 255).astype(np.uint8)


def _grey(sheet: Sheet) -> Pixels:
    return np.asarray(sheet.picture.convert("L"), dtype=np.uint8)


@pytest.mark.parametrize("scanned", [_black_and_white, _grey])
def test_a_seal_is_found_where_it_is(scanned: Callable[[Sheet], Pixels]) -> None:
    sheet, (x, y) = _sheet(sealed=True)
    ink = ink_of(scanned(sheet))
    strokes = strokes_of(ink)
    (found,) = find_seals(ink, strokes, usual_height(strokes), dpi=DPI)
    assert (found.x, found.y) == pytest.approx((x * SCALE, y * SCALE), abs=4)
    assert 16 < found.radius / DPI * 25.4 < 22


@pytest.mark.parametrize("scanned", [_black_and_white, _grey])
def test_lines_under_a_seal_are_whole_and_alone(scanned: Callable[[Sheet], Pixels]) -> None:
    sealed, _ = _sheet(sealed=True)
    lines = sorted(find_lines(scanned(sealed), dpi=DPI).lines, key=lambda line: line.baseline)
    truths = sealed.finish().lines
    assert len(lines) == len(truths)
    for line, truth in zip(lines, sorted(truths, key=lambda one: one.box.bottom), strict=True):
        assert line.left == pytest.approx(truth.box.left * SCALE, abs=8), truth
        assert line.right == pytest.approx(truth.box.right * SCALE, abs=8), truth


def test_the_picture_of_a_line_under_a_seal_is_nearly_what_it_is_without() -> None:
    sealed, bare = _sheet(sealed=True)[0], _sheet(sealed=False)[0]
    name = max(find_lines(_black_and_white(sealed), dpi=DPI).lines, key=lambda line: line.baseline)
    wanted = _black_and_white(bare)[name.top : name.bottom, name.left : name.right]
    assert np.mean(name.picture != wanted) < 0.02


def test_pages_without_a_seal_have_none() -> None:
    ink = ink_of(_grey(_sheet(sealed=False)[0]))
    strokes = strokes_of(ink)
    assert find_seals(ink, strokes, usual_height(strokes), dpi=DPI) == ()
