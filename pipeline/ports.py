"""What the pipeline needs from outside: at most five methods each, results returned, nothing kept open behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from pipeline.domain.agent import Ticket, TicketUse
from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch, Stage
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import SohoaError
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode
from pipeline.domain.page import PageOutcome
from pipeline.domain.result import Result
from pipeline.domain.signature import CopyVersion, FileVerdict, Outlook, SignatureLevel, SignerRole
from pipeline.domain.signing_order import KeptOrder, OrderId, SigningItem
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
        SourceTooSlow; one whose process dies, or that raises what it should not, as ReaderCrashed; one that finds no room
        on the disk as MachineExhausted. The others go on.
        """
        ...


class Area(StrEnum):
    """Parts of the object store by what may happen to their objects."""

    ARCHIVE = "archive"
    """sources, copies, signed versions: never changed, never deleted but by an approved disposal"""
    DERIVED = "derived"
    """what can be made again from the archive"""


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


class Ledger(Protocol):
    """What has been computed already, keyed by everything that it depends on. The truth about progress."""

    def find(self, key: str) -> ContentHash | None:
        """Return the object in which the result of `key` is kept, if it was computed."""
        ...

    def record(self, key: str, result: ContentHash) -> None:
        """Remember a result; recording it again changes nothing."""
        ...


class BatchRecords(Protocol):
    """Batches, their sources and pages, and in the end their documents."""

    def open(self, batch: ReceivedBatch) -> ReceivedBatch:
        """Keep a new batch, or return the one that has this id already (with its first `created_at`)."""
        ...

    def lease(self, batch: BatchId, *, holder: str, seconds: int, instead_of: str = "") -> AbstractContextManager[None]:
        """Hold a batch against other processes while working on it; renewed in the background, freed at the end.

        A holder that died loses it after `seconds`, or at once to the first who names it as `instead_of`.

        Raises:
            BatchBusy: another holder has it.
        """
        ...

    def note(self, batch: BatchId, *, sources: Sequence[SourceOutcome] = (), pages: Sequence[PageOutcome] = ()) -> None:
        """Write down how sources and pages stand; the last word on each counts."""
        ...

    def complete(self, batch: DigitizedBatch, *, texts: Mapping[DocumentId, str]) -> None:
        """Write all outcomes, dossiers, documents, fields and first copy versions in one transaction, and index the texts.

        A batch that is complete and has documents stays as it is.
        """
        ...

    def load(self, batch: BatchId) -> DigitizedBatch | ReceivedBatch | None:
        """Return the batch as far as it has come."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found by a search, with the words around the place."""

    document: StoredDocument
    batch: BatchId
    snippet: str
    score: float


class Library(Protocol):
    """Finding again what is kept."""

    def batches(self, *, limit: int = 50) -> Sequence[BatchSummary]:
        """Return the newest batches first."""

    def documents(self, wanted: DocumentFilter) -> Sequence[StoredDocument]:
        """Return documents in order of batch and page."""

    def document(self, document: DocumentId) -> tuple[BatchId, StoredDocument] | None:
        """Return one document and its batch."""

    def find(self, query: str, *, limit: int = 20) -> Sequence[Hit]:
        """Search text and fields, Vietnamese with or without diacritics, best first."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePlace:
    """Where the signature of a role stands."""

    role: SignerRole
    page: int
    """from 1"""
    box: Box
    """on the page as it is seen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePlan:
    """What a signature should be like."""

    role: SignerRole
    level: SignatureLevel
    at: dt.datetime
    """claimed signing time, aware"""
    organ: str = ""
    """agency named in the appearance of an electronic copy"""
    reference: str = ""
    """number and notation of the main document, in the appearance of an appendix"""
    page: int = 1
    """page of the appearance"""
    box: Box | None = None
    """where the appearance stands on the page as it is seen; the role's usual place where nothing is known"""
    marked: bool = False
    """whether a result's code takes the top left corner of page 1"""
    later: tuple[SignaturePlace, ...] = ()
    """known places of roles that sign later: the first signature fixes the places of all roles"""
    open: bool = False
    """later signatures may stand anywhere, because their places are not known yet: the first signature then does not certify"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningJob:
    """One document of a batch."""

    source: Path
    """needed until the next job is asked for"""
    target: Path
    plan: SignaturePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature was made: the job's target exists."""

    level: SignatureLevel
    """that it has reached"""
    missing: SohoaError | None = None
    """why that is less than the plan asked for: TimestampUnavailable or EvidenceMissing"""


JobEnd = Signed | SohoaError
"""how a job ended; after an error its target does not exist"""


class Signer(Protocol):
    """Somebody who can sign: opened once for a batch of documents, closed at its end."""

    @property
    def name(self) -> str:
        """Common name of the certificate."""
        ...

    def sign(self, source: Path, target: Path, plan: SignaturePlan) -> None:
        """Write `target` = the bytes of `source` and an incremental update with the signature.

        Raises:
            KeyUnusable, TimestampUnavailable, DevelopmentKeyInProduction, SigningFailed: `target` does not exist then.
        """
        ...

    def sign_batch(
        self,
        jobs: Iterable[SigningJob],
        *,
        may_wait: bool = False,
        on_end: Callable[[SigningJob, JobEnd], None] = silent,
    ) -> Sequence[JobEnd]:
        """Sign documents under one authorisation of the key's owner; return how each ended, in order.

        A document is signed whole or not at all; one that fails does not stop the others. `on_end` hears of each when its
        target is whole. With `may_wait` one without time stamp or revocation data reaches a lower level, else it fails.

        Raises:
            KeyUnusable, SignerUnavailable, ClockWrong: nothing is signed.
            SohoaError: what `on_end` and `jobs` raise; what was not heard of is not signed.
        """
        ...

    def sign_detached(self, data: bytes, *, at: dt.datetime) -> bytes:
        """Return the DER of a signature of `data` that stands beside it (CMS, RFC 5652; attributes as in CAdES B-B).

        Raises:
            KeyUnusable, SignerUnavailable
        """
        ...


class SignatureValidator(Protocol):
    """Judges the signatures of any PDF."""

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        """Return the verdict as of the moment `at`; never raises for a bad file, which is simply not valid."""
        ...


Completer = Callable[[Path, Path, SignatureLevel], None]
"""writes (source, target, level): the signed document raised to `level`; raises as `Signer.sign`"""


class SigningOrders(Protocol):
    """Orders to sign, and how far they have come: who is killed in the middle goes on from here."""

    def open(self, order: KeptOrder) -> KeptOrder:
        """Keep a new order, or return the one that has this id already."""
        ...

    def settle(self, order: OrderId, item: SigningItem) -> bool:
        """Write how a document stands, unless the order is stopped or it is vetoed or signed; say whether it was written.

        What is signed may only go from awaiting to signed; what is being kept or signed is not vetoed.
        """
        ...

    def close(self, order: KeptOrder) -> None:
        """Write state, reason and manifest of an order; one that is done stays done."""
        ...

    def load(self, order: OrderId) -> KeptOrder | None:
        """Return an order."""
        ...

    def pending(self) -> Sequence[KeptOrder]:
        """Return orders that are open or have documents that wait, oldest first."""
        ...


class TicketBook(Protocol):
    """Tickets of desktop agents. Both methods are atomic, also between processes that share a book."""

    def add(self, digest: str, ticket: Ticket) -> None:
        """Keep a ticket under its secret's digest, and forget those that ran out a day before it was issued."""
        ...

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        """Mark the ticket as used and return it as it was before; None if there is none for this use."""
        ...


class Results(Protocol):
    """Results of dossiers under their codes."""

    def issue(self, dossier: DossierCode, document: DocumentId, *, at: dt.datetime) -> Result:
        """Give a document the next code of its dossier, never given twice; one that has a code keeps it. Raises NotFound."""
        ...

    def find(self, code_or_document: str) -> Result | None:
        """Return a result by its code or its document."""
        ...

    def of(self, dossier: DossierCode) -> Sequence[Result]:
        """Return a dossier's results in order."""
        ...

    def end(self, result: Result) -> bool:
        """Write that a result is superseded or revoked; say whether it was in force until now."""
        ...
