"""Place and lift legal holds: whatever one is on is not disposed of until it is lifted."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.disposal_ports import Holds
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import UUID_CHANCE, uuid7
from pipeline.domain.retention import Hold, HoldId, HoldKind
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.ports import Clock


def place_hold(
    kind: HoldKind,
    subject: str,
    *,
    by: str,
    reason: str,
    holds: Holds,
    clock: Clock,
    random_bytes: Callable[[int], bytes],
    scope: Scope = EVERYTHING,
) -> Hold:
    """Place a hold on a dossier, a document or an owner and return it.

    Raises:
        NotFound: there is no such thing, or none with papers within `scope`.
        DocumentDisposed: it comes too late.
    """
    now = clock.now()
    hold = Hold(
        id=HoldId(uuid7(now, random_bytes(UUID_CHANCE))),
        kind=kind,
        subject=subject,
        placed_at=now,
        placed_by=by,
        reason=reason,
    )
    holds.place(hold, scope=scope)
    return hold


def lift_hold(hold: HoldId, *, by: str, reason: str, holds: Holds, clock: Clock, scope: Scope = EVERYTHING) -> Hold:
    """End a hold and return it; one that was lifted before stays as it is.

    Raises:
        NotFound: there is none, or it is on no paper within `scope`.
    """
    if all(each.id != hold for each in holds.all(lifted=True, scope=scope)):
        raise NotFound(what="hold", id=hold)
    return holds.lift(hold, at=clock.now(), by=by, reason=reason)
