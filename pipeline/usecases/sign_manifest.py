"""The manifest of an order: what was shown, what was signed, by whom, when; itself signed.

A JSON file with a detached CMS signature (docs/decisions/0011): a program compares the digests without a PDF reader, anybody
checks it with `openssl cms -verify`, and the key that signed the documents signs it before it is closed.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace

from pipeline.domain.signing_order import SIGNED_STATES, ItemState, KeptOrder, OrderState
from pipeline.ports import Area, Clock, ObjectStore
from pipeline.signing_ports import Signer, SigningOrders

SCHEMA = "sohoa.signing-manifest/1"
_UNSETTLED = {ItemState.WAITING, ItemState.KEEPING}


def keep_manifest(
    order: KeptOrder, *, signer: Signer, objects: ObjectStore, orders: SigningOrders, clock: Clock
) -> KeptOrder:
    """Write, sign and keep the manifest of an order of which nothing is left to do; return the order as it then stands.

    An order that is open with documents left, or that has its manifest, is returned as it is.

    Raises:
        KeyUnusable, SignerUnavailable, StoreUnavailable, StoreRefused: the order stays open; whoever resumes it tries again.
    """
    left = order.state is OrderState.OPEN and any(item.state in _UNSETTLED for item in order.items)
    if left or order.manifest is not None:
        return order
    if not any(item.state in SIGNED_STATES for item in order.items):
        return _close(order, orders)
    data = manifest(order, signer=signer.name)
    signature = signer.sign_detached(data, at=clock.now())
    kept = objects.put(Area.ARCHIVE, io.BytesIO(data))
    beside = objects.put(Area.ARCHIVE, io.BytesIO(signature))
    return _close(replace(order, manifest=kept.sha256, manifest_signature=beside.sha256), orders)


def manifest(order: KeptOrder, *, signer: str) -> bytes:
    """Return the manifest, UTF-8.

    It says nothing that the records do not say: who is killed between keeping it and closing the order makes the same bytes
    again, and not a second manifest.
    """
    settled = max((item.at for item in order.items if item.at), default=order.created_at)
    value = {
        "schema": SCHEMA,
        "order": order.id,
        "ordered_at": order.created_at.isoformat(timespec="seconds"),
        "role": order.role.value,
        "level": order.level.value,
        "signer": signer,
        "at": settled.isoformat(timespec="seconds"),
        "stopped": order.reason or None,
        "documents": [
            {
                "document": item.document,
                "state": item.state.value,
                "shown": item.shown,
                "signed": item.signed if item.state in SIGNED_STATES else None,
                "level": item.level.value if item.level and item.state in SIGNED_STATES else None,
                "signer": signer if item.state in SIGNED_STATES else None,
                "at": item.at.isoformat(timespec="seconds") if item.at else None,
                "reason": item.reason or None,
            }
            for item in order.items
        ],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _close(order: KeptOrder, orders: SigningOrders) -> KeptOrder:
    state = OrderState.STOPPED if order.state is OrderState.STOPPED else OrderState.DONE
    closed = replace(order, state=state)
    orders.close(closed)
    return closed
