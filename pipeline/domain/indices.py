"""Indices of digitization: formulae as data, what is known of a dossier, and what the one says of the other.

Source: QĐ 766/QĐ-TTg of 23 June 2022, as the national portal publishes the formulae. A file counts only when it is there and,
where the formula asks for it, bears signatures that were found valid. What cannot be told is not taken for fulfilled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from pipeline.domain.fixity import CheckOutcome
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.signature import Verdict

IndexCode = NewType("IndexCode", str)
"""as the decision numbers it, such as `4.1`"""


class FileWorth(StrEnum):
    """Whether a file counts, and if not, why."""

    SIGNED = "signed"
    """there, and its signatures were found valid"""
    UNSIGNED = "unsigned"
    """there, without a signature"""
    UNJUDGED = "unjudged"
    """there and signed, and nobody has checked its signatures yet"""
    NOT_VALID = "not_valid"
    """there, and its signatures were not found valid"""
    LOST = "lost"
    """not there, or not as it was put there"""
    DISPOSED = "disposed"
    """removed by an approved list"""


IS_THERE = frozenset({FileWorth.SIGNED, FileWorth.UNSIGNED, FileWorth.UNJUDGED, FileWorth.NOT_VALID})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedFile:
    """The newest version of a paper's copy, as far as it decides whether the paper counts."""

    document: DocumentId
    type: TypeCode
    sha256: ContentHash
    is_signed: bool
    """somebody signed it here, or it came in signed"""
    verdict: Verdict | None
    """the last one on its signatures; None: nobody has checked"""
    fixity: CheckOutcome | None
    """when it was last read as a whole; None: not yet"""
    is_disposed: bool = False

    @property
    def worth(self) -> FileWorth:
        """Whether it counts."""
        if self.is_disposed:
            return FileWorth.DISPOSED
        if self.fixity not in {None, CheckOutcome.SOUND}:
            return FileWorth.LOST
        if not self.is_signed:
            return FileWorth.UNSIGNED
        if self.verdict is None:
            return FileWorth.UNJUDGED
        return FileWorth.SIGNED if self.verdict is Verdict.VALID else FileWorth.NOT_VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDossier:
    """What the records know of a dossier."""

    code: DossierCode
    agency: str
    """of the batch in which it first came in; empty: the installation's own"""
    procedure: ProcedureCode | None
    """as its papers name it, where that is sure"""
    received: dt.date
    """ngày tiếp nhận, as its receipt says, where that is sure; else the day on which its first paper came in"""
    due: dt.date | None
    """ngày hẹn trả, as its receipt says, where that is sure"""
    resulted: dt.date | None
    """day on which its first result was issued"""
    components: tuple[CountedFile, ...]
    """papers that were handed in and digitized"""
    results: tuple[CountedFile, ...]
    """results that are in force"""
    needs_result: bool | None = None
    """whether the edition of its procedure in force when it came in ends in a written result; None: not known"""
    agencies: frozenset[str] = frozenset()
    """whose papers belong to it; where they are several, it is another dossier for each of them"""
    reused: int = 0
    """papers that were taken from a depository instead of being asked for again"""
    ended: dt.date | None = None
    """day on which the one-stop system says that it ended; None where it says nothing: then its first result counts"""
    online: bool | None = None
    """handed in online; None: the one-stop system has not said how"""
    has_fees: bool | None = None
    paid_online: bool | None = None
    supplements: int = 0
    """how often papers were asked for once more"""
    is_synchronised: bool = False
    """the national portal took it from here"""
    shares: bool = False
    """the national portal took the address of a result's file, or a paper came out of its depository"""
    uses_population: bool = False
    """the national population database was asked about somebody in it"""

    @property
    def over(self) -> dt.date | None:
        """Day on which it ended."""
        return self.ended or self.resulted


class Condition(StrEnum):
    """What a formula may ask of a dossier."""

    NEEDS_RESULT = "needs_result"
    """its procedure ends in a written result"""
    HAS_SIGNED_RESULT = "has_signed_result"
    """a result's file is there, and its signatures were found valid"""
    HAS_COMPONENTS = "has_components"
    """the file of a paper that was handed in is there"""
    HAS_SIGNED_COMPONENTS = "has_signed_components"
    """the files of all papers that were handed in are there, and their signatures were found valid"""
    HAS_RESULT_WHERE_NEEDED = "has_result_where_needed"
    """as HAS_SIGNED_RESULT, or its procedure ends in no written result"""
    REUSES = "reuses"
    """a paper was taken from the depository"""
    HAS_ENDED = "has_ended"
    """it ended, as the one-stop system says, or a result was issued, whatever its file is worth"""
    HAS_DUE_DAY = "has_due_day"
    """the day is known on which the result was promised"""
    ON_TIME = "on_time"
    """it ended on that day or before, and papers were asked for once more but once"""
    IS_SYNCHRONISED = "is_synchronised"
    """the national portal took it"""
    CHANNEL_KNOWN = "channel_known"
    """the one-stop system says how it was handed in"""
    IS_ONLINE = "is_online"
    """it was handed in online"""
    HAS_FEES = "has_fees"
    """there are fees to pay"""
    PAID_ONLINE = "paid_online"
    """they were paid online"""
    SHARES = "shares"
    """a paper came out of the national depository, or the portal has the address of a result's file"""
    USES_POPULATION = "uses_population"
    """the national population database was asked about somebody in it"""


class PeriodDay(StrEnum):
    """By which of its days a dossier belongs to a period."""

    RECEIVED = "received"
    """day on which it came in"""
    ENDED = "ended"
    """day on which it ended: as the one-stop system says, else that of its first result; while there is none, the day on which
    it was promised"""


class Needs(StrEnum):
    """What an index needs that does not come from papers."""

    ONE_STOP = "one_stop"
    """the province's one-stop system"""
    NATIONAL_PORTAL = "national_portal"
    """what was synchronised with the national portal"""
    POPULATION = "population"
    """look-ups in the national population database"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDefinition:
    """A formula in force from `since` to `until`."""

    code: IndexCode
    title: str
    source: str
    """the text that says so"""
    since: dt.date
    until: dt.date | None = None
    """the last day"""
    day: PeriodDay = PeriodDay.RECEIVED
    of: tuple[Condition, ...] = ()
    """dossiers that are counted below the line: those that meet all of these"""
    counted: tuple[Condition, ...] = ()
    """above it: those among them that meet all of these as well; none: it cannot be computed here"""
    times: IndexCode | None = None
    """another index, by whose share of the same dossiers this one's is multiplied"""
    full_at: int | None = None
    """per cent that earn full marks"""
    needs: Needs | None = None
    """what it takes to compute it; while that is not there, there is no figure"""
    note: str = ""
    """what has to be known to read the figure rightly"""

    def is_computed(self, sources: Collection[Needs]) -> bool:
        """Say whether what is kept is enough, where `sources` have told something."""
        return bool(self.counted) and (self.needs is None or self.needs in sources)

    def holds_on(self, day: dt.date) -> bool:
        """Say whether this edition is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Side(StrEnum):
    """How a dossier stands to an index."""

    COUNTED = "counted"
    """above the line and below it"""
    MISSED = "missed"
    """below the line only"""
    UNKNOWN = "unknown"
    """whether it belongs to the index cannot be told"""
    APART = "apart"
    """it does not belong to the index"""


def month_of(day: dt.date) -> str:
    """Return a day's month, such as `2026-01`."""
    return f"{day:%Y-%m}"


def day_of_period(dossier: RecordedDossier, day: PeriodDay) -> dt.date | None:
    """Return the day by which a dossier belongs to a period; None where it is not known."""
    return dossier.received if day is PeriodDay.RECEIVED else dossier.over or dossier.due


_PLACES = {each: place for place, each in enumerate(Condition)}
Answers = tuple[bool | None, ...]
"""which conditions a dossier meets, in the order of `Condition`; None: not known"""


def answers_of(dossier: RecordedDossier) -> Answers:
    """Return what a dossier says to every condition that a formula may ask."""
    return tuple(meets(dossier, each) for each in Condition)


def side_of(answers: Answers, definition: IndexDefinition) -> Side:
    """Say how a dossier stands to an index, whatever the period."""
    belongs = [answers[_PLACES[each]] for each in definition.of]
    if False in belongs:
        return Side.APART
    if None in belongs:
        return Side.UNKNOWN
    return Side.COUNTED if all(answers[_PLACES[each]] for each in definition.counted) else Side.MISSED


def meets(dossier: RecordedDossier, condition: Condition) -> bool | None:
    """Say whether a dossier meets a condition; None where that is not known."""
    return _TESTS[condition](dossier)


def _has_signed_result(dossier: RecordedDossier) -> bool:
    return any(each.worth is FileWorth.SIGNED for each in dossier.results)


def _has_result_where_needed(dossier: RecordedDossier) -> bool | None:
    return _has_signed_result(dossier) or (None if dossier.needs_result is None else not dossier.needs_result)


def _has_signed_components(dossier: RecordedDossier) -> bool:
    components = dossier.components
    return bool(components) and all(each.worth is FileWorth.SIGNED for each in components)


_SUPPLEMENTS = 1
"""how often papers may be asked for once more: a second time counts as late (QĐ 766, index 2.1)"""


def _is_on_time(dossier: RecordedDossier) -> bool | None:
    due, over = dossier.due, dossier.over
    if due is None or over is None:
        return None
    return over <= due and dossier.supplements <= _SUPPLEMENTS


_TESTS: Mapping[Condition, Callable[[RecordedDossier], bool | None]] = {
    Condition.NEEDS_RESULT: lambda dossier: dossier.needs_result,
    Condition.HAS_SIGNED_RESULT: _has_signed_result,
    Condition.HAS_COMPONENTS: lambda dossier: any(each.worth in IS_THERE for each in dossier.components),
    Condition.HAS_SIGNED_COMPONENTS: _has_signed_components,
    Condition.HAS_RESULT_WHERE_NEEDED: _has_result_where_needed,
    Condition.REUSES: lambda dossier: dossier.reused > 0,
    Condition.HAS_ENDED: lambda dossier: dossier.over is not None,
    Condition.HAS_DUE_DAY: lambda dossier: dossier.due is not None,
    Condition.ON_TIME: _is_on_time,
    Condition.IS_SYNCHRONISED: lambda dossier: dossier.is_synchronised,
    Condition.CHANNEL_KNOWN: lambda dossier: None if dossier.online is None else True,
    Condition.IS_ONLINE: lambda dossier: dossier.online,
    Condition.HAS_FEES: lambda dossier: dossier.has_fees,
    Condition.PAID_ONLINE: lambda dossier: dossier.paid_online,
    Condition.SHARES: lambda dossier: dossier.shares,
    Condition.USES_POPULATION: lambda dossier: dossier.uses_population,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """An index of some dossiers."""

    counted: int = 0
    total: int = 0
    unknown: int = 0
    """dossiers of which cannot be told whether they belong to it"""
    times: tuple[int, int] | None = None
    """counted and total of the index by which this one is multiplied"""

    @property
    def per_cent(self) -> float | None:
        """Two decimals, halves rounded up; None where there is no dossier to speak of."""
        above, below = self.times or (1, 1)
        above, below = above * self.counted, below * self.total
        # in whole numbers: of fractions that are near a half nobody can tell afterwards which way they went
        return None if below == 0 else (2 * 10_000 * above + below) // (2 * below) / 100

    def with_some(self, side: Side, dossiers: int = 1) -> Figure:
        """Return the figure with more dossiers that stand on one side."""
        match side:
            case Side.COUNTED:
                return replace(self, counted=self.counted + dossiers, total=self.total + dossiers)
            case Side.MISSED:
                return replace(self, total=self.total + dossiers)
            case Side.UNKNOWN:
                return replace(self, unknown=self.unknown + dossiers)
            case Side.APART:
                return self
