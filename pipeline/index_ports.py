"""What the indices of digitization need from outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.domain.dossier_course import DossierCourse
from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import Answers, FileWorth, Needs, PeriodDay, RecordedDossier
from pipeline.domain.search import EVERYTHING, Scope


class DossierFacts(Protocol):
    """What is known of dossiers, as far as indices ask for it."""

    def dossiers(self, since: dt.date, until: dt.date, *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield, by code, each dossier that came in, was received or promised, ended or got a result within these days."""
        ...

    def named(self, codes: Collection[DossierCode], *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield, by code, those of some dossiers of which something lies within the scope."""
        ...

    def sources(self) -> frozenset[Needs]:
        """Return what besides papers has told something so far."""
        ...


class DossierCourses(Protocol):
    """How dossiers go on, as the one-stop system tells it: the last that it said of each."""

    def keep(self, courses: Sequence[DossierCourse]) -> int:
        """Keep what was told; return how many dossiers it says something new of. What is older than what is kept is left out."""
        ...

    def of(self, dossier: DossierCode) -> DossierCourse | None:
        """Return what was told of a dossier; None: nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """Dossiers that are alike in their months and in everything that formulae ask for."""

    received: str
    """month, such as `2026-01`"""
    over: str
    """month in which they ended or were promised; empty: not known"""
    answers: Answers
    dossiers: int = 1
    worths: Mapping[FileWorth, int] = field(default_factory=dict)
    """how many of their files are worth what"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCount:
    """Dossiers of one agency, or of one procedure, that are alike in everything that formulae ask for."""

    key: str
    """agency, or core of the procedure's code; empty: the installation's own, or not known"""
    within: Mapping[PeriodDay, bool]
    """which of their days lie within the period"""
    answers: Answers
    dossiers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """What is kept of dossiers of some months, and what is not."""

    months: Sequence[MonthCount]
    agencies: Sequence[KeyCount]
    procedures: Sequence[KeyCount]
    apart: Sequence[DossierCode]
    """dossiers with papers of several agencies, where the scope has more than one: they are to be looked at by themselves"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A dossier as it is kept."""

    dossier: DossierCode
    count: MonthCount | None
    """None: it is to be looked at by itself"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How far the figures that are kept have come."""

    dossiers: int
    """of which something changed since they were counted"""
    of: int
    """dossiers in all"""
    differed: int = 0
    """of those just counted again, how many are not as they were kept"""


class KeptFigures(Protocol):
    """What was counted of every dossier, kept until something of the dossier changes."""

    def note_changes(self) -> Waiting:
        """Find out, from the audit trail, of which dossiers something changed; return how many are to be counted again."""
        ...

    def count_again(self, *, most: int) -> Waiting:
        """Count at most so many of them again, in one transaction; return how many are left."""
        ...

    def forget(self) -> Waiting:
        """Have every dossier counted again."""
        ...

    def tallied(
        self, since: str, until: str, *, scope: Scope, agency: str | None, procedure: str | None
    ) -> Tallied | None:
        """Return what is kept of dossiers received or over within two months; None while something waits to be counted again."""
        ...

    def places(
        self, since: str, until: str, *, scope: Scope, agency: str | None, procedure: str | None, after: str
    ) -> Iterator[Place]:
        """Yield such dossiers behind a code, by code."""
        ...
