"""Doubtful lines are read again by Tesseract from the same picture, and the reading that makes more sense is kept."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
import pytest

from pipeline.imaging.lines import PixelLine
from pipeline.imaging.picture import Pixels
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.second_reading import doubtful_again
from pipeline.recognise.tesseract import PAGE, read_lines, read_single_lines
from pipeline.recognise.tesseract_resident import read_resident
from pipeline.recognise.words import ReadLine, ReadWord
from tests.recognise.network.drawn_lines import drawn_line

TEXTS = ("Kính gửi: Ủy ban nhân dân phường", "Căn cứ Luật Xây dựng số 50/2014/QH13", "Nơi nhận")


def _line(picture: Pixels) -> PixelLine:
    height, width = picture.shape
    return PixelLine(
        left=100, top=40, right=100 + width, bottom=40 + height, baseline=60.0, capitals=18.0, picture=picture
    )


def _read(text: str, confidence: float) -> ReadLine:
    return tuple(
        ReadWord(word, confidence, 100 + 9 * place, 40, 108 + 9 * place, 60) for place, word in enumerate(text.split())
    )


class _Second:
    """Reads what it is told to, and remembers how often it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, 0

    def __call__(self, pictures: Sequence[Pixels]) -> Sequence[ReadLine]:
        self.asked += 1
        assert len(pictures) == len(self.texts)
        return [tuple(ReadWord(word, 0.5, 3, 4, 9, 20) for word in text.split()) for text in self.texts]


BLANK = np.full((30, 200), 255, np.uint8)


def test_sure_lines_are_not_read_again() -> None:
    lines = [(_line(BLANK), _read("Độc lập", 0.97)), (_line(BLANK), ())]
    second = _Second()
    assert doubtful_again(lines, second) == lines
    assert second.asked == 0


def test_what_makes_more_sense_is_kept_and_lies_on_the_page() -> None:
    sure, doubtful = _read("Độc lập", 0.97), _read("Hạmh phqúc", 0.6)
    again = doubtful_again([(_line(BLANK), sure), (_line(BLANK), doubtful)], _Second("Hạnh phúc"))
    assert again[0][1] == sure
    assert [word.text for word in again[1][1]] == ["Hạnh", "phúc"]
    assert (again[1][1][0].left, again[1][1][0].top, again[1][1][0].bottom) == (103, 44, 60)


def test_a_second_reading_that_makes_no_more_sense_changes_nothing() -> None:
    doubtful = _read("Hạnh phúc", 0.6)
    ((_, words),) = doubtful_again([(_line(BLANK), doubtful)], _Second("H@nh phúc"))
    assert words == doubtful


@pytest.mark.tools
def test_tesseract_reads_many_lines_in_one_call_each_for_itself() -> None:
    pictures = [drawn_line(text).picture for text in TEXTS]
    lines = read_single_lines(pictures, dpi=200, policy=ReadPolicy())
    assert [" ".join(word.text for word in line) for line in lines] == list(TEXTS)
    assert all(0 <= word.left < word.right <= pictures[0].shape[1] for word in lines[0])


@pytest.mark.tools
@pytest.mark.skipif(find_spec("tesserocr") is None, reason="tesserocr is an extra")
def test_the_resident_tesseract_reads_as_the_program_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.recognise.tesseract.is_resident", lambda: False)
    page = np.full((300, 1400), 255, np.uint8)
    for place, text in enumerate(TEXTS):
        picture = drawn_line(text).picture
        page[20 + 90 * place : 20 + 90 * place + picture.shape[0], 30 : 30 + picture.shape[1]] = picture
    policy = ReadPolicy()
    resident = read_resident(page, dpi=200, segmentation=PAGE, policy=policy)
    program = read_lines(page, dpi=200, segmentation=PAGE, policy=policy)
    assert [[word.text for word in line] for line in resident] == [[word.text for word in line] for line in program]
    for one, other in zip(resident, program, strict=True):
        for word, same in zip(one, other, strict=True):
            assert abs(word.left - same.left) <= 2
            assert abs(word.bottom - same.bottom) <= 2
