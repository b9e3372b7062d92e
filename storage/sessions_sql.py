"""Who is signed in or about to be, and how guessing is slowed down, in SQL: whichever process is asked knows the same."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from pipeline.domain.account import AccountId
from pipeline.domain.owner import OwnerId
from pipeline.domain.provider import ProviderRequest
from pipeline.domain.session import LockoutPolicy, Session, SessionId
from storage.database import insert_missing, reading, writing
from storage.session_tables import provider_requests, sessions
from storage.session_tables import sign_in_failures as failures


class SqlSessions:
    """Implements `pipeline.session_ports.Sessions` and `OpenSessions`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, session: Session) -> None:
        """Keep a new session, and forget those that are over."""
        row = {
            "id": session.id,
            "account": session.account,
            "owner": session.owner,
            "csrf": session.csrf,
            "begun_at": session.begun_at,
            "seen_at": session.seen_at,
            "ends_at": session.ends_at,
            "origin": session.origin,
            "assured": session.assured,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.ends_at <= session.begun_at))
            connection.execute(sa.insert(sessions).values(row))

    def find(self, session: SessionId) -> Session | None:
        """Return a session as it is kept, whether it is over or not."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.id == session)).first()
        return None if row is None else _session(row)

    def seen(self, session: SessionId, at: dt.datetime) -> None:
        """Write when somebody was there; never an earlier moment than is kept."""
        change = sa.update(sessions).where(sessions.c.id == session, sessions.c.seen_at < at).values(seen_at=at)
        with writing(self._engine) as connection:
            connection.execute(change)

    def end(self, session: SessionId) -> None:
        """Forget a session."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.id == session))

    def end_all(self, account: AccountId, *, but: SessionId | None = None) -> int:
        """Forget all sessions of an account, but one; return how many they were."""
        wanted = sa.delete(sessions).where(sessions.c.account == account)
        with writing(self._engine) as connection:
            return connection.execute(wanted if but is None else wanted.where(sessions.c.id != but)).rowcount

    def of(self, account: AccountId) -> Sequence[Session]:
        """Return an account's sessions, the one that was seen last before the others."""
        query = sa.select(sessions).where(sessions.c.account == account)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.id))
            return tuple(_session(row) for row in rows)

    def counts(self) -> dict[AccountId, int]:
        """Return how many sessions accounts have; those without one are not named."""
        mine = sessions.c.account
        query = sa.select(mine, sa.func.count()).where(mine.is_not(None)).group_by(mine)
        with reading(self._engine) as connection:
            return {AccountId(account): count for account, count in connection.execute(query)}


class SqlSignInGuard:
    """Implements `pipeline.session_ports.SignInGuard`."""

    def __init__(self, engine: sa.Engine, *, policy: LockoutPolicy | None = None) -> None:
        self._engine = engine
        self._policy = policy or LockoutPolicy()

    def admit(self, login: str, address: str, *, at: dt.datetime) -> dt.datetime | None:
        """Admit an attempt and return None, or return until when none is admitted."""
        free = {_of_login(login): self._policy.free_by_login, _of_address(address): self._policy.free_by_address}
        forgotten = at - self._policy.remembered
        with writing(self._engine) as connection:
            rows = [{"who": who, "failures": 0, "last_at": at} for who in sorted(free)]
            insert_missing(connection, failures, rows)
            # always in the same order, so that two attempts never wait for each other
            query = sa.select(failures).where(failures.c.who.in_(free)).order_by(failures.c.who).with_for_update()
            known = connection.execute(query).all()
            waits: list[dt.datetime] = [
                each.locked_until for each in known if each.locked_until is not None and each.locked_until > at
            ]
            if waits:
                return max(waits)
            for each in known:
                failed = 1 if each.last_at <= forgotten else each.failures + 1
                wait = self._policy.wait(failed, free=free[each.who])
                change = {"failures": failed, "last_at": at, "locked_until": at + wait if wait else None}
                connection.execute(sa.update(failures).where(failures.c.who == each.who).values(change))
        # by itself: whoever holds two rows must not wait for a third
        with writing(self._engine) as connection:
            connection.execute(sa.delete(failures).where(failures.c.last_at <= forgotten))
        return None

    def passed(self, login: str, address: str) -> None:
        """Forget the login's failures, and take the attempt off the address's."""
        of_address = failures.c.who == _of_address(address)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(failures).where(failures.c.who == _of_login(login)))
            connection.execute(
                sa.update(failures)
                .where(of_address, failures.c.failures > 0)
                .values(failures=failures.c.failures - 1, locked_until=None)
            )

    def locked_until(self, login: str, *, at: dt.datetime) -> dt.datetime | None:
        """Return until when a login has to wait."""
        query = sa.select(failures.c.locked_until).where(failures.c.who == _of_login(login))
        with reading(self._engine) as connection:
            until = connection.scalar(query)
        return until if until is not None and until > at else None

    def release(self, login: str) -> None:
        """Forget a login's failures."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(failures).where(failures.c.who == _of_login(login)))


class SqlProviderRequests:
    """Implements `pipeline.session_ports.ProviderRequests`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, digest: str, request: ProviderRequest) -> None:
        """Keep a request under the digest of its `state`, and forget those that ended an hour before this one will."""
        ends = provider_requests.c.ends_at
        with writing(self._engine) as connection:
            connection.execute(sa.delete(provider_requests).where(ends < request.ends_at - dt.timedelta(hours=1)))
            connection.execute(sa.insert(provider_requests).values(state=digest, **asdict(request)))

    def take(self, digest: str) -> ProviderRequest | None:
        """Return a request and forget it: the row is locked from the look to the removal, so only one caller gets it."""
        this = provider_requests.c.state == digest
        columns = [each for each in provider_requests.columns if each.name != "state"]
        with writing(self._engine) as connection:
            row = connection.execute(sa.delete(provider_requests).where(this).returning(*columns)).first()
        return None if row is None else ProviderRequest(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _of_login(login: str) -> str:
    return _digest("login", login.strip().lower())


def _of_address(address: str) -> str:
    return _digest("address", address)


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\0{name}".encode(errors="surrogatepass")).hexdigest()


def _session(row: sa.Row[Any]) -> Session:
    return Session(
        id=SessionId(row.id),
        account=None if row.account is None else AccountId(row.account),
        owner=None if row.owner is None else OwnerId(row.owner),
        csrf=row.csrf,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        origin=row.origin,
        assured=row.assured,
    )
