"""Administrative papers set from their content, on as many pages as they need."""

from __future__ import annotations

import numpy as np

from pipeline.specimens.flow import BODY, LEADING, LEFT, MIDDLE, Flow
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import initials
from pipeline.specimens.letter import Appendix, Letter, letter_truth
from pipeline.specimens.letter_foot import set_foot
from pipeline.specimens.letter_head import set_head
from pipeline.specimens.paper import DrawnPaper
from pipeline.specimens.sheet import Align, Run, runs_of


def set_letter(letter: Letter, rng: np.random.Generator, *, dpi: int) -> DrawnPaper:
    """Set a letter on as many A4 pages as it needs, signed and sealed unless it is a draft."""
    flow = Flow(dpi, letter.family)
    flow.y = set_head(flow.sheet, letter, rng)
    _addressees(flow, letter)
    if letter.authority:
        flow.centred(letter.authority, Face.SERIF_BOLD)
    for ground in letter.grounds:
        flow.paragraph((Run(ground, Face.SERIF_ITALIC),))
    if letter.resolved:
        flow.centred(letter.resolved, Face.SERIF_BOLD)
    for part in letter.body:
        last = flow.paragraph(runs_of(part))
    if not letter.draft and rng.integers(2):
        initials(flow.sheet, rng, last.right + 3, last.bottom - 3)
    set_foot(flow, letter, rng)
    if letter.appendix:
        _append(flow, letter.appendix)
    return DrawnPaper(truth=letter_truth(letter), pages=flow.finish())


def _addressees(flow: Flow, letter: Letter) -> None:
    """Set `Kính gửi:` (ô 9a): one addressee behind it, several below with dashes."""
    if not letter.addressees:
        return
    if len(letter.addressees) == 1:
        flow.sheet.text(MIDDLE, flow.y, f"Kính gửi: {letter.addressees[0]}", size=BODY, align=Align.CENTRE)
        flow.y += BODY * LEADING + 8
        return
    flow.sheet.text(LEFT + 70, flow.y, "Kính gửi:", size=BODY)
    flow.y += BODY * LEADING
    for place, name in enumerate(letter.addressees):
        end = "." if place == len(letter.addressees) - 1 else ";"
        flow.sheet.text(LEFT + 120, flow.y, f"- {name}{end}", size=BODY)
        flow.y += BODY * LEADING
    flow.y += 8


def _append(flow: Flow, appendix: Appendix) -> None:
    """Set an appendix on a page of its own (NĐ 30/2020, phụ lục I, part III)."""
    flow.turn()
    flow.y += BODY
    flow.heading("Phụ lục", Face.SERIF_BOLD)
    flow.heading(appendix.title, Face.SERIF_BOLD)
    flow.heading(appendix.note, Face.SERIF_ITALIC)
    for part in appendix.body:
        flow.paragraph(runs_of(part))
