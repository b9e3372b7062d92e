"""What keeping for decades needs from outside, and what it gives: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from pipeline.domain.document import StoredDocument
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import BatchId, ContentHash
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area

# --- what must be there ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Why an object must be there: one place in the records that names it."""

    table: str
    column: str
    record: str
    """the row, as its key reads: `d-1`, `b-1/scan.pdf`; the first one where several rows of the column name the object"""
    rows: int
    """how many rows of the column name it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededObject:
    """An object that the records name."""

    area: Area
    sha256: ContentHash
    stored_as: ContentHash
    """the name under which its bytes stand in the store: another one where they are sealed"""
    sizes: tuple[int, ...]
    """bytes, as the records have them: one number unless they contradict each other, none where they do not say"""
    needs: tuple[Need, ...]

    @property
    def computed(self) -> bool:
        """Whether nothing but the ledger of computed results names it: it can be made again."""
        return bool(self.needs) and all(each.table == LEDGER for each in self.needs)


LEDGER = "ledger"
"""table of computed results"""


class Inventory(Protocol):
    """What must be there: every object that the records name. Objects of disposed records are not among them."""

    def needed(self, area: Area, *, limit: int, after: ContentHash | None = None) -> Sequence[NeededObject]:
        """Return at most `limit` objects in order of their names, those behind `after`."""
        ...

    def named(self, area: Area, hashes: Collection[ContentHash]) -> Mapping[ContentHash, NeededObject]:
        """Return those of these objects that a record names, by their names."""
        ...

    def standing_for(self, area: Area, stored: Collection[ContentHash]) -> Mapping[ContentHash, ContentHash]:
        """Return, for those names in the store that stand for an object of another name, that name."""
        ...


# --- what was looked at ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FixityCheck:
    """When an object was last read from its first byte to its last, and what came of it."""

    area: Area
    sha256: ContentHash
    checked_at: dt.datetime | None
    """None: never yet"""
    outcome: CheckOutcome | None


class FixityBook(Protocol):
    """What was read when, in each store: re-hashing goes on where it was, the longest unread first."""

    def enlist(self, store: StoreName, area: Area, hashes: Collection[ContentHash]) -> None:
        """Write down objects that are to be read: new ones, and those that were not sound when they were last read."""
        ...

    def due(self, store: StoreName, *, before: dt.datetime, limit: int) -> Sequence[FixityCheck]:
        """Return objects that were not read since `before`: those never read, then the longest unread."""
        ...

    def count(self, store: StoreName, *, before: dt.datetime) -> int:
        """Return how many are due."""
        ...

    def note(self, store: StoreName, checks: Sequence[FixityCheck]) -> None:
        """Keep the outcomes of checks."""
        ...

    def forget(self, store: StoreName, area: Area, hashes: Collection[ContentHash]) -> None:
        """Forget objects that no record names any more."""
        ...


# --- putting right what was found ------------------------------------------------------------------------------------------


class ObjectMender(Protocol):
    """Writes good bytes under a name whose bytes are gone or altered. Only repair from another store may call this."""

    def put_right(self, area: Area, sha256: ContentHash, stream: BinaryIO, *, at: dt.datetime) -> str:
        """Keep the bytes of `stream`, which have the digest `sha256`, in place of what stands there.

        Altered bytes are evidence and are not lost: returns where they are now, empty if there were none.

        Raises:
            ObjectAltered: the bytes of `stream` have another digest; nothing was changed.
            StoreUnavailable, StoreRefused, MachineExhausted; whatever the stream raises: nothing was changed.
        """
        ...


# --- everything out, everything in -----------------------------------------------------------------------------------------

PlainRow = Mapping[str, Any]
"""a row of records by column, as JSON holds it: moments as UTC text, bytes as hexadecimal digits"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """An object, and the one row of the records for which it is a file to be shown."""

    area: Area
    sha256: ContentHash
    table: str
    column: str
    record: tuple[str, ...]
    """the row's key"""
    row: Mapping[str, Any]
    """the row, and the `type`, `dossier` and `batch` of its document where it belongs to one"""


class Snapshot(Protocol):
    """All records as they were at one moment."""

    @property
    def form(self) -> str:
        """Name of the form that the tables have: the last step that changed them."""
        ...

    def tables(self) -> Sequence[str]:
        """Return the tables of records; one that refers to another comes after it."""
        ...

    def rows(self, table: str) -> Iterator[PlainRow]:
        """Yield the rows of a table in order of their key."""
        ...

    def files(self) -> Iterator[NamedFile]:
        """Yield everything that the records name; an object that two records name comes twice."""
        ...

    def papers(self) -> Iterator[tuple[BatchId, StoredDocument, CopyVersion]]:
        """Yield all documents with their batch and the newest version of their copy."""
        ...


class WholeRecords(Protocol):
    """All records out of a database, and back into an empty one."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Give the records of one moment, whatever is written meanwhile."""
        ...

    def filled(self) -> str | None:
        """Return the name of a table that has rows; None if there is no record at all."""
        ...

    def restore(self, rows: Callable[[str], Iterator[PlainRow]], *, details: Mapping[str, str]) -> Mapping[str, int]:
        """Write the rows of each table, make them findable, and add an entry with `details` to the trail that came along.

        All or nothing. Returns the number of rows by table.

        Raises:
            RecordsNotEmpty, ExportDamaged, RecordsUnavailable
        """
        ...
