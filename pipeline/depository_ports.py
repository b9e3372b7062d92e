"""What depositories need from outside: owners, the papers that are theirs, who may look and who did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from pipeline.domain.audit import Deed
from pipeline.domain.holding import ArchiveCode, Holding
from pipeline.domain.ids import DocumentId
from pipeline.domain.owner import Access, Consent, ConsentId, Identifier, IdentifierLink, Owner, OwnerId


class Owners(Protocol):
    """People and organisations by their numbers. An owner found to be another one answers with that one's record."""

    def register(self, owner: Owner) -> Owner:
        """Keep a new owner, or return the one that has one of its numbers, or the same whole description.

        Numbers that the one found does not have yet are not added: that two numbers are one person's needs evidence.

        Raises:
            OwnerConflict: the numbers belong to different owners.
        """
        ...

    def find(self, identifier: Identifier) -> Owner | None:
        """Return the owner of a number."""
        ...

    def get(self, owner: OwnerId) -> Owner | None:
        """Return an owner."""
        ...

    def link(self, link: IdentifierLink, *, at: dt.datetime) -> Owner:
        """Write that two numbers are one person's, and return that person; again changes nothing.

        Raises:
            NotFound: neither number is known.
            OwnerConflict: the two have different personal numbers, of which everybody has one for life.
        """
        ...

    def links(self, owner: OwnerId) -> Sequence[IdentifierLink]:
        """Return what is known of an owner's old numbers, oldest first."""
        ...


class Depository(Protocol):
    """Papers in owners' depositories."""

    def place(self, new: Sequence[Holding], *, template: str) -> Sequence[Holding]:
        """Put papers into their owners' depositories, with the next serials of their codes: all of them, or none.

        Returned as they lie there, in the same order; one that lay there before stays as it is.
        `template` makes the code's text of `{owner}`, `{type}` and `{serial}`.

        Raises:
            NotFound: there is no such document or owner.
            DocumentDisposed: it was disposed of.
        """
        ...

    def of(self, owner: OwnerId) -> Sequence[Holding]:
        """Return an owner's papers, those of owners that were found to be the same among them, by time of publication."""
        ...

    def holdings(self, document: DocumentId) -> Sequence[Holding]:
        """Return the places of a paper in depositories: one for each of its owners."""
        ...

    def change(self, holding: Holding, *, version: int) -> Holding:
        """Write state and validity of a paper for one owner anew, and return it as it stands now.

        Raises:
            RecordChanged: somebody changed it since `version`.
        """
        ...

    def archive_code(self, document: DocumentId, *, organ: str, kind: str) -> ArchiveCode:
        """Give a document the next archival code of an organisation and kind; one that has a code keeps it.

        Raises:
            NotFound: there is no such document.
        """
        ...


class AccessBook(Protocol):
    """What owners agreed to, and who looked at what is theirs."""

    def give(self, consent: Consent) -> None:
        """Keep a consent.

        Raises:
            NotFound: there is no such owner.
        """
        ...

    def withdraw(self, consent: ConsentId, *, at: dt.datetime) -> Consent:
        """Write that a consent is withdrawn from `at` on; one that was withdrawn before stays so.

        Raises:
            NotFound
        """
        ...

    def consents(self, owner: OwnerId) -> Sequence[Consent]:
        """Return all consents of an owner, oldest first."""
        ...

    def note(self, looks: Sequence[Access], *, beside: Sequence[Deed] = ()) -> None:
        """Write that somebody looks at papers, all of them or none, before the answer leaves.

        `beside` goes into the audit trail in the same transaction: what was asked, where that says more than what was shown.

        Raises:
            NotFound: there is no such holding.
        """
        ...

    def accesses(self, owner: OwnerId, *, limit: int = 100, before: str | None = None) -> Sequence[Access]:
        """Return who looked at an owner's papers, the newest first, those older than the one with the id `before`."""
        ...
