"""The scan coach: pages are looked at within seconds of their arrival, in child processes, first pages of all files first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import ContentHash, SourceName
from pipeline.domain.intake import FileState, IntakeFile, PageFinding
from pipeline.domain.intake_errors import IntakeShut
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource
from pipeline.imaging.quality import Fault, Grade
from pipeline.intake.inspect import inspect_source
from pipeline.intake.limits import IntakeLimits
from pipeline.ports import Workers
from pipeline.usecases.check_page import PageCheck, check_page_of_file
from pipeline.usecases.inspect_sources import PASSING
from pipeline.usecases.intake_opening import IntakePolicy, IntakeServices


@dataclass(frozen=True, slots=True)
class _Look:
    file: Path
    name: SourceName
    size: int
    sha256: ContentHash
    page: int
    known: bool
    """whether kind and number of pages are known"""
    limits: IntakeLimits


@dataclass(frozen=True, slots=True)
class _Seen:
    source: InspectedSource | None
    """None: it was known"""
    check: PageCheck | None
    """None: an archive, whose pages are seen when it is opened"""
    error: SohoaError | None = None
    """why nobody could look at the page"""


def look_at_files(
    files: Sequence[IntakeFile], *, services: IntakeServices, workers: Workers, policy: IntakePolicy
) -> None:
    """Look at the next page of each file and write down what was seen; what was decided meanwhile stays decided.

    A file that cannot be read at all is refused with its reason. One over which the look took too long or died stays: reading
    has more time.
    """
    tasks = [_task(each, services=services, policy=policy) for each in files]
    seconds = max(policy.look_seconds, policy.page_seconds)
    for index, seen in workers.map(_look, tasks, seconds=seconds):
        _write_down(files[index], seen, services=services, policy=policy)


def _task(file: IntakeFile, *, services: IntakeServices, policy: IntakePolicy) -> _Look:
    source = file.as_source()
    return _Look(
        file=services.spool.path(file.intake, file.number),
        name=source.name,
        size=source.size,
        sha256=source.sha256,
        page=(file.unlooked or 0) + 1,
        known=file.pages is not None,
        limits=policy.limits,
    )


def _look(task: _Look) -> _Seen:
    """Run in a child process.

    Raises:
        EmptySource, UnknownSource, EncryptedSource, DamagedSource, SourceTooLarge: the file cannot be read.
    """
    source = None
    if not task.known:
        received = ReceivedSource(name=task.name, sha256=task.sha256, size=task.size)
        source = inspect_source(task.file, received, limits=task.limits)
        if source.media_type is MediaType.ZIP:
            return _Seen(source, None)
    try:
        return _Seen(source, check_page_of_file(task.file, number=task.page, pixel_limit=task.limits.pixels))
    except SohoaError as error:
        return _Seen(source, None, error)


def _write_down(file: IntakeFile, seen: _Seen | SohoaError, *, services: IntakeServices, policy: IntakePolicy) -> None:
    """Write down what was seen, unless the file or its intake is gone by now."""
    for _ in range(3):  # whoever decides about a file in the same moment comes first
        now = services.books.files.get(file.intake, file.number)
        if now is None or now.sha256 != file.sha256 or now.unlooked != file.unlooked:
            return
        try:
            services.books.files.change(_with(now, seen, policy=policy))
        except RecordChanged:
            continue
        except IntakeShut:
            return
        return


def _with(file: IntakeFile, seen: _Seen | SohoaError, *, policy: IntakePolicy) -> IntakeFile:
    if isinstance(seen, SohoaError):
        return _unread(file, seen)
    known = file
    if seen.source is not None:
        known = replace(file, media_type=seen.source.media_type, pages=seen.source.pages)
    looked = (file.unlooked or 0) + 1
    more = looked < min(known.pages or 0, policy.coach_pages)
    finding = _finding(looked, seen)
    findings = known.findings if finding is None or finding.is_good else (*known.findings, finding)
    return replace(known, unlooked=looked if more else None, findings=findings)


def _unread(file: IntakeFile, error: SohoaError) -> IntakeFile:
    """A file that nobody could look at: refused for what it is, or left to those who have more time."""
    details = {**error.details, "name": file.name}
    refused = error.kind is Kind.BAD_INPUT and not isinstance(error, PASSING) and file.state is not FileState.LEFT_OUT
    state = FileState.REFUSED if refused else file.state
    return replace(file, state=state, error=error.code, details=details, unlooked=None)


def _finding(page: int, seen: _Seen) -> PageFinding | None:
    if seen.error is not None:
        return PageFinding(page=page, faults=(Fault.DAMAGED.value,), again=True)
    if seen.check is None:
        return None
    quality = seen.check.quality
    return PageFinding(
        page=page,
        blank=seen.check.blank,
        turned=seen.check.turned,
        faults=() if quality is None else tuple(fault.value for fault, _ in quality.faults),
        again=quality is not None and quality.grade is Grade.SCAN_AGAIN,
    )
