"""From the flattened sheet of a photograph back onto the photograph."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import Line
from pipeline.imaging.sheet import FlatSheet
from pipeline.recognise.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Unflattened:
    """How a photograph lies, and the way onto it from its flattened sheet.

    Reading space is turned, not warped: it takes the direction of the text in the middle of the sheet for level. Words
    elsewhere keep the small slant that perspective gives them, and a box is drawn around each.
    """

    sheet: FlatSheet
    flat: Frame
    """how the flattened sheet lies"""
    frame: Frame
    """how the photograph lies"""

    def lines(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """Carry lines from the flattened sheet's reading space into the photograph's; order and blocks are kept."""
        carried = []
        for line in lines:
            words = tuple(replace(word, box=self._box(word.box)) for word in line.words)
            carried.append(replace(line, words=words, box=around(word.box for word in words)))
        return tuple(carried)

    def _box(self, box: Box) -> Box:
        corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        return self.frame.from_view(self.sheet.on_photo(*self.flat.to_view(x, y)) for x, y in corners)


def unflattened(sheet: FlatSheet, flat: Frame, *, width: float, height: float) -> Unflattened:
    """Return the way from a flattened sheet that lies as `flat` onto its photograph of `width` x `height` points."""
    frame = Frame(view_width=width, view_height=height, rotation=flat.rotation)
    middle = flat.height / 2
    ends = [sheet.on_photo(*flat.to_view(share * flat.width, middle)) for share in (0.25, 0.75)]
    start, end = (frame.from_view([point]) for point in ends)
    skew = math.degrees(math.atan2(end.top - start.top, end.left - start.left))
    return Unflattened(sheet=sheet, flat=flat, frame=replace(frame, skew=round(skew, 2)))
