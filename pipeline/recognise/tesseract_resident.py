"""Tesseract within this process, through tesserocr where that is installed: its data is loaded once, not once a page.

tesserocr's wheels bring a Tesseract of their own; the language data stays that of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pipeline.domain.errors import ToolFailed
from pipeline.imaging.picture import Pixels
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.words import ReadLine, ReadWord, is_writing, spelled


def is_resident() -> bool:
    """Say whether tesserocr is installed."""
    return find_spec("tesserocr") is not None


def read_resident(grey: Pixels, *, dpi: float, segmentation: int, policy: ReadPolicy) -> tuple[ReadLine, ...]:
    """Read a grey picture and return its lines in reading order, without what is plainly a speck.

    Raises:
        ToolMissing: the language data is not installed.
        ToolFailed: Tesseract ended with an error or took too long.
    """
    folder = find_traineddata(policy.language, tessdata=policy.tessdata).parent
    api = _loaded(policy.language, str(folder))
    height, width = grey.shape
    api.SetPageSegMode(segmentation)
    api.SetImageBytes(grey.tobytes(), width, height, 1, width)
    api.SetSourceResolution(round(dpi))
    try:
        if not api.Recognize(policy.tesseract_seconds * 1000):
            raise ToolFailed(tool="tesseract", reason=f"no end after {policy.tesseract_seconds} s")
        return tuple(_lines(api))
    finally:
        api.Clear()


@lru_cache(maxsize=1)
def _loaded(language: str, folder: str) -> Any:  # noqa: ANN401 - tesserocr has no types
    tesserocr = import_module("tesserocr")
    try:
        api = tesserocr.PyTessBaseAPI(path=folder, lang=language)
    except RuntimeError as error:
        raise ToolFailed(tool="tesseract", reason=str(error)) from error
    api.SetVariable("tessedit_do_invert", "0")
    return api


def _lines(api: Any) -> Iterator[ReadLine]:  # noqa: ANN401 - tesserocr has no types
    tesserocr = import_module("tesserocr")
    words: list[ReadWord] = []
    found = api.GetIterator()
    if found is None:
        return
    for item in tesserocr.iterate_level(found, tesserocr.RIL.WORD):
        if words and item.IsAtBeginningOf(tesserocr.RIL.TEXTLINE):
            yield tuple(words)
            words = []
        if item.Empty(tesserocr.RIL.WORD):
            continue
        left, top, right, bottom = item.BoundingBox(tesserocr.RIL.WORD)
        confidence = min(1.0, max(0.0, item.Confidence(tesserocr.RIL.WORD) / 100))
        word = ReadWord(spelled(item.GetUTF8Text(tesserocr.RIL.WORD).strip()), confidence, left, top, right, bottom)
        if is_writing(word):
            words.append(word)
    if words:
        yield tuple(words)
