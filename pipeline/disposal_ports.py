"""What retention and disposal need from outside: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pipeline.domain.disposal import Disposal, DisposalId, DisposalItem, Tombstone
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.retention import Hold, HoldId, KeptPaper
from pipeline.domain.search import EVERYTHING, Scope


class Holds(Protocol):
    """Legal holds: placed and lifted, never changed and never removed."""

    def place(self, hold: Hold, *, scope: Scope = EVERYTHING) -> None:
        """Keep a hold.

        Raises:
            NotFound: there is no such dossier, document or owner, or none with papers within `scope`.
            DocumentDisposed: the document is gone, or on its way.
        """
        ...

    def lift(self, hold: HoldId, *, at: dt.datetime, by: str, reason: str) -> Hold:
        """End a hold and return it; one that was lifted before is returned as it is.

        Raises:
            NotFound
        """
        ...

    def all(self, *, lifted: bool = False, scope: Scope = EVERYTHING) -> Sequence[Hold]:
        """Return the holds in force on papers within `scope`, oldest first, and if asked those that were lifted."""
        ...

    def on(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Sequence[Hold]]:
        """Return the holds in force on each document: on itself, its dossier, its owners. Documents without are left out."""
        ...


class KeptPapers(Protocol):
    """What decides how long papers are kept."""

    def papers(self, *, limit: int, after: DocumentId | None = None, scope: Scope = EVERYTHING) -> Sequence[KeptPaper]:
        """Return at most `limit` papers behind `after`, by id: neither disposed of nor on a list that is under way."""
        ...

    def paper(self, document: DocumentId) -> KeptPaper | None:
        """Return one paper, also one that is on a list; None if it is not known or was disposed of."""
        ...

    def secret_sources(self, *, limit: int, scope: Scope = EVERYTHING) -> Sequence[DisposalItem]:
        """Return sources that hold pages with a degree of secrecy, as entries to be proposed."""
        ...


class Disposals(Protocol):
    """Lists and their decisions."""

    def propose(self, disposal: Disposal) -> None:
        """Keep a new list; one that is there stays as it is.

        Raises:
            DisposalRefused: one of its papers is on another list that is under way.
        """
        ...

    def load(self, disposal: DisposalId, *, scope: Scope = EVERYTHING) -> Disposal | None:
        """Return a list with its entries; None also where one of them lies outside `scope`."""
        ...

    def all(self, *, limit: int = 50, scope: Scope = EVERYTHING) -> Sequence[Disposal]:
        """Return the newest lists first, without their entries; those with an entry outside `scope` are left out."""
        ...

    def decide(self, disposal: DisposalId, *, approved: bool, at: dt.datetime, reason: str) -> Disposal:
        """Approve or reject a proposed list, in the name of whoever writes into the records.

        Raises:
            NotFound
            DisposalRefused: it is decided already, it was altered since, or its proposer approves it.
        """
        ...

    def tombstone(self, document: DocumentId) -> Tombstone | None:
        """Return what is left of a paper that was disposed of, or is being."""
        ...


class DisposalWork(Protocol):
    """Carrying out an approved list, so that it can be interrupted anywhere."""

    def begin(self, disposal: DisposalId, *, at: dt.datetime) -> Disposal:
        """Note who carries out an approved list; the first one counts.

        Raises:
            NotFound
            DisposalRefused: it is not approved, or was altered since.
        """
        ...

    def claim(self, disposal: DisposalId, position: int, *, at: dt.datetime) -> DisposalItem:
        """Mark an entry as being removed and return it with what goes with it, or as kept if something is in the way.

        One transaction asks whether a hold is on it and marks it: whoever places a hold later comes too late. Of an entry
        that is being removed already is asked again what goes with it: less, if something names an object by now; more, if
        another paper that shared one has been disposed of.
        """
        ...

    def keep(self, disposal: DisposalId, position: int, *, reason: str, at: dt.datetime) -> None:
        """End an entry of which nothing was removed."""
        ...

    def settle(self, disposal: DisposalId, position: int, *, at: dt.datetime) -> bool:
        """End an entry whose objects are removed: its values, its text and the names of its files leave the records too.

        False: it has not ended, for more goes with it by now; claim it again.
        """
        ...

    def finish(self, disposal: DisposalId, *, at: dt.datetime, certificate: ContentHash | None) -> Disposal:
        """Note when all entries had ended, and then the certificate that says so; the first words count."""
        ...


class LedgerTraces(Protocol):
    """Which computed results tell of which objects, so that they can go with them."""

    def about(self, sources: Collection[ContentHash]) -> Mapping[str, ContentHash]:
        """Return the results that tell something of these objects, by key."""
        ...

    def untraced(self, *, limit: int) -> Mapping[str, ContentHash]:
        """Return results of which nobody knows what they tell: an earlier version did not write it down."""
        ...

    def results(self, *, limit: int, after: str = "") -> Mapping[str, ContentHash]:
        """Return results by key, in order of the keys, behind `after`."""
        ...

    def needed(self, results: Collection[ContentHash], *, besides: Collection[str]) -> Collection[ContentHash]:
        """Return those of these results that a key other than `besides` still points to."""
        ...

    def forget(self, keys: Collection[str]) -> None:
        """Forget results; whoever needs one computes it again."""
        ...
