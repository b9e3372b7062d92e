"""An intake becomes a batch. Whoever is killed in the middle goes on: until the batch is handed over, the intake is closing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import BinaryIO

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import Kind, ObjectAltered, SohoaError
from pipeline.domain.ids import BatchId, SourceName
from pipeline.domain.intake import FileState, Intake, IntakeFile, IntakeState, Lane
from pipeline.domain.intake_errors import IntakeShut, IntakeUnready
from pipeline.domain.source import ReceivedSource
from pipeline.intake.walk import natural_key, numbered_name
from pipeline.ports import BatchRecords, ObjectStore, silent
from pipeline.usecases.intake_opening import IntakeServices
from pipeline.usecases.receive_batch import receive_sources

_TRIES = 10

HandOver = Callable[[BatchId, Lane], None]
"""has a received batch digitized; again changes nothing"""


def close_intake(intake: Intake, *, services: IntakeServices) -> Intake:
    """Let nothing further come in; `finish_intake` makes the batch. One that is closing or closed is returned as it is.

    Raises:
        IntakeUnready: files are coming or undecided, or there is none.
        IntakeShut: it has expired.
        RecordChanged: something comes in all the time.
    """
    for _ in range(_TRIES):
        # the coach may write down what it saw in the same moment: then it is looked at once more whether all is decided
        with contextlib.suppress(RecordChanged):
            return _close(intake, services=services)
        intake = services.books.intakes.get(intake.id) or intake
    return _close(intake, services=services)


def _close(intake: Intake, *, services: IntakeServices) -> Intake:
    if intake.state in {IntakeState.CLOSING, IntakeState.CLOSED}:
        return intake
    if intake.state is not IntakeState.OPEN:
        raise IntakeShut(intake=intake.id, state=intake.state.value)
    states = services.books.queries.counts([intake.id])[intake.id].states
    if states[FileState.COMING] or states[FileState.DUPLICATE] or not states[FileState.SAFE]:
        raise IntakeUnready(
            coming=states[FileState.COMING], undecided=states[FileState.DUPLICATE], safe=states[FileState.SAFE]
        )
    now = services.clock.now()
    return services.books.intakes.change(replace(intake, state=IntakeState.CLOSING, closing_at=now))


def finish_intake(
    intake: Intake,
    *,
    services: IntakeServices,
    objects: ObjectStore,
    batches: BatchRecords,
    hand_over: HandOver,
    on_file: Callable[[int, int], None] = silent,
) -> Intake:
    """Make the batch of an intake that is closing, hand it over, and forget the bytes that came in.

    Where the store cannot take them now, the intake stays closing, and this is called again later. Where it never will, since
    a file was disposed of before, the intake is open again for whoever decides about the file; also where the disk has spoilt a
    file, which has to be sent once more.

    Raises:
        DocumentDisposed, ObjectAltered: the intake is open again.
        ObjectLeaving, StoreUnavailable, StoreRefused, RecordsUnavailable, MachineExhausted: call it again.
    """
    if intake.state is not IntakeState.CLOSING:
        return intake
    files = _accepted(services.books.files.all(intake.id))
    sources, opened = _sources(intake, files, services=services)
    try:
        batch = receive_sources(
            sources,
            opened,
            dossier=intake.dossier,
            agency=intake.agency,
            began=intake.closing_at or services.clock.now(),
            objects=objects,
            batches=batches,
            on_file=on_file,
        )
    except SohoaError as error:
        if error.kind in {Kind.BAD_INPUT, Kind.NEEDS_PERSON} or isinstance(error, ObjectAltered):
            services.books.intakes.change(replace(intake, state=IntakeState.OPEN, closing_at=None))
        if isinstance(error, ObjectAltered):
            _send_again(files, str(error.details["sha256"]), services=services)
        raise
    hand_over(batch.id, intake.lane)
    return _closed(intake, batch.id, services=services)


def _send_again(files: Sequence[IntakeFile], sha256: str, *, services: IntakeServices) -> None:
    """Let files be sent once more whose bytes are not any more what they were when they came."""
    for file in files:
        if file.sha256 == sha256:
            services.books.files.change(replace(file, state=FileState.COMING, received=0, sha256=None))


def _closed(intake: Intake, batch: BatchId, *, services: IntakeServices) -> Intake:
    """Write down that an intake is a batch; whoever did so at the same time did the same."""
    with contextlib.suppress(RecordChanged):
        services.books.intakes.change(replace(intake, state=IntakeState.CLOSED, batch=batch))
    services.books.tickets.revoke(intake.id)
    services.spool.forget(intake.id)
    return services.books.intakes.get(intake.id) or intake


def _accepted(files: Sequence[IntakeFile]) -> Sequence[IntakeFile]:
    """Return what becomes part of the batch, in the order in which people count."""
    safe = [each for each in files if each.state is FileState.SAFE]
    return sorted(safe, key=lambda each: (natural_key(each.name), each.number))


def _sources(
    intake: Intake, files: Sequence[IntakeFile], *, services: IntakeServices
) -> tuple[tuple[ReceivedSource, ...], Callable[[ReceivedSource], AbstractContextManager[BinaryIO]]]:
    """Return files as sources with names of their own, and what opens them."""
    numbers: dict[SourceName, int] = {}
    sources = []
    for file in files:
        name = SourceName(numbered_name(file.name, numbers))
        numbers[name] = file.number
        sources.append(replace(file.as_source(), name=name))

    @contextlib.contextmanager
    def opened(source: ReceivedSource) -> Iterator[BinaryIO]:
        with services.spool.path(intake.id, numbers[source.name]).open("rb") as stream:
            yield stream

    return tuple(sources), opened
