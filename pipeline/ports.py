"""What the pipeline needs from outside: at most five methods each, results returned, nothing kept open behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch, Stage
from pipeline.domain.document import StoredDocument
from pipeline.domain.early_paper import EarlyStretch
from pipeline.domain.errors import SohoaError
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.domain.page import PageOutcome, PageRef
from pipeline.domain.part import Part, PartStanding
from pipeline.domain.search import EVERYTHING, Scope, SearchQuery, SearchResult
from pipeline.domain.signature import CopyVersion, Outlook
from pipeline.domain.source import SourceOutcome


def silent(*_: object) -> None:
    """Listen to progress and do nothing: the default of every progress callback."""


ProgressListener = Callable[[Stage, Progress], None]
"""hears how far a stage is"""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        ...


_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Workers(Protocol):
    """Long-lived child processes, one a core, in which hostile input meets its limits."""

    def map(
        self, function: Callable[[_Task], _Result], tasks: Iterable[_Task], *, seconds: float
    ) -> Iterator[tuple[int, _Result | SohoaError]]:
        """Run `function` on each task and yield (index of the task, result or error) as they end, in any order.

        `function` is importable; tasks and results can be pickled. Tasks are taken from `tasks` shortly before they
        run, so what they need may be made ready one after the other. A task that takes longer than `seconds` ends as
        SourceTooSlow; one over which processes die each time it is tried, or that raises what it should not, as
        ReaderCrashed; one that finds no room on the disk as MachineExhausted. The others go on.
        """
        ...


class Area(StrEnum):
    """Parts of the object store by what may happen to their objects."""

    ARCHIVE = "archive"
    """sources, copies, signed versions: never changed, never deleted but by an approved disposal"""
    DERIVED = "derived"
    """what can be made again from the archive"""
    INCOMING = "incoming"
    """what came in and was not accepted yet: expires by itself"""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is safe in the store."""

    sha256: ContentHash
    size: int
    """bytes"""


class ObjectStore(Protocol):
    """Objects named by the SHA-256 of their bytes. Putting what is there already is a success and changes nothing."""

    def put(self, area: Area, stream: BinaryIO) -> StoredObject:
        """Read `stream` to its end, keep it, and return its name once it is durable (fsync, or the server's answer).

        Raises:
            StoreUnavailable, StoreRefused: nothing is visible then.
        """
        ...

    def open(self, area: Area, sha256: ContentHash) -> AbstractContextManager[BinaryIO]:
        """Open an object for reading; the digest is checked when the end is reached.

        Raises:
            ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
        """
        ...

    def local(self, area: Area, sha256: ContentHash) -> AbstractContextManager[Path]:
        """Give a read-only file with the object's bytes, checked, for tools that want a path; gone when the context ends.

        Raises:
            ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
        """
        ...

    def has(self, area: Area, sha256: ContentHash) -> bool:
        """Say whether the object is there, without reading it."""
        ...

    def part(self, area: Area, sha256: ContentHash, *, start: int, length: int) -> bytes:
        """Return `length` bytes from byte `start` on, without reading the rest.

        An object's name is the digest of all its bytes, so a part cannot be checked against it: only that the part is
        there and whole. Who reads parts needs a check of his own, as the members of a pack have.

        Raises:
            ObjectAltered: the object ends before the part does.
            ObjectMissing, StoreUnavailable, StoreRefused
        """
        ...


class Ledger(Protocol):
    """What has been computed already, keyed by everything that it depends on. The truth about progress."""

    def find(self, key: str) -> ContentHash | None:
        """Return the object in which the result of `key` is kept, if it was computed."""
        ...

    def record(self, key: str, result: ContentHash, *, about: Collection[ContentHash]) -> None:
        """Remember a result; recording it again changes nothing.

        `about` names the sources and copies that the result tells something of: it goes with them when they are disposed of.
        """
        ...


class BatchRecords(Protocol):
    """Batches, their sources and pages, and in the end their documents."""

    def open(self, batch: ReceivedBatch) -> ReceivedBatch:
        """Keep a new batch, or return the one that has this id already (with its first `created_at`).

        `created_at` of a new one is when its first source was about to be put.

        Raises:
            ObjectLeaving: a source was removed since, or is being, with a paper that is disposed of; put it again later.
            DocumentDisposed: the batch that is there has papers that were disposed of.
        """
        ...

    def lease(self, batch: BatchId, *, holder: str, seconds: int, instead_of: str = "") -> AbstractContextManager[Held]:
        """Hold a batch against other processes while working on it; renewed in the background, freed at the end.

        A holder that died loses it after `seconds` by the clock of the records, whatever the machines' clocks say, or at
        once to the first who names it as `instead_of`.

        Raises:
            BatchBusy: another holder has it.
        """
        ...

    def note(
        self,
        batch: BatchId,
        *,
        sources: Sequence[SourceOutcome] = (),
        pages: Sequence[PageOutcome] = (),
        early: EarlyStretch | None = None,
    ) -> None:
        """Write down how sources and pages stand; the last word on each counts.

        `early` tells which papers are ready among some of the pages, in place of what was told of these; they are known
        until the batch is complete.
        """
        ...

    def complete(
        self, batch: DigitizedBatch, *, texts: Mapping[DocumentId, str], since: dt.datetime | None = None
    ) -> None:
        """Write all outcomes, dossiers, documents, fields and first copy versions in one transaction, and index the texts.

        A batch that is complete and has documents stays as it is. `since` is when its objects began to be put or looked at.

        Raises:
            ObjectLeaving: one of them was removed since, or is being, with a paper that is disposed of; run again later.
        """
        ...

    def load(self, batch: BatchId) -> DigitizedBatch | ReceivedBatch | None:
        """Return the batch as far as it has come."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hold, and the books through which its holder writes.

    Each write of theirs checks in its own transaction that the turn is still the last one, and raises LeaseLost
    otherwise: a process that stood still for too long does no harm when it comes back.
    """

    hold: Hold
    batches: BatchRecords
    ledger: Ledger
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """A part that somebody reads, and the books through which he writes."""

    part: Part
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who claims parts."""

    name: str
    """that no other process has"""
    seconds: int
    """after which a claim ends unless it is renewed"""
    is_dead: Callable[[str], bool]
    """says whether a holder is known to be dead: what he had is free at once"""
    wait: Callable[[float], None]
    """waits for seconds"""
    has_room: Callable[[], bool]
    """says whether this machine has disk and memory for a part; asked before each"""


class Parts(Protocol):
    """Parts of the batches that are being read; a batch that is complete has none."""

    def cut(self, batch: BatchId, parts: Sequence[Part], *, plan: str) -> None:
        """Keep the parts of a batch in place of those that it had; `plan` depends on how all its pages are read."""
        ...

    def standing(self, batch: BatchId) -> Sequence[PartStanding]:
        """Return how the parts of a batch stand, in their order; a small batch has none."""
        ...

    def claim(
        self, batch: BatchId, *, holder: str, seconds: int, instead_of: Collection[str] = ()
    ) -> AbstractContextManager[HeldPart | None]:
        """Hold the first part that is open and that nobody holds; None: there is none.

        Renewed in the background, freed at the end. A holder that died loses it after `seconds` by the clock of the
        records, or at once to the first who names it in `instead_of`.
        """
        ...

    def finish(self, batch: BatchId, number: int, *, failed: Mapping[PageRef, str]) -> None:
        """Note that a part is read, but for the pages in `failed`, each with the code of its error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """One row of the list of batches."""

    id: BatchId
    created_at: dt.datetime
    state: str
    sources: int
    documents: int
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """What to list; unset means any."""

    batch: BatchId | None = None
    dossier: str | None = None
    type: str | None = None
    state: str | None = None
    limit: int = 100
    after: DocumentId | None = None
    """continue behind this document"""
    newest_first: bool = False
    """the newest batch first, and within a batch the last paper"""


class Library(Protocol):
    """Finding again what is kept, as far as `scope` reaches: what lies outside is not there for whoever asks."""

    def batches(self, *, limit: int = 50, scope: Scope = EVERYTHING) -> Sequence[BatchSummary]:
        """Return the newest batches first."""

    def documents(self, wanted: DocumentFilter, *, scope: Scope = EVERYTHING) -> Sequence[StoredDocument]:
        """Return documents in order of batch and page, or the other way round.

        Raises:
            NotFound: the document to continue behind does not exist.
        """

    def document(self, document: DocumentId, *, scope: Scope = EVERYTHING) -> tuple[BatchId, StoredDocument] | None:
        """Return one document and its batch."""

    def search(self, query: SearchQuery, *, scope: Scope = EVERYTHING) -> SearchResult:
        """Search text and fields, Vietnamese with or without diacritics, best first; count all that match.

        Raises:
            NotFound: `after` is no place in an answer.
        """


class CopyVersions(Protocol):
    """The states of documents' copies, oldest first; version 1 is written with its batch."""

    def versions(self, document: DocumentId) -> Sequence[CopyVersion]:
        """Return all versions, oldest first."""

    def add(self, document: DocumentId, version: CopyVersion) -> None:
        """Append a version.

        Raises:
            AlreadySigned: a version of that number exists.
        """

    def foresee(self, document: DocumentId, number: int, outlook: Outlook) -> None:
        """Keep how long a version proves itself; a file never changes, so nobody has to look again."""

    def signed(self, *, limit: int, after: DocumentId | None = None) -> Sequence[tuple[DocumentId, CopyVersion]]:
        """Return the newest version of each signed copy, by document, behind `after`."""
