"""A second factor is set up, asked for, used once and taken away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyotp
import pytest

from pipeline.domain.account import Role
from pipeline.domain.audit import Action
from pipeline.domain.second_factor import SignInStep
from pipeline.domain.session import Session, SessionToken, session_id
from pipeline.domain.sign_in_errors import (
    AccountLocked,
    CodeRefused,
)
from pipeline.usecases.keep_accounts import (
    take_second_factor,
)
from pipeline.usecases.second_factor import (
    assure_session,
    begin_enrolment,
    confirm_enrolment,
    next_step,
)
from tests.usecases.front_door import HASH, MINUTE, POLICY, Door, PlainBox


def test_an_official_with_a_password_sets_a_second_factor_up_before_anything_else(door: Door) -> None:
    account = door.account(Role.OFFICIAL)
    _, session = door.sign_in()
    assert next_step(session, account, factors=door.records.second_factors) is SignInStep.ENROL
    phone, recovery = door.enrol(account)
    assert len(set(recovery)) == 8
    assert next_step(session, account, factors=door.records.second_factors) is SignInStep.CODE
    door.clock.time += MINUTE
    by = door.code(account, phone.at(door.clock.now()))
    _, assured = assure_session(
        session,
        account,
        by=by,
        sessions=door.records.sessions,
        trail=door.records.trail,
        clock=door.clock,
        secret=lambda: next(door.secrets),
        policy=POLICY,
    )
    assert next_step(assured, account, factors=door.records.second_factors) is None
    assert door.records.sessions.find(session.id) is None  # its secret was known before the factor was given


@pytest.mark.parametrize(
    ("roles", "by", "step"),
    [
        ({Role.CLERK}, "password", None),
        ({Role.ADMINISTRATOR, Role.RECORDS_OFFICER}, "password", None),
        ({Role.OFFICIAL}, "provider", None),  # the identity provider answers for it
        ({Role.CLERK, Role.OFFICIAL}, "password", SignInStep.ENROL),
    ],
)
def test_who_needs_a_second_factor(door: Door, roles: set[Role], by: str, step: SignInStep | None) -> None:
    account = door.account(*roles, password_hash=HASH if by == "password" else "")
    session = Session(
        id=session_id(SessionToken("t")),
        account=account.id,
        csrf="",
        begun_at=door.clock.now(),
        seen_at=door.clock.now(),
        ends_at=door.clock.now(),
        origin="",
    )
    assert next_step(session, account, factors=door.records.second_factors) is step


def test_no_code_is_accepted_twice_and_none_from_before(door: Door) -> None:
    account = door.account(Role.OFFICIAL)
    phone, _ = door.enrol(account)
    with pytest.raises(CodeRefused):  # the one that confirmed it is used up
        door.code(account, phone.at(door.clock.now()))
    door.clock.time += MINUTE
    now = door.clock.now()
    assert door.code(account, phone.at(now)) == "totp"
    for earlier in (0, 30):
        with pytest.raises(CodeRefused):
            door.code(account, phone.at(now - dt.timedelta(seconds=earlier)))


@pytest.mark.parametrize(("seconds", "outcome"), [(-60, None), (-30, "totp"), (0, "totp"), (30, "totp"), (60, None)])
def test_the_clock_of_a_phone_may_be_off_by_a_step(door: Door, seconds: int, outcome: str | None) -> None:
    account = door.account(Role.OFFICIAL)
    phone, _ = door.enrol(account)
    door.clock.time += 10 * MINUTE
    code = phone.at(door.clock.now() + dt.timedelta(seconds=seconds))
    if outcome:
        assert door.code(account, f" {code[:3]} {code[3:]} ") == outcome
    else:
        with pytest.raises(CodeRefused):
            door.code(account, code)


def test_a_recovery_code_opens_once_however_it_is_typed(door: Door) -> None:
    account = door.account(Role.OFFICIAL)
    _, recovery = door.enrol(account)
    assert door.code(account, recovery[3].lower().replace("-", " ")) == "recovery"
    with pytest.raises(CodeRefused):
        door.code(account, recovery[3])
    left = door.records.second_factors.find(account.id)
    assert left is not None
    assert left.recovery_left == 7


def test_guessing_codes_has_to_wait_and_does_not_lock_the_password(door: Door) -> None:
    account = door.account(Role.OFFICIAL)
    phone, _ = door.enrol(account)
    door.clock.time += MINUTE
    for _ in range(5):
        with pytest.raises(CodeRefused):
            door.code(account, "000000" if phone.at(door.clock.now()) != "000000" else "000001")
    with pytest.raises(AccountLocked):
        door.code(account, phone.at(door.clock.now()))
    door.sign_in()


def test_a_second_factor_that_was_not_confirmed_opens_nothing_and_gives_way(door: Door) -> None:
    account = door.account(Role.CLERK)
    factors = door.records.second_factors
    begun = begin_enrolment(account, issuer="x", factors=factors, box=PlainBox(), chance=lambda n: b"a" * n)
    again = begin_enrolment(account, issuer="x", factors=factors, box=PlainBox(), chance=lambda n: b"b" * n)
    assert begun == again  # a page that is opened again shows the same: the phone may have it already
    _, session = door.sign_in()
    assert next_step(session, account, factors=factors) is None
    with pytest.raises(CodeRefused):
        door.code(account, pyotp.TOTP(begun.secret).at(door.clock.now()))
    with pytest.raises(CodeRefused):
        confirm_enrolment(
            account, "000000", factors=factors, box=PlainBox(), clock=door.clock, chance=lambda n: b"c" * n
        )


def test_the_secret_and_the_codes_are_not_in_the_database(door: Door, tmp_path: Path) -> None:
    account = door.account(Role.OFFICIAL)
    _, recovery = door.enrol(account)
    kept = (tmp_path / "sohoa.db").read_bytes() + (tmp_path / "sohoa.db-wal").read_bytes()
    for code in recovery:
        assert code.encode() not in kept
        assert code.replace("-", "").encode() not in kept


def test_a_lost_phone_is_taken_away_by_an_administrator(door: Door) -> None:
    account = door.account(Role.OFFICIAL)
    phone, recovery = door.enrol(account)
    _, session = door.sign_in()
    assert take_second_factor(account, factors=door.records.second_factors, sessions=door.records.sessions)
    assert door.records.sessions.find(session.id) is None
    door.clock.time += MINUTE
    for code in (phone.at(door.clock.now()), recovery[0]):
        with pytest.raises(CodeRefused):
            door.code(account, code)
    assert Action.SECOND_FACTOR_REMOVED in {action for action, _, _ in door.trail()}
