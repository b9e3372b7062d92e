"""People and their passwords: what is given, chosen and taken, and whose sessions end."""

from __future__ import annotations

import pytest

from app.passwords import hash_password, password_fits
from pipeline.domain.account import Account, Role
from pipeline.domain.second_factor import SignInStep
from pipeline.domain.session import Session
from pipeline.domain.sign_in_errors import (
    AccountsExist,
    LastAdministrator,
    PasswordRefused,
    SignInRefused,
)
from pipeline.usecases.keep_accounts import (
    add_account,
    add_first_account,
    change_rights,
    choose_password,
    give_password,
)
from pipeline.usecases.second_factor import (
    next_step,
)
from tests.usecases.front_door import PASSWORD, Door


def test_a_password_that_was_given_is_changed_before_anything_else(door: Door) -> None:
    account = add_account(
        "Lan",
        "Lan",
        roles={Role.CLERK},
        agency="",
        password=PASSWORD,
        accounts=door.records.accounts,
        hashes=hash_password,
        clock=door.clock,
        new_id=lambda: "a-1",
    )
    token, session = door.sign_in()
    other, _ = door.sign_in()
    assert next_step(session, account, factors=door.records.second_factors) is SignInStep.PASSWORD
    changed = change_own(door, account, session, old=PASSWORD, new="một câu hoàn toàn khác hẳn")
    assert next_step(session, changed, factors=door.records.second_factors) is None
    assert door.current(token) is not None
    assert door.current(other) is None  # whoever came in with the old password is out
    with pytest.raises(SignInRefused):
        door.sign_in()


def change_own(door: Door, account: Account, session: Session, *, old: str, new: str) -> Account:
    return choose_password(
        account,
        old=old,
        new=new,
        session=session.id,
        origin="",
        accounts=door.records.accounts,
        sessions=door.records.sessions,
        guard=door.records.sign_in_guard,
        fits=password_fits,
        hashes=hash_password,
        clock=door.clock,
    )


def test_another_password_needs_the_old_one(door: Door) -> None:
    account = door.account(Role.CLERK)
    _, session = door.sign_in()
    with pytest.raises(SignInRefused):
        change_own(door, account, session, old="wrong", new="một câu hoàn toàn khác hẳn")
    with pytest.raises(PasswordRefused) as raised:
        change_own(door, account, session, old=PASSWORD, new=PASSWORD)
    assert raised.value.details == {"problem": "same"}


def test_other_rights_end_the_sessions_and_another_name_does_not(door: Door) -> None:
    account = door.account(Role.CLERK)
    accounts, sessions = door.records.accounts, door.records.sessions
    token, _ = door.sign_in()
    same = {"agency": "", "roles": {Role.CLERK}, "disabled": False, "accounts": accounts, "sessions": sessions}
    renamed = change_rights(account, name="Lan Nguyễn", **same)  # type: ignore[arg-type]
    assert door.current(token) is not None
    change_rights(renamed, name="Lan Nguyễn", **{**same, "agency": "H42.13"})  # type: ignore[arg-type]
    assert door.current(token) is None


def test_a_new_password_ends_sessions_and_waiting(door: Door) -> None:
    account = door.account(Role.CLERK)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            door.sign_in("wrong")
    given = give_password(
        account,
        "một mật khẩu khác do quản trị cấp",
        accounts=door.records.accounts,
        sessions=door.records.sessions,
        guard=door.records.sign_in_guard,
        hashes=hash_password,
    )
    assert given.password_given
    assert door.sign_in("một mật khẩu khác do quản trị cấp")[1].account == account.id


@pytest.mark.parametrize(
    "change", [{"roles": {Role.CLERK}, "disabled": False}, {"roles": {Role.ADMINISTRATOR}, "disabled": True}]
)
def test_the_last_administrator_stays(door: Door, change: dict[str, object]) -> None:
    admin = door.account(Role.ADMINISTRATOR, login="admin")
    door.account(Role.ADMINISTRATOR, login="gone", disabled=True)
    ports = {"accounts": door.records.accounts, "sessions": door.records.sessions}
    with pytest.raises(LastAdministrator):
        change_rights(admin, name="A", agency="", **change, **ports)  # type: ignore[arg-type]
    door.account(Role.ADMINISTRATOR, login="second")
    change_rights(admin, name="A", agency="", **change, **ports)  # type: ignore[arg-type]


def test_the_first_account_is_made_once(door: Door) -> None:
    def first() -> Account:
        return add_first_account(
            "admin",
            "Quản trị",
            password=PASSWORD,
            accounts=door.records.accounts,
            hashes=hash_password,
            clock=door.clock,
            new_id=lambda: "a-1",
        )

    made = first()
    assert (made.roles, made.password_given) == (frozenset({Role.ADMINISTRATOR}), True)
    with pytest.raises(AccountsExist):
        first()
