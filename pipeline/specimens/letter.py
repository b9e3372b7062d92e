"""Administrative papers as Nghị định 30/2020/NĐ-CP, phụ lục I, lays them out: declared as content, set by one hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.domain.document import FieldValue
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.specimens.dates import month_and_year
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import SEAL_SIZE, autograph, initials, seal, write_digits
from pipeline.specimens.paper import DrawnPage, DrawnPaper, PaperTruth, named
from pipeline.specimens.sheet import A4, MM, Align, Run, Sheet, runs_of

LEFT, RIGHT = 30 * MM, A4[0] - 17 * MM
TOP, FOOT = 20 * MM, A4[1] - 20 * MM
WIDTH = RIGHT - LEFT
HEAD_LEFT, HEAD_RIGHT = LEFT + 80, RIGHT - 142
"""middles of the two columns of the head"""
SIGNER = RIGHT - 115
"""middle of the signer's block"""
BODY = 14.0
LEADING = 1.22
INDENT = 12.7 * MM
_SIGNATURE_ROOM = 78.0
"""points between the signer's position and name"""


@dataclass(frozen=True, slots=True)
class Agency:
    """Who issues a paper, as the head names it."""

    lines: tuple[str, ...]
    """in bold capitals"""
    place: str
    seal: str
    seal_foot: str
    superior: tuple[str, ...] = ()
    """in plain capitals above"""

    @property
    def organ_name(self) -> str:
        """The head's lines in one, the superior body first."""
        return " ".join((*self.superior, *self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The content of an administrative paper; what a paper of its type does not have is empty."""

    type: TypeCode
    agency: Agency
    number: str
    notation: str
    issued: dt.date
    title: str = ""
    """name of the type in capitals; an official letter has none"""
    subject: str
    """as printed, without `V/v`"""
    addressees: tuple[str, ...] = ()
    authority: str = ""
    """who decides, in capitals above the grounds"""
    grounds: tuple[str, ...] = ()
    resolved: str = ""
    """`QUYẾT ĐỊNH:`"""
    body: tuple[str | tuple[Run, ...], ...]
    capacities: tuple[str, ...] = ()
    """`TM. …`, `KT. …`"""
    position: str
    signer: str
    recipients: tuple[str, ...]
    tax_code: str = ""
    """named in the text"""
    by_hand: bool = False
    """number and day were written in by hand"""


def set_letter(letter: Letter, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Set a letter on as many A4 pages as it needs, signed and sealed."""
    flow = _Flow(dpi)
    flow.y = _title(flow.sheet, letter, _head(flow.sheet, letter, rng))
    _addressees(flow, letter)
    if letter.authority:
        flow.centred(letter.authority, Face.SERIF_BOLD)
    for ground in letter.grounds:
        flow.paragraph((Run(ground, Face.SERIF_ITALIC),))
    if letter.resolved:
        flow.centred(letter.resolved, Face.SERIF_BOLD)
    for part in letter.body:
        last = flow.paragraph(runs_of(part))
    if rng.integers(2):
        initials(flow.sheet, rng, last.right + 3, last.bottom - 3)
    _foot(flow, letter, rng)
    truth = PaperTruth(
        type=letter.type, fields=letter_fields(letter), by_hand=_BY_HAND if letter.by_hand else frozenset()
    )
    return DrawnPaper(truth=truth, pages=flow.finish())


_BY_HAND = frozenset(map(FieldName, ("code_number", "reference", "issued_date")))


def letter_fields(letter: Letter) -> dict[FieldName, FieldValue]:
    """Return what the paper says, in the names of the vocabulary."""
    return named(
        type_name=letter.title,
        code_number=letter.number,
        code_notation=letter.notation,
        reference=f"{letter.number}/{letter.notation}",
        organ_name=letter.agency.organ_name,
        issued_place=letter.agency.place,
        issued_date=letter.issued.isoformat(),
        subject=letter.subject,
        addressee=letter.addressees,
        signer_capacity=letter.capacities,
        signer_position=letter.position,
        signer_name=letter.signer,
        recipients=letter.recipients,
        tax_code=letter.tax_code,
    )


class _Flow:
    """Where the text stands, and new pages when one is full; all but the first carry their number on top."""

    def __init__(self, dpi: int) -> None:
        self._dpi = dpi
        self._sheets = [Sheet(A4, dpi=dpi)]
        self.y = TOP

    @property
    def sheet(self) -> Sheet:
        """The page that is being set."""
        return self._sheets[-1]

    def finish(self) -> tuple[DrawnPage, ...]:
        return tuple(sheet.finish() for sheet in self._sheets)

    def need(self, height: float) -> None:
        """Begin a new page unless `height` points are left."""
        if self.y + height > FOOT:
            self._sheets.append(Sheet(A4, dpi=self._dpi))
            self.sheet.text(A4[0] / 2, 13 * MM, str(len(self._sheets)), size=13, align=Align.CENTRE)
            self.y = TOP + BODY

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
        self.sheet.text((LEFT + RIGHT) / 2, self.y, text, size=BODY, face=face, align=Align.CENTRE)
        self.y += BODY * LEADING + 3


def motto(sheet: Sheet, centre: float, baseline: float, *, size: float = 13.0) -> float:
    """Set the country's name and motto with the rule below (ô 1); return the baseline of the motto."""
    name, words = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
    sheet.text(centre, baseline, name, size=size - 0.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    second = baseline + size * 1.25
    box = sheet.text(centre, second, words, size=size + 0.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    sheet.rule(box.left, box.right, second + size * 0.45)
    return second


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
    sheet.rule(centre - 32, centre + 32, last + size * 0.45)
    return last


def _head(sheet: Sheet, letter: Letter, rng: np.random.Generator) -> float:
    """Set what stands above the title in two columns (ô 1 to 4); return the last baseline."""
    top = TOP + 11
    left = issuer(sheet, letter.agency, HEAD_LEFT, top)
    right = motto(sheet, HEAD_RIGHT, top)
    baseline = max(left, right) + 25
    _number(sheet, letter, rng, baseline)
    _place_and_date(sheet, letter, rng, baseline)
    return baseline


def _number(sheet: Sheet, letter: Letter, rng: np.random.Generator, baseline: float) -> None:
    """Set `Số: 12/QĐ-UBND` (ô 3), the number itself by hand where the letter says so."""
    reference = f"Số: {letter.number}/{letter.notation}"
    if not letter.by_hand:
        sheet.text(HEAD_LEFT, baseline, reference, size=13, align=Align.CENTRE)
        return
    before, after, gap = "Số:", f"/{letter.notation}", 11.0 * len(letter.number) + 12
    widths = sheet.measure(before, size=13), sheet.measure(after, size=13)
    left = HEAD_LEFT - (sum(widths) + gap) / 2
    first = sheet.words(before, size=13)
    for words, x in ((first, left), (sheet.words(after, size=13), left + widths[0] + gap)):
        sheet.line(x, baseline, words, size=13, noted=False)
    write_digits(sheet, rng, left + widths[0] + 7, baseline, letter.number, size=13.5)
    sheet.remember(reference, Box(left, baseline - 12, left + sum(widths) + gap, baseline + 3))


def _place_and_date(sheet: Sheet, letter: Letter, rng: np.random.Generator, baseline: float) -> None:
    """Set `Thanh Bình, ngày 05 tháng 02 năm 2026` (ô 4): days below 10 and the months 1 and 2 with a zero before."""
    day, rest = f"{letter.issued.day:02d}", month_and_year(letter.issued)
    start = f"{letter.agency.place}, ngày"
    whole = f"{start} {day} {rest}"
    if not letter.by_hand:
        sheet.text(HEAD_RIGHT, baseline, whole, size=13.5, face=Face.SERIF_ITALIC, align=Align.CENTRE)
        return
    gap = 26.0
    widths = tuple(sheet.measure(part, size=13.5, face=Face.SERIF_ITALIC) for part in (start, rest))
    left = HEAD_RIGHT - (sum(widths) + gap) / 2
    for part, x in ((start, left), (rest, left + widths[0] + gap)):
        words = sheet.words(part, size=13.5, face=Face.SERIF_ITALIC)
        sheet.line(x, baseline, words, size=13.5, noted=False)
    write_digits(sheet, rng, left + widths[0] + 4, baseline, day, size=13.0)
    sheet.remember(whole, Box(left, baseline - 12, left + sum(widths) + gap, baseline + 3))


def _title(sheet: Sheet, letter: Letter, top: float) -> float:
    """Set type and subject in the middle (ô 5a), or `V/v` under the number (ô 5b); return where the text goes on."""
    if not letter.title:
        text = f"V/v {letter.subject}"
        return max(sheet.balanced(HEAD_LEFT, top + 17, text, size=12.5, width=170) + 10, top + 50)
    middle = (LEFT + RIGHT) / 2
    sheet.text(middle, top + 38, letter.title, size=14, face=Face.SERIF_BOLD, align=Align.CENTRE)
    y = sheet.balanced(
        middle,
        top + 56,
        letter.subject,
        size=14,
        width=WIDTH - 90,
        face=Face.SERIF_BOLD,
        leading=1.2,
    )
    sheet.rule(middle - 45, middle + 45, y - 14 * 1.2 + 7)
    return y + 12


def _addressees(flow: _Flow, letter: Letter) -> None:
    """Set `Kính gửi:` (ô 9a): one addressee behind it, several below with dashes."""
    if not letter.addressees:
        return
    middle = (LEFT + RIGHT) / 2
    if len(letter.addressees) == 1:
        flow.sheet.text(middle, flow.y, f"Kính gửi: {letter.addressees[0]}", size=BODY, align=Align.CENTRE)
        flow.y += BODY * LEADING + 8
        return
    flow.sheet.text(LEFT + 70, flow.y, "Kính gửi:", size=BODY)
    flow.y += BODY * LEADING
    for place, name in enumerate(letter.addressees):
        end = "." if place == len(letter.addressees) - 1 else ";"
        flow.sheet.text(LEFT + 120, flow.y, f"- {name}{end}", size=BODY)
        flow.y += BODY * LEADING
    flow.y += 8


def _foot(flow: _Flow, letter: Letter, rng: np.random.Generator) -> None:
    """Set the recipients (ô 9b) beside the signer's block (ô 7), signed and sealed (ô 8)."""
    flow.need(max(24 + 13 * len(letter.recipients), 60 + _SIGNATURE_ROOM))
    sheet, top = flow.sheet, flow.y + 22
    y = top
    for line in (*letter.capacities, letter.position):
        sheet.text(SIGNER, y, line, size=13.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
        y += 13.5 * 1.18
    name = y + _SIGNATURE_ROOM - 8
    sheet.text(SIGNER, name, letter.signer, size=14, face=Face.SERIF_BOLD, align=Align.CENTRE)
    middle = (y + name) / 2 - 8
    width = float(rng.uniform(105, 135))
    # the seal covers a third of the autograph, on its left (NĐ 99/2016 art. 33, NĐ 30/2020 phụ lục I)
    edge = SIGNER - width / 2 + width / 3
    autograph(sheet, rng, SIGNER + 6, middle, width=width)
    centre = edge - SEAL_SIZE / 2 + float(rng.uniform(-4, 6)), middle + float(rng.uniform(-6, 6))
    seal(sheet, rng, centre, around=letter.agency.seal, foot=letter.agency.seal_foot)
    _recipients(sheet, letter, top)


def _recipients(sheet: Sheet, letter: Letter, top: float) -> None:
    sheet.text(LEFT, top, "Nơi nhận:", size=12, face=Face.SERIF_BOLD_ITALIC)
    y = top + 14
    for place, name in enumerate(letter.recipients):
        end = "." if place == len(letter.recipients) - 1 else ";"
        y = sheet.block(LEFT, y, f"- {name}{end}", size=11, width=190, leading=1.18)
