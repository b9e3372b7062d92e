"""Pages lying in all four ways are turned, levelled and read once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from pipeline.imaging.picture import Pixels
from pipeline.recognise.frame import Frame
from pipeline.recognise.orientation import lines_run_down, looks_upside_down, small_letters
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.readers import LevelReader, reader_of
from pipeline.recognise.upright import upright_reading
from pipeline.recognise.words import ReadLine
from tests.recognise.drawn_pages import A4, DPI, handwritten_line, letter, skewed


class _Counted:
    """A reader that counts how often a whole page is read."""

    def __init__(self, reader: LevelReader) -> None:
        self._reader = reader
        self.pages = 0

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        self.pages += 1
        return self._reader.read(level, dpi=dpi)

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        return self._reader.plainly_upright(lines)

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        return self._reader.reads_better_turned(level, dpi=dpi)


def _grey(image: Image.Image, *, turn: int = 0) -> Pixels:
    """The picture in grey, turned clockwise."""
    return np.ascontiguousarray(np.rot90(np.asarray(image.convert("L"), dtype=np.uint8), -turn // 90))


def _frame(grey: Pixels) -> Frame:
    return Frame(view_width=grey.shape[1] * 72 / DPI, view_height=grey.shape[0] * 72 / DPI)


@pytest.mark.tools
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_turned_levelled_and_read_once(turn: int) -> None:
    grey = _grey(skewed(letter().image, 7.3), turn=turn)
    reader = _Counted(reader_of(ReadPolicy()))
    read = upright_reading(grey, DPI, _frame(grey), reader)
    assert read.canvas.frame.rotation == -turn % 360
    assert read.canvas.frame.skew == pytest.approx(7.3, abs=0.1)
    assert (read.canvas.frame.width, read.canvas.frame.height) == pytest.approx((A4[0] * 72 / DPI, A4[1] * 72 / DPI))
    assert read.warnings == ()
    assert reader.pages == 1
    assert read.lines[-1][0].text == "Điều"


@pytest.mark.tools
def test_a_page_that_tells_nothing_stays_as_it_lies_and_says_so() -> None:
    grey = _grey(handwritten_line(), turn=90)
    read = upright_reading(grey, DPI, _frame(grey), reader_of(ReadPolicy()))
    assert read.canvas.frame.rotation == 0
    assert read.warnings == ("orientation_unsure",)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_shapes_alone_give_a_hint(turn: int) -> None:
    letters = small_letters(_grey(letter().image, turn=turn))
    assert lines_run_down(letters) is (turn in {90, 270})
    upright = np.ascontiguousarray(np.rot90(letters)) if turn in {90, 270} else letters
    assert looks_upside_down(upright) is (turn in {180, 270})


def test_nothing_gives_no_hint() -> None:
    empty = small_letters(np.full((2339, 1654), 250, np.uint8))
    assert not looks_upside_down(empty)
    assert not lines_run_down(empty)
    specks = np.full((1, 1), 250, np.uint8)
    assert not lines_run_down(small_letters(specks))
    assert not looks_upside_down(small_letters(np.full((1, 3), 250, np.uint8)))
