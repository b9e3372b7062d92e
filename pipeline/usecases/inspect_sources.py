"""Look at each source in a child process: what it is, how many pages it has, or why it is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.errors import Kind, ReaderCrashed, SohoaError, SourceTooSlow
from pipeline.domain.ids import SourceName
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource, SourceOutcome
from pipeline.intake.archive import extract_members
from pipeline.intake.inspect import INTAKE_VERSION, IntakeLimits, inspect_source
from pipeline.ports import Area, Ledger, ObjectStore, Workers, silent
from pipeline.usecases.lending import LentFiles
from pipeline.usecases.stage import recall, remember, stage_key
from pipeline.values import writable

PASSING = (SourceTooSlow, ReaderCrashed)
"""refusals that say as much about a busy machine as about the file: looked at again when the batch is run again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSource:
    """A source that cannot be read, and the code of the reason."""

    name: SourceName
    received: ReceivedSource
    media_type: MediaType
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All sources of a batch, members of archives included, in order."""

    received: tuple[ReceivedSource, ...]
    readable: tuple[InspectedSource, ...]
    refused: tuple[RefusedSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What is kept of a look: an inspected source or a refusal, and the members of an archive."""

    inspected: InspectedSource | None = None
    media_type: MediaType = MediaType.UNKNOWN
    error: str | None = None
    details: dict[str, str | float] | None = None
    members: tuple[ReceivedSource, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    file: Path
    source: ReceivedSource
    limits: IntakeLimits


@dataclass(frozen=True, slots=True)
class _Unpack:
    file: Path
    folder: Path
    limits: IntakeLimits


def _look(task: _Look) -> InspectedSource:
    return writable(inspect_source(task.file, task.source, limits=task.limits))


def _unpack(task: _Unpack) -> tuple[tuple[str, Path], ...]:
    extracted = extract_members(task.file, task.folder, limits=task.limits)
    return tuple((writable(member.label), member.file) for member in extracted)


def inspect_sources(
    sources: Sequence[ReceivedSource],
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    limits: IntakeLimits,
    seconds: float,
    on_source: Callable[[int, int], None] = silent,
) -> Inspection:
    """Inspect all sources, unpack archives one level and inspect their members.

    One bad file never stops the others: it ends as a RefusedSource. `seconds` is the limit for one source; `on_source`
    hears (sources looked at, sources known so far).

    Raises:
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted
    """
    run = _Run(objects=objects, ledger=ledger, workers=workers, limits=limits, seconds=seconds)
    findings = run.look_at(sources, on_source=on_source)
    members = run.unpack_archives(sources, findings)
    inside = [member for each in members.values() for member in each]
    inner = replace(run, limits=_inner(limits))
    known, total = len(findings), len(sources) + len(inside)
    findings |= inner.look_at(inside, on_source=lambda done, _: on_source(known + done, total))
    ordered = [each for source in sources for each in (source, *members.get(source.name, ()))]
    readable, refused = [], []
    for source in ordered:
        finding = findings[source.name]
        if finding.inspected is not None:
            readable.append(replace(finding.inspected, name=source.name))
        else:
            refused.append(
                RefusedSource(
                    name=source.name,
                    received=source,
                    media_type=finding.media_type,
                    error=finding.error or SohoaError.code,
                )
            )
    return Inspection(received=tuple(ordered), readable=tuple(readable), refused=tuple(refused))


def refusal_details(
    source: SourceOutcome, *, objects: ObjectStore, ledger: Ledger, limits: IntakeLimits
) -> Mapping[str, str | float]:
    """Return what is known of the reason for a refusal, such as the limit that a file is over; nothing after a crash."""
    keys = (
        _look_key(source, limits),
        _look_key(source, _inner(limits)),
        _unpack_key(source, limits),
    )
    for key in keys:
        finding = recall(key, _Finding, ledger=ledger, objects=objects)
        if finding is not None and finding.error == source.error:
            return finding.details or {}
    return {}


def _inner(limits: IntakeLimits) -> IntakeLimits:
    """An archive is opened one level deep: one that lies in another is refused by name."""
    return replace(limits, depth=0)


def _look_key(source: ReceivedSource | SourceOutcome, limits: IntakeLimits) -> str:
    return stage_key("inspect", INTAKE_VERSION, source.sha256, limits)


def _unpack_key(source: ReceivedSource | SourceOutcome, limits: IntakeLimits) -> str:
    return stage_key("unpack", INTAKE_VERSION, source.sha256, source.name, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    objects: ObjectStore
    ledger: Ledger
    workers: Workers
    limits: IntakeLimits
    seconds: float

    def look_at(
        self, sources: Sequence[ReceivedSource], *, on_source: Callable[[int, int], None]
    ) -> dict[SourceName, _Finding]:
        """Return what each source is; looked at once, however often the same bytes come."""
        alike: dict[str, list[ReceivedSource]] = {}
        for source in sources:
            alike.setdefault(_look_key(source, self.limits), []).append(source)
        findings: dict[SourceName, _Finding] = {}

        def keep(key: str, finding: _Finding) -> None:
            findings.update((source.name, finding) for source in alike[key])
            on_source(len(findings), len(sources))

        missing = []
        for key in alike:
            known = recall(key, _Finding, ledger=self.ledger, objects=self.objects)
            if known is None:
                missing.append(key)
            else:
                keep(key, known)
        for key, result in self._look_at_all({key: alike[key][0] for key in missing}):
            if isinstance(result, SohoaError) and result.kind is not Kind.BAD_INPUT:
                raise result  # not the file's fault
            finding = _finding(result)
            if not isinstance(result, PASSING):
                remember(key, finding, about=[alike[key][0].sha256], ledger=self.ledger, objects=self.objects)
            keep(key, finding)
        return findings

    def _look_at_all(self, sources: Mapping[str, ReceivedSource]) -> Iterator[tuple[str, InspectedSource | SohoaError]]:
        keys = list(sources)
        with LentFiles(self.objects, (source.sha256 for source in sources.values())) as files:
            tasks = (_Look(files.path(source.sha256), source, self.limits) for source in sources.values())
            for index, result in self.workers.map(_look, tasks, seconds=self.seconds):
                files.done(sources[keys[index]].sha256)
                yield keys[index], result

    def unpack_archives(
        self, sources: Sequence[ReceivedSource], findings: dict[SourceName, _Finding]
    ) -> dict[SourceName, tuple[ReceivedSource, ...]]:
        """Store the members of each archive as sources of their own; a refused archive becomes a refusal."""
        members: dict[SourceName, tuple[ReceivedSource, ...]] = {}
        taken = {source.name for source in sources}
        for source in sources:
            inspected = findings[source.name].inspected
            if inspected is None or inspected.media_type is not MediaType.ZIP:
                continue
            key = _unpack_key(source, self.limits)
            kept = recall(key, _Finding, ledger=self.ledger, objects=self.objects)
            if kept is None:
                kept, passing = self._unpack(source)
                if not passing:
                    remember(key, kept, about=[source.sha256], ledger=self.ledger, objects=self.objects)
            if kept.error is not None:
                findings[source.name] = kept
            members[source.name] = tuple(_apart(member, taken) for member in kept.members)
        return members

    def _unpack(self, source: ReceivedSource) -> tuple[_Finding, bool]:
        """Return what came of it, and whether that may pass."""
        with (
            tempfile.TemporaryDirectory(prefix="sohoa-unpack-") as folder,
            self.objects.local(Area.ARCHIVE, source.sha256) as file,
        ):
            task = _Unpack(file, Path(folder), self.limits)
            ((_, result),) = self.workers.map(_unpack, [task], seconds=self.seconds)
            if isinstance(result, SohoaError):
                if result.kind is not Kind.BAD_INPUT:
                    raise result  # not the archive's fault
                return replace(_finding(result), media_type=MediaType.ZIP), isinstance(result, PASSING)
            members = tuple(self._keep(source, label, path) for label, path in result)
            return _Finding(media_type=MediaType.ZIP, members=members), False

    def _keep(self, archive: ReceivedSource, label: str, path: Path) -> ReceivedSource:
        with path.open("rb") as stream:
            stored = self.objects.put(Area.ARCHIVE, stream)
        return ReceivedSource(
            name=SourceName(f"{archive.name}/{label}"),
            sha256=stored.sha256,
            size=stored.size,
            folder="/".join(filter(None, (archive.folder, archive.name))),
        )


def _apart(member: ReceivedSource, taken: set[SourceName]) -> ReceivedSource:
    """Give a member another name where a folder called like the archive holds a file called like the member."""
    name, count = member.name, 1
    while name in taken:
        count += 1
        name = SourceName(f"{member.name} ({count})")
    taken.add(name)
    return replace(member, name=name)


def _finding(result: InspectedSource | SohoaError) -> _Finding:
    if isinstance(result, InspectedSource):
        return _Finding(inspected=result, media_type=result.media_type)
    media_type = result.details.get("media_type", MediaType.UNKNOWN.value)
    return _Finding(media_type=MediaType(str(media_type)), error=result.code, details=dict(result.details))
