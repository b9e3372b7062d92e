"""What `Sessions`, `SignInGuard`, `SecondFactors` and `ProviderRequests` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.owner import Identifier, IdentifierKind, Owner, OwnerId, OwnerKind
from pipeline.domain.provider import ProviderRequest
from pipeline.domain.session import LockoutPolicy, Session, SessionToken, session_id
from storage.records import Records, open_records
from storage.sessions_sql import SqlSignInGuard
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=dt.UTC)
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
ACCOUNT = AccountId("a-1")


def keep_account(records: Records, name: str = "a-1") -> None:
    records.accounts.add(
        Account(id=AccountId(name), login=name, name="Lan", agency="", roles=frozenset({Role.CLERK}), created_at=NOW)
    )


def session(token: str, *, begun_at: dt.datetime = NOW, **changes: object) -> Session:
    plain = Session(
        id=session_id(SessionToken(token)),
        account=ACCOUNT,
        csrf=f"csrf of {token}",
        begun_at=begun_at,
        seen_at=begun_at,
        ends_at=begun_at + 12 * HOUR,
        origin="web 2001:db8::1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


# --- sessions --------------------------------------------------------------------------------------------------------------


def test_a_session_reads_as_it_was_kept_from_every_process(
    records: Records, database_url: str, clock: SetClock
) -> None:
    keep_account(records)
    records.owners.register(
        Owner(
            id=OwnerId("o-1"),
            kind=OwnerKind.PERSON,
            name="An",
            identifiers=(Identifier(IdentifierKind.CCCD, "1" * 12),),
        ),
    )
    staff = session("one", assured=True)
    owner = session("two", account=None, owner=OwnerId("o-1"))
    records.sessions.begin(staff)
    records.sessions.begin(owner)
    other = open_records(database_url, clock=clock, author=CLERK)
    assert [other.sessions.find(each.id) for each in (staff, owner)] == [staff, owner]
    assert other.sessions.find(session_id(SessionToken("none"))) is None
    other.sessions.end(staff.id)
    other.close()
    assert records.sessions.find(staff.id) is None


def test_being_seen_never_goes_back(records: Records) -> None:
    keep_account(records)
    kept = session("one")
    records.sessions.begin(kept)
    records.sessions.seen(kept.id, NOW + 2 * MINUTE)
    records.sessions.seen(kept.id, NOW + MINUTE)
    assert records.sessions.find(kept.id) == replace(kept, seen_at=NOW + 2 * MINUTE)
    records.sessions.end(kept.id)
    records.sessions.seen(kept.id, NOW + 3 * MINUTE)  # it does not come back
    assert records.sessions.find(kept.id) is None


def test_sessions_that_are_over_are_forgotten_when_others_begin(records: Records) -> None:
    keep_account(records)
    old = session("old")
    records.sessions.begin(old)
    records.sessions.begin(session("new", begun_at=NOW + 12 * HOUR))
    assert records.sessions.find(old.id) is None


def test_all_sessions_of_an_account_end_but_one(records: Records) -> None:
    keep_account(records)
    keep_account(records, "a-2")
    mine = [session(f"mine {number}") for number in range(3)]
    theirs = session("theirs", account=AccountId("a-2"))
    for each in (*mine, theirs):
        records.sessions.begin(each)
    records.sessions.seen(mine[1].id, NOW + MINUTE)
    assert records.open_sessions.counts() == {ACCOUNT: 3, "a-2": 1}
    assert records.open_sessions.of(ACCOUNT)[0].id == mine[1].id
    assert records.sessions.end_all(ACCOUNT, but=mine[1].id) == 2
    assert [each.id for each in records.open_sessions.of(ACCOUNT)] == [mine[1].id]
    assert records.sessions.end_all(ACCOUNT) == 1
    assert records.open_sessions.counts() == {"a-2": 1}


# --- guard -----------------------------------------------------------------------------------------------------------------

POLICY = LockoutPolicy(free_by_login=3, free_by_address=6, first=MINUTE, longest=10 * MINUTE, remembered=HOUR)


@pytest.fixture
def guard(records: Records) -> SqlSignInGuard:
    return SqlSignInGuard(records.engine, policy=POLICY)


def test_a_login_waits_longer_after_each_failure(guard: SqlSignInGuard) -> None:
    at = NOW
    waits = []
    for _ in range(9):
        until = guard.admit("Lan", "10.0.0.1", at=at)
        if until is not None:
            waits.append(until - at)
            at = until
            assert guard.admit(" lan ", "10.0.0.2", at=at) is None
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 10 * MINUTE, 10 * MINUTE]


def test_an_address_waits_whichever_logins_it_tries(guard: SqlSignInGuard) -> None:
    for number in range(6):
        assert guard.admit(f"login {number}", "10.0.0.1", at=NOW) is None
    assert guard.admit("another", "10.0.0.1", at=NOW) == NOW + MINUTE
    assert guard.admit("another", "10.0.0.2", at=NOW) is None


def test_an_office_of_many_that_signs_in_rightly_never_waits(guard: SqlSignInGuard) -> None:
    for number in range(20):
        assert guard.admit(f"login {number}", "10.0.0.1", at=NOW) is None
        guard.passed(f"login {number}", "10.0.0.1")


def test_going_well_forgets_failures_and_so_does_time_and_an_administrator(guard: SqlSignInGuard) -> None:
    forgetting: list[Callable[[], None]] = [partial(guard.passed, "lan", "10.0.0.1"), partial(guard.release, "LAN")]
    for forget in forgetting:
        for _ in range(3):
            guard.admit("lan", "10.0.0.9", at=NOW)
        assert guard.locked_until("lan", at=NOW) == NOW + MINUTE
        assert guard.locked_until("lan", at=NOW + MINUTE) is None
        forget()
        assert guard.locked_until("lan", at=NOW) is None
        guard.release("lan")
    for _ in range(2):
        guard.admit("eve", "10.0.0.3", at=NOW)
    later = NOW + HOUR
    assert [guard.admit("eve", "10.0.0.3", at=later) for _ in range(3)] == [None, None, None]


def test_failures_outlive_a_restart(
    records: Records, guard: SqlSignInGuard, database_url: str, clock: SetClock
) -> None:
    for _ in range(3):
        guard.admit("lan", "10.0.0.1", at=NOW)
    again = open_records(database_url, clock=clock, author=CLERK)
    assert SqlSignInGuard(again.engine, policy=POLICY).admit("lan", "10.0.0.5", at=NOW) == NOW + MINUTE
    again.close()


def attempt(url: str) -> int:
    """Try ten times in a process of its own, and return how many attempts were admitted."""
    records = open_records(url, clock=SetClock(), author=CLERK)
    guard = SqlSignInGuard(records.engine, policy=POLICY)
    admitted = sum(guard.admit("lan", "10.0.0.1", at=NOW) is None for _ in range(10))
    records.close()
    return admitted


def test_attempts_at_the_same_moment_are_all_counted(records: Records, database_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        admitted = list(pool.map(attempt, [database_url] * 3))
    assert sum(admitted) == 3


# --- second factors --------------------------------------------------------------------------------------------------------


def test_a_second_factor_is_confirmed_once_and_then_not_set_up_anew(records: Records) -> None:
    keep_account(records)
    factors = records.second_factors
    assert not factors.confirm(ACCOUNT, step=1, recovery=())
    factors.begin(ACCOUNT, "sealed 1")
    factors.begin(ACCOUNT, "sealed 2")
    assert not factors.use(ACCOUNT, step=9)  # nothing is opened by what was not confirmed
    assert factors.confirm(ACCOUNT, step=10, recovery=["x", "y"])
    assert not factors.confirm(ACCOUNT, step=11, recovery=())
    with pytest.raises(RecordChanged):
        factors.begin(ACCOUNT, "sealed 3")
    kept = factors.find(ACCOUNT)
    assert kept is not None
    assert (kept.sealed, kept.recovery_left) == ("sealed 2", 2)
    assert factors.remove(ACCOUNT)
    assert not factors.remove(ACCOUNT)
    assert factors.find(ACCOUNT) is None
    said = [each.deed.action for each in records.trail.entries(limit=99) if isinstance(each, AuditEntry)]
    assert said[-2:] == [Action.SECOND_FACTOR_ADDED, Action.SECOND_FACTOR_REMOVED]


def test_steps_and_recovery_codes_are_used_up(records: Records) -> None:
    keep_account(records)
    factors = records.second_factors
    factors.begin(ACCOUNT, "sealed")
    factors.confirm(ACCOUNT, step=10, recovery=["x", "y"])
    assert [factors.use(ACCOUNT, step=each) for each in (10, 9, 11, 11, 10, 13, 12)] == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert [factors.use(ACCOUNT, recovery=each) for each in ("z", "x", "x", "y")] == [False, True, False, True]
    assert not factors.use(AccountId("a-2"), recovery="x")


def use_step(url: str) -> bool:
    records = open_records(url, clock=SetClock(), author=CLERK)
    used = records.second_factors.use(ACCOUNT, step=20)
    records.close()
    return used


def test_of_two_who_give_the_same_code_one_is_let_in(records: Records, database_url: str) -> None:
    keep_account(records)
    records.second_factors.begin(ACCOUNT, "sealed")
    records.second_factors.confirm(ACCOUNT, step=1, recovery=())
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sorted(pool.map(use_step, [database_url] * 3)) == [False, False, True]


# --- requests to providers -------------------------------------------------------------------------------------------------

REQUEST = ProviderRequest(
    provider="staff",
    nonce="n",
    verifier="v",
    browser="b",
    redirect="https://sohoa.example/back",
    return_to="/desk?x=1",
    ends_at=NOW + 10 * MINUTE,
)


def test_a_request_is_taken_once(records: Records) -> None:
    records.provider_requests.keep("digest", REQUEST)
    assert records.provider_requests.take("other") is None
    assert records.provider_requests.take("digest") == REQUEST
    assert records.provider_requests.take("digest") is None


def test_requests_of_yesterday_are_forgotten(records: Records) -> None:
    records.provider_requests.keep("old", REQUEST)
    records.provider_requests.keep("new", replace(REQUEST, ends_at=NOW + 2 * HOUR))
    assert records.provider_requests.take("old") is None


def test_accounts_keep_who_vouches_and_whether_the_password_was_given(records: Records) -> None:
    keep_account(records)
    found = records.accounts.get(ACCOUNT)
    assert found is not None
    assert (found.subject, found.password_given) == ("", False)
    changed = records.accounts.change(
        replace(found, subject="https://sso.example person-1", password_given=True), version=found.version
    )
    assert records.accounts.get(ACCOUNT) == changed
