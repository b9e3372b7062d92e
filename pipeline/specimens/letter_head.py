"""The head of an administrative paper: two columns, the title with its subject, and what registries stamp there."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.domain.geometry import Box
from pipeline.specimens.dates import month_and_year
from pipeline.specimens.flow import LEFT, MIDDLE, RIGHT, TOP, WIDTH
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import write_digits
from pipeline.specimens.letter import Agency, Letter
from pipeline.specimens.sheet import Align, Sheet
from pipeline.specimens.stamps import ARRIVAL_SIZE, draw_arrival, draw_draft_mark, draw_urgency

HEAD_LEFT, HEAD_RIGHT = LEFT + 80, RIGHT - 142
"""middles of the two columns of the head"""
_BLANK = 30.0
"""points that a draft leaves open for a number or a day"""
_ARRIVAL_LEFT = 18.0
"""points from the edge of the sheet to the stamp beside a title"""


def motto(sheet: Sheet, centre: float, baseline: float, *, size: float = 13.0) -> float:
    """Set the country's name and motto with the rule below (ô 1); return the baseline of the motto."""
    name, words = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
    sheet.text(centre, baseline, name, size=size - 0.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    second = baseline + size * 1.25
    box = sheet.text(centre, second, words, size=size + 0.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    sheet.rule(box.left, box.right, second + size * 0.45)
    return second


def party_name(sheet: Sheet, centre: float, baseline: float) -> float:
    """Set what stands in place of the motto on papers of the Party (HD 36-HD/VPTW); return the last baseline."""
    box = sheet.text(centre, baseline, "ĐẢNG CỘNG SẢN VIỆT NAM", size=14.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    sheet.rule(box.left, box.right, baseline + 5)
    return baseline + 12


def issuer(
    sheet: Sheet, agency: Agency, centre: float, baseline: float, *, size: float = 13.0, width: float = 185.0
) -> float:
    """Set the issuing agency below its superior body with the short rule (ô 2); return the last baseline."""
    y = baseline
    for line in agency.superior:
        y = sheet.block(centre, y, line, size=size, width=width, align=Align.CENTRE)
    for line in agency.lines:
        y = sheet.block(centre, y, line, size=size, width=width, face=Face.SERIF_BOLD, align=Align.CENTRE)
    last = y - size * 1.15
    if agency.party:
        sheet.text(centre, last + size, "*", size=size, align=Align.CENTRE)
        return last + 4
    sheet.rule(centre - 32, centre + 32, last + size * 0.45)
    return last


def set_head(sheet: Sheet, letter: Letter, rng: np.random.Generator) -> float:
    """Set everything above the text; return the baseline where the text goes on."""
    baseline = _columns(sheet, letter, rng)
    y = _title(sheet, letter, baseline)
    if letter.draft:
        draw_draft_mark(sheet, HEAD_LEFT, TOP - 8)
    if letter.urgency:
        below = y - 4 if not letter.title and letter.subject else baseline + 9
        y = max(y, draw_urgency(sheet, HEAD_LEFT, below, letter.urgency) + 22)
    if letter.arrival:
        beside = _ARRIVAL_LEFT, baseline + 40
        under = HEAD_RIGHT - ARRIVAL_SIZE[0] / 2, baseline + 10
        left, top = beside if letter.title else under
        y = max(y, draw_arrival(sheet, rng, left, top, letter.arrival) + 20)
    return y


def _columns(sheet: Sheet, letter: Letter, rng: np.random.Generator) -> float:
    """Set what stands above the title in two columns (ô 1 to 4); return the last baseline."""
    top = TOP + 11
    left = issuer(sheet, letter.agency, HEAD_LEFT, top)
    right = party_name(sheet, HEAD_RIGHT, top) if letter.agency.party else motto(sheet, HEAD_RIGHT, top)
    baseline = max(left, right) + 25
    if letter.notation:
        _number(sheet, letter, rng, baseline)
    if letter.issued:
        place_and_date(sheet, letter, rng, baseline)
    return baseline


def _number(sheet: Sheet, letter: Letter, rng: np.random.Generator, baseline: float) -> None:
    """Set `Số: 12/QĐ-UBND` (ô 3), the number itself by hand where the letter says so, open in a draft."""
    sign, after = "Số" if letter.agency.party else "Số:", f"{letter.stroke}{letter.notation}"
    reference = f"{sign} {letter.number}{after}"
    if letter.number and not letter.by_hand:
        sheet.text(HEAD_LEFT, baseline, reference, size=13, align=Align.CENTRE)
        return
    gap = 11.0 * len(letter.number) + 12 if letter.number else _BLANK
    widths = sheet.measure(sign, size=13), sheet.measure(after, size=13)
    left = HEAD_LEFT - (sum(widths) + gap) / 2
    first = sheet.words(sign, size=13)
    for words, x in ((first, left), (sheet.words(after, size=13), left + widths[0] + gap)):
        sheet.line(x, baseline, words, size=13, noted=False)
    if letter.number:
        write_digits(sheet, rng, left + widths[0] + 7, baseline, letter.number, size=13.5)
    sheet.remember(reference, Box(left, baseline - 12, left + sum(widths) + gap, baseline + 3))


def place_and_date(sheet: Sheet, letter: Letter, rng: np.random.Generator, baseline: float) -> None:
    """Set `Thanh Bình, ngày 05 tháng 02 năm 2026` (ô 4): days below 10 and the months 1 and 2 with a zero before."""
    issued = letter.issued or dt.date.min
    day, rest = f"{issued.day:02d}", month_and_year(issued)
    start = f"{letter.agency.place}, ngày"
    whole = f"{start} {rest}" if letter.draft else f"{start} {day} {rest}"
    if not (letter.by_hand or letter.draft):
        sheet.text(HEAD_RIGHT, baseline, whole, size=13.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
        return
    gap = _BLANK if letter.draft else 26.0
    widths = tuple(sheet.measure(part, size=13.5, face=Face.SERIF_ITALIC) for part in (start, rest))
    left = HEAD_RIGHT - (sum(widths) + gap) / 2
    for part, x in ((start, left), (rest, left + widths[0] + gap)):
        words = sheet.words(part, size=13.5, face=Face.SERIF_ITALIC)
        sheet.line(x, baseline, words, size=13.5, noted=False)
    if not letter.draft:
        write_digits(sheet, rng, left + widths[0] + 4, baseline, day, size=13.0)
    sheet.remember(whole, Box(left, baseline - 12, left + sum(widths) + gap, baseline + 3))


def _title(sheet: Sheet, letter: Letter, top: float) -> float:
    """Set type and subject in the middle (ô 5a), or `V/v` under the number (ô 5b); return where the text goes on."""
    if not letter.title:
        if not letter.subject:
            return top + 50
        text = f"V/v {letter.subject}"
        return max(sheet.balanced(HEAD_LEFT, top + 17, text, size=12.5, width=170) + 10, top + 50)
    sheet.text(MIDDLE, top + 38, letter.title, size=14, face=Face.SERIF_BOLD, align=Align.CENTRE)
    if not letter.subject:
        return top + 66
    y = sheet.balanced(
        MIDDLE,
        top + 56,
        letter.subject,
        size=14,
        width=WIDTH - 90,
        face=Face.SERIF_BOLD,
        leading=1.2,
    )
    if letter.agency.party:
        sheet.text(MIDDLE, y - 2, "-----", size=12, align=Align.CENTRE)
        return y + 16
    sheet.rule(MIDDLE - 45, MIDDLE + 45, y - 14 * 1.2 + 7)
    return y + 12
