"""Tesseract: lines, words and confidences of a grey picture in one pass; resident where tesserocr is installed."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
import pytesseract

from pipeline.domain.errors import ToolFailed, ToolMissing
from pipeline.imaging.picture import Pixels
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.tesseract_resident import is_resident, read_resident
from pipeline.recognise.words import ReadLine, ReadWord, is_writing, spelled

PAGE = 3
"""page segmentation: the whole layout of a page (forms and letterheads read worse with any other)"""
BLOCK = 6
"""page segmentation: one block of lines"""
LINE = 7
"""page segmentation: one line; taken as it is (13) its height fits the network less well"""
_COLUMNS = 12
_PAGE_ROW = "1\t"
_WORD_LEVEL = "5"
_RESULT_BYTES = 1 << 20
"""more than the words of any page take"""


def read_lines(grey: Pixels, *, dpi: float, segmentation: int, policy: ReadPolicy) -> tuple[ReadLine, ...]:
    """Read a grey picture and return its lines in reading order, without what is plainly a speck.

    Raises:
        ToolMissing: Tesseract or its language data is not installed.
        ToolFailed: Tesseract ended with an error or took too long.
        OSError: the picture or the result found no room on the disk.
    """
    if is_resident():
        return read_resident(grey, dpi=dpi, segmentation=segmentation, policy=policy)
    (lines,) = _read_by_program([grey], dpi=dpi, segmentation=segmentation, policy=policy)
    return lines


def read_single_lines(pictures: Sequence[Pixels], *, dpi: float, policy: ReadPolicy) -> tuple[ReadLine, ...]:
    """Read grey pictures of single lines, all in one call; words in the pixels of their picture.

    Raises:
        ToolMissing, ToolFailed, OSError: as `read_lines`.
    """
    if is_resident():
        pages = [read_resident(each, dpi=dpi, segmentation=LINE, policy=policy) for each in pictures]
    else:
        pages = _read_by_program(pictures, dpi=dpi, segmentation=LINE, policy=policy)
    return tuple(tuple(word for line in lines for word in line) for lines in pages)


def _read_by_program(
    pictures: Sequence[Pixels], *, dpi: float, segmentation: int, policy: ReadPolicy
) -> list[tuple[ReadLine, ...]]:
    """Run the program once over all pictures; return the lines of each."""
    options = f"--psm {segmentation} --dpi {round(dpi)} -c tessedit_do_invert=0"
    if policy.tessdata is not None:
        options += f" --tessdata-dir {shlex.quote(str(policy.tessdata))}"
    with tempfile.TemporaryDirectory(prefix="sohoa-") as folder:
        # uncompressed: packing a page as PNG costs more than reading it
        files = [Path(folder) / f"{number}.pgm" for number in range(len(pictures))]
        for file, picture in zip(files, pictures, strict=True):
            height, width = picture.shape
            with file.open("wb") as stream:
                stream.write(b"P5\n%d %d\n255\n" % (width, height))
                stream.write(np.ascontiguousarray(picture).data)
        listed = Path(folder) / "pictures.txt"
        listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
        try:
            table = _run(listed, options, policy)
            _refuse_cut(table, len(pictures))
        except ToolFailed:
            _find_room(folder)  # of a full disk Tesseract says that something failed, or nothing
            raise
        return list(_pages(table, len(pictures)))


def _refuse_cut(table: str, pages: int) -> None:
    """Refuse a table whose end is missing: Tesseract does not look whether its last bytes could be written.

    Raises:
        ToolFailed
    """
    if not table.endswith("\n") or sum(row.startswith(_PAGE_ROW) for row in table.splitlines()) != pages:
        raise ToolFailed(tool="tesseract", reason="its result is cut off")


def _find_room(folder: str) -> None:
    """Raise what the system says where there is no room for a result.

    Raises:
        OSError
    """
    with tempfile.TemporaryFile(dir=folder) as probe:
        os.posix_fallocate(probe.fileno(), 0, _RESULT_BYTES)


def _run(listed: Path, options: str, policy: ReadPolicy) -> str:
    try:
        with _one_thread():
            table: str = pytesseract.image_to_data(
                str(listed), lang=policy.language, config=options, timeout=policy.tesseract_seconds
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


def _pages(table: str, count: int) -> Iterator[tuple[ReadLine, ...]]:
    """Group the words of Tesseract's table (level, page, block, paragraph, line, word, box, confidence, text)."""
    rows = [row for row in (line.split("\t") for line in table.splitlines()) if len(row) == _COLUMNS]
    words = [row for row in rows if row[0] == _WORD_LEVEL]
    for page in range(1, count + 1):
        lines = groupby((row for row in words if row[1] == str(page)), key=lambda row: row[2:5])
        written = (tuple(word for word in map(_word, members) if is_writing(word)) for _, members in lines)
        yield tuple(line for line in written if line)


def _word(row: list[str]) -> ReadWord:
    left, top, width, height = map(int, row[6:10])
    confidence = min(1.0, max(0.0, float(row[10]) / 100))
    return ReadWord(spelled(row[11].strip()), confidence, left, top, left + width, top + height)
