"""Find accounts among all by what somebody remembers of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain.account import Account, Role
from pipeline.text.fold import fold_for_search


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Which accounts are wanted."""

    words: str = ""
    """all of them in login or name, with or without diacritics"""
    role: Role | None = None
    agency: str | None = None
    """empty: those of the installation's own"""
    disabled: bool | None = None


def find_people(accounts: Iterable[Account], wanted: PeopleFilter) -> Sequence[Account]:
    """Return the accounts that are wanted, in their order."""
    words = fold_for_search(wanted.words).split()
    return [
        each
        for each in accounts
        if all(word in fold_for_search(f"{each.login} {each.name}") for word in words)
        and wanted.role in {None, *each.roles}
        and wanted.agency in {None, each.agency}
        and wanted.disabled in {None, each.disabled}
    ]


def agencies_of(accounts: Iterable[Account], *, own: str) -> Sequence[str]:
    """Return the codes of all agencies that accounts belong to, and the installation's own, in order."""
    return sorted({own, *(each.agency for each in accounts)} - {""})
