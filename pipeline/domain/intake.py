"""Files on their way in: what a clerk, a phone or a watched folder hands over before it is a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName
from pipeline.domain.source import MediaType, ReceivedSource

IntakeId = NewType("IntakeId", str)
"""A UUIDv7; one that a watched folder made is derived from its drop."""


class Lane(StrEnum):
    """Which batches come first."""

    COUNTER = "counter"
    """a citizen waits"""
    BULK = "bulk"


class Channel(StrEnum):
    """How files come in."""

    UPLOAD = "upload"
    FOLDER = "folder"
    """a scanner's folder that is watched"""
    PHONE = "phone"
    MESSAGE = "message"
    """mail or chat"""
    API = "api"
    """another system, by the interface"""
    DEPOSITORY = "depository"
    """a result that was taken over from the national depository"""


class IntakeState(StrEnum):
    """How far an intake has come."""

    OPEN = "open"
    CLOSING = "closing"
    """nothing comes in any more; its files are on their way into the archive"""
    CLOSED = "closed"
    """it is a batch"""
    EXPIRED = "expired"
    """nobody finished it: its bytes are gone"""


class FileState(StrEnum):
    """How a file stands; every file of an intake has one, so that totals add up."""

    COMING = "coming"
    SAFE = "safe"
    """all bytes are on the disk and have the digest that the sender computed, if it did"""
    DUPLICATE = "duplicate"
    """safe, and the same bytes are here already: somebody has to decide"""
    REFUSED = "refused"
    LEFT_OUT = "left_out"
    """somebody decided that it does not become part of the batch, or handed in another in its place"""


_OF_CLIENT = "client:"


def account_of_client(client: str) -> str:
    """Return to whom intakes of another system belong: no account of a person has such an id."""
    return f"{_OF_CLIENT}{client}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A batch that is being filled."""

    id: IntakeId
    account: str
    """id of the account that it belongs to, `client:` and the id of another system; empty for what comes in by itself"""
    agency: str
    """code of the agency; empty: the installation's own"""
    opened_at: dt.datetime
    touched_at: dt.datetime
    """when something last came in or was decided"""
    dossier: DossierCode | None = None
    lane: Lane = Lane.COUNTER
    channel: Channel = Channel.UPLOAD
    state: IntakeState = IntakeState.OPEN
    closing_at: dt.datetime | None = None
    """when its files began to enter the archive"""
    batch: BatchId | None = None
    changes: int = 0
    """grows with every change of the intake or of a file: who knows it asks for what has changed since"""

    @property
    def client(self) -> str | None:
        """The id of the other system to which it belongs; None: it belongs to a person, or to nobody."""
        return self.account.removeprefix(_OF_CLIENT) if self.account.startswith(_OF_CLIENT) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFinding:
    """What the scan coach saw on a page."""

    page: int
    blank: bool = False
    turned: int = 0
    """degrees clockwise by which it seems to lie wrong: 90 (on its side, either way) or 180"""
    faults: tuple[str, ...] = ()
    """values of `pipeline.imaging.quality.Fault`, the worst first"""
    again: bool = False
    """whether the page should be scanned again"""

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.blank or self.turned or self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Where the same bytes are already."""

    name: str
    """of the file there"""
    batch: BatchId | None = None
    """None: in the same intake"""
    at: dt.datetime | None = None
    """when that batch came in"""
    state: str = ""
    """what became of the file there: a value of `SourceState`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file that somebody wants to hand in."""

    name: SourceName
    """with the folders that were handed in with it"""
    size: int
    """bytes"""
    modified: int = 0
    """milliseconds since 1970, as the sender's disk says: it tells files of one name and size apart"""
    channel: Channel = Channel.UPLOAD
    replaces: int | None = None
    """number of the file in whose place it comes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeFile:
    """A file of an intake."""

    intake: IntakeId
    number: int
    """from 1, in the order in which files were handed in"""
    name: SourceName
    size: int
    modified: int
    channel: Channel
    state: FileState
    received: int = 0
    """bytes that are safe"""
    sha256: ContentHash | None = None
    error: str | None = None
    """code of the refusal, or of why nobody could look at it"""
    details: Mapping[str, str | float] = field(default_factory=dict)
    """of that error"""
    media_type: MediaType | None = None
    pages: int | None = None
    """None: nobody has looked yet; 0 for an archive"""
    unlooked: int | None = 0
    """pages that the coach has looked at while there are more to look at; None: it looks at no further one"""
    findings: tuple[PageFinding, ...] = ()
    """of the pages that were looked at and have something to say"""
    twin: Twin | None = None
    kept_anyway: bool = False
    """somebody decided to keep it in spite of what was said of it"""
    replaced_by: int | None = None
    change: int = 0
    """number of the intake's change in which it became what it is"""

    @property
    def folder(self) -> str:
        """The folders in its name."""
        return self.name.rpartition("/")[0]

    def as_source(self) -> ReceivedSource:
        """Return it as a source of a batch; it has to be whole.

        Raises:
            ValueError: its digest is not known.
        """
        if self.sha256 is None:
            raise ValueError(f"file {self.number} is not whole")
        return ReceivedSource(name=self.name, sha256=self.sha256, size=self.size, folder=self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeCounts:
    """Totals of an intake; the files of all states make up `files`."""

    states: Mapping[FileState, int]
    size: int = 0
    """bytes of all files that are to become part of the batch"""
    received: int = 0
    """bytes of them that are safe"""
    pages: int = 0
    """pages that are known of them"""
    unlooked: int = 0
    """files that the coach has not finished looking at"""

    @property
    def files(self) -> int:
        """All files that were handed in."""
        return sum(self.states.values())


def counts_of(files: Iterable[IntakeFile]) -> IntakeCounts:
    """Count files that are known."""
    listed = tuple(files)
    mine = [each for each in listed if each.state in COUNTED]
    return IntakeCounts(
        states={state: sum(each.state is state for each in listed) for state in FileState},
        size=sum(each.size for each in mine),
        received=sum(each.received for each in mine),
        pages=sum(each.pages or 0 for each in mine),
        unlooked=sum(each.unlooked is not None and each.state is not FileState.COMING for each in mine),
    )


COUNTED = frozenset({FileState.COMING, FileState.SAFE, FileState.DUPLICATE})
"""files of which bytes and pages are counted"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCounts:
    """How far a batch has come, in numbers that add up."""

    files: int
    """that were received, and members of archives as soon as they are known"""
    file_states: Mapping[str, int]
    """by value of `SourceState`; `received` are those that wait or are being read"""
    pages: int
    """pages known of them"""
    page_states: Mapping[str, int]
    """by value of `PageState`; those that are missing wait"""
    documents: int
    document_states: Mapping[str, int]
    """by value of `DocumentState`"""
    signed: int
    """documents whose newest copy carries a signature made here"""
    early: int
    """papers that are ready while the batch is read; none once it is complete"""
    complete: bool
    working: bool
    """whether a process works on it at this moment"""

    @property
    def waiting(self) -> int:
        """Pages that nothing is known of yet."""
        return self.pages - sum(self.page_states.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch in a list."""

    id: BatchId
    created_at: dt.datetime
    agency: str
    dossier: DossierCode | None
    clerk: str | None
    """name of whose intake it was; None: it came in by itself or by the command line"""
    channel: Channel | None
    lane: Lane | None
    counts: BatchCounts
