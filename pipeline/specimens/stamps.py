"""What registries stamp on a paper: how urgent it is, that it came in, that it is a draft."""

from __future__ import annotations

import numpy as np

from pipeline.domain.geometry import Box
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import SEAL_RED, write_digits
from pipeline.specimens.letter import Arrival
from pipeline.specimens.sheet import MM, Align, Run, Sheet

ARRIVAL_SIZE = (38 * MM, 24 * MM)
"""points; NĐ 30/2020, phụ lục IV: 35 to 50 mm"""


_URGENCY_WIDTHS = {"KHẨN": 20 * MM, "HỎA TỐC": 30 * MM, "THƯỢNG KHẨN": 40 * MM}
"""points; 8 mm high all of them (NĐ 30/2020, phụ lục I, cell 10b)"""


def draw_urgency(sheet: Sheet, centre: float, top: float, words: str) -> float:
    """Stamp a degree of urgency in a red frame (ô 10b); return the frame's lower edge."""
    width, height = _URGENCY_WIDTHS[words], 8 * MM
    sheet.text(centre, top + 16, Run(words, Face.SERIF_BOLD, SEAL_RED), size=13.5, align=Align.CENTRE)
    sheet.frame(Box(centre - width / 2, top, centre + width / 2, top + height), weight=1.2, colour=SEAL_RED)
    return top + height


def draw_draft_mark(sheet: Sheet, centre: float, baseline: float) -> None:
    """Set `DỰ THẢO` above the agency."""
    sheet.text(centre, baseline, "DỰ THẢO", size=12, face=Face.SERIF_BOLD, align=Align.CENTRE)


def draw_arrival(sheet: Sheet, rng: np.random.Generator, left: float, top: float, arrival: Arrival) -> float:
    """Stamp that a paper came in, with number and day by hand; return the stamp's lower edge."""
    width, height = ARRIVAL_SIZE
    centre = left + width / 2
    sheet.frame(Box(left, top, left + width, top + height), weight=1.2, colour=SEAL_RED)
    size = min(8.5, 8.5 * (width - 6) / sheet.measure(arrival.organ, size=8.5, face=Face.SERIF_BOLD))
    sheet.text(centre, top + 12, Run(arrival.organ, Face.SERIF_BOLD, SEAL_RED), size=size, align=Align.CENTRE)
    sheet.text(centre, top + 26, Run("ĐẾN", Face.SERIF_BOLD, SEAL_RED), size=12, align=Align.CENTRE)
    for label, value, baseline in (
        ("Số:", arrival.number, top + 42),
        ("Ngày:", f"{arrival.day:%d/%m/%Y}", top + 59),
    ):
        _filled(sheet, rng, left + 7, baseline, (label, value))
    return top + height


def _filled(sheet: Sheet, rng: np.random.Generator, left: float, baseline: float, row: tuple[str, str]) -> None:
    """Set a label and write the digits of a value behind it; strokes between them are printed."""
    label, value = row
    words = sheet.words(Run(label, Face.SERIF, SEAL_RED), size=10)
    x = sheet.line(left, baseline, words, size=10, noted=False).right + 4
    for part in value.split("/"):
        if x > left + 40:
            stroke = sheet.words(Run("/", Face.SERIF, SEAL_RED), size=10)
            x = sheet.line(x, baseline, stroke, size=10, noted=False).right + 1
        x = write_digits(sheet, rng, x, baseline, part, size=9.5).right + 1
    sheet.remember(f"{label} {value}", Box(left, baseline - 9, x, baseline + 2))
