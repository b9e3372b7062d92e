"""Tesseract: lines, words and confidences of a grey picture in one pass."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import cv2
import pytesseract

from pipeline.domain.errors import ToolFailed, ToolMissing
from pipeline.imaging.picture import Pixels
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.words import ReadLine, ReadWord, is_writing, spelled

PAGE = 3
"""page segmentation: the whole layout of a page (forms and letterheads read worse with any other)"""
BLOCK = 6
"""page segmentation: one block of lines"""
_COLUMNS = 12
_WORD_LEVEL = "5"


def read_lines(grey: Pixels, *, dpi: float, segmentation: int, policy: ReadPolicy) -> tuple[ReadLine, ...]:
    """Read a grey picture and return its lines in reading order, without what is plainly a speck.

    Raises:
        ToolMissing: Tesseract or its language data is not installed.
        ToolFailed: Tesseract ended with an error or took too long.
    """
    options = f"--psm {segmentation} --dpi {round(dpi)} -c tessedit_do_invert=0"
    if policy.tessdata is not None:
        options += f" --tessdata-dir {shlex.quote(str(policy.tessdata))}"
    with tempfile.TemporaryDirectory(prefix="sohoa-") as folder:
        # uncompressed: packing a page as PNG costs more than reading it
        picture = Path(folder) / "page.pgm"
        if not cv2.imwrite(str(picture), grey):
            raise ToolFailed(tool="opencv", reason="the page could not be written for Tesseract")
        table = _run(picture, options, policy)
    return tuple(_lines(table))


def _run(picture: Path, options: str, policy: ReadPolicy) -> str:
    try:
        with _one_thread():
            table: str = pytesseract.image_to_data(
                str(picture), lang=policy.language, config=options, timeout=policy.tesseract_seconds
            )
    except pytesseract.TesseractNotFoundError as error:
        raise ToolMissing(tool="tesseract", package="tesseract-ocr") from error
    except pytesseract.TesseractError as error:
        message = str(error.message)
        if "Error opening data file" in message or "Failed loading language" in message:
            package = f"tesseract-ocr-{policy.language}"
            raise ToolMissing(tool=f"{policy.language}.traineddata", package=package) from error
        raise ToolFailed(tool="tesseract", reason=message) from error
    except RuntimeError as error:
        raise ToolFailed(tool="tesseract", reason=str(error)) from error
    return table


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let Tesseract use one thread: with one process a core its own threads treble the time.

    pytesseract hands its child the environment of this process, so it is set for the length of the call.
    """
    name = "OMP_THREAD_LIMIT"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _lines(table: str) -> Iterator[ReadLine]:
    """Group the words of Tesseract's table (level, page, block, paragraph, line, word, box, confidence, text)."""
    rows = [row for row in (line.split("\t") for line in table.splitlines()) if len(row) == _COLUMNS]
    words = (row for row in rows if row[0] == _WORD_LEVEL)
    for _, members in groupby(words, key=lambda row: row[2:5]):
        kept = tuple(word for word in map(_word, members) if is_writing(word))
        if kept:
            yield kept


def _word(row: list[str]) -> ReadWord:
    left, top, width, height = map(int, row[6:10])
    confidence = min(1.0, max(0.0, float(row[10]) / 100))
    return ReadWord(spelled(row[11].strip()), confidence, left, top, left + width, top + height)
