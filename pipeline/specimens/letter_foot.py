"""The foot of an administrative paper: recipients and signers, and below them what an agency sets that copies it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.specimens.dates import vietnamese_date
from pipeline.specimens.flow import LEFT, RIGHT, Flow
from pipeline.specimens.fonts import Face
from pipeline.specimens.ink import SEAL_SIZE, autograph, seal
from pipeline.specimens.letter import Agency, CopyNote, Letter
from pipeline.specimens.letter_head import HEAD_LEFT, HEAD_RIGHT, issuer
from pipeline.specimens.sheet import Align, Sheet

SIGNER = RIGHT - 115
"""middle of the signer's block"""
_OTHER = LEFT + 95
"""middle of the second signer's block"""
_SIGNATURE_ROOM = 78.0
"""points between the signer's position and name"""
_COPY_ROOM = 225.0


def set_foot(flow: Flow, letter: Letter, rng: np.random.Generator) -> None:
    """Set the recipients (ô 9b) beside the signer's block (ô 7), signed and sealed (ô 8)."""
    together = letter.other is not None
    height = max(24 + 13 * len(letter.recipients), 60 + _SIGNATURE_ROOM)
    flow.need(height + together * (40 + 13 * len(letter.recipients)))
    sheet, top = flow.sheet, flow.y + 22
    right, left = (_OTHER, SIGNER) if letter.side else (SIGNER, _OTHER)
    above = (letter.side,) if letter.side else ()
    agency = None if letter.draft else letter.agency
    block = _Block((*above, *letter.capacities, letter.position), letter.signer, agency, signed=not letter.draft)
    end = _set_block(sheet, rng, (right, top), block)
    if letter.other:
        above = (letter.other.side,) if letter.other.side else ()
        block = _Block((*above, letter.other.position), letter.other.name, None, signed=not letter.draft)
        end = max(end, _set_block(sheet, rng, (left, top), block))
    if letter.recipients:
        end = max(end, _recipients(sheet, letter.recipients, end + 24 if together else top))
    flow.y = end + 12
    if letter.copied:
        _copied(flow, letter.copied, rng)


@dataclass(frozen=True, slots=True)
class _Block:
    lines: tuple[str, ...]
    """above the name, in capitals"""
    name: str
    agency: Agency | None
    """whose seal is pressed beside the autograph"""
    signed: bool


def _set_block(sheet: Sheet, rng: np.random.Generator, where: tuple[float, float], block: _Block) -> float:
    """Set a signer's block around a middle, from a baseline on; return the baseline of the name."""
    centre, y = where
    for line in block.lines:
        sheet.text(centre, y, line, size=13.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
        y += 13.5 * 1.18
    foot = y + _SIGNATURE_ROOM - 8
    sheet.text(centre, foot, block.name, size=14, face=Face.SERIF_BOLD, align=Align.CENTRE)
    if not block.signed:
        return foot
    middle = (y + foot) / 2 - 8
    width = float(rng.uniform(105, 135))
    # the seal covers a third of the autograph, on its left (NĐ 99/2016 art. 33, NĐ 30/2020 phụ lục I)
    edge = centre - width / 2 + width / 3
    autograph(sheet, rng, centre + 6, middle, width=width)
    if block.agency:
        at = edge - SEAL_SIZE / 2 + float(rng.uniform(-4, 6)), middle + float(rng.uniform(-6, 6))
        seal(sheet, rng, at, around=block.agency.seal, foot=block.agency.seal_foot)
    return foot


def _recipients(sheet: Sheet, recipients: tuple[str, ...], top: float) -> float:
    sheet.text(LEFT, top, "Nơi nhận:", size=12, face=Face.SERIF_BOLD_ITALIC)
    y = top + 14
    for place, name in enumerate(recipients):
        end = "." if place == len(recipients) - 1 else ";"
        y = sheet.block(LEFT, y, f"- {name}{end}", size=11, width=190, leading=1.18)
    return y


def _copied(flow: Flow, note: CopyNote, rng: np.random.Generator) -> None:
    """Set the copying agency with number and day of its own below the paper (NĐ 30/2020, phụ lục I, part II)."""
    flow.need(_COPY_ROOM)
    sheet, top = flow.sheet, flow.y + 16
    last = issuer(sheet, note.agency, HEAD_LEFT, top, size=12.5)
    sheet.text(HEAD_LEFT, last + 22, f"Số: {note.number}/{note.notation}", size=12.5, align=Align.CENTRE)
    sheet.text(HEAD_RIGHT, top, note.kind, size=13.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    day = f"{note.agency.place}, {vietnamese_date(note.made)}"
    sheet.text(HEAD_RIGHT, last + 22, day, size=13, face=Face.SERIF_ITALIC, align=Align.CENTRE)
    y = last + 48
    _recipients(sheet, note.recipients, y)
    block = _Block((*note.capacities, note.position), note.signer, note.agency, signed=True)
    flow.y = _set_block(sheet, rng, (SIGNER, y), block)
