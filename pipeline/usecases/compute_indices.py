"""Compute the indices of digitization of a period, by agency, procedure and month, and name the dossiers behind a figure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import (
    Answers,
    Figure,
    FileWorth,
    IndexCode,
    IndexDefinition,
    Needs,
    PeriodDay,
    RecordedDossier,
    Side,
    answers_of,
    day_of_period,
    month_of,
    side_of,
)
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.index_ports import DossierFacts, KeptFigures, KeyCount, MonthCount, Place

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

    @property
    def is_of_whole_months(self) -> bool:
        """Whether it begins and ends with a month."""
        return self.since.day == 1 and (self.until + dt.timedelta(days=1)).day == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFigures:
    """An index of a period. Where it cannot be computed here, the figures are empty and the definition says what it needs."""

    definition: IndexDefinition
    is_computed: bool
    whole: Figure
    by_agency: Mapping[str, Figure]
    by_procedure: Mapping[str, Figure]
    by_month: Mapping[str, Figure]
    """`2026-01`; months without a dossier as well"""
    without_day: int
    """dossiers received within the period that belong to none yet: neither their end nor the day it was promised is known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """All indices of a period."""

    question: IndexQuestion
    dossiers: int
    """received within the period, or over or promised within it"""
    indices: tuple[IndexFigures, ...]
    worths: Mapping[FileWorth, int]
    """how many files of these dossiers are worth what"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierBehind:
    """A dossier behind a figure."""

    dossier: RecordedDossier
    side: Side


class _By(Enum):
    """By what dossiers are counted."""

    WHOLE = auto()
    AGENCY = auto()
    PROCEDURE = auto()
    MONTH = auto()


class _Tally:
    """An index while it is counted."""

    def __init__(self, definition: IndexDefinition, *, is_computed: bool) -> None:
        self.definition = definition
        self.is_computed = is_computed
        self.without_day = 0
        self._sides: dict[Answers, Side] = {}
        self._counts: dict[_By, dict[str, Counter[Side]]] = {each: defaultdict(Counter) for each in _By}

    def take(self, by: _By, key: str, answers: Answers, dossiers: int) -> None:
        """Count dossiers that are alike."""
        side = self._sides.get(answers)
        if side is None:
            side = self._sides[answers] = side_of(answers, self.definition)
        if side is not Side.APART:
            self._counts[by][key][side] += dossiers

    def take_months(self, count: MonthCount, within: Mapping[PeriodDay, bool]) -> None:
        """Count dossiers as a whole, and by month."""
        month = count.received if self.definition.day is PeriodDay.RECEIVED else count.over
        if not month:
            self.without_day += count.dossiers * within[PeriodDay.RECEIVED]
        elif within[self.definition.day]:
            self.take(_By.WHOLE, "", count.answers, count.dossiers)
            self.take(_By.MONTH, month, count.answers, count.dossiers)

    def figures(self, question: IndexQuestion, other: _Tally | None) -> IndexFigures:
        """Return what was counted, each figure with that of the index by which it is multiplied."""
        months = months_between(question.since, question.until)
        return IndexFigures(
            definition=self.definition,
            is_computed=self.is_computed,
            whole=self._figure(_By.WHOLE, "", other),
            by_agency=self._figures(_By.AGENCY, self._counts[_By.AGENCY], other),
            by_procedure=self._figures(_By.PROCEDURE, self._counts[_By.PROCEDURE], other),
            by_month=self._figures(_By.MONTH, months, other),
            without_day=self.without_day,
        )

    def _figures(self, by: _By, keys: Iterable[str], other: _Tally | None) -> dict[str, Figure]:
        return {key: self._figure(by, key, other) for key in sorted(keys)}

    def _figure(self, by: _By, key: str, other: _Tally | None) -> Figure:
        counts = self._counts[by].get(key, Counter())
        below = counts[Side.COUNTED] + counts[Side.MISSED]
        if other is None:
            return Figure(counts[Side.COUNTED], below, counts[Side.UNKNOWN])
        factor = other._figure(by, key, None)  # noqa: SLF001 - of the same class
        return Figure(counts[Side.COUNTED], below, counts[Side.UNKNOWN], times=(factor.counted, factor.total))


def compute_indices(
    question: IndexQuestion, *, definitions: Sequence[IndexDefinition], facts: DossierFacts
) -> IndexReport:
    """Return all indices of a period, counted dossier by dossier; `definitions` are the editions that hold on its last day.

    Raises:
        RecordsUnavailable
    """
    dossiers = fitting_dossiers(facts.dossiers(question.since, question.until, scope=question.scope), question)
    counting = _Counting(question, definitions, facts.sources())
    counting.take_each(dossiers)
    return counting.report()


def kept_indices(
    question: IndexQuestion, *, definitions: Sequence[IndexDefinition], facts: DossierFacts, kept: KeptFigures
) -> IndexReport | None:
    """Return the same out of what was counted before; None while something is to be counted again.

    Raises:
        RecordsUnavailable
        ValueError: the period is not of whole months.
    """
    if not question.is_of_whole_months:
        raise ValueError("days are not kept, only months")
    since, until = month_of(question.since), month_of(question.until)
    found = kept.tallied(since, until, scope=question.scope, agency=question.agency, procedure=question.procedure)
    if found is None:
        return None

    counting = _Counting(question, definitions, facts.sources())
    for count in found.months:
        counting.take_months(count, _months_within(count, since, until))
    for by, counts in ((_By.AGENCY, found.agencies), (_By.PROCEDURE, found.procedures)):
        for each in counts:
            counting.take_key(by, each)
    if found.apart:
        counting.take_each(fitting_dossiers(facts.named(found.apart, scope=question.scope), question))
    return counting.report()


def dossiers_behind(
    question: IndexQuestion,
    definition: IndexDefinition,
    *,
    sides: frozenset[Side],
    facts: DossierFacts,
    kept: KeptFigures | None = None,
    limit: int,
    after: DossierCode | None = None,
) -> Sequence[DossierBehind]:
    """Return at most `limit` dossiers of an index that stand on one of `sides`, by code, those behind `after`.

    Args:
        question: of which dossiers.
        definition: the index.
        sides: how they stand to it.
        facts: what is known of dossiers.
        kept: what was counted of them, up to date; None: they are gone through one by one.
        limit: most dossiers.
        after: code behind which to begin.

    Raises:
        RecordsUnavailable
    """
    if kept is None:
        asked = facts.dossiers(question.since, question.until, scope=question.scope)
    else:
        places = kept.places(
            month_of(question.since),
            month_of(question.until),
            scope=question.scope,
            agency=question.agency,
            procedure=question.procedure,
            after=after or "",
        )
        codes = list(_first_codes(_codes_behind(question, definition, sides, places), limit))
        asked = facts.named(codes, scope=question.scope)
    found: list[DossierBehind] = []
    for dossier in fitting_dossiers(asked, question):
        day = day_of_period(dossier, definition.day)
        if day is None or not question.since <= day <= question.until:
            continue
        side = side_of(answers_of(dossier), definition)
        if side in sides and (after is None or dossier.code > after):
            found.append(DossierBehind(dossier=dossier, side=side))
            if len(found) == limit:
                break
    return found


def definition_of(code: IndexCode, definitions: Sequence[IndexDefinition]) -> IndexDefinition | None:
    """Return the definition of an index among those in force."""
    return next((each for each in definitions if each.code == code), None)


def months_between(since: dt.date, until: dt.date) -> Sequence[str]:
    """Return all months of which a day lies between two days."""
    months = []
    day = since.replace(day=1)
    while day <= until:
        months.append(month_of(day))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return months


class _Counting:
    """All indices while they are counted."""

    def __init__(
        self, question: IndexQuestion, definitions: Sequence[IndexDefinition], sources: frozenset[Needs]
    ) -> None:
        self._question = question
        self._all = {each.code: _Tally(each, is_computed=each.is_computed(sources)) for each in definitions}
        for tally in self._all.values():
            # one that is multiplied by what is not known is not known
            if tally.definition.times is not None:
                tally.is_computed &= self._all[tally.definition.times].is_computed
        self._tallies = [each for each in self._all.values() if each.is_computed]
        self._worths: Counter[FileWorth] = Counter()
        self._dossiers = 0

    def take_months(self, count: MonthCount, within: Mapping[PeriodDay, bool]) -> None:
        """Count dossiers as a whole, and by month."""
        self._dossiers += count.dossiers
        self._worths.update(count.worths)
        for tally in self._tallies:
            tally.take_months(count, within)

    def take_key(self, by: _By, count: KeyCount) -> None:
        """Count dossiers of one agency, or of one procedure."""
        for tally in self._tallies:
            if count.within[tally.definition.day]:
                tally.take(by, count.key, count.answers, count.dossiers)

    def take_each(self, dossiers: Iterator[RecordedDossier]) -> None:
        """Count dossiers one by one."""
        for dossier in dossiers:
            within = _days_within(dossier, self._question)
            if any(within.values()):
                count = _count_of(dossier)
                self.take_months(count, within)
                keys = {_By.AGENCY: dossier.agency, _By.PROCEDURE: dossier.procedure or NO_PROCEDURE}
                for by, key in keys.items():
                    self.take_key(by, KeyCount(key=key, within=within, answers=count.answers))

    def report(self) -> IndexReport:
        """Return what was counted."""
        found = (
            each.figures(self._question, self._all.get(each.definition.times) if each.definition.times else None)
            for each in self._all.values()
        )
        return IndexReport(
            question=self._question,
            dossiers=self._dossiers,
            indices=tuple(found),
            worths=dict(+self._worths),
        )


def _count_of(dossier: RecordedDossier) -> MonthCount:
    over = day_of_period(dossier, PeriodDay.ENDED)
    return MonthCount(
        received=month_of(dossier.received),
        over="" if over is None else month_of(over),
        answers=answers_of(dossier),
        worths=Counter(each.worth for each in (*dossier.components, *dossier.results)),
    )


def fitting_dossiers(dossiers: Iterator[RecordedDossier], question: IndexQuestion) -> Iterator[RecordedDossier]:
    """Yield those of some dossiers that are of the agency and the procedure that are asked for."""
    for dossier in dossiers:
        if question.agency is not None and dossier.agency != question.agency:
            continue
        if question.procedure is None or (dossier.procedure or NO_PROCEDURE) == question.procedure:
            yield dossier


def _days_within(dossier: RecordedDossier, question: IndexQuestion) -> Mapping[PeriodDay, bool]:
    days = {each: day_of_period(dossier, each) for each in PeriodDay}
    return {each: day is not None and question.since <= day <= question.until for each, day in days.items()}


def _months_within(count: MonthCount, since: str, until: str) -> Mapping[PeriodDay, bool]:
    return {
        PeriodDay.RECEIVED: since <= count.received <= until,
        PeriodDay.ENDED: since <= count.over <= until,
    }


def _codes_behind(
    question: IndexQuestion, definition: IndexDefinition, sides: frozenset[Side], places: Iterator[Place]
) -> Iterator[tuple[DossierCode, bool]]:
    """Yield the codes of dossiers that stand on one of `sides` for sure, and of those that have to be looked at by themselves."""
    since, until = month_of(question.since), month_of(question.until)
    for place in places:
        if place.count is None:
            yield place.dossier, False
        elif (
            _months_within(place.count, since, until)[definition.day]
            and side_of(place.count.answers, definition) in sides
        ):
            yield place.dossier, True


def _first_codes(codes: Iterator[tuple[DossierCode, bool]], limit: int) -> Iterator[DossierCode]:
    """Yield codes until so many of them are sure."""
    for code, is_sure in codes:
        yield code
        limit -= is_sure
        if not limit:
            return
