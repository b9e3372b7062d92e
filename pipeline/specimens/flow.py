"""Running text over as many A4 pages as it needs, in the margins of Nghị định 30/2020/NĐ-CP, phụ lục I."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.geometry import Box
from pipeline.specimens.fonts import Face, Family
from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.sheet import A4, MM, Align, Run, Sheet

LEFT, RIGHT = 30 * MM, A4[0] - 17 * MM
TOP, FOOT = 20 * MM, A4[1] - 20 * MM
WIDTH = RIGHT - LEFT
MIDDLE = (LEFT + RIGHT) / 2
BODY = 14.0
LEADING = 1.22
INDENT = 12.7 * MM


class Flow:
    """Where the text stands, and new pages when one is full; all but the first carry their number on top."""

    def __init__(self, dpi: int, family: Family = Family.TIMES) -> None:
        self._dpi = dpi
        self._family = family
        self._sheets = [Sheet(A4, dpi=dpi, family=family)]
        self.y = TOP

    @property
    def sheet(self) -> Sheet:
        """The page that is being set."""
        return self._sheets[-1]

    def finish(self) -> tuple[DrawnPage, ...]:
        """Return the pages."""
        return tuple(sheet.finish() for sheet in self._sheets)

    def turn(self) -> None:
        """Begin a new page."""
        self._sheets.append(Sheet(A4, dpi=self._dpi, family=self._family))
        self.sheet.text(A4[0] / 2, 13 * MM, str(len(self._sheets)), size=13, align=Align.CENTRE)
        self.y = TOP + BODY

    def need(self, height: float) -> None:
        """Begin a new page unless `height` points are left."""
        if self.y + height > FOOT:
            self.turn()

    def paragraph(self, runs: Sequence[Run]) -> Box:
        """Set a justified paragraph with its first line indented; return the box of its last line."""
        self.y += 5
        lines = self.sheet.wrap(runs, width=WIDTH, size=BODY, indent=INDENT)
        box = Box(LEFT, self.y, LEFT, self.y)
        for number, words in enumerate(lines):
            self.need(BODY)
            indent = INDENT if number == 0 else 0.0
            width = 0.0 if number == len(lines) - 1 else WIDTH - indent
            box = self.sheet.line(LEFT + indent, self.y, words, size=BODY, width=width)
            self.y += BODY * LEADING
        return box

    def centred(self, text: str, face: Face) -> None:
        """Set a line in the middle with air around it."""
        self.y += 9
        self.need(BODY)
        self.sheet.text(MIDDLE, self.y, text, size=BODY, face=face, align=Align.CENTRE)
        self.y += BODY * LEADING + 3

    def heading(self, text: str, face: Face) -> None:
        """Set as many centred lines as a heading needs."""
        self.need(2 * BODY)
        self.y = self.sheet.balanced(MIDDLE, self.y, text, size=BODY, width=WIDTH - 60, face=face, leading=LEADING)
