"""Check the audit trail: each entry's hash, the chain, numbers, seals with their time stamps, and the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.audit_ports import AuditSeals, AuditTrail, TimeStamps
from pipeline.domain.audit import AuditEntry, UnreadableEntry
from pipeline.domain.audit_chain import ChainCheck
from pipeline.domain.audit_findings import AuditFinding
from pipeline.domain.audit_seal import day_of
from pipeline.ports import ObjectStore, silent
from pipeline.usecases.verify_seals import SealCheck

_AT_ONCE = 1000
"""entries in memory"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSummary:
    """What was looked at, and what remains unknown."""

    entries: int
    """in the trail"""
    seals: int
    last: int
    """number of the last entry"""
    sealed: int
    """number of the last entry that a seal covers; those behind it could be cut off, or made anew, without a trace here"""
    unsealed_days: int
    """finished days that wait for their seal"""
    unstamped: int
    """seals without a time stamp: they hold only as long as nobody replaced them in the object store"""
    doubtful_stamps: int
    """time stamps that could not be judged, for want of a revocation list"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditServices:
    """What checking needs."""

    trail: AuditTrail
    seals: AuditSeals
    objects: ObjectStore
    stamps: TimeStamps


def verify_trail(
    services: AuditServices,
    *,
    now: dt.datetime,
    on_finding: Callable[[AuditFinding], None],
    on_entry: Callable[[int, int], None] = silent,
) -> AuditSummary:
    """Tell `on_finding` everything that is wrong with the trail, and return what was looked at.

    Entries are read page by page, so that memory does not grow with the trail; seals, one a day, are held. `on_entry`
    hears how many entries of how many have been checked. Whether records stand as the trail says is
    `unproven_records`' question.

    Raises:
        RecordsUnavailable, StoreUnavailable, StoreRefused: it could not be looked at to the end.
    """
    seals = SealCheck(services.seals, services.objects, services.stamps, now=now)
    chain = ChainCheck()
    total = services.trail.last().number
    found: Iterator[AuditFinding]
    first_at = None
    for entry in every_entry(services.trail):
        if first_at is None and isinstance(entry, AuditEntry):
            first_at = entry.at
        for found in (chain.take(entry), seals.take(entry)):
            for finding in found:
                on_finding(finding)
        if chain.entries % _AT_ONCE == 0:
            on_entry(chain.entries, total)
    for found in (chain.end(), seals.end(chain.last)):
        for finding in found:
            on_finding(finding)
    on_entry(chain.entries, max(total, chain.entries))
    begun = seals.last_day or (day_of(first_at) - dt.timedelta(days=1) if first_at else None)
    return AuditSummary(
        entries=chain.entries,
        last=chain.last,
        seals=seals.count,
        sealed=seals.covered,
        unsealed_days=0 if begun is None else max(0, (day_of(now) - begun).days - 1),
        unstamped=seals.unstamped,
        doubtful_stamps=seals.doubtful,
    )


def every_entry(trail: AuditTrail) -> Iterator[AuditEntry | UnreadableEntry]:
    """Yield all entries in order of their numbers, a page of them in memory."""
    after = 0
    while page := trail.entries(limit=_AT_ONCE, after=after):
        yield from page
        after = page[-1].number
