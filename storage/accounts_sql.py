"""Who may sign in, in SQL: a login is one account's, whoever asks for it at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.desk_errors import LoginTaken, RecordChanged
from pipeline.domain.errors import NotFound
from storage.database import reading
from storage.desk_tables import accounts
from storage.recorded import Book, recorded


class SqlAccounts:
    """Implements `pipeline.desk_ports.Accounts`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def add(self, account: Account) -> None:
        """Keep a new account.

        Raises:
            LoginTaken: somebody has this login.
        """
        row = {"id": account.id, "login": account.login, "created_at": account.created_at, **_values(account)}
        try:
            with recorded(self._book, Action.ACCOUNT_ADDED, _subject(account)) as connection:
                connection.execute(sa.insert(accounts).values(row))
        except exc.IntegrityError as error:
            raise LoginTaken(login=account.login) from error

    def find(self, login: str) -> Account | None:
        """Return the account of a login, in whatever case it is typed."""
        return self._first(accounts.c.login == login.strip().lower())

    def get(self, account: AccountId) -> Account | None:
        """Return an account."""
        return self._first(accounts.c.id == account)

    def all(self) -> Sequence[Account]:
        """Return all accounts by login."""
        with reading(self._engine) as connection:
            return tuple(_account(row) for row in connection.execute(sa.select(accounts).order_by(accounts.c.login)))

    def change(self, account: Account, *, version: int) -> Account:
        """Write an account anew but for its id and login, and return it as it stands now.

        Raises:
            NotFound
            RecordChanged: somebody changed it since `version`.
        """
        changed = replace(account, version=version + 1)
        this = accounts.c.id == account.id
        with recorded(self._book, Action.ACCOUNT_CHANGED, _subject(account)) as connection:
            change = sa.update(accounts).where(this, accounts.c.version == version).values(_values(changed))
            if connection.execute(change).rowcount == 1:
                return changed
            now = connection.scalar(sa.select(accounts.c.version).where(this))
            if now is None:
                raise NotFound(what="account", id=account.id)
            raise RecordChanged(id=account.login, seen=version, now=now)

    def _first(self, wanted: sa.ColumnElement[bool]) -> Account | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(accounts).where(wanted)).first()
        return None if row is None else _account(row)


def _subject(account: Account) -> Subject:
    return Subject(SubjectKind.ACCOUNT, account.id)


def _values(account: Account) -> dict[str, Any]:
    """Return the columns that may change."""
    return {
        "name": account.name,
        "agency": account.agency,
        "roles": sorted(account.roles),
        "password_hash": account.password_hash,
        "password_given": account.password_given or None,
        "subject": account.subject or None,
        "disabled": account.disabled,
        "version": account.version,
    }


def _account(row: sa.Row[Any]) -> Account:
    return Account(
        id=AccountId(row.id),
        login=row.login,
        name=row.name,
        agency=row.agency,
        roles=frozenset(Role(each) for each in row.roles),
        password_hash=row.password_hash,
        password_given=bool(row.password_given),
        subject=row.subject or "",
        disabled=row.disabled,
        created_at=row.created_at,
        version=row.version,
    )
