"""Set up a second factor, ask for it, and say what somebody who has signed in has to do first.

Sources: RFC 6238; NIST SP 800-63B-4 sections 3.1.2 and 3.1.4; OWASP ASVS 5.0 chapter 6.5.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import pyotp

from pipeline.audit_ports import AuditTrail
from pipeline.domain.account import Account
from pipeline.domain.audit import Subject, SubjectKind
from pipeline.domain.second_factor import SecondFactor, SignInStep, needs_second_factor, recovery_digest
from pipeline.domain.session import Session, SessionPolicy, SessionToken
from pipeline.domain.sign_in_errors import AccountLocked, CodeRefused
from pipeline.ports import Clock
from pipeline.session_ports import SecondFactors, SecretBox, Sessions, SignInGuard
from pipeline.usecases.sign_in import begin_session, failure

SECRET_BYTES = 20
"""of the secret: 160 bits, as long as the digest it is used with (RFC 4226 section 4 R6)"""
RECOVERY_BYTES = 15
"""of a recovery code: 120 bits, 24 letters"""
RECOVERY_CODES = 8
_STEP = 30
"""seconds for which a code stands (RFC 6238 section 5.2)"""
_DRIFT = (0, -1, 1)
"""steps by which the clock of a phone may be off"""
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a phone is told."""

    secret: str
    """Base32, for whoever types it"""
    uri: str
    """the same as `otpauth://…`, for a QR code"""


def next_step(session: Session, account: Account, *, factors: SecondFactors) -> SignInStep | None:
    """Return what somebody has to do before anything else; None: they may work."""
    if not session.assured:
        factor = factors.find(account.id)
        if factor is not None and factor.confirmed_at is not None:
            return SignInStep.CODE
    if account.password_given and account.password_hash:
        return SignInStep.PASSWORD
    return SignInStep.ENROL if not session.assured and needs_second_factor(account) else None


def begin_enrolment(
    account: Account, *, issuer: str, factors: SecondFactors, box: SecretBox, chance: Callable[[int], bytes]
) -> Enrolment:
    """Make a secret for an account, or show the one that is being set up again; it opens nothing until it is confirmed.

    `issuer` is the name under which a phone shows it.

    Raises:
        RecordChanged: the account has a second factor.
    """
    known = factors.find(account.id)
    if known is not None and known.confirmed_at is None:
        secret = _secret(known, box=box)
    else:
        raw = chance(SECRET_BYTES)
        factors.begin(account.id, box.seal(raw, about=account.id))
        secret = base64.b32encode(raw).decode()
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=issuer)
    return Enrolment(secret=secret, uri=uri)


def confirm_enrolment(
    account: Account, code: str, *, factors: SecondFactors, box: SecretBox, clock: Clock, chance: Callable[[int], bytes]
) -> tuple[str, ...]:
    """Put a second factor to use that a first code shows to work; return recovery codes, which are shown this once.

    Raises:
        CodeRefused: the code is not one of the secret's, or there is nothing to confirm.
    """
    factor = factors.find(account.id)
    step = None if factor is None else _step_of(code, factor, box=box, now=clock.now())
    if step is None:
        raise CodeRefused
    recovery = tuple(_recovery_code(chance(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
    if not factors.confirm(account.id, step=step, recovery=[recovery_digest(each) for each in recovery]):
        raise CodeRefused
    return recovery


def give_code(
    account: Account,
    code: str,
    *,
    origin: str,
    factors: SecondFactors,
    guard: SignInGuard,
    trail: AuditTrail,
    box: SecretBox,
    clock: Clock,
) -> str:
    """Use up a code of an account's second factor, or one of its recovery codes; return which it was: `totp` or `recovery`.

    Raises:
        CodeRefused: it is wrong, too old, or was used before.
        AccountLocked: too many wrong codes; details say until when.
    """
    now = clock.now()
    guarded = f"{account.login} second factor"
    until = guard.admit(guarded, origin, at=now)
    subject = Subject(SubjectKind.ACCOUNT, account.id)
    if until is not None:
        raise AccountLocked(until=until.isoformat())
    by = _used(account, code, factors=factors, box=box, now=now)
    if not by:
        trail.note(failure(subject, by="second factor", until=guard.locked_until(guarded, at=now)))
        raise CodeRefused
    guard.passed(guarded, origin)
    return by


def assure_session(
    session: Session,
    account: Account,
    *,
    by: str,
    sessions: Sessions,
    trail: AuditTrail,
    clock: Clock,
    secret: Callable[[], str],
    policy: SessionPolicy,
) -> tuple[SessionToken, Session]:
    """Put a session that may do more in the place of one that may do less, under a secret that nobody knew before."""
    begun = begin_session(
        account,
        origin=session.origin,
        by=by,
        sessions=sessions,
        trail=trail,
        now=clock.now(),
        secret=secret,
        policy=policy,
        assured=True,
    )
    sessions.end(session.id)
    return begun


def _used(account: Account, code: str, *, factors: SecondFactors, box: SecretBox, now: dt.datetime) -> str:
    factor = factors.find(account.id)
    if factor is None or factor.confirmed_at is None:
        return ""
    step = _step_of(code, factor, box=box, now=now)
    if step is not None:
        return "totp" if factors.use(account.id, step=step) else ""
    return "recovery" if factors.use(account.id, recovery=recovery_digest(code)) else ""


def _step_of(code: str, factor: SecondFactor, *, box: SecretBox, now: dt.datetime) -> int | None:
    """Return the time step whose code this is; all steps are tried, so that the time it takes says nothing."""
    typed = "".join(each for each in code if each.isascii() and each.isdigit())
    totp = pyotp.TOTP(_secret(factor, box=box), digits=_DIGITS, interval=_STEP)
    here = int(now.timestamp()) // _STEP
    fitting = [
        here + drift
        for drift in _DRIFT
        if hmac.compare_digest(totp.at((here + drift) * _STEP).encode(), typed.encode())
    ]
    return fitting[0] if fitting else None


def _secret(factor: SecondFactor, *, box: SecretBox) -> str:
    return base64.b32encode(box.open(factor.sealed, about=factor.account)).decode()


def _recovery_code(raw: bytes) -> str:
    letters = base64.b32encode(raw).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
