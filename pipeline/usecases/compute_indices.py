"""Compute the indices of digitization of a period, by agency, procedure and month, and name the dossiers behind a figure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import (
    Figure,
    FileWorth,
    IndexCode,
    IndexDefinition,
    PeriodDay,
    RecordedDossier,
    Side,
    answers_of,
    day_of_period,
    month_of,
    side_of,
)
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.index_ports import DossierFacts, Group, KeptFigures, Waiting
from pipeline.ports import silent

NO_PROCEDURE = ""
"""stands for dossiers whose procedure is not known"""
_AT_ONCE = 200
"""dossiers that are counted in one transaction: others who write wait for a part of a second"""


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


@dataclass(slots=True)
class _Tally:
    """An index while it is counted."""

    definition: IndexDefinition
    is_computed: bool
    whole: Figure = field(default_factory=Figure)
    by_agency: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    by_procedure: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    by_month: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    without_day: int = 0

    def take(self, group: Group, within: Mapping[PeriodDay, bool]) -> None:
        month = group.received if self.definition.day is PeriodDay.RECEIVED else group.over
        if not month:
            self.without_day += group.dossiers * within[PeriodDay.RECEIVED]
        elif within[self.definition.day]:
            side = side_of(group.answers, self.definition)
            if side is Side.APART:
                return
            procedure = group.procedure or NO_PROCEDURE
            self.whole = self.whole.with_some(side, group.dossiers)
            self.by_agency[group.agency] = self.by_agency[group.agency].with_some(side, group.dossiers)
            self.by_procedure[procedure] = self.by_procedure[procedure].with_some(side, group.dossiers)
            self.by_month[month] = self.by_month[month].with_some(side, group.dossiers)

    def figures(self, question: IndexQuestion, other: _Tally | None) -> IndexFigures:
        """Return what was counted, each figure with that of the index by which it is multiplied."""

        def all_times(figures: Mapping[str, Figure], by: Mapping[str, Figure] | None) -> dict[str, Figure]:
            ordered = dict(sorted(figures.items()))
            return ordered if by is None else {key: _times(ordered[key], by.get(key, Figure())) for key in ordered}

        months = {month: self.by_month.get(month, Figure()) for month in months_between(question.since, question.until)}
        return IndexFigures(
            definition=self.definition,
            is_computed=self.is_computed,
            whole=self.whole if other is None else _times(self.whole, other.whole),
            by_agency=all_times(self.by_agency, None if other is None else other.by_agency),
            by_procedure=all_times(self.by_procedure, None if other is None else other.by_procedure),
            by_month=all_times(months, None if other is None else other.by_month),
            without_day=self.without_day,
        )


def compute_indices(
    question: IndexQuestion, *, definitions: Sequence[IndexDefinition], facts: DossierFacts
) -> IndexReport:
    """Return all indices of a period, counted dossier by dossier; `definitions` are the editions that hold on its last day.

    Raises:
        RecordsUnavailable
    """
    dossiers = _fitting(facts.dossiers(question.since, question.until, scope=question.scope), question)
    return _counted(question, _each_group(dossiers, question), definitions=definitions, facts=facts)


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

    def groups() -> Iterator[tuple[Group, Mapping[PeriodDay, bool]]]:
        for group in found.groups:
            yield group, _months_within(group, since, until)
        yield from _each_group(_fitting(facts.named(found.apart, scope=question.scope), question), question)

    return _counted(question, groups(), definitions=definitions, facts=facts)


def count_changed(
    kept: KeptFigures,
    *,
    enough: Callable[[], bool] = lambda: False,
    on_dossier: Callable[[int, int], None] = silent,
) -> Waiting:
    """Count again what changed, until nothing is left or it is enough; return what is left.

    Args:
        kept: what was counted.
        enough: says, after each portion, whether to leave the rest to somebody else.
        on_dossier: hears (dossiers counted, dossiers in all that were to be counted).

    Raises:
        RecordsUnavailable
    """
    waiting = kept.note_changes()
    first = waiting.dossiers
    while waiting.dossiers and not enough():
        waiting = kept.count_again(most=_AT_ONCE)
        on_dossier(first - waiting.dossiers, first)
    return waiting


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
    for dossier in _fitting(asked, question):
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


def group_of(dossier: RecordedDossier) -> Group:
    """Return a dossier as a group of one."""
    over = day_of_period(dossier, PeriodDay.ENDED)
    return Group(
        agency=dossier.agency,
        procedure=dossier.procedure,
        received=month_of(dossier.received),
        over="" if over is None else month_of(over),
        answers=answers_of(dossier),
        worths=Counter(each.worth for each in (*dossier.components, *dossier.results)),
    )


def _times(figure: Figure, by: Figure) -> Figure:
    return replace(figure, times=(by.counted, by.total))


def _counted(
    question: IndexQuestion,
    groups: Iterator[tuple[Group, Mapping[PeriodDay, bool]]],
    *,
    definitions: Sequence[IndexDefinition],
    facts: DossierFacts,
) -> IndexReport:
    sources = facts.sources()
    tallies = {each.code: _Tally(each, each.is_computed(sources)) for each in definitions}
    worths: Counter[FileWorth] = Counter()
    dossiers = 0
    for group, within in groups:
        if not any(within.values()):
            continue
        dossiers += group.dossiers
        worths.update(group.worths)
        for tally in tallies.values():
            if tally.is_computed:
                tally.take(group, within)
    for tally in tallies.values():
        # one that is multiplied by what is not known is not known
        tally.is_computed &= tally.definition.times is None or tallies[tally.definition.times].is_computed
    found = (
        each.figures(question, None if each.definition.times is None else tallies[each.definition.times])
        if each.is_computed
        else _Tally(each.definition, is_computed=False).figures(question, None)
        for each in tallies.values()
    )
    return IndexReport(question=question, dossiers=dossiers, indices=tuple(found), worths=dict(+worths))


def _fitting(dossiers: Iterator[RecordedDossier], question: IndexQuestion) -> Iterator[RecordedDossier]:
    for dossier in dossiers:
        if question.agency is not None and dossier.agency != question.agency:
            continue
        if question.procedure is None or (dossier.procedure or NO_PROCEDURE) == question.procedure:
            yield dossier


def _each_group(
    dossiers: Iterator[RecordedDossier], question: IndexQuestion
) -> Iterator[tuple[Group, Mapping[PeriodDay, bool]]]:
    for dossier in dossiers:
        days = {each: day_of_period(dossier, each) for each in PeriodDay}
        within = {each: day is not None and question.since <= day <= question.until for each, day in days.items()}
        yield group_of(dossier), within


def _months_within(group: Group, since: str, until: str) -> Mapping[PeriodDay, bool]:
    return {
        PeriodDay.RECEIVED: since <= group.received <= until,
        PeriodDay.ENDED: since <= group.over <= until,
    }


def _codes_behind(
    question: IndexQuestion,
    definition: IndexDefinition,
    sides: frozenset[Side],
    places: Iterator[tuple[DossierCode, Group | None]],
) -> Iterator[tuple[DossierCode, bool]]:
    """Yield the codes of dossiers that stand on one of `sides` for sure, and of those that have to be looked at by themselves."""
    since, until = month_of(question.since), month_of(question.until)
    for code, group in places:
        if group is None:
            yield code, False
        elif _months_within(group, since, until)[definition.day] and side_of(group.answers, definition) in sides:
            yield code, True


def _first_codes(codes: Iterator[tuple[DossierCode, bool]], limit: int) -> Iterator[DossierCode]:
    """Yield codes until so many of them are sure."""
    for code, is_sure in codes:
        yield code
        limit -= is_sure
        if not limit:
            return
