"""Complete what was signed while no time stamp or no revocation data was to be had. No key is needed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.signature import CopyVersion
from pipeline.domain.signing_errors import AlreadySigned
from pipeline.domain.signing_order import AWAITING_STATES, ItemState, KeptOrder, SigningItem
from pipeline.ports import Area, Clock, CopyVersions, ObjectStore, silent
from pipeline.signing_ports import Completer, SigningOrders
from pipeline.usecases.sign_keeping import SigningOutcome


def waiting_items(orders: SigningOrders) -> Sequence[tuple[KeptOrder, SigningItem]]:
    """Return the signed documents that are below their level, oldest order first."""
    return [(order, item) for order in orders.pending() for item in order.items if item.state in AWAITING_STATES]


def complete_waiting(
    *,
    complete: Completer,
    objects: ObjectStore,
    versions: CopyVersions,
    orders: SigningOrders,
    clock: Clock,
    on_document: Callable[[SigningOutcome], None] = silent,
) -> tuple[SigningOutcome, ...]:
    """Raise every waiting document to the level that was asked for, as a further version.

    The time stamp stands over the newest version: later signatures profit from it too.

    Raises:
        SohoaError of kind forbidden or transient: still nothing to be had; what is done is done, the rest goes on waiting.
        ClockWrong: likewise.
    """
    outcomes: list[SigningOutcome] = []
    for order, item in waiting_items(orders):
        try:
            version = _complete(order, item, complete, objects=objects, versions=versions, clock=clock)
            settled = replace(item, state=ItemState.SIGNED, level=order.level, signed=version.sha256, reason="")
            orders.settle(order.id, replace(settled, at=clock.now()))
            outcomes.append(SigningOutcome(document=item.document, version=version))
        except SohoaError as error:
            if error.kind in {Kind.FORBIDDEN, Kind.TRANSIENT}:
                raise
            outcomes.append(SigningOutcome(document=item.document, error=error))
        on_document(outcomes[-1])
    return tuple(outcomes)


def _complete(
    order: KeptOrder,
    item: SigningItem,
    complete: Completer,
    *,
    objects: ObjectStore,
    versions: CopyVersions,
    clock: Clock,
) -> CopyVersion:
    history = versions.versions(item.document)
    mine = [each for each in history if each.role is order.role]
    if mine[-1].level is order.level:  # another process was faster, or died before it could say so
        return mine[-1]
    with tempfile.TemporaryDirectory(prefix="sohoa-complete-") as folder:
        target = Path(folder) / "completed.pdf"
        with objects.local(Area.ARCHIVE, history[-1].sha256) as source:
            complete(source, target, order.level)
        with target.open("rb") as stream:
            kept = objects.put(Area.ARCHIVE, stream)
    version = CopyVersion(
        number=history[-1].number + 1,
        sha256=kept.sha256,
        size=kept.size,
        created_at=clock.now(),
        role=order.role,
        level=order.level,
        signer=mine[0].signer,
    )
    try:
        versions.add(item.document, version)
    except AlreadySigned:
        return versions.versions(item.document)[-1]
    return version
