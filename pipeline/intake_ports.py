"""What taking files in needs from outside; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.domain.batch import BatchState
from pipeline.domain.channel import KeptMessage, MessageKey, MessageReceipt
from pipeline.domain.early_paper import EarlyPaper
from pipeline.domain.ids import BatchId, DocumentId, DossierCode
from pipeline.domain.intake import (
    BatchCounts,
    BatchRow,
    Intake,
    IntakeCounts,
    IntakeFile,
    IntakeId,
    IntakeState,
    Offer,
    Twin,
)
from pipeline.domain.page import PageOutcome
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import SourceOutcome


class Intakes(Protocol):
    """Batches that are being filled."""

    def open(self, intake: Intake, files: Sequence[IntakeFile] = ()) -> None:
        """Keep a new one with the files it has already; one of the same id stays as it is."""
        ...

    def get(self, intake: IntakeId) -> Intake | None:
        """Return one."""
        ...

    def change(self, intake: Intake) -> Intake:
        """Write one anew, as it now stands.

        Raises:
            RecordChanged: it, or a file of it, is not any more as it was at `intake.changes`.
        """
        ...

    def of(
        self, states: Collection[IntakeState], *, scope: Scope = EVERYTHING, before: dt.datetime | None = None
    ) -> Sequence[Intake]:
        """Return those in these states, last touched before a moment, the newest first."""
        ...

    def of_batch(self, batch: BatchId) -> Sequence[Intake]:
        """Return those that became a batch, the oldest first: the same files may have been handed in twice."""
        ...


class IntakeFiles(Protocol):
    """Files of intakes."""

    def add(self, intake: IntakeId, files: Sequence[tuple[Offer, IntakeFile]], *, most: int) -> Sequence[IntakeFile]:
        """Add files, and return them with their numbers; one that is there already as it was offered is returned as it stands.

        A file is the same if name, size and time of change are, and it was not refused, replaced or left out. The one that an
        offer replaces is left out.

        Raises:
            IntakeShut, IntakeFull
        """
        ...

    def get(self, intake: IntakeId, number: int) -> IntakeFile | None:
        """Return one."""
        ...

    def all(self, intake: IntakeId, *, since: int = -1) -> Sequence[IntakeFile]:
        """Return those that changed after change `since`, by number."""
        ...

    def change(self, file: IntakeFile) -> IntakeFile:
        """Write one anew, and return it with the number of its change.

        Raises:
            RecordChanged: it is not any more as it was at `file.change`.
            IntakeShut
        """
        ...

    def unlooked(self, *, limit: int) -> Sequence[IntakeFile]:
        """Return whole files of open intakes that the coach has not looked through: those with fewest pages looked at first."""
        ...


class IntakeQueries(Protocol):
    """What is asked across files."""

    def counts(self, intakes: Collection[IntakeId]) -> Mapping[IntakeId, IntakeCounts]:
        """Return totals of intakes, counted where they are kept: a thousand files cost no more than ten."""
        ...

    def twin(self, file: IntakeFile, *, agency: str) -> Twin | None:
        """Return where bytes with the digest of `file` came in before: in its intake, else in the agency's batches."""
        ...


class IntakeSpool(Protocol):
    """Bytes that came in and belong to no batch yet."""

    def write(self, intake: IntakeId, number: int, stream: BinaryIO, *, at: int) -> None:
        """Write what `stream` holds behind byte `at`, over what may be there; durable on return.

        Raises:
            MachineExhausted, StoreUnavailable, StoreRefused
        """
        ...

    def path(self, intake: IntakeId, number: int) -> Path:
        """Return where a file's bytes are."""
        ...

    def alone(self, intake: IntakeId, number: int) -> AbstractContextManager[None]:
        """Keep other requests and processes from writing to a file meanwhile.

        Raises:
            FileBusy: another one does.
        """
        ...

    def forget(self, intake: IntakeId) -> None:
        """Remove all bytes of an intake."""
        ...

    def intakes(self) -> Collection[IntakeId]:
        """Return the intakes of which there are bytes."""
        ...


class PhoneTickets(Protocol):
    """Short-lived secrets by which a phone hands pictures into one intake; only their digests are kept."""

    def add(self, digest: str, intake: IntakeId, *, ends_at: dt.datetime) -> None:
        """Keep one, and forget those that ended."""
        ...

    def intake_of(self, digest: str, *, now: dt.datetime) -> IntakeId | None:
        """Return the open intake of one that has not ended."""
        ...

    def revoke(self, intake: IntakeId) -> None:
        """End all of an intake."""
        ...


class BatchWatch(Protocol):
    """How far batches have come, at the cost of counting."""

    def counts(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> BatchCounts | None:
        """Return the counts of a batch."""
        ...

    def rows(
        self,
        *,
        limit: int,
        scope: Scope = EVERYTHING,
        account: str | None = None,
        dossier: DossierCode | None = None,
        state: BatchState | None = None,
        after: BatchId | None = None,
    ) -> Sequence[BatchRow]:
        """Return batches, the newest first, behind `after`.

        `account` narrows them to those of its intakes, `dossier` to those that were handed in for it or have papers of it.
        """
        ...

    def row(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> BatchRow | None:
        """Return one."""
        ...

    def sources(
        self, batch: BatchId, *, limit: int, after: int = 0
    ) -> Sequence[tuple[SourceOutcome, tuple[PageOutcome, ...]]]:
        """Return files by place with their pages, skipping `after` of them."""
        ...

    def early(
        self,
        batch: BatchId,
        *,
        limit: int,
        scope: Scope = EVERYTHING,
        after: int = -1,
        document: DocumentId | None = None,
    ) -> Sequence[EarlyPaper]:
        """Return papers that are ready while the batch is read, behind the place `after`, or the one of this id."""
        ...


class MessageBook(Protocol):
    """Messages that brought files in, so that each is taken once."""

    def begin(self, message: KeptMessage) -> KeptMessage:
        """Remember a message, and return it as it stands: of two with one key the first stays."""
        ...

    def settle(self, receipt: MessageReceipt) -> None:
        """Write what became of a message."""
        ...

    def find(self, key: MessageKey) -> KeptMessage | None:
        """Return a message that is remembered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeBooks:
    """What the records know of files on their way in and of batches on theirs."""

    intakes: Intakes
    files: IntakeFiles
    queries: IntakeQueries
    tickets: PhoneTickets
    watch: BatchWatch
    messages: MessageBook
