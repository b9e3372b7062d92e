"""Look at each source in a child process: what it is, how many pages it has, or why it is refused."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.errors import Kind, ReaderCrashed, SohoaError, SourceTooSlow
from pipeline.domain.ids import SourceName
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource
from pipeline.intake.archive import extract_members
from pipeline.intake.inspect import INTAKE_VERSION, IntakeLimits, inspect_source
from pipeline.ports import Area, Ledger, ObjectStore, Workers
from pipeline.usecases.stage import recall, remember, stage_key

_PASSING = (SourceTooSlow, ReaderCrashed)
"""refusals that say as much about a busy machine as about the file: looked at again when the batch is run again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSource:
    """A source that cannot be read, and the code of the reason."""

    name: SourceName
    received: ReceivedSource
    media_type: MediaType
    error: str
    details: dict[str, str | float]


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
    return inspect_source(task.file, task.source, limits=task.limits)


def _unpack(task: _Unpack) -> tuple[tuple[str, Path], ...]:
    return tuple((member.label, member.file) for member in extract_members(task.file, task.folder, limits=task.limits))


def inspect_sources(
    sources: Sequence[ReceivedSource],
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    limits: IntakeLimits,
    seconds: float,
) -> Inspection:
    """Inspect all sources, unpack archives one level and inspect their members.

    One bad file never stops the others: it ends as a RefusedSource.
    """
    run = _Run(objects=objects, ledger=ledger, workers=workers, limits=limits, seconds=seconds)
    findings = run.look_at(sources)
    members = run.unpack_archives(sources, findings)
    # an archive is opened one level deep: one that lies in another is refused by name
    inner = replace(run, limits=replace(limits, depth=0))
    findings |= inner.look_at([member for each in members.values() for member in each])
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
                    details=finding.details or {},
                )
            )
    return Inspection(received=tuple(ordered), readable=tuple(readable), refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    objects: ObjectStore
    ledger: Ledger
    workers: Workers
    limits: IntakeLimits
    seconds: float

    def look_at(self, sources: Sequence[ReceivedSource]) -> dict[SourceName, _Finding]:
        """Return what each source is; looked at once, however often the same bytes come."""
        keys = {source.name: stage_key("inspect", INTAKE_VERSION, source.sha256, self.limits) for source in sources}
        known = {
            name: finding
            for name, key in keys.items()
            if (finding := recall(key, _Finding, ledger=self.ledger, objects=self.objects)) is not None
        }
        missing = [source for source in sources if source.name not in known]
        with contextlib.ExitStack() as files:
            tasks = [
                _Look(files.enter_context(self.objects.local(Area.ARCHIVE, source.sha256)), source, self.limits)
                for source in missing
            ]
            for index, result in self.workers.map(_look, tasks, seconds=self.seconds):
                source = missing[index]
                if isinstance(result, SohoaError) and result.kind is not Kind.BAD_INPUT:
                    raise result  # not the file's fault
                finding = _finding(result)
                known[source.name] = finding
                if not isinstance(result, _PASSING):
                    remember(keys[source.name], finding, ledger=self.ledger, objects=self.objects)
        return known

    def unpack_archives(
        self, sources: Sequence[ReceivedSource], findings: dict[SourceName, _Finding]
    ) -> dict[SourceName, tuple[ReceivedSource, ...]]:
        """Store the members of each archive as sources of their own; a refused archive becomes a refusal."""
        members: dict[SourceName, tuple[ReceivedSource, ...]] = {}
        for source in sources:
            inspected = findings[source.name].inspected
            if inspected is None or inspected.media_type is not MediaType.ZIP:
                continue
            key = stage_key("unpack", INTAKE_VERSION, source.sha256, source.name, self.limits)
            kept = recall(key, _Finding, ledger=self.ledger, objects=self.objects)
            if kept is None:
                kept = self._unpack(source)
                remember(key, kept, ledger=self.ledger, objects=self.objects)
            if kept.error is not None:
                findings[source.name] = kept
            members[source.name] = kept.members
        return members

    def _unpack(self, source: ReceivedSource) -> _Finding:
        with (
            tempfile.TemporaryDirectory(prefix="sohoa-unpack-") as folder,
            self.objects.local(Area.ARCHIVE, source.sha256) as file,
        ):
            task = _Unpack(file, Path(folder), self.limits)
            ((_, result),) = self.workers.map(_unpack, [task], seconds=self.seconds)
            if isinstance(result, SohoaError):
                return replace(_finding(result), media_type=MediaType.ZIP)
            return _Finding(
                media_type=MediaType.ZIP,
                members=tuple(self._keep(source, label, path) for label, path in result),
            )

    def _keep(self, archive: ReceivedSource, label: str, path: Path) -> ReceivedSource:
        with path.open("rb") as stream:
            stored = self.objects.put(Area.ARCHIVE, stream)
        return ReceivedSource(
            name=SourceName(f"{archive.name}/{label}"),
            sha256=stored.sha256,
            size=stored.size,
            folder="/".join(filter(None, (archive.folder, archive.name))),
        )


def _finding(result: InspectedSource | tuple[tuple[str, Path], ...] | SohoaError) -> _Finding:
    if isinstance(result, InspectedSource):
        return _Finding(inspected=result, media_type=result.media_type)
    if isinstance(result, SohoaError):
        media_type = result.details.get("media_type", MediaType.UNKNOWN.value)
        return _Finding(media_type=MediaType(str(media_type)), error=result.code, details=dict(result.details))
    return _Finding()
