"""Compare what two states of a PDF look like, page by page: the last word on attacks that the structure does not give away.

Shadow attacks (Mainka et al., NDSS 2021) show another content behind the same signature. Both states are drawn by pdfium, small and
grey, and compared outside the places where a legitimate later signature may draw.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
import pypdfium2
from numpy.typing import NDArray

_SCALE = 48 / 72
"""pixels a point: letters of 10 points are 7 pixels high, so that another letter differs in several pixels"""
_DIFFERENT = 48
"""grey levels, of 255, by which a pixel counts as different"""
_PAPER = 200
"""grey level from which a pixel counts as paper: a red seal is 76"""
_FEW = 3
"""different pixels that a page may have"""
_MARGIN = 2
"""pixels around an excepted place"""
_LARGEST_SIDE = 1600
"""pixels; larger pages are drawn smaller"""
_LARGEST_PLACE = 0.2
"""part of the page that an excepted place may take; a signature that paints over more of it is no signature"""

Rectangle = tuple[float, float, float, float]
"""left, bottom, right, top in the space of the PDF page"""


class Sameness(StrEnum):
    """What a comparison found."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """the time was over, or a page cannot be drawn"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierState:
    """The first bytes of a file, and where later states may look different."""

    end: int
    """bytes"""
    excepted: dict[int, tuple[Rectangle, ...]] = field(default_factory=dict)
    """by page, from 0"""


Compare = Callable[[Path, Sequence[EarlierState], float], Sequence[Sameness]]
"""(file, earlier states of it, seconds) to how each of them compares with the whole file"""


def compare_states(
    file: Path, states: Sequence[EarlierState], seconds: float, stopwatch: Callable[[], float] = time.monotonic
) -> list[Sameness]:
    """Say for each earlier state of a file whether all its pages look as they do now; a `Compare`.

    What was not looked at when `seconds` are over is unknown.
    """
    data = file.read_bytes()
    until = stopwatch() + seconds
    with _Drawn(data) as now:
        return [_compare(data, state, now, lambda: stopwatch() > until) for state in states]


def _compare(data: bytes, state: EarlierState, now: _Drawn, over: Callable[[], bool]) -> Sameness:
    with _Drawn(data[: state.end]) as then:
        if now.pages is None or then.pages is None:
            return Sameness.UNKNOWN
        if then.pages != now.pages:
            return Sameness.DIFFERENT
        for number in range(now.pages):
            found = Sameness.UNKNOWN if over() else _page(then, now, number, state.excepted.get(number, ()))
            if found is not Sameness.SAME:
                return found
    return Sameness.SAME


def _page(then: _Drawn, now: _Drawn, number: int, excepted: Sequence[Rectangle]) -> Sameness:
    old, new = then.page(number), now.page(number)
    if old is None or new is None:
        return Sameness.UNKNOWN
    if old.pixels.shape != new.pixels.shape:
        return Sameness.DIFFERENT
    change = new.pixels.astype(np.int16) - old.pixels
    different = np.abs(change) > _DIFFERENT
    for rectangle in excepted:
        area = new.area(rectangle)
        if different[area].size <= _LARGEST_PLACE * different.size:
            # a signature may add ink, a seal may lie over other ink, but what was there may not give way to paper
            different[area] = (change[area] > _DIFFERENT) & (new.pixels[area] > _PAPER)
    return Sameness.DIFFERENT if np.count_nonzero(different) > _FEW else Sameness.SAME


@dataclass(frozen=True, slots=True)
class _Page:
    pixels: NDArray[np.uint8]
    """grey, rows of columns"""
    to_bitmap: Callable[[float, float], tuple[int, int]]
    """from the space of the PDF page to (column, row)"""

    def area(self, rectangle: Rectangle) -> tuple[slice, slice]:
        """Return the pixels of a rectangle."""
        left, bottom, right, top = rectangle
        (x0, y0), (x1, y1) = self.to_bitmap(left, bottom), self.to_bitmap(right, top)
        rows = slice(max(0, min(y0, y1) - _MARGIN), max(0, max(y0, y1) + _MARGIN + 1))
        return rows, slice(max(0, min(x0, x1) - _MARGIN), max(0, max(x0, x1) + _MARGIN + 1))


class _Drawn:
    """A PDF whose pages are drawn once each, with annotations and form fields."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._document: Any = None
        self._kept: dict[int, _Page | None] = {}

    def __enter__(self) -> Self:
        try:
            self._document = pypdfium2.PdfDocument(self._data)
            self._document.init_forms()
        except pypdfium2.PdfiumError:
            self._document = None
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.clear()
        if self._document is not None:
            self._document.close()

    @property
    def pages(self) -> int | None:
        """Number of pages, None if the file cannot be read."""
        return None if self._document is None else len(self._document)

    def page(self, number: int) -> _Page | None:
        """Return a page, drawn, or None if it cannot be drawn."""
        if number not in self._kept:
            try:
                self._kept[number] = self._draw(number)
            except pypdfium2.PdfiumError:
                self._kept[number] = None
        return self._kept[number]

    def _draw(self, number: int) -> _Page:
        page = self._document[number]
        scale = min(_SCALE, _LARGEST_SIDE / max(*page.get_size(), 1))
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
        pixels = bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width].copy()
        return _Page(pixels, bitmap.get_posconv(page).to_bitmap)
