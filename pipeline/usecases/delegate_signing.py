"""Who may sign with whose key: the account whose signer it is, and whoever signs in its stead while a delegation holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from pipeline.desk_ports import Accounts, Delegations
from pipeline.domain.account import Account, Role
from pipeline.domain.desk import Delegation, DelegationId, InStead
from pipeline.domain.errors import NotFound
from pipeline.domain.signing_errors import DelegationRefused, NotYourKey
from pipeline.ports import Clock

OFFICE_TIME = dt.timezone(dt.timedelta(hours=7))
"""days of delegations are days in Vietnam, which has one zone and no summer time"""


def today(clock: Clock) -> dt.date:
    """Return the day in Vietnam."""
    return clock.now().astimezone(OFFICE_TIME).date()


def give_delegation(
    id_: DelegationId,
    *,
    principal: Account,
    deputy_login: str,
    capacity: InStead,
    since: dt.date,
    until: dt.date,
    reason: str,
    accounts: Accounts,
    delegations: Delegations,
    clock: Clock,
) -> Delegation:
    """Let another official sign in one's own stead from one day to another; nobody gives what is another's.

    Raises:
        NotFound: there is no account of that login.
        DelegationRefused: to oneself, to somebody who is no official of the same agency, over before it begins or by now, or
            without a reason.
    """
    deputy = accounts.find(deputy_login)
    if deputy is None:
        raise NotFound(what="account", id=deputy_login)
    problem = ""
    if deputy.id == principal.id:
        problem = "delegation_self"
    elif deputy.disabled or Role.OFFICIAL not in deputy.roles or deputy.agency != principal.agency:
        problem = "delegation_not_official"
    elif until < since:
        problem = "delegation_dates"
    elif until < today(clock):
        problem = "delegation_past"
    elif not reason.strip():
        problem = "delegation_no_reason"
    if problem:
        raise DelegationRefused(reason=problem)
    delegation = Delegation(
        id=id_,
        principal=principal.id,
        deputy=deputy.id,
        capacity=capacity,
        since=since,
        until=until,
        reason=reason.strip(),
        given_at=clock.now(),
        given_by=principal.login,
    )
    delegations.give(delegation)
    return delegation


def revoke_delegation(
    delegation: DelegationId, reason: str, *, by: Account, delegations: Delegations, clock: Clock
) -> Delegation:
    """End a delegation at once: whoever gave or was given it may, and an administrator.

    Raises:
        NotFound: there is none that this account may end.
        DelegationRefused: no reason is given.
    """
    found = delegations.get(delegation)
    if found is None or (by.id not in {found.principal, found.deputy} and Role.ADMINISTRATOR not in by.roles):
        raise NotFound(what="delegation", id=delegation)
    if not reason.strip():
        raise DelegationRefused(reason="delegation_no_reason")
    return delegations.revoke(delegation, at=clock.now(), by=by.login, reason=reason.strip())


def right_to_key(
    account: Account,
    *,
    signer: str,
    owners: Collection[str] | None,
    accounts: Accounts,
    delegations: Delegations,
    day: dt.date,
) -> Delegation | None:
    """Return the delegation by which an account may use a signer on a day; None where it needs none.

    Args:
        account: who wants to sign.
        signer: its name, for the refusal.
        owners: logins of the accounts whose signer it is; None: it is not a person's.
        accounts: know the owners.
        delegations: given to the account.
        day: of the signature, in Vietnam.

    Raises:
        NotYourKey: it is somebody else's, and no delegation of theirs is in force.
    """
    if owners is None or account.login in owners:
        return None
    found = [accounts.find(login) for login in owners]
    principals = {each.id for each in found if each is not None and not each.disabled}
    for given in delegations.of(account.id):
        if given.deputy == account.id and given.principal in principals and given.holds_on(day):
            return given
    raise NotYourKey(signer=signer or "–", account=account.login)
