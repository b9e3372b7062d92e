"""Forms that were filled in: labels, and values behind them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import PEN_BLUE
from pipeline.specimens.sheet import A4, MM, Run, Sheet

LEFT, RIGHT = 30 * MM, A4[0] - 18 * MM
SIZE = 13.0
_LEADING = 21.0
"""points from one row to the next"""


class Form:
    """Labels with what was filled in behind them.

    A form filled in by hand was printed with dotted lines; one filled in on a computer has none left. Readers stumble
    over dotted lines, so both belong among the specimens.
    """

    def __init__(self, sheet: Sheet, *, hand: bool, y: float, size: float = SIZE, leading: float = _LEADING) -> None:
        self._dotted = hand
        self._size, self._leading = size, leading
        self.sheet = sheet
        self.y = y
        self._face = Face.SERIF_ITALIC if hand else Face.SERIF
        self._colour = PEN_BLUE if hand else (40, 40, 44)

    def row(self, *pairs: tuple[str, str]) -> None:
        """Set one row of labels and values; a value that is too long goes on in the next line."""
        if len(pairs) > 1:
            self._columns(pairs)
            return
        runs = [run for label, value in pairs for run in (Run(label), Run(value, self._face, self._colour))]
        for words in self.sheet.wrap(runs, width=RIGHT - LEFT, size=self._size):
            box = self.sheet.line(LEFT, self.y, words, size=self._size)
            self._dots(box.right + 3)
            self.y += self._leading

    def _columns(self, pairs: Sequence[tuple[str, str]]) -> None:
        step = (RIGHT - LEFT) / len(pairs)
        for place, (label, value) in enumerate(pairs):
            runs = (Run(label), Run(value, self._face, self._colour))
            box = self.sheet.text(LEFT + place * step, self.y, runs, size=self._size)
            self._dots(box.right + 3, LEFT + (place + 1) * step - 4)
        self.y += self._leading

    def label(self, text: str, *, face: Face = Face.SERIF) -> None:
        """Set a line of the form without anything to fill in."""
        self.y = self.sheet.block(
            LEFT, self.y, text, size=self._size, width=RIGHT - LEFT, face=face, leading=self._leading / self._size
        )

    def halves(self, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> None:
        """Set two people side by side, each row of labels and values in its half of the page."""
        middle = (LEFT + RIGHT) / 2
        for pair in zip(left, right, strict=True):
            ends = [
                self.sheet.block(
                    start,
                    self.y,
                    (Run(label), Run(value, self._face, self._colour)),
                    size=self._size,
                    width=middle - LEFT - 14,
                    leading=self._leading / self._size,
                )
                for start, (label, value) in zip((LEFT, middle + 6), pair, strict=True)
            ]
            self.y = max(ends)

    def _dots(self, left: float, right: float = RIGHT) -> None:
        x = left
        while self._dotted and x < right - 1:
            self.sheet.rule(x, x + 0.8, self.y, weight=0.8)
            x += 3.2
