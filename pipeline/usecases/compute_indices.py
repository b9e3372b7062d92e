"""Compute the indices of digitization of a period, by agency, procedure and month, and name the dossiers behind a figure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.desk_ports import Procedures
from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import (
    Figure,
    FileWorth,
    IndexCode,
    IndexDefinition,
    PlacedDossier,
    RecordedDossier,
    Side,
    day_of_period,
    side_of,
)
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.index_ports import DossierFacts

NO_PROCEDURE = ""
"""stands for dossiers whose procedure is not known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuestion:
    """Of which dossiers indices are wanted."""

    since: dt.date
    until: dt.date
    """both days included"""
    agency: str | None = None
    """None: all within the scope"""
    procedure: str | None = None
    """core of a code, NO_PROCEDURE for dossiers of which it is not known; None: all"""
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFigures:
    """An index of a period. Where it cannot be computed here, the figures are empty and the definition says what it needs."""

    definition: IndexDefinition
    whole: Figure
    by_agency: Mapping[str, Figure]
    by_procedure: Mapping[str, Figure]
    by_month: Mapping[str, Figure]
    """`2026-01`; months without a dossier as well"""
    without_day: int
    """dossiers that came in within the period and belong to none yet: neither a result nor the day it was promised is known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """All indices of a period."""

    question: IndexQuestion
    dossiers: int
    """that came in, were promised or got a result within the period"""
    indices: tuple[IndexFigures, ...]
    worths: Mapping[FileWorth, int]
    """how many files of these dossiers are worth what"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierBehind:
    """A dossier behind a figure."""

    placed: PlacedDossier
    side: Side


@dataclass(slots=True)
class _Tally:
    """An index while it is counted."""

    definition: IndexDefinition
    whole: Figure = field(default_factory=Figure)
    by_agency: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    by_procedure: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    by_month: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    without_day: int = 0

    def take(self, placed: PlacedDossier, question: IndexQuestion) -> None:
        dossier = placed.dossier
        day = day_of_period(dossier, self.definition.day)
        if day is None:
            self.without_day += question.since <= dossier.received <= question.until
            return
        if not question.since <= day <= question.until:
            return
        side = side_of(placed, self.definition)
        if side is Side.APART:
            return
        procedure = dossier.procedure or NO_PROCEDURE
        self.whole = self.whole.with_one(side)
        self.by_agency[dossier.agency] = self.by_agency[dossier.agency].with_one(side)
        self.by_procedure[procedure] = self.by_procedure[procedure].with_one(side)
        self.by_month[month_of(day)] = self.by_month[month_of(day)].with_one(side)

    def figures(self, question: IndexQuestion) -> IndexFigures:
        months = {month: self.by_month.get(month, Figure()) for month in months_between(question.since, question.until)}
        return IndexFigures(
            definition=self.definition,
            whole=self.whole,
            by_agency=dict(sorted(self.by_agency.items())),
            by_procedure=dict(sorted(self.by_procedure.items())),
            by_month=months,
            without_day=self.without_day,
        )


def compute_indices(
    question: IndexQuestion,
    *,
    definitions: Sequence[IndexDefinition],
    facts: DossierFacts,
    procedures: Procedures,
) -> IndexReport:
    """Return all indices of a period; `definitions` are the editions that hold on its last day.

    Raises:
        RecordsUnavailable
    """
    tallies = [_Tally(each) for each in definitions]
    worths: Counter[FileWorth] = Counter()
    dossiers = 0
    for placed in _placed(question, facts, procedures):
        dossiers += 1
        worths.update(each.worth for each in (*placed.dossier.components, *placed.dossier.results))
        for tally in tallies:
            if tally.definition.is_computed:
                tally.take(placed, question)
    return IndexReport(
        question=question,
        dossiers=dossiers,
        indices=tuple(each.figures(question) for each in tallies),
        worths=dict(worths),
    )


def dossiers_behind(
    question: IndexQuestion,
    definition: IndexDefinition,
    *,
    sides: frozenset[Side],
    facts: DossierFacts,
    procedures: Procedures,
    limit: int,
    after: DossierCode | None = None,
) -> Sequence[DossierBehind]:
    """Return at most `limit` dossiers of an index that stand on one of `sides`, by code, those behind `after`.

    Raises:
        RecordsUnavailable
    """
    found: list[DossierBehind] = []
    for placed in _placed(question, facts, procedures):
        day = day_of_period(placed.dossier, definition.day)
        if day is None or not question.since <= day <= question.until:
            continue
        side = side_of(placed, definition)
        if side in sides and (after is None or placed.dossier.code > after):
            found.append(DossierBehind(placed=placed, side=side))
            if len(found) == limit:
                break
    return found


def definition_of(code: IndexCode, definitions: Sequence[IndexDefinition]) -> IndexDefinition | None:
    """Return the definition of an index among those in force."""
    return next((each for each in definitions if each.code == code), None)


def month_of(day: dt.date) -> str:
    """Return a day's month, such as `2026-01`."""
    return f"{day:%Y-%m}"


def months_between(since: dt.date, until: dt.date) -> Sequence[str]:
    """Return all months of which a day lies between two days."""
    months = []
    day = since.replace(day=1)
    while day <= until:
        months.append(month_of(day))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return months


def _placed(question: IndexQuestion, facts: DossierFacts, procedures: Procedures) -> Iterator[PlacedDossier]:
    """Yield the dossiers that a question is about, by code."""
    known: dict[tuple[str, dt.date], bool | None] = {}
    for dossier in facts.dossiers(question.since, question.until, scope=question.scope):
        if question.agency is not None and dossier.agency != question.agency:
            continue
        if question.procedure is not None and (dossier.procedure or NO_PROCEDURE) != question.procedure:
            continue
        yield PlacedDossier(dossier=dossier, needs_result=_needs_result(dossier, procedures, known))


def _needs_result(
    dossier: RecordedDossier, procedures: Procedures, known: dict[tuple[str, dt.date], bool | None]
) -> bool | None:
    """Say whether the edition of the procedure that was in force when a dossier came in ends in a written result."""
    if dossier.procedure is None:
        return None
    key = (dossier.procedure, dossier.received)
    if key not in known:
        edition = procedures.find(dossier.procedure, dossier.received)
        known[key] = None if edition is None else bool(edition.results)
    return known[key]
