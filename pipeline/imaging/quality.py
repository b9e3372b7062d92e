"""How well a page was scanned, in numbers, and what the person at the scanner can do better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import PagePicture, Pixels

_BANDS = 12
"""level bands of the page on which edges are looked at"""
_BAND_ROWS = 48
_EDGE = 0.5
"""part of the page's contrast that a neighbourhood must have to hold the edge of a letter"""
_GREYS = 0.002
"""share of pixels between black and white under which a page is bilevel"""
_CUT_DPI = 100.0
"""resolution at which letters at the border are looked for"""
_LETTER = (1.0 / 25.4, 9.0 / 25.4)
"""inches: the size of a letter that is cut"""
_FILLED = 0.8
"""part of its box that a corner of a dark band covers, and a letter does not"""
_COARSE = (190.0, 130.0)
"""dpi: papers are to be scanned at 200 at least (Thông tư 01/2023/TT-VPCP, Điều 8.2), which some devices miss by a hair; below
130 letters of 10 points have less than 9 pixels"""
_SOFT = (4.0, 5.4)
"""pixels of 200 dpi, which is 0.5 and 0.7 mm: up to the first all words of a page are read, at the second nine in ten, at 0.9 mm
one in three (benchmarks/results/page-quality.md)"""
_PALE = (90.0, 55.0)
"""grey levels between paper and ink: at 50 a page can hardly be told from an empty one through which its front shows"""
_DARK = (150.0, 70.0)
"""grey level of the paper: people look at the picture, which is read well long after it is hard on their eyes"""
_ASKEW = (3.0, 10.0)
"""degrees: feeders stay below the first; from the second on corners of the sheet are lost, and 12 is the most that is measured"""
_IMPLAUSIBLE = (0.8, 0.5)
"""share of words that can be Vietnamese: names and abbreviations make a tenth of the words of a paper"""
_CUT_LETTERS = 4
"""letters at one side that make a page cut off; fewer may be dirt"""


class Grade(StrEnum):
    """What to do with a page."""

    GOOD = "good"
    USABLE = "usable"
    """it will be read, with more mistakes than need be"""
    SCAN_AGAIN = "scan_again"
    """much will be misread or is not on the picture"""


class Fault(StrEnum):
    """What is wrong with a picture."""

    DAMAGED = "damaged"
    """a part of the picture is lost: its data break off or cannot be decoded"""
    LOW_RESOLUTION = "low_resolution"
    BLURRED = "blurred"
    LOW_CONTRAST = "low_contrast"
    TOO_DARK = "too_dark"
    CROOKED = "crooked"
    CUT_OFF = "cut_off"
    BILEVEL = "bilevel"
    IMPLAUSIBLE_TEXT = "implausible_text"


class Remedy(StrEnum):
    """What helps."""

    SEND_AGAIN = "send_again"
    SCAN_AT_300_DPI = "scan_at_300_dpi"
    CLEAN_GLASS_OR_HOLD_STILL = "clean_glass_or_hold_still"
    SCAN_DARKER = "scan_darker"
    SCAN_LIGHTER = "scan_lighter"
    LAY_STRAIGHT = "lay_straight"
    LAY_INSIDE = "lay_inside"
    SCAN_IN_COLOUR = "scan_in_colour"
    COMPARE_WITH_PAPER = "compare_with_paper"


REMEDIES = {
    Fault.DAMAGED: Remedy.SEND_AGAIN,
    Fault.LOW_RESOLUTION: Remedy.SCAN_AT_300_DPI,
    Fault.BLURRED: Remedy.CLEAN_GLASS_OR_HOLD_STILL,
    Fault.LOW_CONTRAST: Remedy.SCAN_DARKER,
    Fault.TOO_DARK: Remedy.SCAN_LIGHTER,
    Fault.CROOKED: Remedy.LAY_STRAIGHT,
    Fault.CUT_OFF: Remedy.LAY_INSIDE,
    Fault.BILEVEL: Remedy.SCAN_IN_COLOUR,
    Fault.IMPLAUSIBLE_TEXT: Remedy.COMPARE_WITH_PAPER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuality:
    """Measured values of a page that is not blank, and what follows from them."""

    dpi: float
    edge_width: float
    """pixels (of 200 dpi where there are more) over which letters turn from paper to ink; 0 on a bilevel page"""
    contrast: float
    """grey levels between paper and ink"""
    paper: float
    """grey level of the paper"""
    skew: float
    """degrees"""
    cut_letters: int
    """letters that the border cuts, on the side with most"""
    bilevel: bool
    plausible: float | None
    """share of the words read that can be Vietnamese syllables; None: too few words"""
    faults: tuple[tuple[Fault, Grade], ...]
    """each with the grade that it alone would give, the worst first"""

    @property
    def grade(self) -> Grade:
        """The worst that a fault gives."""
        return self.faults[0][1] if self.faults else Grade.GOOD

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What helps, the most urgent first."""
        return tuple(REMEDIES[fault] for fault, _ in self.faults)


def page_quality(
    picture: PagePicture, grey: Pixels, *, dpi: float, skew: float, plausible: float | None
) -> PageQuality:
    """Measure a page that is not blank.

    Args:
        picture: the page as it was scanned.
        grey: the page in grey before its ground is evened.
        dpi: the resolution of `grey`.
        skew: degrees by which the lines run off level.
        plausible: share of the words read that can be Vietnamese syllables, None if too few were read.
    """
    paper, ink = _levels(grey)
    bilevel = _is_bilevel(picture.pixels)
    edge = 0.0 if bilevel else _edge_width(grey, paper - ink) * min(1.0, 200 / dpi)
    cut = _cut_letters(grey, dpi, paper, ink)
    grades = {
        Fault.DAMAGED: Grade.SCAN_AGAIN if picture.damaged else Grade.GOOD,
        # a guess at the resolution of a picture is no reason to scan it again
        Fault.LOW_RESOLUTION: Grade.GOOD if picture.guessed else _graded_up(picture.dpi, *_COARSE),
        Fault.BLURRED: _graded(edge, *_SOFT),
        Fault.LOW_CONTRAST: _graded_up(paper - ink, *_PALE),
        Fault.TOO_DARK: _graded_up(paper, *_DARK),
        Fault.CROOKED: _graded(abs(skew), *_ASKEW),
        Fault.CUT_OFF: Grade.SCAN_AGAIN if cut >= _CUT_LETTERS else Grade.GOOD,
        Fault.BILEVEL: Grade.USABLE if bilevel else Grade.GOOD,
        Fault.IMPLAUSIBLE_TEXT: Grade.GOOD if plausible is None else _graded_up(plausible, *_IMPLAUSIBLE),
    }
    faults = [(fault, grade) for fault, grade in grades.items() if grade is not Grade.GOOD]
    return PageQuality(
        dpi=picture.dpi,
        edge_width=edge,
        contrast=paper - ink,
        paper=paper,
        skew=skew,
        cut_letters=cut,
        bilevel=bilevel,
        plausible=plausible,
        faults=tuple(sorted(faults, key=lambda pair: pair[1] is not Grade.SCAN_AGAIN)),
    )


def _graded(value: float, usable: float, bad: float) -> Grade:
    """Grade a value that is worse the larger it is."""
    if value > bad:
        return Grade.SCAN_AGAIN
    return Grade.USABLE if value > usable else Grade.GOOD


def _graded_up(value: float, usable: float, bad: float) -> Grade:
    """Grade a value that is worse the smaller it is."""
    return _graded(-value, -usable, -bad)


def _levels(grey: Pixels) -> tuple[float, float]:
    """Return the usual grey of the paper and of the ink, parted as N. Otsu does (1979)."""
    sample = np.ascontiguousarray(grey[::4, ::4])
    cut, _ = cv2.threshold(sample, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = sample[sample <= cut]
    # half of the pixels of thin strokes are halfway to the paper
    ink = float(np.percentile(dark, 25)) if dark.size else 0.0
    return float(np.median(sample[sample > cut])) if (sample > cut).any() else ink, ink


def _is_bilevel(pixels: Pixels) -> bool:
    sample = pixels[::7, ::7]
    return float(np.mean((sample > 0) & (sample < 255))) < _GREYS  # noqa: PLR2004 - neither black nor white


def _edge_width(grey: Pixels, contrast: float) -> float:
    """Return over how many pixels letters turn from paper to ink: contrast over the steepest slope, at their edges."""
    height = grey.shape[0]
    if height < 2 * _BAND_ROWS or contrast <= 0:
        return 0.0
    tops = np.linspace(0.05 * height, 0.95 * height - _BAND_ROWS, _BANDS).astype(int)
    widths: list[NDArray[np.float64]] = []
    around = np.ones((9, 9), np.uint8)
    for top in tops:
        band = grey[top : top + _BAND_ROWS]
        reach = cv2.subtract(cv2.dilate(band, around), cv2.erode(band, around))
        slope_x = cv2.absdiff(band[:, 2:], band[:, :-2])
        slope = cv2.dilate(np.ascontiguousarray(slope_x), around)
        edges = reach[:, 1:-1] > _EDGE * contrast
        if edges.any():
            widths.append(2.0 * reach[:, 1:-1][edges] / np.maximum(slope[edges], 1))
    return float(np.median(np.concatenate(widths))) if widths else 0.0


def _cut_letters(grey: Pixels, dpi: float, paper: float, ink: float) -> int:
    """Return how many marks of the size of letters touch the border, on the side with most."""
    factor = min(1.0, _CUT_DPI / dpi)
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    least, most = (side * dpi * factor for side in _LETTER)
    deep = round(most) + 2
    strips = (small[:deep], small[-deep:][::-1], small[:, :deep].T, small[:, -deep:].T[::-1])
    return max(_touching(np.ascontiguousarray(strip), (paper + ink) / 2, least, most) for strip in strips)


def _touching(strip: Pixels, cut: float, least: float, most: float) -> int:
    """Return how many marks touch the first row of a strip."""
    _, _, found, _ = cv2.connectedComponentsWithStats((strip < cut).astype(np.uint8), connectivity=8)
    marks = found[1:]
    along, inwards = marks[:, cv2.CC_STAT_WIDTH], marks[:, cv2.CC_STAT_HEIGHT]
    letters = (marks[:, cv2.CC_STAT_TOP] == 0) & (np.maximum(along, inwards) >= least)
    filled = marks[:, cv2.CC_STAT_AREA] > _FILLED * along * inwards
    letters &= (along <= most) & (inwards <= most) & ~filled
    return int(letters.sum())
