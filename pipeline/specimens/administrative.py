"""Papers of every type of Nghị định 30/2020/NĐ-CP, of agencies of every level and in every condition that counters see."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.domain.ids import TypeCode
from pipeline.specimens.cases import Case, decided_on
from pipeline.specimens.dates import vietnamese_date, working_day
from pipeline.specimens.fonts import Face, Family
from pipeline.specimens.issuers import (
    TWO_LEVELS_FROM,
    Issuer,
    Level,
    Unit,
    invent_authority,
    invent_issuer,
)
from pipeline.specimens.letter import Appendix, Arrival, CopyNote, Letter, Signer
from pipeline.specimens.people import invent_name, pick
from pipeline.specimens.sheet import Run
from pipeline.specimens.wording import people_committee

_FILE = Path(__file__).with_name("administrative.toml")
_URGENCIES = ("KHẨN", "THƯỢNG KHẨN", "HỎA TỐC")
_BY_HAND, _DRAFT, _URGENT, _ARRIVED, _COPIED, _APPENDED, _OTHER_LETTERS = 0.4, 0.08, 0.5, 0.15, 0.12, 0.4, 0.25
"""shares of the papers that are so; urgent and appended of those that may be"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What papers of a type say; names in braces are filled in."""

    title: str = ""
    abbreviation: str = ""
    issuers: tuple[Level, ...]
    subjects: tuple[str, ...]
    addressees: tuple[str, ...] = ()
    decides: bool = False
    """the agency is named above the grounds"""
    grounds: tuple[str, ...] = ()
    resolved: str = ""
    body: tuple[str, ...]
    heads: tuple[str, ...] = ()
    """positions of two who sign, in place of the agency's"""
    sides: tuple[str, ...] = ()
    """what stands above two who sign"""
    recipients: tuple[str, ...]
    appendix: str = ""
    urgent: bool = False
    undated: bool = False
    unnumbered: bool = False
    year_in_number: bool = False


@cache
def wordings() -> Mapping[TypeCode, Wording]:
    """Return the wording of every type."""
    declared = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {TypeCode(code): _wording(table) for code, table in declared.items()}


def _wording(table: Mapping[str, Any]) -> Wording:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    plain["issuers"] = tuple(map(Level, plain["issuers"]))
    return Wording(**plain)


def invent_letter(code: TypeCode, case: Case, rng: np.random.Generator) -> Letter:
    """Return a paper of a type: who issues it, how it is signed and what has been stamped on it is left to `rng`."""
    wording = wordings()[code]
    issuer = invent_issuer(pick(rng, wording.issuers), case, rng)
    issued = _issued(issuer, case, rng)
    values = _values(issuer, case, rng, issued=issued)
    unit = pick(rng, issuer.units) if issuer.units else Unit(name="Văn phòng", short="VP", head="CHÁNH VĂN PHÒNG")
    authority = invent_authority(issuer, rng)
    signer = values["chief"] if wording.heads or wording.sides else invent_name(rng, male=bool(rng.integers(2)))
    letter = Letter(
        type=code,
        agency=issuer.agency,
        number="" if wording.unnumbered else f"{int(rng.integers(1, 3000)):02d}",
        notation=_notation(wording, issuer, unit, issued, rng),
        issued=None if wording.undated else issued,
        title=wording.title,
        subject=pick(rng, wording.subjects).format_map(values),
        addressees=_some(wording.addressees, values, rng),
        authority=issuer.agency.organ_name if wording.decides else "",
        grounds=tuple(ground.format_map(values) for ground in wording.grounds),
        resolved=wording.resolved,
        body=tuple(_part(text.format_map(values)) for text in wording.body),
        capacities=() if wording.heads or wording.sides else authority.capacities,
        position=wording.heads[0] if wording.heads else issuer.head if wording.sides else authority.position,
        signer=signer,
        side=wording.sides[0] if wording.sides else "",
        other=_other(wording, values),
        recipients=tuple(name.format_map(values | {"drafter": unit.short}) for name in wording.recipients),
    )
    return _in_condition(letter, wording, case, rng)


def _issued(issuer: Issuer, case: Case, rng: np.random.Generator) -> dt.date:
    if issuer.old:
        return working_day(TWO_LEVELS_FROM - dt.timedelta(days=int(rng.integers(5, 2000))))
    return decided_on(rng, case)


def _values(issuer: Issuer, case: Case, rng: np.random.Generator, *, issued: dt.date) -> dict[str, str]:
    """Return what the names in braces stand for."""
    who, where = case.applicant, case.place
    soon = working_day(issued + dt.timedelta(days=int(rng.integers(7, 40))))
    old = f"thôn Trung, xã {where.name}, {issuer.area}"
    partner = f"Công ty TNHH {pick(rng, _PARTNERS)} {where.name}"
    return {
        "name": issuer.name,
        "area": issuer.area,
        "AREA": issuer.agency.organ_name,
        "commune": where.commune,
        "province": issuer.area.rpartition(", ")[2] if issuer.old else where.province_name,
        "place": where.name,
        "address": old if issuer.old else who.address,
        "code": case.code,
        "who": f"{who.title} {who.full_name}",
        "Who": f"{who.title.capitalize()} {who.full_name}",
        "chief": invent_name(rng, male=bool(rng.integers(2))),
        "second": invent_name(rng, male=bool(rng.integers(2))),
        "partner": partner,
        "year": str(issued.year),
        "next": str(issued.year + 1),
        "later": str(issued.year + 5),
        "month": f"{issued.month} năm {issued.year}",
        "soon": f"{soon:%d/%m/%Y}",
        "long_soon": vietnamese_date(issued),
        "amount": f"{int(rng.integers(20, 900)) * 1_000_000:,}".replace(",", "."),
        "n": str(int(rng.integers(12, 400))),
    }


_PARTNERS = ("Thương mại", "Dịch vụ số", "Xây dựng", "Giải pháp lưu trữ")


def _notation(wording: Wording, issuer: Issuer, unit: Unit, issued: dt.date, rng: np.random.Generator) -> str:
    if wording.unnumbered:
        return ""
    if not wording.abbreviation:
        return f"{issuer.short}-{unit.short}"
    if issuer.agency.party:
        return f"{wording.abbreviation}/{issuer.short}"
    # a legal norm has the year in its number, a decision on a single case has none
    normative = wording.year_in_number and (issuer.short != "HĐND" or bool(rng.integers(2)))
    return f"{f'{issued.year}/' if normative else ''}{wording.abbreviation}-{issuer.short}"


def _some(items: tuple[str, ...], values: Mapping[str, str], rng: np.random.Generator) -> tuple[str, ...]:
    count = int(rng.integers(1, len(items) + 1)) if items else 0
    return tuple(item.format_map(values) for item in items[:count])


def _part(text: str) -> str | tuple[Run, ...]:
    """Return a paragraph, `Điều 1.` at its beginning in bold, headings wholly so."""
    if text.isupper():
        return (Run(text, Face.SERIF_BOLD),)
    if not text.startswith("Điều "):
        return text
    article, _, rest = text.partition(". ")
    return (Run(f"{article}.", Face.SERIF_BOLD), Run(rest))


def _other(wording: Wording, values: Mapping[str, str]) -> Signer | None:
    if wording.heads:
        return Signer(position=wording.heads[1], name=values["second"])
    if wording.sides:
        return Signer(side=wording.sides[1], position="GIÁM ĐỐC", name=values["second"])
    return None


def _in_condition(letter: Letter, wording: Wording, case: Case, rng: np.random.Generator) -> Letter:
    """Say what became of a paper: written into by hand, stamped, copied, left a draft, set in other letters."""
    hand, draft, urgent, arrived, copied, appended, family = rng.random(7)
    is_draft = draft < _DRAFT and letter.issued is not None and bool(letter.number)
    is_copied = copied < _COPIED and not is_draft
    after = (letter.issued or case.received.date()) + dt.timedelta(days=int(rng.integers(1, 6)))
    return replace(
        letter,
        number="" if is_draft else letter.number,
        draft=is_draft,
        by_hand=hand < _BY_HAND and not is_draft,
        urgency=pick(rng, _URGENCIES) if wording.urgent and urgent < _URGENT else "",
        arrival=_arrival(case, rng, after) if arrived < _ARRIVED and not is_draft else None,
        copied=_copy(case, rng, after) if is_copied else None,
        appendix=_appendix(letter, wording) if wording.appendix and appended < _APPENDED else None,
        family=pick(rng, (Family.ARIAL, Family.NOTO)) if family < _OTHER_LETTERS else Family.TIMES,
    )


def _arrival(case: Case, rng: np.random.Generator, day: dt.date) -> Arrival:
    return Arrival(organ=f"UBND {case.place.commune.upper()}", number=str(int(rng.integers(20, 4000))), day=day)


def _copy(case: Case, rng: np.random.Generator, day: dt.date) -> CopyNote:
    return CopyNote(
        kind=pick(rng, ("SAO Y", "SAO LỤC", "TRÍCH SAO")),
        agency=people_committee(case),
        number=f"{int(rng.integers(1, 400)):02d}",
        notation="SY-UBND",
        made=day,
        capacities=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        position="PHÓ CHỦ TỊCH",
        signer=case.deputy,
        recipients=("Các thôn, tổ dân phố", "Lưu: VT"),
    )


def _appendix(letter: Letter, wording: Wording) -> Appendix:
    day = f" {vietnamese_date(letter.issued)}" if letter.issued else ""
    kind = wording.title.capitalize()
    return Appendix(
        title=wording.appendix.upper(),
        note=f"(Kèm theo {kind} số {letter.number}{letter.stroke}{letter.notation}{day})",
        body=tuple(f"{place}. {text}" for place, text in enumerate(_ENTRIES, 1)),
    )


_ENTRIES = (
    "Rà soát, lập danh sách; hoàn thành trong quý I; chủ trì: Văn phòng.",
    "Tập huấn nghiệp vụ cho công chức tiếp nhận; hoàn thành trong quý II; chủ trì: Phòng Văn hóa - Xã hội.",
    "Kiểm tra, đánh giá, khen thưởng; hoàn thành trong tháng 12; chủ trì: Phòng Kinh tế.",
)
