"""The picture of a page: pixels, and how large the page is in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.geometry import POINTS_PER_INCH

Pixels = NDArray[np.uint8]
"""grey (height, width) or RGB (height, width, 3); 0 is black"""

A4_LONG_SIDE = 297 / 25.4
"""inches"""
A4_SHORT_SIDE = 210 / 25.4
"""inches"""
_LONGEST_PAPER = 24.0
"""inches (A2): a longer page is taken for a picture whose resolution was never set"""
_SHORTEST_PAPER = 1.5
"""inches: an identity card is 3.4 long; a shorter page has a resolution that is nonsense"""
_STRIP = 2.0
"""a picture that is this many times as long as wide is no sheet: its long side is taken for the width of a sheet"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PagePicture:
    """A page as a viewer shows it."""

    pixels: Pixels
    width: float
    """points"""
    height: float
    """points"""
    dpi: float
    """pixels per inch for reading: as the file says, or guessed where that cannot be the size of a paper"""
    guessed: bool = False
    """whether `dpi` is a guess"""
    damaged: bool = False
    """whether a part of the picture is lost, because its data break off or cannot be decoded"""


def plausible_dpi(dpi: float, *, width: int, height: int) -> bool:
    """Say whether a picture of `width` x `height` pixels at `dpi` has the size of a paper."""
    return dpi > 0 and _SHORTEST_PAPER <= max(width, height) / dpi <= _LONGEST_PAPER


def guessed_dpi(*, width: int, height: int) -> float:
    """Return the resolution at which a picture of `width` x `height` pixels is as long as an A4 sheet.

    A strip (a letterhead, a till receipt) is taken to be as long as such a sheet is wide.
    """
    long, short = max(width, height), max(1, min(width, height))
    return long / (A4_SHORT_SIDE if long / short > _STRIP else A4_LONG_SIDE)


def pictured(pixels: Pixels, *, dpi: float | None, damaged: bool = False) -> PagePicture:
    """Make the picture of a page whose size follows from its resolution; an unknown or senseless one is guessed."""
    height, width = pixels.shape[:2]
    known = dpi is not None and plausible_dpi(dpi, width=width, height=height)
    value = dpi if dpi is not None and known else guessed_dpi(width=width, height=height)
    return PagePicture(
        pixels=pixels,
        width=width / value * POINTS_PER_INCH,
        height=height / value * POINTS_PER_INCH,
        dpi=value,
        guessed=not known,
        damaged=damaged,
    )
