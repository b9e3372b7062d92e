"""Scanner folders that are watched: what lies still for a while becomes a batch, what cannot be read is moved aside with its reason."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import BatchId, ContentHash, SourceName, derived_id
from pipeline.domain.intake import Channel, FileState, Intake, IntakeFile, IntakeId, IntakeState, Lane
from pipeline.domain.source import ReceivedSource
from pipeline.intake.inspect import inspect_source
from pipeline.intake.limits import IntakeLimits
from pipeline.intake.walk import natural_key
from pipeline.intake_ports import Intakes
from pipeline.ports import BatchRecords, Clock, ObjectStore, Workers
from pipeline.text.dossier_code import exact_dossier_code
from pipeline.usecases.inspect_sources import PASSING
from pipeline.usecases.intake_closing import HandOver
from pipeline.usecases.receive_batch import receive_sources
from pipeline.usecases.watch_claims import (
    ClaimState,
    Glimpse,
    Glimpses,
    Plan,
    Refusal,
    alone_in,
    claim,
    claimed_files,
    forget_claim,
    glimpses_of,
    is_at_rest,
    look_at_folder,
    move_aside,
    plans,
    remove_empty,
    write_plan,
)

_EMPTY_FOR = dt.timedelta(days=1)
"""after which an empty sub-folder is removed: a scanner may make it long before it writes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchServices:
    """What taking from a folder needs."""

    intakes: Intakes
    objects: ObjectStore
    batches: BatchRecords
    workers: Workers
    clock: Clock
    new_id: Callable[[], str]
    hand_over: HandOver
    explain: Callable[[str, Mapping[str, str | float]], str]
    """the words for an error code and its details, for the text beside a file"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPolicy:
    """How a folder is watched."""

    agency: str
    lane: Lane
    quiet: dt.timedelta
    """without a new or changed file, after which a drop is complete"""
    limits: IntakeLimits
    seconds: float
    """that the look at a file may take"""


@dataclass(slots=True)
class FolderWatch:
    """A folder, and what was seen in it at the last look: nothing of it is needed after a restart."""

    folder: Path
    seen: dict[str, Glimpses] = field(default_factory=dict)
    """files by drop"""
    since: dict[str, dt.datetime] = field(default_factory=dict)
    """when a drop was first seen as it is"""


@dataclass(frozen=True, slots=True)
class _Look:
    file: Path
    source: ReceivedSource
    limits: IntakeLimits


def watch_once(watch: FolderWatch, *, services: WatchServices, policy: WatchPolicy) -> tuple[BatchId, ...]:
    """Look at a folder once: go on with what was claimed before, claim what has come to rest; return the batches made.

    Raises:
        PathMissing: the folder cannot be read or written.
        StoreUnavailable, StoreRefused, RecordsUnavailable, MachineExhausted, ObjectLeaving: what was claimed stays, and is gone
            on with at the next look.
    """
    with alone_in(watch.folder) as free:
        if not free:
            return ()
        for drop, files in _at_rest(watch, services.clock.now(), policy).items():
            plan = Plan(id=services.new_id(), drop=drop, made_at=services.clock.now().isoformat(), files=dict(files))
            write_plan(watch.folder, plan)
            claim(watch.folder, plan)
        made, errors = [], []
        for plan in plans(watch.folder):  # one that cannot be finished now keeps none of the others back
            try:
                made.append(_finish(watch.folder, plan, services=services, policy=policy))
            except SohoaError as error:
                errors.append(error)
        remove_empty(watch.folder, before=(services.clock.now() - _EMPTY_FOR).timestamp())
    if errors:
        raise errors[0]
    return tuple(each for each in made if each is not None)


def _at_rest(watch: FolderWatch, now: dt.datetime, policy: WatchPolicy) -> Mapping[str, Glimpses]:
    """Return the drops that look as they did at an earlier look, and have done so for long enough."""
    drops: dict[str, dict[str, Glimpse]] = {}
    for name, glimpse in look_at_folder(watch.folder).items():
        first, parted, _ = name.partition("/")
        drops.setdefault(first if parted else "", {})[name] = glimpse
    ready = {}
    for drop, files in drops.items():
        if watch.seen.get(drop) != files:
            watch.since[drop] = now
        elif now - watch.since[drop] >= policy.quiet:
            ready[drop] = watch.seen[drop]
    watch.seen = {drop: files for drop, files in drops.items() if drop not in ready}
    return ready


def _finish(folder: Path, plan: Plan, *, services: WatchServices, policy: WatchPolicy) -> BatchId | None:
    """Make a batch of what a plan claims; doing it again after any end of the first try gives the same batch."""
    if plan.state is ClaimState.DONE:
        forget_claim(folder, plan)
        return None
    plan = claim(folder, plan)
    claimed = claimed_files(folder, plan)
    if not is_at_rest(claimed, plan):
        # somebody still writes through a handle from before the move: wait until two looks agree
        write_plan(folder, replace(plan, files={**plan.files, **glimpses_of(claimed)}, refused=None))
        return None
    sources = {name: _source(name, path) for name, path in claimed.items() if name not in (plan.refused or {})}
    if plan.refused is None:
        plan = replace(plan, refused=_refusals(claimed, sources, services=services, policy=policy))
        write_plan(folder, plan)
    _move_refused(folder, plan, claimed, services)
    good = [sources[name] for name in sorted(sources, key=natural_key) if name not in (plan.refused or {})]
    batch = _receive(plan, good, claimed, services=services, policy=policy)
    if isinstance(batch, SohoaError):
        refusal = {str(each.name): Refusal(size=each.size, code=batch.code, details=batch.details) for each in good}
        plan = replace(plan, refused={**(plan.refused or {}), **refusal})
        write_plan(folder, plan)
        _move_refused(folder, plan, claimed, services)
        good, batch = [], None
    if good or plan.refused:
        services.intakes.open(*_as_intake(plan, good, batch, policy))
    if batch is not None:
        services.hand_over(batch, policy.lane)
    forget_claim(folder, plan)
    return batch


def _source(name: str, path: Path) -> ReceivedSource:
    with path.open("rb") as stream:
        sha256 = ContentHash(hashlib.file_digest(stream, "sha256").hexdigest())
        return ReceivedSource(name=SourceName(name), sha256=sha256, size=stream.tell(), folder=name.rpartition("/")[0])


def _refusals(
    claimed: Mapping[str, Path],
    sources: Mapping[str, ReceivedSource],
    *,
    services: WatchServices,
    policy: WatchPolicy,
) -> dict[str, Refusal]:
    """Look at each file, and return why some cannot be taken."""
    tasks = [_Look(claimed[name], source, policy.limits) for name, source in sources.items()]
    refused = {}
    for index, found in services.workers.map(_look, tasks, seconds=policy.seconds):
        source = tasks[index].source
        if isinstance(found, SohoaError) and found.kind is Kind.BAD_INPUT and not isinstance(found, PASSING):
            details = {**found.details, "name": source.name}
            refused[str(source.name)] = Refusal(size=source.size, code=found.code, details=details)
    return refused


def _look(task: _Look) -> None:
    inspect_source(task.file, task.source, limits=task.limits)


def _move_refused(folder: Path, plan: Plan, claimed: Mapping[str, Path], services: WatchServices) -> None:
    for name, refusal in (plan.refused or {}).items():
        path = claimed.get(name)
        if path is not None and path.exists():
            move_aside(folder, name, path, services.explain(refusal.code, refusal.details))


def _receive(
    plan: Plan,
    good: list[ReceivedSource],
    claimed: Mapping[str, Path],
    *,
    services: WatchServices,
    policy: WatchPolicy,
) -> BatchId | SohoaError | None:
    """Return the batch, None if there is nothing to make one of, or why these files can never be one."""
    if not good:
        return None

    @contextlib.contextmanager
    def opened(source: ReceivedSource) -> Iterator[BinaryIO]:
        with claimed[source.name].open("rb") as stream:
            yield stream

    try:
        return receive_sources(
            good,
            opened,
            dossier=exact_dossier_code(plan.drop),
            agency=policy.agency,
            began=dt.datetime.fromisoformat(plan.made_at),
            objects=services.objects,
            batches=services.batches,
        ).id
    except SohoaError as error:
        if error.kind in {Kind.BAD_INPUT, Kind.NEEDS_PERSON}:
            return error
        raise


def _as_intake(
    plan: Plan, good: list[ReceivedSource], batch: BatchId | None, policy: WatchPolicy
) -> tuple[Intake, list[IntakeFile]]:
    """Return what came of a drop as an intake that is over, so that its receipt tells of the refused files too."""
    made_at = dt.datetime.fromisoformat(plan.made_at)
    id_ = IntakeId(derived_id("w", plan.id))
    refused = plan.refused or {}
    taken = {str(each.name): each for each in good}
    files = [
        IntakeFile(
            intake=id_,
            number=number,
            name=SourceName(name),
            size=taken[name].size if name in taken else refused[name].size,
            modified=plan.files[name].modified // 1_000_000,
            channel=Channel.FOLDER,
            state=FileState.SAFE if name in taken else FileState.REFUSED,
            received=taken[name].size if name in taken else 0,
            sha256=taken[name].sha256 if name in taken else None,
            error=None if name in taken else refused[name].code,
            details={} if name in taken else refused[name].details,
            unlooked=None,
        )
        for number, name in enumerate(sorted({*taken, *refused}, key=natural_key), start=1)
    ]
    intake = Intake(
        id=id_,
        account="",
        agency=policy.agency,
        opened_at=made_at,
        touched_at=made_at,
        dossier=exact_dossier_code(plan.drop),
        lane=policy.lane,
        channel=Channel.FOLDER,
        state=IntakeState.CLOSED,
        closing_at=made_at,
        batch=batch,
    )
    return intake, files
