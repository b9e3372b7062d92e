"""How long papers are kept: periods, rules by procedure and type, holds, and when a paper is due for disposal.

Sources: Luật Lưu trữ 33/2024/QH15 art. 15 (for ever, or 2 to 70 years); codes of TT 05/2025/TT-BNV; NĐ 45/2020/NĐ-CP (a
digital copy is kept as long as its sector keeps the dossier). A dossier's time begins when its work has ended. Whatever no
rule names is kept for ever: a rule that is missing must never be the reason why a paper is gone.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, TypeCode

RuleId = NewType("RuleId", str)
"""a rule's name in its schedule, lower-case ASCII with hyphens"""

HoldId = NewType("HoldId", str)
"""A UUIDv7."""

SHORTEST_YEARS, LONGEST_YEARS = 2, 70
"""Luật Lưu trữ 33/2024/QH15 art. 15"""


class RetentionCode(StrEnum):
    """Periods as TT 05/2025/TT-BNV writes them in archival packages."""

    PERMANENT = "01"
    YEARS_70 = "02"
    YEARS_50 = "03"
    YEARS_30 = "04"
    YEARS_20 = "05"
    YEARS_10 = "06"
    OTHER = "07"
    """another number of years, which the rule names"""


YEARS_OF = {
    RetentionCode.YEARS_70: 70,
    RetentionCode.YEARS_50: 50,
    RetentionCode.YEARS_30: 30,
    RetentionCode.YEARS_20: 20,
    RetentionCode.YEARS_10: 10,
}


class RetentionStart(StrEnum):
    """From when a period counts."""

    WORK_END = "work_end"
    """the last thing that is known to have happened in the dossier: a paper came in, a result was issued or ended"""
    VALIDITY_END = "validity_end"
    """the last day on which the paper was valid, or the end of the work if that is later"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long papers of some procedures and types are kept."""

    id: RuleId
    procedures: frozenset[str] = frozenset()
    """cores of procedure codes, `1.001193`; none named: any procedure, and papers of none"""
    types: frozenset[TypeCode] = frozenset()
    """none named: any type"""
    code: RetentionCode
    years: int | None
    """None: for ever"""
    begins: RetentionStart
    since: dt.date
    """for dossiers whose work ended on this day or later"""
    until: dt.date | None = None
    """and on this day at the latest"""
    source: str
    """the text that says so"""

    def covers(self, procedure: str | None, type_: TypeCode, ended: dt.date) -> bool:
        """Say whether the rule is about a paper of this type and procedure whose work ended on this day."""
        in_time = self.since <= ended and (self.until is None or ended <= self.until)
        of_procedure = not self.procedures or procedure in self.procedures
        return in_time and of_procedure and (not self.types or type_ in self.types)

    @property
    def precision(self) -> tuple[bool, bool]:
        """How much the rule says about what it is for: procedure and type, procedure, type, nothing."""
        return bool(self.procedures), bool(self.types)

    @property
    def strictness(self) -> int:
        """Years, for ever being more than any number of them."""
        return LONGEST_YEARS + 1 if self.years is None else self.years


PERMANENT = RetentionRule(
    id=RuleId("permanent"),
    code=RetentionCode.PERMANENT,
    years=None,
    begins=RetentionStart.WORK_END,
    since=dt.date.min,
    source="không có quy định nào khác: bảo quản vĩnh viễn",
)
"""what holds where no rule of the schedule does"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPaper:
    """What is known of a paper that decides how long it is kept."""

    document: DocumentId
    batch: BatchId
    dossier: DossierCode | None
    type: TypeCode
    procedures: frozenset[str]
    """cores of the procedure codes on the papers of its dossier"""
    work_ended: dt.date
    valid_to: dt.date | None
    """last day of validity, where a person has confirmed it"""
    newest: ContentHash
    """the newest version of its copy"""
    successors: tuple[TypeCode, ...] = ()
    """of a paper whose pages were put right: the types of those that stand in its place; it is kept as long as they are"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a paper is kept."""

    rule: RetentionRule
    began: dt.date | None
    """None: not yet, or not known"""
    due: dt.date | None
    """first day on which it may be disposed of; None: never, or not known"""

    def is_due(self, today: dt.date) -> bool:
        """Say whether the paper may be disposed of."""
        return self.due is not None and self.due <= today


def retention_of(paper: KeptPaper, rules: Collection[RetentionRule]) -> Retention:
    """Return how long a paper is kept.

    Of the rules that cover it, the one that says most precisely what it is for counts; of two equally precise ones, and where
    its dossier names several procedures, the one that keeps longer.
    """
    rule = max(
        (_rule_for(paper, type_, rules) for type_ in paper.successors or (paper.type,)),
        key=lambda each: each.strictness,
    )
    began = _began(rule.begins, paper)
    due = None if began is None or rule.years is None else years_after(began, rule.years)
    return Retention(rule=rule, began=began, due=due)


def _rule_for(paper: KeptPaper, type_: TypeCode, rules: Collection[RetentionRule]) -> RetentionRule:
    covering = [
        rule for rule in rules if any(rule.covers(each, type_, paper.work_ended) for each in paper.procedures or {None})
    ]
    return max(covering, key=lambda each: (each.precision, each.strictness, each.id), default=PERMANENT)


def years_after(day: dt.date, years: int) -> dt.date:
    """Return the same day, years later; 29 February becomes 1 March where there is none: nothing is due too early."""
    year = day.year + years
    if (day.month, day.day) == (2, 29) and not calendar.isleap(year):
        return dt.date(year, 3, 1)
    return day.replace(year=year)


def _began(start: RetentionStart, paper: KeptPaper) -> dt.date | None:
    if start is RetentionStart.WORK_END:
        return paper.work_ended
    return None if paper.valid_to is None else max(paper.valid_to, paper.work_ended)


class HoldKind(StrEnum):
    """What a legal hold is on."""

    DOSSIER = "dossier"
    """all papers under a dossier code"""
    DOCUMENT = "document"
    OWNER = "owner"
    """all papers in an owner's depository"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An order not to dispose of something, whatever its retention says: a lawsuit, an inspection, a complaint."""

    id: HoldId
    kind: HoldKind
    subject: str
    """dossier code, document or owner"""
    placed_at: dt.datetime
    placed_by: str
    reason: str
    lifted_at: dt.datetime | None = None
    lifted_by: str | None = None
    lift_reason: str = ""
