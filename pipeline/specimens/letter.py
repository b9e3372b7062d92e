"""Administrative papers as content: what Nghị định 30/2020/NĐ-CP, phụ lục I, has places for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.domain.document import FieldValue
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.specimens.fonts import Family
from pipeline.specimens.paper import PaperTruth, named
from pipeline.specimens.sheet import Run


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
    party: bool = False
    """a body of the Party: other words stand in the head, and the type is written before the stroke"""

    @property
    def organ_name(self) -> str:
        """The head's lines in one, the superior body first."""
        return " ".join((*self.superior, *self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs besides the one who signs for the agency."""

    side: str = ""
    """`ĐẠI DIỆN BÊN B`"""
    position: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The stamp of a registry that a paper came in to, with number and day written into it."""

    organ: str
    number: str
    day: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNote:
    """What an agency sets under a paper that it copies (NĐ 30/2020 art. 25 to 27)."""

    kind: str
    """`SAO Y`"""
    agency: Agency
    number: str
    notation: str
    made: dt.date
    capacities: tuple[str, ...]
    position: str
    signer: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """What is added on pages of its own."""

    title: str
    note: str
    """`(Kèm theo …)`"""
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The content of an administrative paper; what a paper of its type does not have is empty."""

    type: TypeCode
    agency: Agency
    number: str
    """empty: a draft, or a paper without one"""
    notation: str
    issued: dt.date | None
    """none: the head names no day"""
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
    side: str = ""
    """`ĐẠI DIỆN BÊN A`, above the signer's position"""
    other: Signer | None = None
    """signs at the same height: on the right where there are sides, else on the left"""
    recipients: tuple[str, ...]
    tax_code: str = ""
    """named in the text"""
    by_hand: bool = False
    """number and day were written in by hand"""
    draft: bool = False
    """the day is left out; nobody has signed"""
    urgency: str = ""
    """stamped in a red frame under the number"""
    arrival: Arrival | None = None
    copied: CopyNote | None = None
    appendix: Appendix | None = None
    family: Family = Family.TIMES

    @property
    def stroke(self) -> str:
        """What stands between number and notation: `12/QĐ-UBND`, but `12-QĐ/TU`."""
        return "-" if self.agency.party else "/"


_BY_HAND = frozenset(map(FieldName, ("code_number", "reference", "issued_date")))


def letter_truth(letter: Letter) -> PaperTruth:
    """Return what the paper is and says, and what of it is written by hand."""
    fields = letter_fields(letter)
    return PaperTruth(
        type=letter.type, fields=fields, by_hand=_BY_HAND & fields.keys() if letter.by_hand else frozenset()
    )


def letter_fields(letter: Letter) -> dict[FieldName, FieldValue]:
    """Return what the paper says, in the names of the vocabulary."""
    dated = letter.issued is not None and not letter.draft
    return named(
        type_name=letter.title,
        code_number=letter.number,
        code_notation=letter.notation,
        reference=f"{letter.number}{letter.stroke}{letter.notation}" if letter.number else None,
        organ_name=letter.agency.organ_name,
        issued_place=letter.agency.place if letter.issued else None,
        issued_date=letter.issued.isoformat() if letter.issued and dated else None,
        subject=letter.subject,
        addressee=letter.addressees,
        urgency=letter.urgency,
        signer_capacity=letter.capacities,
        signer_position=letter.position,
        signer_name=letter.signer,
        recipients=letter.recipients,
        tax_code=letter.tax_code,
    )
