"""What waits on an official's desk, in the order in which citizens were promised it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.desk_ports import Displays, SigningQueue
from pipeline.domain.account import AccountId
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.desk import QueueEntry
from pipeline.domain.search import Scope
from pipeline.domain.signature import SignerRole
from pipeline.usecases.look_up import Looker
from pipeline.usecases.note_display import MustSee

_SOON = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEntry:
    """A result on somebody's desk."""

    entry: QueueEntry
    must_see: bool
    """it is not signed before this account was shown it"""
    is_seen: bool
    is_overdue: bool
    is_soon: bool
    """promised for today or tomorrow"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies on a desk."""

    entries: Sequence[DeskEntry]
    total: int
    """with what is not listed"""


def lay_out_desk(
    account: AccountId,
    *,
    day: dt.date,
    limit: int,
    scope: Scope,
    must_see: MustSee,
    queue: SigningQueue,
    displays: Displays,
    looker: Looker,
) -> Desk:
    """Return the results that wait for an official, what is overdue first; the look is written into the trail.

    Raises:
        RecordsUnavailable
    """
    entries = queue.results(SignerRole.OFFICIAL, limit=limit, scope=scope)
    total = queue.count(SignerRole.OFFICIAL, scope=scope)
    seen = set(displays.seen(account, {each.result.document: each.newest.sha256 for each in entries}))
    details = {"queue": SignerRole.OFFICIAL.value, "documents": " ".join(each.result.document for each in entries)}
    looker.trail.note(
        [Deed(action=Action.SEARCHED, subject=Subject(SubjectKind.SEARCH, ""), reason=looker.purpose, details=details)]
    )
    return Desk(
        entries=tuple(
            DeskEntry(
                entry=each,
                must_see=must_see.demands(each.newest.sha256),
                is_seen=each.result.document in seen,
                is_overdue=_is_before(each.due, day),
                is_soon=not _is_before(each.due, day) and _is_before(each.due, day + 2 * _SOON),
            )
            for each in entries
        ),
        total=total,
    )


def _is_before(due: str, day: dt.date) -> bool:
    """Say whether what was promised is a day before another; text that is no day is not."""
    try:
        return dt.date.fromisoformat(due[:10]) < day
    except ValueError:
        return False
