"""Signing in with a password, and sessions, against the real records."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import replace

import pytest

from pipeline.domain.account import Role
from pipeline.domain.audit import Action, Author
from pipeline.domain.session import SessionToken, session_id
from pipeline.domain.sign_in_errors import (
    AccountLocked,
    SignInRefused,
)
from pipeline.usecases.sign_in import sign_in, sign_out
from tests.usecases.front_door import HASH, MINUTE, PASSWORD, POLICY, Door


def test_who_knows_the_password_gets_a_session_that_the_database_cannot_be_signed_in_with(door: Door) -> None:
    account = door.account(Role.CLERK)
    token, session = door.sign_in(login=" LAN ")
    assert (session.id, session.account, session.assured) == (session_id(token), account.id, False)
    assert token not in str(door.records.sessions.find(session.id))
    assert session.csrf not in {token, session.id}
    found = door.current(token)
    assert found == (session, account)
    assert door.trail()[-1] == (
        Action.SIGNED_IN,
        Author(name="lan", role="clerk", origin="10.0.0.7"),
        account.id,
    )


def test_the_same_letters_from_another_keyboard_are_the_same_password(door: Door) -> None:
    door.account(Role.CLERK)
    assert unicodedata.normalize("NFD", PASSWORD) != PASSWORD
    assert door.sign_in(unicodedata.normalize("NFD", PASSWORD))[1].account == "a-lan"


@pytest.mark.parametrize("wrong", ["", "x", PASSWORD.upper(), PASSWORD + " ", "x" * 10_000])
def test_a_wrong_password_and_an_unknown_login_are_refused_alike(door: Door, wrong: str) -> None:
    door.account(Role.CLERK)
    refusals = []
    for login in ("lan", "nobody", ""):
        with pytest.raises(SignInRefused) as raised:
            door.sign_in(wrong, login=login)
        refusals.append((type(raised.value), raised.value.details))
    assert refusals == [(SignInRefused, {})] * 3
    assert [(action, author.name, subject) for action, author, subject in door.trail()[-3:]] == [
        (Action.SIGN_IN_FAILED, "nobody", "a-lan"),
        (Action.SIGN_IN_FAILED, "nobody", ""),
        (Action.SIGN_IN_FAILED, "nobody", ""),
    ]


def test_what_is_typed_for_a_login_stands_nowhere(door: Door) -> None:
    with pytest.raises(SignInRefused):
        door.sign_in("x", login="my-password-in-the-wrong-box")
    said = str(list(door.records.trail.entries(limit=100)))
    assert "my-password" not in said


def test_a_disabled_account_and_one_without_a_password_let_nobody_in(door: Door) -> None:
    door.account(Role.CLERK, login="off", disabled=True)
    door.account(Role.CLERK, login="sso", password_hash="")
    for login in ("off", "sso"):
        for password in (PASSWORD, ""):
            with pytest.raises(SignInRefused):
                door.sign_in(password, login=login)


def test_trying_an_unknown_login_takes_as_long_as_a_wrong_password(door: Door) -> None:
    tried: list[str] = []

    def fits(password: str, kept: str) -> bool:
        tried.append(kept)
        return False

    door.account(Role.CLERK)
    for login in ("lan", "nobody"):
        with pytest.raises(SignInRefused):
            sign_in(
                login,
                "x",
                origin="",
                accounts=door.records.accounts,
                sessions=door.records.sessions,
                guard=door.records.sign_in_guard,
                trails=lambda author: door.records.acting(author).trail,
                fits=fits,
                clock=door.clock,
                secret=str,
                policy=POLICY,
            )
    assert tried == [HASH, ""]


def test_guessing_has_to_wait_longer_and_longer_and_the_right_password_waits_too(door: Door) -> None:
    door.account(Role.CLERK)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            door.sign_in("wrong")
    waits = []
    for _ in range(7):
        with pytest.raises(AccountLocked) as raised:
            door.sign_in()  # right, and too early
        until = dt.datetime.fromisoformat(str(raised.value.details["until"]))
        waits.append((until - door.clock.now()).total_seconds())
        door.clock.time = until
        with pytest.raises(SignInRefused):
            door.sign_in("wrong")
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    door.clock.time += 15 * MINUTE
    door.sign_in()
    with pytest.raises(SignInRefused):  # what was before is forgotten: it counts from the first failure again
        door.sign_in("wrong")
    actions = [action for action, _, _ in door.trail()]
    # 5 failures, of which the last one locks, then 7 that lock again, and one; who is turned away writes nothing
    assert (actions.count(Action.SIGN_IN_FAILED), actions.count(Action.SIGN_IN_LOCKED)) == (13, 8)


def test_a_session_ends_when_nobody_is_there_and_in_any_case(door: Door) -> None:
    door.account(Role.CLERK)
    idle, _ = door.sign_in()
    busy, _ = door.sign_in()
    begun = door.clock.now()
    while door.clock.now() - begun < dt.timedelta(hours=12) - 20 * MINUTE:
        door.clock.time += 20 * MINUTE
        assert door.current(busy) is not None
        assert door.current(idle) is None if door.clock.now() - begun >= 40 * MINUTE else True
    door.clock.time = begun + dt.timedelta(hours=12)
    assert door.current(busy) is None
    assert door.records.sessions.find(session_id(busy)) is None


def test_a_session_that_is_over_does_not_come_back_when_the_clock_goes_back(door: Door) -> None:
    door.account(Role.CLERK)
    token, _ = door.sign_in()
    door.clock.time += 31 * MINUTE
    assert door.current(token) is None
    door.clock.time -= 31 * MINUTE
    assert door.current(token) is None


def test_a_disabled_account_is_out_at_once(door: Door) -> None:
    account = door.account(Role.CLERK)
    door.account(Role.ADMINISTRATOR, login="admin")
    token, _ = door.sign_in()
    door.records.accounts.change(replace(account, disabled=True), version=account.version)
    assert door.current(token) is None
    assert door.records.open_sessions.of(account.id) == ()


def test_who_signs_out_is_out_and_the_trail_says_so(door: Door) -> None:
    door.account(Role.CLERK)
    token, session = door.sign_in()
    sign_out(session, sessions=door.records.sessions, trail=door.records.trail)
    assert door.current(token) is None
    assert door.trail()[-1][0] is Action.SIGNED_OUT


def test_nobody_is_known_by_a_made_up_token(door: Door) -> None:
    door.account(Role.CLERK)
    _, session = door.sign_in()
    for made_up in ("", "x", session.id, "\ud800"):
        assert door.current(SessionToken(made_up)) is None
