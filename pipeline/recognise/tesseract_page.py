"""Pages read by Tesseract itself, with its own layout analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.imaging.leaders import without_leaders
from pipeline.imaging.picture import Pixels
from pipeline.recognise.layout import read_in_order
from pipeline.recognise.orientation import reads_better_turned
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.tesseract import PAGE, read_lines
from pipeline.recognise.words import ReadLine, mean_confidence

_PLAINLY_UPRIGHT = ((40, 0.7), (8, 0.85))
"""letters read and their mean confidence at which nobody needs to ask how the page lies: wrong ways read at 0.2 to 0.5"""


@dataclass(frozen=True, slots=True)
class TesseractPages:
    """Reads level pages with the program `tesseract`. Implements LevelReader."""

    policy: ReadPolicy

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        """Return the lines of an upright, level page in reading order.

        Raises:
            ToolMissing, ToolFailed
        """
        lines = read_lines(without_leaders(level), dpi=dpi, segmentation=PAGE, policy=self.policy)
        return read_in_order(lines)

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        """Say whether a reading is so good that the page cannot lie upside down."""
        confidence, letters = mean_confidence(lines)
        return any(letters >= enough and confidence >= needed for enough, needed in _PLAINLY_UPRIGHT)

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        """Read some lines as they lie and upside down; say whether the second reads better, None if that is not clear."""
        return reads_better_turned(level, dpi=dpi, policy=self.policy)
