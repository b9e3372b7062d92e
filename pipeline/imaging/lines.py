"""Text lines of an upright, level page: where they are, each cut out clean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.imaging.columns import parted
from pipeline.imaging.crops import cut_out, extents
from pipeline.imaging.leaders import leader_dots
from pipeline.imaging.pale import without_pale
from pipeline.imaging.picture import Pixels
from pipeline.imaging.rows import rows_of, too_large
from pipeline.imaging.rules import NO_RULES, Rules, rule_strokes, without_rules
from pipeline.imaging.seals import find_seals, without_seals
from pipeline.imaging.sift import sifted, without_seal_writing
from pipeline.imaging.strokes import ink_of, strokes_of, usual_height


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelLine:
    """A line of text, or the part of one in one column or table cell; all numbers are pixels of the page's picture."""

    left: int
    top: int
    right: int
    """the first column that is no longer part of it"""
    bottom: int
    baseline: float
    """where its letters stand"""
    capitals: float
    """height of its capitals and high letters"""
    picture: Pixels
    """its grey pixels; what is not its own ink is painted over with paper"""


@dataclass(frozen=True, slots=True, eq=False)
class PageLines:
    """What `find_lines` finds. The order of the lines means nothing, see `pipeline.imaging.blocks`."""

    lines: tuple[PixelLine, ...]
    rules: Rules
    """of tables and forms, in pixels"""


def find_lines(grey: Pixels, *, dpi: float) -> PageLines:
    """Return the text lines of an upright, level grey page.

    The page should have some 200 dpi, red ink faded and even ground; letters of 6 to 36 points are found. `dpi` tells how
    large a seal is.
    """
    ink = ink_of(grey)
    strokes = strokes_of(ink)
    usual = usual_height(strokes)
    if not usual:
        return PageLines((), NO_RULES)
    seals = find_seals(ink, strokes, usual, dpi=dpi)
    clean, rules = without_rules(without_seals(ink, seals) if seals else ink, strokes, usual)
    clean = without_pale(grey, clean, strokes, too_large(strokes, usual))
    if clean is not ink:
        strokes = strokes_of(clean)
    without = rule_strokes(strokes, usual) | leader_dots(strokes, usual)
    rows = rows_of(strokes, usual, rules, without=without)
    if not rows.count:
        return PageLines((), rules)
    if seals:
        rows = without_seal_writing(strokes, rows, np.any([seal.holds(strokes) for seal in seals], axis=0))
    rows = sifted(strokes, parted(strokes, rows, rules), usual)
    found = extents(strokes, rows, shape=(grey.shape[0], grey.shape[1]))
    pictures = cut_out(grey, ink, strokes, rows, found)
    lines = (
        PixelLine(
            left=int(found.left[i]),
            top=int(found.top[i]),
            right=int(found.right[i]),
            bottom=int(found.bottom[i]),
            baseline=float(found.baseline[i]),
            capitals=float(found.capitals[i]),
            picture=picture,
        )
        for i, picture in enumerate(pictures)
    )
    return PageLines(tuple(lines), rules)
