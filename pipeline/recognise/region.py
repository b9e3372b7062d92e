"""A part of a page read again: what somebody drew a box around, with nothing beside it to be confused by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from pipeline.domain.errors import SourceTooLarge
from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.source import MediaType
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.skew import levelled
from pipeline.imaging.upright_picture import upright_picture
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.readers import reader_of
from pipeline.recognise.sight import even_and_large, sight_of
from pipeline.recognise.words import ReadLine, mean_confidence

_AROUND, _MOST_AROUND = 0.1, 2.0
"""of the box's height, and points: how far marks on capitals may stand out of a box that was drawn tightly"""
_PAPER = 9.0
"""points of paper laid around what was cut out: lines are found by the room between them"""
_WHITE = 250
"""of a ground that shows the paper's own shade no more"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReading:
    """What stands in a part of a page."""

    text: str
    """lines joined by spaces, NFC; empty where nothing was read"""
    confidence: float
    """0 to 1"""
    others: tuple[str, ...] = ()
    """the text with one of its words read otherwise, the likeliest first"""


def read_region(
    file: Path, media_type: MediaType, number: int, *, rotation: int, skew: float, box: Box, policy: ReadPolicy
) -> RegionReading:
    """Read what stands within a box on the upright page.

    Args:
        file: the source.
        media_type: of the source.
        number: of the page in it, from 1.
        rotation: degrees clockwise that make the page upright.
        skew: degrees clockwise by which its text lines run off level.
        box: on the upright page, points from the top left.
        policy: how pages are read.

    Raises:
        SourceTooLarge: the box lies outside the page, or has no extent.
        DamagedSource, EncryptedSource, UnknownSource, ToolMissing, ToolFailed, UnsupportedNetwork
    """
    cv2.setNumThreads(1)
    page = upright_picture(file, media_type, number, rotation=rotation, pixel_limit=policy.pixel_limit)
    cut = _cut_out(page, box)
    sight = sight_of(cut, dpi=policy.dpi, photo=False)
    even, dpi = even_and_large(sight.grey, dpi=sight.dpi, wanted=policy.dpi)
    level = levelled(_on_paper(even, dpi), skew) if skew else _on_paper(even, dpi)
    lines = reader_of(policy).read(level, dpi=dpi)
    return RegionReading(
        text=_text(lines), confidence=round(mean_confidence(lines)[0], 3), others=tuple(_others(lines))
    )


def _cut_out(page: PagePicture, box: Box) -> PagePicture:
    height, width = page.pixels.shape[:2]
    across, down = width / page.width, height / page.height
    more = min(_MOST_AROUND, _AROUND * box.height)
    left, top = max(0, round((box.left - more) * across)), max(0, round((box.top - more) * down))
    right, bottom = min(width, round((box.right + more) * across)), min(height, round((box.bottom + more) * down))
    if right - left < 1 or bottom - top < 1:
        raise SourceTooLarge(limit="region")
    pixels = np.ascontiguousarray(page.pixels[top:bottom, left:right])
    dpi = across * POINTS_PER_INCH
    return replace(
        page, pixels=pixels, width=(right - left) / across, height=(bottom - top) / down, dpi=dpi, guessed=False
    )


def _on_paper(grey: Pixels, dpi: float) -> Pixels:
    margin = round(_PAPER / POINTS_PER_INCH * dpi)
    framed = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=_WHITE)
    return np.asarray(framed, dtype=np.uint8)


def _text(lines: tuple[ReadLine, ...]) -> str:
    return " ".join(word.text for line in lines for word in line)


def _others(lines: tuple[ReadLine, ...]) -> list[str]:
    words = [word for line in lines for word in line]
    found = [
        (chance, " ".join(other if place == number else word.text for number, word in enumerate(words)))
        for place, each in enumerate(words)
        for other, chance in each.others
    ]
    return [text for _, text in sorted(found, key=lambda one: -one[0])]
