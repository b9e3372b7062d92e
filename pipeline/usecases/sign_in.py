"""Sign in with login and password, know who it is with every later request, and sign out again.

Sources: NIST SP 800-63B-4 sections 3.1.1, 3.2.2 and 5; OWASP ASVS 5.0 chapters 6 and 7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pipeline.audit_ports import AuditTrail
from pipeline.desk_ports import Accounts
from pipeline.domain.account import Account
from pipeline.domain.audit import Action, Author, Deed, Subject, SubjectKind
from pipeline.domain.session import Session, SessionPolicy, SessionToken, new_session, session_id
from pipeline.domain.sign_in_errors import AccountLocked, SignInRefused
from pipeline.ports import Clock
from pipeline.session_ports import Sessions, SignInGuard

NOBODY = "nobody"
"""who signs in, for the trail, as long as it is not known"""
_SEEN_EVERY = dt.timedelta(minutes=1)
"""not every request is written down as seen, only the first of each minute (or of a tenth of a shorter `idle`)"""

Trails = Callable[[Author], AuditTrail]
"""gives the trail as somebody writes it"""


def author_of(account: Account, *, origin: str) -> Author:
    """Return under which name and roles the trail keeps what an account does."""
    return Author(name=account.login, role="+".join(sorted(account.roles)), origin=origin)


def sign_in(
    login: str,
    password: str,
    *,
    origin: str,
    accounts: Accounts,
    sessions: Sessions,
    guard: SignInGuard,
    trails: Trails,
    fits: Callable[[str, str], bool],
    clock: Clock,
    secret: Callable[[], str],
    policy: SessionPolicy,
) -> tuple[SessionToken, Session]:
    """Begin a session for who knows the password of an account; `origin` is the address from which it is asked for.

    `fits` compares a password with what is kept of one; it takes as long where nothing is kept, so that nobody learns
    which logins there are. `secret` returns 256 bits by chance as URL-safe letters.

    Raises:
        SignInRefused: they do not fit; details name nothing.
        AccountLocked: too many failures; details say until when.
    """
    now = clock.now()
    nobody = trails(Author(name=NOBODY, role=NOBODY, origin=origin))
    account = accounts.find(login)
    subject = Subject(SubjectKind.ACCOUNT, account.id if account else "")
    until = guard.admit(login, origin, at=now)
    if until is not None:
        raise AccountLocked(until=until.isoformat())
    is_right = fits(password, account.password_hash if account else "")
    if account is None or account.disabled or not is_right:
        nobody.note(failure(subject, by="password", until=guard.locked_until(login, at=now)))
        raise SignInRefused
    guard.passed(login, origin)
    trail = trails(author_of(account, origin=origin))
    return begin_session(
        account, origin=origin, by="password", sessions=sessions, trail=trail, now=now, secret=secret, policy=policy
    )


def failure(subject: Subject, *, by: str, until: dt.datetime | None) -> list[Deed]:
    """Return what the trail says of a failure, and of the wait that it brings; who is turned away meanwhile writes nothing.

    Otherwise whoever wants to could fill the trail from outside.
    """
    failed = Deed(action=Action.SIGN_IN_FAILED, subject=subject, details={"by": by})
    if until is None:
        return [failed]
    return [
        failed,
        Deed(action=Action.SIGN_IN_LOCKED, subject=subject, details={"by": by, "until": until.isoformat()}),
    ]


def begin_session(
    account: Account,
    *,
    origin: str,
    by: str,
    sessions: Sessions,
    trail: AuditTrail,
    now: dt.datetime,
    secret: Callable[[], str],
    policy: SessionPolicy,
    assured: bool = False,
) -> tuple[SessionToken, Session]:
    """Begin a session for an account that has shown who it is; `by` says how, for the trail."""
    token = SessionToken(secret())
    session = new_session(
        token, account=account.id, csrf=secret(), now=now, origin=origin, policy=policy, assured=assured
    )
    subject = Subject(SubjectKind.ACCOUNT, account.id)
    trail.note([Deed(action=Action.SIGNED_IN, subject=subject, details={"by": by})])
    sessions.begin(session)
    return token, session


def current_session(
    token: SessionToken, *, sessions: Sessions, accounts: Accounts, clock: Clock, policy: SessionPolicy
) -> tuple[Session, Account | None] | None:
    """Return who sends a token: a member of staff with their account, or an owner of papers, who has none.

    None where nobody does: there is no such session, it is over, or the account is disabled; it is then forgotten.
    """
    session = sessions.find(session_id(token))
    if session is None:
        return None
    now = clock.now()
    account = accounts.get(session.account) if session.account else None
    is_shut = session.account is not None and (account is None or account.disabled)
    if is_shut or policy.is_over(session, at=now):
        sessions.end(session.id)
        return None
    if now - session.seen_at >= min(_SEEN_EVERY, policy.idle / 10):
        sessions.seen(session.id, now)
    return session, account


def sign_out(session: Session, *, sessions: Sessions, trail: AuditTrail) -> None:
    """End a session because the person says so."""
    sessions.end(session.id)
    kind = SubjectKind.ACCOUNT if session.account else SubjectKind.OWNER
    subject = Subject(kind, session.account or session.owner or "")
    trail.note([Deed(action=Action.SIGNED_OUT, subject=subject)])
