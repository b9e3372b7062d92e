"""Who signs for an organ: names known from a list of the administrator's and from papers whose signer was read for sure.

A known name bears a reading out; a reading that is almost one known name gets it proposed, for a person to confirm. It is never
taken silently: two officials may have names that differ in one mark.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from pipeline.domain.document import CheckOutcome, UnderstoodDocument
from pipeline.domain.errors import BadOfficials
from pipeline.domain.ids import FieldName
from pipeline.text.fold import fold_for_search, fold_tone_place, nfc, same_words
from pipeline.understand.evidence import Reading

_ODDS = 10.0
"""by which the odds of a name rise that is known to sign for the organ"""
_ALMOST = 80.0
"""of 100: letters without marks alike enough for a seal to explain the rest"""
_PROPOSED_FIT = 0.6
_SURE = 0.95
_NAME, _ORGAN, _DATE = FieldName("signer_name"), FieldName("organ_name"), FieldName("issued_date")
_COLUMNS = ("organ", "name", "since", "until")


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody who signs for an organ."""

    organ: str
    name: str
    since: dt.date | None = None
    until: dt.date | None = None

    def signs_on(self, day: dt.date | None) -> bool:
        """Say whether the official was in office on a day; an unknown day rules nobody out."""
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def load_officials(file: Path) -> tuple[Official, ...]:
    """Read a list of officials: CSV in UTF-8 with the columns organ, name, since, until (ISO dates, may be empty).

    Raises:
        BadOfficials: the file cannot be read, or a line is wrong; details name file, line and problem.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if tuple(rows.fieldnames or ()) != _COLUMNS:
                raise BadOfficials(file=str(file), line=1, problem=f"the first line must be {','.join(_COLUMNS)}")
            return tuple(_official(row, file, rows.line_num) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadOfficials(file=str(file), line=0, problem=str(error)) from error


def _official(row: Mapping[str | None, str | None], file: Path, line: int) -> Official:
    organ, name, since, until = (nfc(row.get(column) or "").strip() for column in _COLUMNS)
    if not organ or not name:
        raise BadOfficials(file=str(file), line=line, problem="organ or name is missing")
    try:
        first, last = (dt.date.fromisoformat(day) if day else None for day in (since, until))
    except ValueError as error:
        raise BadOfficials(file=str(file), line=line, problem=str(error)) from error
    return Official(organ, name, first, last)


def signers_of(papers: Iterable[UnderstoodDocument]) -> tuple[Official, ...]:
    """Return who signed for which organ on papers where both were read for sure."""
    found: dict[tuple[str, str], Official] = {}
    for paper in papers:
        name, organ = paper.fields.get(_NAME), paper.fields.get(_ORGAN)
        if name and organ and min(name.confidence, organ.confidence) >= _SURE:
            one = Official(str(organ.value), str(name.value))
            found.setdefault((fold_tone_place(one.organ), fold_tone_place(one.name)), one)
    return tuple(found.values())


def known_signer(readings: Mapping[FieldName, Reading], officials: Sequence[Official]) -> Mapping[FieldName, Reading]:
    """Hold a signer's name against those who sign for the paper's organ."""
    name, organ = readings.get(_NAME), readings.get(_ORGAN)
    if name is None or organ is None:
        return readings
    day = _day(readings.get(_DATE))
    read = str(name.value)
    names = {one.name for one in officials if same_words(one.organ, str(organ.value)) and one.signs_on(day)}
    if any(same_words(read, known) for known in names):
        checks = {**name.checks, "official": CheckOutcome.PASSED}
        return {**readings, _NAME: dataclasses.replace(name, odds=name.odds * _ODDS, checks=checks)}
    near = [known for known in names if fuzz.ratio(_letters(read), _letters(known)) >= _ALMOST]
    if len(near) != 1:
        return readings
    checks = {**name.checks, "official": CheckOutcome.FAILED}
    return {**readings, _NAME: dataclasses.replace(name, value=near[0], fit=name.fit * _PROPOSED_FIT, checks=checks)}


def _letters(name: str) -> str:
    return re.sub(r"[\W\d_]", "", fold_for_search(name))


def _day(date: Reading | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(date.value)) if date else None
    except ValueError:
        return None
