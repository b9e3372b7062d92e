"""A front door over real records, for tests of signing in; time is moved by the test."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from app.passwords import hash_password, password_fits
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, AuditEntry, Author
from pipeline.domain.session import Session, SessionPolicy, SessionToken
from pipeline.usecases.second_factor import (
    begin_enrolment,
    confirm_enrolment,
    give_code,
)
from pipeline.usecases.sign_in import current_session, sign_in
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock

PASSWORD = "con mèo trèo cây cau hỏi thăm chú chuột"
HASH = hash_password(PASSWORD)
POLICY = SessionPolicy(idle=dt.timedelta(minutes=30), longest=dt.timedelta(hours=12))
MINUTE = dt.timedelta(minutes=1)


class PlainBox:
    """Seals nothing: what is sealed how is another test's."""

    def seal(self, secret: bytes, *, about: str) -> str:
        return f"{about}:{secret.hex()}"

    def open(self, sealed: str, *, about: str) -> bytes:
        name, _, secret = sealed.partition(":")
        assert name == about
        return bytes.fromhex(secret)


@dataclass
class Door:
    """A front door with everything behind it."""

    records: Records
    clock: SetClock
    secrets: Iterator[str]

    def account(self, *roles: Role, login: str = "lan", **changes: object) -> Account:
        given: dict[str, Any] = {"password_hash": HASH, "name": "Nguyễn Thị Lan", "agency": "", **changes}
        account = Account(
            id=AccountId(f"a-{login}"), login=login, roles=frozenset(roles), created_at=self.clock.now(), **given
        )
        self.records.accounts.add(account)
        return account

    def sign_in(
        self, password: str = PASSWORD, *, login: str = "lan", origin: str = "10.0.0.7"
    ) -> tuple[SessionToken, Session]:
        return sign_in(
            login,
            password,
            origin=origin,
            accounts=self.records.accounts,
            sessions=self.records.sessions,
            guard=self.records.sign_in_guard,
            trails=lambda author: self.records.acting(author).trail,
            fits=password_fits,
            clock=self.clock,
            secret=lambda: next(self.secrets),
            policy=POLICY,
        )

    def current(self, token: SessionToken) -> tuple[Session, Account | None] | None:
        return current_session(
            token, sessions=self.records.sessions, accounts=self.records.accounts, clock=self.clock, policy=POLICY
        )

    def code(self, account: Account, code: str) -> str:
        return give_code(
            account,
            code,
            origin="10.0.0.7",
            factors=self.records.second_factors,
            guard=self.records.sign_in_guard,
            trail=self.records.trail,
            box=PlainBox(),
            clock=self.clock,
        )

    def enrol(self, account: Account) -> tuple[pyotp.TOTP, tuple[str, ...]]:
        begun = begin_enrolment(
            account, issuer="Số hóa", factors=self.records.second_factors, box=PlainBox(), chance=lambda n: b"k" * n
        )
        phone = pyotp.parse_uri(begun.uri)
        assert isinstance(phone, pyotp.TOTP)
        assert (phone.secret, phone.issuer, phone.name) == (begun.secret, "Số hóa", account.login)
        chance = itertools.count()
        recovery = confirm_enrolment(
            account,
            phone.at(self.clock.now()),
            factors=self.records.second_factors,
            box=PlainBox(),
            clock=self.clock,
            chance=lambda n: bytes([next(chance)]) * n,
        )
        return phone, recovery

    def trail(self) -> list[tuple[Action, Author, str]]:
        entries = [each for each in self.records.trail.entries(limit=1000) if isinstance(each, AuditEntry)]
        return [(each.deed.action, each.author, each.deed.subject.id) for each in entries]


@contextlib.contextmanager
def open_door(folder: Path) -> Iterator[Door]:
    """Open a front door over records in a folder."""
    clock = SetClock()
    records = open_records(f"sqlite:///{folder / 'sohoa.db'}", clock=clock, author=CLERK)
    yield Door(records, clock, (f"secret-{number}" for number in itertools.count()))
    records.close()
