"""Take over a catalogue of procedures: compared by core code with what is kept, said before it is written, written all or nothing.

Codes of the national catalogue carry suffixes for variants and publishing authorities; what they have in common is the core.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.desk_ports import Procedures
from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode

_ONE_DAY = dt.timedelta(days=1)


class CatalogueChange(StrEnum):
    """What becomes of a procedure, or of a component of it."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    """it has a last day that it did not have, or no longer belongs to the procedure; nothing else is different"""
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentChange:
    """What becomes of a component."""

    code: str
    change: CatalogueChange
    before: Component | None
    after: Component | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureChange:
    """What becomes of a procedure."""

    code: ProcedureCode
    change: CatalogueChange
    before: Procedure | None
    """the edition that is replaced, or that was in force until the new one"""
    after: Procedure
    parts: tuple[str, ...]
    """what differs: `name`, `field`, `since`, `until`, `results`, `source`, `components`"""
    components: tuple[ComponentChange, ...]
    """those that differ, in the order of the new edition, those that are gone behind them"""

    @property
    def new_results(self) -> tuple[TypeCode, ...]:
        """Results that were none before."""
        before = self.before.results if self.before else ()
        return tuple(each for each in self.after.results if each not in before)

    @property
    def gone_results(self) -> tuple[TypeCode, ...]:
        """Results that are none any more."""
        return tuple(each for each in (self.before.results if self.before else ()) if each not in self.after.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueImport:
    """What came of a catalogue."""

    changes: tuple[ProcedureChange, ...]
    """by code and first day"""
    written: int
    """editions that differ from what was kept; 0 where nothing was to be written"""

    @property
    def counts(self) -> Mapping[CatalogueChange, int]:
        """How many procedures change how."""
        found = [each.change for each in self.changes]
        return {change: found.count(change) for change in CatalogueChange}


def import_procedures(
    editions: Sequence[Procedure], *, procedures: Procedures, whole_on: dt.date | None = None, dry_run: bool = False
) -> CatalogueImport:
    """Compare a catalogue with what is kept, and write what differs.

    Args:
        editions: of the file.
        procedures: what is kept.
        whole_on: the file is all that is in force on this day: what is kept and not in it ends the day before.
        dry_run: only compare.

    Raises:
        BadProcedures: a procedure that would end the day before began on `whole_on` itself.
    """
    kept = procedures.editions([each.code for each in editions])
    by_code: dict[ProcedureCode, list[Procedure]] = {}
    for each in kept:
        by_code.setdefault(each.code, []).append(each)
    changes = [compared(_before(each, by_code.get(each.code, ())), each) for each in editions]
    if whole_on is not None:
        changes += _ended(editions, procedures, whole_on)
    changes.sort(key=lambda each: (each.code, each.after.since))
    differing = [each.after for each in changes if each.change is not CatalogueChange.SAME]
    written = 0 if dry_run else procedures.load(differing)
    return CatalogueImport(changes=tuple(changes), written=written)


def compared(before: Procedure | None, after: Procedure) -> ProcedureChange:
    """Return what is different between two editions of a procedure."""
    parts = () if before is None else tuple(_differing(before, after))
    change = CatalogueChange.CHANGED if parts else CatalogueChange.SAME
    if before is None:
        change = CatalogueChange.NEW
    elif parts == ("until",) and after.until is not None and (before.until is None or after.until < before.until):
        change = CatalogueChange.ENDED
    return ProcedureChange(
        code=after.code,
        change=change,
        before=before,
        after=after,
        parts=parts,
        components=tuple(_components(before.components if before else (), after.components)),
    )


def _before(edition: Procedure, kept: Sequence[Procedure]) -> Procedure | None:
    """Return the kept edition of the same first day, or the one in force then."""
    begun = [each for each in kept if each.since <= edition.since]
    last = max(begun, key=lambda each: each.since, default=None)
    # one that was over by then was followed by nothing: the procedure comes anew
    return last if last is not None and (last.since == edition.since or last.holds_on(edition.since)) else None


def _ended(editions: Sequence[Procedure], procedures: Procedures, day: dt.date) -> Iterator[ProcedureChange]:
    named = {each.code for each in editions}
    for each in procedures.on(day):
        if each.code in named:
            continue
        if each.since >= day:
            problem = f"begins on {day}, and the file does not have it"
            raise BadProcedures(file="", line=0, key=each.code, problem=problem)
        yield compared(each, replace(each, until=day - _ONE_DAY))


def _differing(before: Procedure, after: Procedure) -> Iterator[str]:
    for part in ("name", "field", "since", "until", "results", "source", "components"):
        if getattr(before, part) != getattr(after, part):
            yield part


def _components(before: Sequence[Component], after: Sequence[Component]) -> Iterator[ComponentChange]:
    old = {each.code: each for each in before}
    new = {each.code for each in after}
    for each in after:
        was = old.get(each.code)
        if was != each:
            change = CatalogueChange.NEW if was is None else CatalogueChange.CHANGED
            yield ComponentChange(code=each.code, change=change, before=was, after=each)
    for each in before:
        if each.code not in new:
            yield ComponentChange(code=each.code, change=CatalogueChange.ENDED, before=each, after=None)
