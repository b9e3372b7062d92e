"""Place a legal hold: whatever it is on is not disposed of until the hold is lifted."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.disposal_ports import Holds
from pipeline.domain.ids import UUID_CHANCE, uuid7
from pipeline.domain.retention import Hold, HoldId, HoldKind
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
) -> Hold:
    """Place a hold on a dossier, a document or an owner and return it.

    Raises:
        NotFound: there is no such thing.
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
    holds.place(hold)
    return hold
