"""Accounts of an office, and sessions that they have begun without a browser."""

from __future__ import annotations

from app.ids import new_id, new_secret
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.session import Session, SessionToken
from pipeline.usecases.sign_in import begin_session
from web.office import Office


def add_account(
    office: Office,
    *roles: Role,
    login: str,
    agency: str = "",
    name: str = "Nguyễn Thị Thử",
    password_hash: str = "",
) -> Account:
    """Keep an account and return it; without a password nobody signs in by one."""
    account = Account(
        id=AccountId(new_id(office.services.clock)),
        login=login.lower().replace("_", "-"),
        name=name,
        agency=agency,
        roles=frozenset(roles),
        password_hash=password_hash,
        created_at=office.services.clock.now(),
    )
    office.services.accounts.add(account)
    return account


def begin(office: Office, account: Account, *, assured: bool = True) -> tuple[SessionToken, Session]:
    """Begin a session as signing in does; `assured`: as if a second factor had been given."""
    return begin_session(
        account,
        origin="tests",
        by="test",
        sessions=office.services.sessions,
        trail=office.services.trail,
        now=office.services.clock.now(),
        secret=new_secret,
        policy=office.session_policy,
        assured=assured,
    )
