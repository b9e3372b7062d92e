"""Second factors of accounts, in SQL: a code is used once, whichever processes try."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from pipeline.domain.account import AccountId
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.second_factor import SecondFactor
from storage.database import insert_if_new, reading, writing
from storage.recorded import Book, append
from storage.session_tables import recovery_codes, second_factors

_NONE_USED = -1


class SqlSecondFactors:
    """Implements `pipeline.session_ports.SecondFactors`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def find(self, account: AccountId) -> SecondFactor | None:
        """Return an account's second factor, or the one that is being set up."""
        left = sa.select(sa.func.count()).where(recovery_codes.c.account == account).scalar_subquery()
        query = sa.select(second_factors, left.label("left")).where(second_factors.c.account == account)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return SecondFactor(
            account=AccountId(row.account), sealed=row.sealed, confirmed_at=row.confirmed_at, recovery_left=row.left
        )

    def begin(self, account: AccountId, sealed: str) -> None:
        """Keep a secret that opens nothing until it is confirmed; one that was not confirmed gives way.

        Raises:
            RecordChanged: the account has a confirmed one.
        """
        row = {"account": account, "sealed": sealed, "confirmed_at": None, "last_step": _NONE_USED}
        open_one = (second_factors.c.account == account) & second_factors.c.confirmed_at.is_(None)
        with writing(self._engine) as connection:
            if insert_if_new(connection, second_factors, row):
                return
            if connection.execute(sa.update(second_factors).where(open_one).values(sealed=sealed)).rowcount != 1:
                raise RecordChanged(id=account, seen=0, now=1)

    def confirm(self, account: AccountId, *, step: int, recovery: Collection[str]) -> bool:
        """Let it be asked for from now on; False: there is none to confirm."""
        open_one = (second_factors.c.account == account) & second_factors.c.confirmed_at.is_(None)
        change = {"confirmed_at": self._book.clock.now(), "last_step": step}
        with writing(self._engine) as connection:
            if connection.execute(sa.update(second_factors).where(open_one).values(change)).rowcount != 1:
                return False
            rows = [{"account": account, "digest": each} for each in sorted(set(recovery))]
            if rows:
                connection.execute(sa.insert(recovery_codes), rows)
            append(connection, [_deed(Action.SECOND_FACTOR_ADDED, account)], book=self._book)
        return True

    def use(self, account: AccountId, *, step: int | None = None, recovery: str = "") -> bool:
        """Use up a time step with all before it, or a recovery code; one statement each, which only one caller can win."""
        with writing(self._engine) as connection:
            if step is None:
                this = (recovery_codes.c.account == account) & (recovery_codes.c.digest == recovery)
                return connection.execute(sa.delete(recovery_codes).where(this)).rowcount == 1
            unused = (second_factors.c.account == account) & (second_factors.c.last_step < step)
            is_open = second_factors.c.confirmed_at.is_not(None)
            change = sa.update(second_factors).where(unused, is_open).values(last_step=step)
            return connection.execute(change).rowcount == 1

    def remove(self, account: AccountId) -> bool:
        """Forget it with its recovery codes; False: there was none."""
        mine = second_factors.c.account == account
        with writing(self._engine) as connection:
            connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.account == account))
            confirmed = sa.select(second_factors.c.account).where(mine, second_factors.c.confirmed_at.is_not(None))
            was_in_use = connection.execute(confirmed).first() is not None
            if connection.execute(sa.delete(second_factors).where(mine)).rowcount != 1:
                return False
            if was_in_use:
                append(connection, [_deed(Action.SECOND_FACTOR_REMOVED, account)], book=self._book)
        return True


def _deed(action: Action, account: AccountId) -> Deed:
    return Deed(action=action, subject=Subject(SubjectKind.ACCOUNT, account))
