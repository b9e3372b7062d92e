"""What the desk needs from outside: corrections, verdicts, procedures, accounts, events for others; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pipeline.domain.account import Account, AccountId
from pipeline.domain.correction import FieldChange
from pipeline.domain.desk import Delegation, DelegationId, QueueEntry, ShownPage
from pipeline.domain.document import StoredDocument
from pipeline.domain.event import EVERYBODY, Attempt, Audience, Delivery, Event
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.procedure import Procedure, ProcedureCode
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import FileVerdict, SignerRole
from pipeline.domain.signing_order import KeptOrder


class Corrections(Protocol):
    """What people made of fields."""

    def apply(self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int) -> StoredDocument:
        """Write a document's fields and state anew with what changed, and make it findable by what it says now.

        Returns it with its new version.

        Raises:
            NotFound: there is no such document.
            RecordChanged: somebody changed it since version `seen`; nothing is written.
            DocumentDisposed
        """
        ...

    def check(
        self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int, register: str
    ) -> StoredDocument:
        """Write what a register said of fields; nobody has looked at them by that.

        Raises:
            NotFound, RecordChanged, DocumentDisposed: as above.
        """
        ...

    def changes(self, document: DocumentId) -> Sequence[FieldChange]:
        """Return all changes of a document's fields, oldest first, those of one correction by name."""
        ...


class Verdicts(Protocol):
    """What was said of files' signatures."""

    def keep(self, verdicts: Mapping[ContentHash, FileVerdict], *, as_of: dt.datetime) -> None:
        """Keep what was just said of files, as of a moment; who had them judged, and when, is known to the records."""
        ...

    def of(self, sha256: ContentHash) -> Sequence[KeptVerdict]:
        """Return all judgements of a file, oldest first."""
        ...


class Procedures(Protocol):
    """Administrative procedures in their editions."""

    def load(self, editions: Sequence[Procedure]) -> int:
        """Write editions, all or none; one of the same code and first day is replaced. Returns how many differ from before."""
        ...

    def find(self, code: ProcedureCode, day: dt.date) -> Procedure | None:
        """Return the edition in force on a day."""
        ...

    def on(self, day: dt.date) -> Sequence[Procedure]:
        """Return all that are in force on a day, by code."""
        ...

    def editions(self, codes: Collection[ProcedureCode]) -> Sequence[Procedure]:
        """Return all editions of some procedures, by code and first day."""
        ...


class Accounts(Protocol):
    """Who may sign in."""

    def add(self, account: Account) -> None:
        """Keep a new account.

        Raises:
            LoginTaken: somebody has this login.
        """
        ...

    def find(self, login: str) -> Account | None:
        """Return the account of a login, in whatever case it is typed."""
        ...

    def get(self, account: AccountId) -> Account | None:
        """Return an account."""
        ...

    def all(self) -> Sequence[Account]:
        """Return all accounts by login."""
        ...

    def change(self, account: Account, *, version: int) -> Account:
        """Write an account anew but for its id and login, and return it as it stands now.

        Raises:
            NotFound
            RecordChanged: somebody changed it since `version`.
        """
        ...


class Events(Protocol):
    """What others are told. Events are written in the transaction of what they tell of."""

    def after(self, number: int, *, limit: int, audience: Audience = EVERYBODY) -> Sequence[Event]:
        """Return events behind a number, in order, for who asks by themselves."""
        ...

    def claim(
        self, reader: str, *, at: dt.datetime, seconds: int, limit: int, audience: Audience = EVERYBODY
    ) -> Sequence[Delivery]:
        """Return what a reader is to be told now, and leave it to the caller for some seconds.

        At most one event of each document, its oldest: the next one comes when that is told or set aside. A reader that
        is new hears of what happens from then on. Nothing while it rests; and where telling it failed the last time, one
        event, to see whether it listens again: the one that is due longest.
        """
        ...

    def told(self, reader: str, attempt: Attempt) -> None:
        """Write that a reader has been told, and by which attempt."""
        ...

    def retry(self, reader: str, attempt: Attempt, *, due: dt.datetime, rests_until: dt.datetime | None = None) -> None:
        """Write that telling failed, when it is tried again, and until when the reader is told nothing at all."""
        ...

    def set_aside(self, reader: str, attempt: Attempt, *, rests_until: dt.datetime | None = None) -> None:
        """Write that telling failed for the last time: the event is a dead letter, and the document's next one comes."""
        ...


class Displays(Protocol):
    """Which versions of copies somebody was shown, page by page."""

    def note(self, shown: ShownPage) -> None:
        """Write that a page was shown; with the last one of a file, that the file was. Again changes nothing."""
        ...

    def seen(self, account: AccountId, files: Mapping[DocumentId, ContentHash]) -> Collection[DocumentId]:
        """Return those of these documents of which somebody was shown all pages of this version."""
        ...


class Delegations(Protocol):
    """Who may sign in whose stead."""

    def give(self, delegation: Delegation) -> None:
        """Keep a delegation."""
        ...

    def revoke(self, delegation: DelegationId, *, at: dt.datetime, by: str, reason: str) -> Delegation:
        """End a delegation; one that was revoked before stays as it is. Raises NotFound."""
        ...

    def of(self, account: AccountId) -> Sequence[Delegation]:
        """Return all that an account gave or was given, newest first."""
        ...

    def get(self, delegation: DelegationId) -> Delegation | None:
        """Return a delegation."""
        ...


class SigningQueue(Protocol):
    """What waits for signatures, and what was ordered; as far as `scope` reaches."""

    def results(self, role: SignerRole, *, limit: int, scope: Scope = EVERYTHING) -> Sequence[QueueEntry]:
        """Return results in force that `role` has not signed, in order of the days on which they were promised."""
        ...

    def count(self, role: SignerRole, *, scope: Scope = EVERYTHING) -> int:
        """Return how many these are."""
        ...

    def orders(self, account: AccountId, *, limit: int) -> Sequence[KeptOrder]:
        """Return the orders of an account, newest first."""
        ...
