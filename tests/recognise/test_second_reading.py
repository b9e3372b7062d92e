"""Doubtful lines are read again by Tesseract from the same picture, and the reading that makes more sense is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline.imaging.lines import PixelLine
from pipeline.imaging.picture import Pixels
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.second_reading import doubtful_again
from pipeline.recognise.tesseract import read_single_lines
from pipeline.recognise.words import ReadLine, ReadWord
from tests.recognise.network.drawn_lines import drawn_line
from tests.servers.required import give_up

ROOT = Path(__file__).parents[2]
RESIDENT = ROOT / ".tools" / "resident"
"""where the set-up puts tesserocr, out of the way of the other tests"""

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


_IN_A_PROCESS_OF_ITS_OWN = """
import sys, numpy as np
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.tesseract import PAGE, read_lines
from pipeline.recognise.tesseract_resident import is_resident
from pipeline.values import to_json
assert is_resident() is (sys.argv[2] == "resident")
lines = read_lines(np.load(sys.argv[1]), dpi=200, segmentation=PAGE, policy=ReadPolicy())
print(to_json([[(word.text, word.left, word.bottom) for word in line] for line in lines]).decode())
"""


def _read_elsewhere(page: Path, kind: str, **environment: str) -> list[list[tuple[str, float, float]]]:
    """Read a page in a process that has tesserocr, or in one that has not; nothing else differs."""
    command = [sys.executable, "-c", _IN_A_PROCESS_OF_ITS_OWN, str(page), kind]
    told = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    lines: list[list[tuple[str, float, float]]] = json.loads(told.stdout)
    return lines


@pytest.mark.tools
def test_the_resident_tesseract_reads_as_the_program_does(tmp_path: Path) -> None:
    if not RESIDENT.is_dir():
        give_up("tesserocr is not in .tools/resident")
    page = np.full((300, 1400), 255, np.uint8)
    for place, text in enumerate(TEXTS):
        picture = drawn_line(text).picture
        page[20 + 90 * place : 20 + 90 * place + picture.shape[0], 30 : 30 + picture.shape[1]] = picture
    np.save(tmp_path / "page.npy", page)
    resident = _read_elsewhere(tmp_path / "page.npy", "resident", PYTHONPATH=str(RESIDENT))
    program = _read_elsewhere(tmp_path / "page.npy", "program")
    assert [[text for text, *_ in line] for line in resident] == [text.split() for text in TEXTS]
    assert [[text for text, *_ in line] for line in program] == [text.split() for text in TEXTS]
    for one, other in zip(resident, program, strict=True):
        for (_, left, bottom), (_, same_left, same_bottom) in zip(one, other, strict=True):
            assert abs(left - same_left) <= 2
            assert abs(bottom - same_bottom) <= 2
