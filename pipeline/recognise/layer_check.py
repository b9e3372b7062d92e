"""Whether a text layer says what the pixels say: some of its lines are read from the picture and compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from rapidfuzz.distance import Levenshtein

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.page import Line
from pipeline.imaging.picture import Pixels
from pipeline.recognise.words import ReadLine, mean_confidence
from pipeline.text.syllables import is_syllable

_SAMPLES = 10
"""lines that are read: some 500 letters, of which the network gets two or three wrong on drawn pages"""
_SUSPECTS = 4
"""of them, those with the most words that Vietnamese cannot spell"""
_FEWEST_SIGNS = 6
"""of a line that is worth reading"""
_MARGIN = 2.0
"""points of paper around a line in the picture that is read"""
_GAP = 12.0
"""points between two of them: no line finder takes them for one"""
_INK = 40
"""levels of grey between the lightest and darkest pixel of a box that holds writing; paper differs by 10 to 20"""
_PAPER = 255
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class SheetReader(Protocol):
    """Reads an upright, level grey sheet with some lines on it; `LevelReader` is one."""

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """Return the lines, words in pixels."""
        ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a layer compares with what its lines look like."""

    share: float
    """part of the characters that are the same, 0 to 1"""
    confidence: float
    """of the reader: where it is unsure, a difference says little"""
    signs: int
    """characters compared"""


def without_unseen(lines: Sequence[Line], level: Pixels, *, dpi: float) -> tuple[list[Line], float]:
    """Return the lines without words where nothing is to be seen, and the part of all characters that was dropped.

    Text in the colour of the paper, and text of a layer that lies beside the writing.

    Args:
        lines: in the points of the picture.
        level: grey pixels, upright and level.
        dpi: of the pixels.
    """
    kept, dropped, every = [], 0, 0
    for line in lines:
        words = tuple(word for word in line.words if _has_ink(level, word.box, dpi))
        letters = sum(len(word.text) for word in line.words)
        every += letters
        dropped += letters - sum(len(word.text) for word in words)
        if words:
            kept.append(Line(words, line.box, line.block))
    return kept, dropped / every if every else 0.0


def agreement(lines: Sequence[Line], level: Pixels, *, dpi: float, reader: SheetReader) -> Agreement | None:
    """Read some lines from the picture and compare them with what the layer says; None if there is no line to compare.

    Args: as `without_unseen`, and the reader.
    """
    chosen = _chosen(lines)
    if not chosen:
        return None
    strips = [_strip(level, line.box, dpi) for line in chosen]
    sheet, tops = _sheet(strips, gap=round(_GAP / POINTS_PER_INCH * dpi))
    read = reader.read(sheet, dpi=dpi)
    compared = wrong = 0
    for line, top, strip in zip(chosen, tops, strips, strict=True):
        told, seen = _squeezed(line.text), _squeezed(_text_between(read, top, top + strip.shape[0]))
        compared += max(len(told), len(seen))
        wrong += Levenshtein.distance(told, seen)
    return Agreement(1 - wrong / compared, mean_confidence(read)[0], compared)


def _chosen(lines: Sequence[Line]) -> list[Line]:
    """Return lines from all over the page, and those that look least like Vietnamese."""
    worth = [line for line in lines if len(_squeezed(line.text)) >= _FEWEST_SIGNS]
    if len(worth) <= _SAMPLES:
        return worth
    suspects = sorted(range(len(worth)), key=lambda at: (-_strangers(worth[at].text), at))[:_SUSPECTS]
    spread = np.linspace(0, len(worth) - 1, _SAMPLES - _SUSPECTS).round().astype(int).tolist()
    return [worth[at] for at in sorted({*suspects, *spread})]


def _strangers(text: str) -> int:
    return sum(not is_syllable(word) for word in _LETTERS.findall(text) if not word.isupper())


def _has_ink(level: Pixels, box: Box, dpi: float) -> bool:
    part = _strip(level, box, dpi, margin=0.0)
    return part.size > 0 and int(part.max()) - int(part.min()) >= _INK


def _strip(level: Pixels, box: Box, dpi: float, *, margin: float = _MARGIN) -> Pixels:
    scale = dpi / POINTS_PER_INCH
    top, bottom = max(0, int((box.top - margin) * scale)), max(0, int((box.bottom + margin) * scale) + 1)
    left, right = max(0, int((box.left - margin) * scale)), max(0, int((box.right + margin) * scale) + 1)
    return level[top:bottom, left:right]


def _sheet(strips: Sequence[Pixels], *, gap: int) -> tuple[Pixels, list[int]]:
    """Lay strips one under the other on white; return the sheet and where each begins."""
    width = max(strip.shape[1] for strip in strips) + 2 * gap
    height = sum(strip.shape[0] + gap for strip in strips) + gap
    sheet = np.full((height, width), _PAPER, dtype=np.uint8)
    tops, at = [], gap
    for strip in strips:
        sheet[at : at + strip.shape[0], gap : gap + strip.shape[1]] = strip
        tops.append(at)
        at += strip.shape[0] + gap
    return sheet, tops


def _text_between(lines: Sequence[ReadLine], top: int, bottom: int) -> str:
    words = [word for line in lines for word in line if top <= (word.top + word.bottom) / 2 <= bottom]
    return " ".join(word.text for word in sorted(words, key=lambda word: word.left))


def _squeezed(text: str) -> str:
    """Return a text without spaces, and without dots, which leaders have in any number, and with one kind of dash."""
    return re.sub(r"[\s.…_]+", "", text).replace("–", "-").replace("—", "-")
