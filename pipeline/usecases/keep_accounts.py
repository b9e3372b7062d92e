"""Who may sign in: add people, change what they may do, give and choose passwords.

Sources: NIST SP 800-63B-4 section 3.1.1; OWASP ASVS 5.0 chapters 6.2 and 7.4 (sessions end with the rights they stand for).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from pipeline.audit_ports import AuditTrail
from pipeline.desk_ports import Accounts
from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.password import PasswordProblem, password_problem
from pipeline.domain.session import SessionId
from pipeline.domain.sign_in_errors import (
    AccountLocked,
    AccountsExist,
    LastAdministrator,
    PasswordRefused,
    SignInRefused,
)
from pipeline.ports import Clock
from pipeline.session_ports import SecondFactors, Sessions, SignInGuard
from pipeline.usecases.sign_in import sign_out

Hashes = Callable[[str], str]
"""gives what is kept of a password"""
Fits = Callable[[str, str], bool]
"""says whether a password is the one of which this was kept"""


def add_first_account(
    login: str, name: str, *, password: str, accounts: Accounts, hashes: Hashes, clock: Clock, new_id: Callable[[], str]
) -> Account:
    """Make the account of the first administrator, who chooses another password at first.

    Raises:
        AccountsExist
    """
    if accounts.all():
        raise AccountsExist
    return add_account(
        login,
        name,
        roles={Role.ADMINISTRATOR},
        agency="",
        password=password,
        accounts=accounts,
        hashes=hashes,
        clock=clock,
        new_id=new_id,
    )


def add_account(
    login: str,
    name: str,
    *,
    roles: Collection[Role],
    agency: str,
    password: str,
    accounts: Accounts,
    hashes: Hashes,
    clock: Clock,
    new_id: Callable[[], str],
) -> Account:
    """Make an account; one without a password is opened by an identity provider. A password is changed at first.

    Raises:
        LoginTaken
        ValueError: no login, or no role.
    """
    account = Account(
        id=AccountId(new_id()),
        login=login.strip().lower(),
        name=name.strip(),
        agency=agency.strip(),
        roles=frozenset(roles),
        password_hash=hashes(password) if password else "",
        password_given=bool(password),
        created_at=clock.now(),
    )
    accounts.add(account)
    return account


def change_rights(
    account: Account,
    *,
    name: str,
    agency: str,
    roles: Collection[Role],
    disabled: bool,
    accounts: Accounts,
    sessions: Sessions,
) -> Account:
    """Change what an account may do; it has to sign in again where it may do other things than before.

    Raises:
        LastAdministrator, RecordChanged, NotFound
        ValueError: no role.
    """
    changed = replace(account, name=name.strip(), agency=agency.strip(), roles=frozenset(roles), disabled=disabled)
    _keep_an_administrator(account, changed, accounts=accounts)
    kept = accounts.change(changed, version=account.version)
    if (changed.roles, changed.agency, changed.disabled) != (account.roles, account.agency, account.disabled):
        sessions.end_all(account.id)
    return kept


def give_password(
    account: Account, password: str, *, accounts: Accounts, sessions: Sessions, guard: SignInGuard, hashes: Hashes
) -> Account:
    """Give an account a password that it has to change at first; its sessions end, and it may try at once.

    Raises:
        RecordChanged
    """
    changed = replace(account, password_hash=hashes(password), password_given=True)
    kept = accounts.change(changed, version=account.version)
    sessions.end_all(account.id)
    guard.release(account.login)
    return kept


def choose_password(
    account: Account,
    *,
    old: str,
    new: str,
    session: SessionId,
    origin: str,
    accounts: Accounts,
    sessions: Sessions,
    guard: SignInGuard,
    fits: Fits,
    hashes: Hashes,
    clock: Clock,
) -> Account:
    """Change one's own password; all other sessions end.

    Raises:
        SignInRefused: the old one is wrong.
        AccountLocked: likewise, too often.
        PasswordRefused: the new one is easily guessed; details say why.
        RecordChanged
    """
    prove_password(account, old, origin=origin, guard=guard, fits=fits, clock=clock)
    problem = PasswordProblem.SAME if new == old else password_problem(new, login=account.login, name=account.name)
    if problem is not None:
        raise PasswordRefused(problem=problem.value)
    changed = replace(account, password_hash=hashes(new), password_given=False)
    kept = accounts.change(changed, version=account.version)
    sessions.end_all(account.id, but=session)
    return kept


def take_own_second_factor(
    account: Account,
    *,
    password: str,
    origin: str,
    factors: SecondFactors,
    guard: SignInGuard,
    fits: Fits,
    clock: Clock,
) -> bool:
    """Take one's own second factor away; the password is asked for, so that nobody does it at a screen left alone.

    Raises:
        SignInRefused, AccountLocked
    """
    prove_password(account, password, origin=origin, guard=guard, fits=fits, clock=clock)
    return factors.remove(account.id)


def prove_password(
    account: Account, password: str, *, origin: str, guard: SignInGuard, fits: Fits, clock: Clock
) -> None:
    """See that whoever sits there knows the account's password.

    Raises:
        SignInRefused: it is wrong.
        AccountLocked: likewise, too often.
    """
    until = guard.admit(account.login, origin, at=clock.now())
    if until is not None:
        raise AccountLocked(until=until.isoformat())
    if not fits(password, account.password_hash):
        raise SignInRefused
    guard.passed(account.login, origin)


def end_other_sessions(account: Account, *, but: SessionId | None, sessions: Sessions, trail: AuditTrail) -> int:
    """End an account's sessions, but one; return how many they were."""
    ended = sessions.end_all(account.id, but=but)
    if ended:
        subject = Subject(SubjectKind.ACCOUNT, account.id)
        trail.note([Deed(action=Action.SIGNED_OUT, subject=subject, details={"sessions": str(ended)})])
    return ended


def end_own_session(account: Account, session: SessionId, *, sessions: Sessions, trail: AuditTrail) -> None:
    """End one of an account's own sessions; another's stays as it is."""
    found = sessions.find(session)
    if found is not None and found.account == account.id:
        sign_out(found, sessions=sessions, trail=trail)


def take_second_factor(account: Account, *, factors: SecondFactors, sessions: Sessions) -> bool:
    """Take an account's second factor away, because the phone is lost; whoever needs one sets it up anew."""
    removed = factors.remove(account.id)
    if removed:
        sessions.end_all(account.id)
    return removed


def _keep_an_administrator(account: Account, changed: Account, *, accounts: Accounts) -> None:
    if _rules(changed) or not _rules(account):
        return
    if not any(_rules(each) for each in accounts.all() if each.id != account.id):
        raise LastAdministrator(login=account.login)


def _rules(account: Account) -> bool:
    return Role.ADMINISTRATOR in account.roles and not account.disabled
