"""What the desk needs from outside: corrections, verdicts, procedures, accounts, events for others; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from pipeline.domain.account import Account, AccountId
from pipeline.domain.correction import FieldChange
from pipeline.domain.document import StoredDocument
from pipeline.domain.event import Delivery, Event, EventNumber
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.procedure import Procedure, ProcedureCode
from pipeline.domain.signature import FileVerdict


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

    def after(self, number: int, *, limit: int) -> Sequence[Event]:
        """Return events behind a number, in order, for who asks by themselves."""
        ...

    def claim(self, reader: str, *, at: dt.datetime, seconds: int, limit: int) -> Sequence[Delivery]:
        """Return what a reader is to be told now, and leave it to the caller for some seconds.

        At most one event of each document, its oldest: the next one comes when that is told. A reader that is new
        hears of what happens from then on.
        """
        ...

    def told(self, reader: str, event: EventNumber) -> None:
        """Write that a reader has been told."""
        ...

    def retry(self, reader: str, event: EventNumber, *, due: dt.datetime, reason: str) -> None:
        """Write that telling failed, and when it is tried again."""
        ...
