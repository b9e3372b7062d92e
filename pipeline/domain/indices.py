"""Indices of digitization: formulae as data, what is known of a dossier, and what the one says of the other.

Source: QĐ 766/QĐ-TTg of 23 June 2022, as the national portal publishes the formulae. A file counts only when it is there and,
where the formula asks for it, bears signatures that were found valid. What cannot be told is not taken for fulfilled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    reused: int = 0
    """papers that were taken from the depository instead of being asked for again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedDossier:
    """A dossier, and what the catalogue of procedures says of its procedure."""

    dossier: RecordedDossier
    needs_result: bool | None
    """whether the procedure ends in a written result; None: the procedure is not known"""


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
    HAS_RESULT = "has_result"
    """a result was issued, whatever its file is worth"""
    HAS_DUE_DAY = "has_due_day"
    """the day is known on which the result was promised"""
    ON_TIME = "on_time"
    """the first result was issued on that day or before"""


class PeriodDay(StrEnum):
    """By which of its days a dossier belongs to a period."""

    RECEIVED = "received"
    """day on which it came in"""
    ENDED = "ended"
    """day of its first result; while there is none, the day on which it was promised"""


class Needs(StrEnum):
    """What an index would need that is not kept here."""

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
    full_at: int | None = None
    """per cent that earn full marks"""
    needs: Needs | None = None
    """what it would take to compute it"""
    note: str = ""
    """what has to be known to read the figure rightly"""

    @property
    def is_computed(self) -> bool:
        """Whether what is kept here is enough."""
        return bool(self.counted)

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


def day_of_period(dossier: RecordedDossier, day: PeriodDay) -> dt.date | None:
    """Return the day by which a dossier belongs to a period; None where it is not known."""
    return dossier.received if day is PeriodDay.RECEIVED else dossier.resulted or dossier.due


def side_of(placed: PlacedDossier, definition: IndexDefinition) -> Side:
    """Say how a dossier stands to an index, whatever the period."""
    belongs = [meets(placed, each) for each in definition.of]
    if False in belongs:
        return Side.APART
    if None in belongs:
        return Side.UNKNOWN
    return Side.COUNTED if all(meets(placed, each) for each in definition.counted) else Side.MISSED


def meets(placed: PlacedDossier, condition: Condition) -> bool | None:
    """Say whether a dossier meets a condition; None where that is not known."""
    return _TESTS[condition](placed)


def _has_signed_result(placed: PlacedDossier) -> bool:
    return any(each.worth is FileWorth.SIGNED for each in placed.dossier.results)


def _has_result_where_needed(placed: PlacedDossier) -> bool | None:
    return _has_signed_result(placed) or (None if placed.needs_result is None else not placed.needs_result)


def _has_signed_components(placed: PlacedDossier) -> bool:
    components = placed.dossier.components
    return bool(components) and all(each.worth is FileWorth.SIGNED for each in components)


def _is_on_time(placed: PlacedDossier) -> bool | None:
    due, resulted = placed.dossier.due, placed.dossier.resulted
    return None if due is None or resulted is None else resulted <= due


_TESTS: Mapping[Condition, Callable[[PlacedDossier], bool | None]] = {
    Condition.NEEDS_RESULT: lambda placed: placed.needs_result,
    Condition.HAS_SIGNED_RESULT: _has_signed_result,
    Condition.HAS_COMPONENTS: lambda placed: any(each.worth in IS_THERE for each in placed.dossier.components),
    Condition.HAS_SIGNED_COMPONENTS: _has_signed_components,
    Condition.HAS_RESULT_WHERE_NEEDED: _has_result_where_needed,
    Condition.REUSES: lambda placed: placed.dossier.reused > 0,
    Condition.HAS_RESULT: lambda placed: placed.dossier.resulted is not None,
    Condition.HAS_DUE_DAY: lambda placed: placed.dossier.due is not None,
    Condition.ON_TIME: _is_on_time,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """An index of some dossiers."""

    counted: int = 0
    total: int = 0
    unknown: int = 0
    """dossiers of which cannot be told whether they belong to it"""

    @property
    def per_cent(self) -> float | None:
        """Two decimals; None where there is no dossier to speak of."""
        return None if self.total == 0 else round(100 * self.counted / self.total, 2)

    def with_one(self, side: Side) -> Figure:
        """Return the figure with one more dossier."""
        match side:
            case Side.COUNTED:
                return Figure(self.counted + 1, self.total + 1, self.unknown)
            case Side.MISSED:
                return Figure(self.counted, self.total + 1, self.unknown)
            case Side.UNKNOWN:
                return Figure(self.counted, self.total, self.unknown + 1)
            case Side.APART:
                return self
