"""Carry out an approved list of disposal, so that it can be interrupted anywhere and ends the same.

An entry is marked first, in the transaction that asks for holds; then its objects are removed, those of the archive before
all others, since only they can be locked; then the records are stripped. Whoever comes upon a marked entry goes on with it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass

from pipeline.disposal_ports import Disposals, DisposalWork, KeptPapers, LedgerTraces
from pipeline.domain.audit_seal import day_of
from pipeline.domain.disposal import Disposal, DisposalId, DisposalItem, ItemState, KeepReason, RemovedObject
from pipeline.domain.errors import ObjectLocked, ObjectMissing, SohoaError
from pipeline.domain.retention import RetentionRule, retention_of
from pipeline.object_ports import ObjectCare
from pipeline.ports import Area, Clock, ObjectStore, silent
from pipeline.usecases.disposal_certificate import certificate_bytes
from pipeline.usecases.forget_readings import forget_untraced


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalServices:
    """Everything outside the pipeline that disposal needs."""

    disposals: Disposals
    work: DisposalWork
    papers: KeptPapers
    traces: LedgerTraces
    objects: ObjectStore
    care: ObjectCare
    clock: Clock


def carry_out_disposal(
    disposal: DisposalId,
    *,
    services: DisposalServices,
    rules: Collection[RetentionRule],
    on_item: Callable[[int, int], None] = silent,
) -> Disposal:
    """Dispose of what is on an approved list and return it with its certificate; one that is done is returned as it is.

    Entries that are held, locked, changed or no longer due are kept, each with the reason. `on_item` hears (entries ended,
    entries in all).

    Raises:
        NotFound
        DisposalRefused: the list is not approved, or was altered since.
        ObjectLocked: the store let some objects of an entry go and now holds back others; the others entries are done, run it
            again when the lock is over.
        StoreUnavailable, StoreRefused, RecordsUnavailable, MachineExhausted: run it again, it goes on where it stopped.
    """
    found = services.work.begin(disposal, at=services.clock.now())
    if found.certificate is not None:
        return found
    forget_untraced(traces=services.traces, keeper=services.care)
    stuck: SohoaError | None = None
    for done, item in enumerate(found.items, start=1):
        if item.state in (ItemState.LISTED, ItemState.REMOVING):
            stuck = _dispose(found.id, item, services=services, rules=rules) or stuck
        on_item(done, len(found.items))
    if stuck is not None:
        raise stuck
    finished = services.work.finish(disposal, at=services.clock.now(), certificate=None)
    kept = services.objects.put(Area.ARCHIVE, io.BytesIO(certificate_bytes(finished)))
    return services.work.finish(disposal, at=services.clock.now(), certificate=kept.sha256)


def _dispose(
    disposal: DisposalId, item: DisposalItem, *, services: DisposalServices, rules: Collection[RetentionRule]
) -> ObjectLocked | None:
    """End one entry; return what keeps it from ending."""
    work, clock = services.work, services.clock
    if item.state is ItemState.LISTED and not _is_due(item, services, rules):
        work.keep(disposal, item.position, reason=KeepReason.NOT_DUE, at=clock.now())
        return None
    while (claimed := work.claim(disposal, item.position, at=clock.now())).state is ItemState.REMOVING:
        objects = sorted(claimed.removed, key=lambda each: (each.area != Area.ARCHIVE, each.sha256))
        here = [each for each in objects if services.care.versions(Area(each.area), each.sha256)]
        untouched = len(here) == len(objects)
        try:
            _refuse_locked(here, services)
            for each in here:
                services.care.remove(Area(each.area), each.sha256)
                untouched = False
        except ObjectLocked as error:
            if not untouched:
                return error
            reason = f"{KeepReason.LOCKED}:{error.details.get('sha256', '')}"
            work.keep(disposal, item.position, reason=reason, at=clock.now())
            return None
        if work.settle(disposal, item.position, at=clock.now()):
            break
    return None


def _is_due(item: DisposalItem, services: DisposalServices, rules: Collection[RetentionRule]) -> bool:
    """Say whether an entry is due by today's schedule; what is gone is told by the claim."""
    if item.document is None or services.disposals.tombstone(item.document) is not None:
        return True
    paper = services.papers.paper(item.document)
    return paper is not None and retention_of(paper, rules).is_due(day_of(services.clock.now()))


def _refuse_locked(objects: Collection[RemovedObject], services: DisposalServices) -> None:
    """Look at all locks before anything is removed: an entry goes as a whole or not at all.

    Raises:
        ObjectLocked
    """
    now = services.clock.now()
    for each in objects:
        try:
            lock = services.care.lock(Area(each.area), each.sha256)
        except ObjectMissing:
            continue
        if lock.protects(now):
            raise lock.error(each.area, each.sha256)
