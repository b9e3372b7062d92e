"""Keep everything that the records name in a second store too, and put either store right from the other.

Objects go as they stand: sealed ones stay sealed, so the mirror says no more to a stranger than the store. What can be made
again and is named by no record is not mirrored; texts of papers are named.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.archive_ports import FixityBook, FixityCheck, Inventory, NeededObject
from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.errors import ObjectAltered, ObjectMissing
from pipeline.domain.fixity import CheckOutcome
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, Clock, silent
from pipeline.usecases.verify_store import (
    NEEDED_AREAS,
    UNHURRIED,
    Finding,
    Pace,
    StoreInCare,
    count_needed,
    examine,
    needed_objects,
)

REPAIRABLE = frozenset({CheckOutcome.MISSING, CheckOutcome.ALTERED})
"""what good bytes put right; a wrong size is an error of the records, and what the store does not give may be whole"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What was copied."""

    objects: int
    """that the records name"""
    copied: int
    bytes: int
    """of those that were copied"""
    findings: tuple[Finding, ...]
    """what could not be copied, because the store does not have it as it should be"""


def mirror_store(
    store: StoreInCare,
    mirror: StoreInCare,
    *,
    inventory: Inventory,
    pace: Pace = UNHURRIED,
    on_object: Callable[[int, int], None] = silent,
    on_finding: Callable[[Finding], None] = silent,
) -> Mirrored:
    """Copy to `mirror` what it lacks; each copy is read again. What is there already is not read: `verify_store` does.

    `on_object` hears (objects looked at, objects that the records name).

    Raises:
        StoreUnavailable, StoreRefused, MachineExhausted, RecordsUnavailable: run again, what is copied stays.
    """
    total = count_needed(inventory)
    done = copied = size = 0
    findings: list[Finding] = []
    for area in NEEDED_AREAS:
        for page in needed_objects(inventory, area):
            there = _there(mirror, area, page)
            for needed in page:
                if needed.stored_as not in there:
                    finding, written = _copy(store, mirror, needed)
                    if finding:
                        findings.append(finding)
                        on_finding(finding)
                    else:
                        copied, size = copied + 1, size + written
                        pace.spend(written)
                done += 1
                on_object(done, max(done, total))
    return Mirrored(objects=done, copied=copied, bytes=size, findings=tuple(findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """How the repair of one object ended."""

    finding: Finding
    done: bool
    aside: str = ""
    """where altered bytes were set aside"""
    source: Finding | None = None
    """why the other store could not help"""


def repair(
    finding: Finding,
    *,
    damaged: StoreInCare,
    good: StoreInCare,
    book: FixityBook,
    trail: AuditTrail,
    clock: Clock,
) -> Repair:
    """Put an object right from the other store, and write so into the trail.

    Raises:
        StoreUnavailable, StoreRefused, MachineExhausted, RecordsUnavailable
    """
    needed = finding.needed
    if finding.outcome not in REPAIRABLE:
        return Repair(finding=finding, done=False)
    try:
        with good.objects.open(needed.area, needed.stored_as) as stream:
            aside = damaged.mender.put_right(needed.area, needed.stored_as, stream, at=clock.now())
    except (ObjectMissing, ObjectAltered):
        other, _ = examine(good, needed)
        return Repair(finding=finding, done=False, source=other)
    # whatever else comes with putting, such as a lock
    with good.objects.open(needed.area, needed.stored_as) as stream:
        damaged.objects.put(needed.area, stream)
    again, _ = examine(damaged, needed)
    if again is not None and again.outcome in REPAIRABLE:
        return Repair(finding=again, done=False, aside=aside)
    check = FixityCheck(area=needed.area, sha256=needed.sha256, checked_at=clock.now(), outcome=CheckOutcome.SOUND)
    book.note(damaged.name, [check])
    details = {"store": damaged.name.value, "from": good.name.value, "was": finding.outcome.value, "aside": aside}
    subject = Subject(SubjectKind.OBJECT, f"{needed.area.value}/{needed.sha256}")
    trail.note([Deed(action=Action.OBJECT_REPAIRED, subject=subject, details=details)])
    return Repair(finding=finding, done=True, aside=aside)


def _there(mirror: StoreInCare, area: Area, page: Sequence[NeededObject]) -> set[ContentHash]:
    """Return which of these the mirror has, by one list where they stand in its order, one by one where they are sealed."""
    names = [each.stored_as for each in page]
    if any(each.stored_as != each.sha256 for each in page):
        return {each for each in names if mirror.objects.has(area, each)}
    # what stands before the first one: names are hexadecimal digits of one length
    before = ContentHash(f"{int(names[0], 16) - 1:064x}") if int(names[0], 16) else None
    listed = mirror.keeper.objects(area, after=before)
    return {each.sha256 for each in itertools.takewhile(lambda kept: kept.sha256 <= names[-1], listed)}


def _copy(store: StoreInCare, mirror: StoreInCare, needed: NeededObject) -> tuple[Finding | None, int]:
    """Copy one object and read the copy; return why that was not possible, and the bytes that were copied."""
    try:
        with store.objects.open(needed.area, needed.stored_as) as stream:
            kept = mirror.objects.put(needed.area, stream)
    except (ObjectMissing, ObjectAltered):
        finding, _ = examine(store, needed)
        # sound by now: whoever put it right was faster, and the next run copies it
        return finding or Finding(store=store.name, outcome=CheckOutcome.UNREADABLE, needed=needed), 0
    finding, _ = examine(mirror, needed)
    return finding, kept.size
