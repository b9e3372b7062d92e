"""All objects of the archive, in the store and in its mirror: what is wrong with them, and putting it right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.archive_ports import FixityBook, Inventory
from pipeline.audit_ports import AuditTrail
from pipeline.domain.batch import Progress, Stage
from pipeline.law_ports import ResultLaw
from pipeline.object_ports import ObjectKeeper
from pipeline.ports import Area, Clock, ProgressListener, silent
from pipeline.usecases.forget_readings import forget_result
from pipeline.usecases.mirror_store import REPAIRABLE, Repair, repair
from pipeline.usecases.verify_store import (
    UNHURRIED,
    Finding,
    Pace,
    StoreCheck,
    StoreInCare,
    count_needed,
    find_strays,
    verify_store,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What is needed to check computed results, and to have those computed again that are not whole."""

    inventory: Inventory
    """what the records name, and these results"""
    book: ResultLaw
    keeper: ObjectKeeper
    """the store under the names of plain bytes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What caring for the objects needs."""

    store: StoreInCare
    mirror: StoreInCare | None
    inventory: Inventory
    """what the records name"""
    computed: Computed
    book: FixityBook
    trail: AuditTrail
    clock: Clock
    settled: dt.timedelta
    """age of an object whose record must have been written"""
    pace: Pace = UNHURRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsCheck:
    """What came of it."""

    stores: tuple[StoreCheck, ...]
    findings: tuple[Finding, ...]
    """in all stores, strays among them"""
    repairs: tuple[Repair, ...]

    @property
    def open(self) -> tuple[Finding, ...]:
        """What is still wrong."""
        repaired = {id(each.finding) for each in self.repairs if each.done}
        return tuple(each for each in self.findings if id(each) not in repaired)


def verify_objects(
    care: Care,
    *,
    before: dt.datetime,
    repairing: bool = False,
    on_progress: ProgressListener = silent,
    on_finding: Callable[[Finding], None] = silent,
) -> ObjectsCheck:
    """Read what was not read since `before`, look for strays, and, if that is wanted, put right what the other store has.

    Computed results are kept in the store and not in its mirror; one that is not whole is forgotten, which puts it right.

    Raises:
        StoreUnavailable, StoreRefused, MachineExhausted, RecordsUnavailable: what was read and repaired counts.
    """
    stores = [care.store] if care.mirror is None else [care.store, care.mirror]
    checks: list[StoreCheck] = []
    findings: list[Finding] = []
    for store, stage in zip(stores, (Stage.CHECK, Stage.CHECK_MIRROR), strict=False):
        check = verify_store(
            store,
            inventory=care.computed.inventory if store is care.store else care.inventory,
            book=care.book,
            clock=care.clock,
            before=before,
            pace=care.pace,
            on_object=_telling(stage, on_progress),
            on_finding=on_finding,
        )
        checks.append(check)
        findings += check.findings
    for store in stores:
        for stray in _strays(store, care, on_progress):
            on_finding(stray)
            findings.append(stray)
    repairs = _repaired(findings, care, on_progress) if repairing else ()
    return ObjectsCheck(stores=tuple(checks), findings=tuple(findings), repairs=tuple(repairs))


def _telling(stage: Stage, on_progress: ProgressListener) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(stage, Progress(done, total))


def _strays(store: StoreInCare, care: Care, on_progress: ProgressListener) -> Sequence[Finding]:
    total = count_needed(care.inventory, [Area.ARCHIVE])
    found = find_strays(
        store,
        inventory=care.inventory,
        now=care.clock.now(),
        settled=care.settled,
        on_object=lambda done: on_progress(Stage.STRAYS, Progress(done, max(done, total))),
    )
    return list(found)


def _repaired(findings: Sequence[Finding], care: Care, on_progress: ProgressListener) -> Sequence[Repair]:
    wanted = [each for each in findings if each.outcome in REPAIRABLE]
    done: list[Repair] = []
    for finding in wanted:
        if finding.needed.computed:
            done.append(_forgotten(finding, care.computed))
        elif care.mirror is not None:
            is_store = finding.store is care.store.name
            damaged, good = (care.store, care.mirror) if is_store else (care.mirror, care.store)
            done.append(repair(finding, damaged=damaged, good=good, book=care.book, trail=care.trail, clock=care.clock))
        on_progress(Stage.REPAIR, Progress(len(done), len(wanted)))
    return done


def _forgotten(finding: Finding, computed: Computed) -> Repair:
    """Have a result computed again by whoever needs it: bytes that are not its own would be taken for it."""
    result = finding.needed.sha256
    forget_result(result, keys=computed.book.keys(result), results=computed.book, keeper=computed.keeper)
    return Repair(finding=finding, done=True)
